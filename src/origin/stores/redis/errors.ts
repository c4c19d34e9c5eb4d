import type { ReplyError } from '../../../base/index.js'
import { Unavailable } from '../../store.js'

/** What waiting and trying again would not mend. */
const ourFault = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM', 'DENIED', 'NOPROTO'])

/** The code that an error reply begins with: what follows may repeat what was sent. */
const replyCode = ({ prefix }: ReplyError): string => (/^[A-Z]{1,20}$/.test(prefix) ? prefix : 'ERR')

/** What else than the bare code there is to say. */
const hints: Readonly<Record<string, string>> = {
  ERR: 'it replied an error',
  MOVED: 'MOVED: it belongs to a cluster, which is written as redis+cluster:',
  ASK: 'ASK: it belongs to a cluster, which is written as redis+cluster:',
}

/** A server replied an error that is not about one key's value. Of a write: it was not made. */
export class Refusal extends Unavailable {
  readonly reply: ReplyError

  constructor(reply: ReplyError) {
    const code = replyCode(reply)
    const counts = !ourFault.has(code) && !/^unknown (sub)?command/.test(reply.message)
    super(hints[code] ?? code, { counts, unwritten: true })
    this.reply = reply
  }
}

/** Whether the user may do this, but not with this key. */
export const keyForbidden = (error: ReplyError): boolean => error.prefix === 'NOPERM' && /\bkeys?\b/.test(error.message)
