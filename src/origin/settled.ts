import { ReplyError } from '../base/index.js'
import type { OriginValue } from '../keyspace/index.js'
import type { Reply, ReplyWriter } from '../resp/index.js'
import { Unavailable } from './store.js'

/** When a primary's origin confirmed what it tells of: milliseconds and their thousandths. */
export interface SettledTimes {
  /** How long before the arrival of SETTLE the origin was asked, at most; -1: it never was. */
  readonly ageMs: number
  /** How long after that arrival the primary itself goes on without asking, at least; -1: there is no end to it. */
  readonly freshMs: number
  /** How long before this answer left the origin's came, at most; -1: the primary vouches for this very moment, and will tell of changes. */
  readonly answeredMs: number
}

/** What a primary serves its own clients by a stale permission meanwhile, and when its origin last held that. */
export type Stale = {
  readonly kind: 'stale'
  /** Null: an absence. */
  readonly digest: Buffer | null
  /** Why it is not fresh; null: the origin takes longer than its soft timeout, and the key is to be asked on for. */
  readonly failure: Failure | null
} & SettledTimes

export interface Failure {
  /** Of the error. */
  readonly prefix: string
  readonly reason: string
}

/** What a primary says of one key that a follower has settled there. */
export type Settled =
  | ({ readonly kind: 'held'; readonly digest: Buffer } & SettledTimes)
  | ({ readonly kind: 'absent' } & SettledTimes)
  /** The value itself: asked for, or not to be held by anybody. Null: there is none. */
  | ({ readonly kind: 'value'; readonly value: OriginValue | null; readonly isHeld: boolean } & SettledTimes)
  /** Not settled yet: to be asked on for. */
  | { readonly kind: 'pending' }
  | Stale
  /** Its origin is down or refuses: the prefix of the error, and why. */
  | ({ readonly kind: 'failed' } & Failure)
  /** The primary has no route for it. */
  | { readonly kind: 'unbound' }

/** Whether a key is to be asked on for. */
export const isUnsettled = (key: Settled): boolean =>
  key.kind === 'pending' || (key.kind === 'stale' && key.failure === null)

/** The primary's answer to one SETTLE: of each key, in their order, all at one moment. */
export interface SettledBatch {
  /** Replication offset of that moment. */
  readonly offset: number
  readonly keys: readonly Settled[]
}

/*
 * On the wire: an array of the offset and of one element a key: an array of its kind, what belongs to it and
 * the times; an empty array where it is pending; an error; or null for what is not bound.
 */

export function writeSettled(reply: ReplyWriter, { offset, keys }: SettledBatch): void {
  reply.array(keys.length + 1)
  reply.integer(offset)
  for (const key of keys) writeKey(reply, key)
}

function writeKey(reply: ReplyWriter, key: Settled): void {
  switch (key.kind) {
    case 'unbound':
      return reply.null()
    case 'pending':
      return reply.array(0)
    case 'failed':
      return reply.error(new ReplyError(key.prefix, key.reason))
    case 'absent':
      reply.array(4)
      reply.bulkText(key.kind)
      break
    case 'held':
      reply.array(5)
      reply.bulkText(key.kind)
      reply.bulkText(key.digest.toString('hex'))
      break
    case 'value':
      reply.array(5)
      reply.bulkText(key.isHeld ? 'value' : 'passing')
      writeValue(reply, key.value)
      break
    case 'stale':
      reply.array(6)
      reply.bulkText(key.kind)
      if (key.digest === null) reply.null()
      else reply.bulkText(key.digest.toString('hex'))
      if (key.failure === null) reply.null()
      else reply.error(new ReplyError(key.failure.prefix, key.failure.reason))
  }
  for (const ms of [key.ageMs, key.freshMs, key.answeredMs]) reply.doubleText(String(ms))
}

function writeValue(reply: ReplyWriter, value: OriginValue | null): void {
  if (value === null) return reply.null()
  if (value.kind === 'string') return reply.bulkBytes(value.bytes)
  reply.array(value.fields.length * 2)
  for (const word of value.fields.flat()) reply.bulkBytes(word)
}

/** @param reply with bulks as Buffers @throws {Unavailable} it makes no sense */
export function readSettled(reply: Reply, keys: number): SettledBatch {
  if (reply instanceof ReplyError) throw new Unavailable(`its primary replied ${reply.prefix}`, { counts: false })
  if (!Array.isArray(reply) || reply.length !== keys + 1 || typeof reply[0] !== 'number') throw senseless()
  return { offset: reply[0], keys: reply.slice(1).map(readKey) }
}

const senseless = (): Unavailable => new Unavailable('its primary replied what makes no sense', { counts: false })

function readKey(reply: Reply): Settled {
  if (reply === null) return { kind: 'unbound' }
  if (reply instanceof ReplyError) return { kind: 'failed', prefix: reply.prefix, reason: reply.message }
  if (!Array.isArray(reply)) throw senseless()
  if (reply.length === 0) return { kind: 'pending' }
  const kind = String(reply[0])
  const [ageMs, freshMs, answeredMs] = reply.slice(-3).map((number) => Number(String(number)))
  if (!(ageMs >= -1 && freshMs >= -1 && answeredMs >= -1)) throw senseless()
  const times = { ageMs, freshMs, answeredMs }
  if (kind === 'absent' && reply.length === 4) return { kind, ...times }
  if (kind === 'stale' && reply.length === 6) {
    const [, digest, failure] = reply
    return { kind, digest: digest === null ? null : readDigest(digest), failure: readFailure(failure), ...times }
  }
  if (reply.length !== 5) throw senseless()
  if (kind === 'held') return { kind, digest: readDigest(reply[1]), ...times }
  if (kind === 'value') return { kind, value: readValue(reply[1]), isHeld: true, ...times }
  if (kind === 'passing') return { kind: 'value', value: readValue(reply[1]), isHeld: false, ...times }
  throw senseless()
}

function readFailure(reply: Reply): Failure | null {
  if (reply === null) return null
  if (!(reply instanceof ReplyError)) throw senseless()
  return { prefix: reply.prefix, reason: reply.message }
}

function readDigest(reply: Reply): Buffer {
  const text = String(reply)
  if (!/^[0-9a-f]{64}$/.test(text)) throw senseless()
  return Buffer.from(text, 'hex')
}

function readValue(reply: Reply): OriginValue | null {
  if (reply === null) return null
  if (Buffer.isBuffer(reply)) return { kind: 'string', bytes: reply }
  if (!Array.isArray(reply) || reply.length % 2 !== 0 || !reply.every((word) => Buffer.isBuffer(word)))
    throw senseless()
  const words = reply as Buffer[]
  const fields = Array.from({ length: words.length / 2 }, (_, i) => [words[2 * i], words[2 * i + 1]] as const)
  return { kind: 'hash', fields }
}
