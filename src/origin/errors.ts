import { ReplyError } from '../base/index.js'

/** At most this much of a key is shown in an error. */
const shownKeyBytes = 128

/** A key as an error or a log line shows it: printable ASCII, the rest escaped, never a line break. */
export function shownKey(key: Buffer): string {
  let text = ''
  for (const byte of key.subarray(0, shownKeyBytes)) {
    const plain = byte >= 32 && byte < 127 && byte !== 39 && byte !== 92
    text += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return key.length > shownKeyBytes ? `'${text}...'` : `'${text}'`
}

/** A path as a log line shows it: never a line break. */
export const shownPath = (path: string): string =>
  path.replace(/[\p{C}\u2028\u2029]/gu, (char) => `\\u${char.codePointAt(0)!.toString(16).padStart(4, '0')}`)

/** Replied when the origin fails and no stale copy of the key is permitted. */
export const originDown = (origin: string, key: Buffer, reason: string): ReplyError =>
  new ReplyError(
    'ORIGINDOWN',
    `origin '${origin}' cannot be asked for ${shownKey(key)} (${reason}) and no stale copy is permitted; ` +
      `try again; 'stale-if-error' is how long a copy that was read before is served`,
  )

/** Replied when `queue-max` reads already wait for a request to the origin to be sent. */
export const originBusy = (origin: string, key: Buffer, queueMax: number): ReplyError =>
  new ReplyError(
    'ORIGINBUSY',
    `${queueMax} reads already wait for origin '${origin}', ${shownKey(key)} was not asked; ` +
      `try again, or raise its 'max-in-flight' or 'queue-max'`,
  )

/** Replied when `pending-max` writes already wait to be made at the origin. */
export const originBusyWriting = (origin: string, pendingMax: number): ReplyError =>
  new ReplyError(
    'ORIGINBUSY',
    `${pendingMax} writes already wait for origin '${origin}'; try again when it has taken some, or raise its 'pending-max'`,
  )

/** Replied when the origin's value cannot be used: its size, its shape, or the origin refuses this one key. */
export const originValue = (origin: string, key: Buffer, reason: string): ReplyError =>
  new ReplyError('ORIGINVALUE', `the value of ${shownKey(key)} at origin '${origin}' ${reason}`)

/** Replied to a write of a key whose origin is the only one to change it (`write reject`). */
export const originReadOnly = (origin: string): ReplyError =>
  new ReplyError(
    'ORIGINREADONLY',
    `key is bound to origin '${origin}'; write there, or give it 'write local', 'through' or 'behind'`,
  )

/** Replied to a write that its origin cannot take as it was asked for, under `write through`. */
export const originWrite = (origin: string, reason: string): ReplyError =>
  new ReplyError('ORIGINWRITE', `origin '${origin}' ${reason}`)

/** Replied when a write to the origin failed. @param maybe it may have been made all the same */
export const originWriteFailed = (origin: string, key: Buffer, reason: string, maybe: boolean): ReplyError =>
  new ReplyError(
    'ORIGINDOWN',
    `origin '${origin}' did not confirm the write of ${shownKey(key)} (${reason}); ` +
      (maybe ? 'it may have been made: read the key, then decide' : 'nothing was written, try again'),
  )
