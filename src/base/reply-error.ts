/**
 * A refusal that the client should see, replied as `-<prefix> <message>`.
 *
 * Where it repeats what the client sent, each code unit of the message is a byte.
 *
 * Not an Error: it needs no stack, and is thrown ten times faster without one. Constant refusals are constants.
 */
export class ReplyError {
  readonly prefix: string
  readonly message: string

  constructor(prefix: string, message: string) {
    this.prefix = prefix
    this.message = message
  }

  /** What stands between `-` and the line end. */
  get text(): string {
    return this.message === '' ? this.prefix : `${this.prefix} ${this.message}`
  }
}

export const errorReply = (message: string): ReplyError => new ReplyError('ERR', message)

/** Replied when a command meets a key whose value is of another type. */
export const wrongType = new ReplyError('WRONGTYPE', 'Operation against a key holding the wrong kind of value')
export const syntaxError = errorReply('syntax error')
export const notAnInteger = errorReply('value is not an integer or out of range')
export const notAFloat = errorReply('value is not a valid float')
export const outOfRange = errorReply('index out of range')
export const noSuchKey = errorReply('no such key')
