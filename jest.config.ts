/**
 * ESM tests in TypeScript: swc strips the types, Node's own module loader runs what is left.
 *
 * @jest-config-loader ts-node
 * @jest-config-loader-options {"transpileOnly":true,"compilerOptions":{"module":"CommonJS","moduleResolution":"Bundler","verbatimModuleSyntax":false},"moduleTypes":{"**":"cjs"}}
 */
import type { Config } from 'jest'

const config: Config = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } },
    ],
  },
  testTimeout: 30_000,
  // What a test file loaded stays in memory, its arenas with it: in one process 260 files came to 19 GB, and what started late
  // found no room. A worker that has more than this on V8's heap after a file is replaced.
  workerIdleMemoryLimit: '600MB',
}

export default config
