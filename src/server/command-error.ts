import type { ReplyError } from '../base/index.js'

/** An error reply, as a call without a socket rejects with it. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  /** The reply's first word: ERR, WRONGTYPE, ORIGINDOWN… */
  readonly code: string

  constructor(reply: ReplyError) {
    super(reply.text)
    this.code = reply.prefix
  }
}
