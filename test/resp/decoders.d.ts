/** What the tests use of two libraries that bring no types. */

declare module 'redis-parser' {
  interface Options {
    returnReply(reply: unknown): void
    returnError(error: Error): void
    returnFatalError(error: Error): void
    returnBuffers: boolean
  }
  class RedisParser {
    constructor(options: Options)
    execute(chunk: Buffer): void
  }
  export default RedisParser
}

declare module 'respjs' {
  class Resp {
    constructor(options: { bufBulk: boolean })
    on(event: 'data', listener: (reply: unknown) => void): this
    on(event: 'error', listener: (error: Error) => void): this
    write(chunk: Buffer): boolean
  }
  export default Resp
}
