import { createRequire } from 'node:module'

/** What is used of redis-parser, which ships no types. */
export interface RedisParser {
  execute(chunk: Buffer): void
}

export interface RedisParserOptions {
  returnReply(reply: unknown): void
  returnError(error: Error): void
  returnBuffers?: boolean
}

/** What is used of respjs, which ships no types. */
export interface RespParser {
  on(event: 'data', listener: (value: unknown) => void): this
  write(chunk: Buffer): boolean
}

const require = createRequire(import.meta.url)

export const RedisParser = require('redis-parser') as new (options: RedisParserOptions) => RedisParser
export const RespParser = require('respjs') as new (options?: { bufBulk?: boolean }) => RespParser
