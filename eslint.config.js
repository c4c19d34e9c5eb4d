import js from '@eslint/js'
import tseslint from 'typescript-eslint'

/** Time and chance are injected: only base/ and server/ may read the machine's own. */
const ambient = [
  { object: 'Date', property: 'now', message: 'time is injected: use the Clock you were given (base/clock.ts)' },
  { object: 'Math', property: 'random', message: 'chance is injected: use the Random you were given (base/random.ts)' },
  { object: 'performance', property: 'now', message: 'time is injected: use the Clock you were given (base/clock.ts)' },
]

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'scratch/', '*.cjs'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        performance: 'readonly',
        setImmediate: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        AbortController: 'readonly',
        AbortSignal: 'readonly',
        URL: 'readonly',
        SharedArrayBuffer: 'readonly',
        queueMicrotask: 'readonly',
        structuredClone: 'readonly',
        TextDecoder: 'readonly',
        TextEncoder: 'readonly',
      },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'no enums: use a union or constants' },
      ],
      eqeqeq: 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/base/**', 'src/server/**'],
    rules: {
      'no-restricted-properties': ['error', ...ambient],
      'no-restricted-globals': [
        'error',
        { name: 'setTimeout', message: 'timers are injected: use the Clock you were given' },
        { name: 'setInterval', message: 'timers are injected: use the Clock you were given' },
      ],
    },
  },
)
