import { errorReply, syntaxError, type Slice } from '../../base/index.js'
import { command, int64, integer, printed, type Call } from '../../command/index.js'
import { StreamId, type Chunk, type StreamConsumer, type StreamGroup, type StreamValue } from '../../values/index.js'
import { oneKey } from '../key-specs.js'
import { isId, parseId, parseStart } from './ids.js'
import { entriesRead, propagateClaim } from './following.js'
import { consumerOf } from './read.js'
import { noSuchGroup, replyEntry, replyId } from './replies.js'

const idleOfClaim = errorReply('Invalid min-idle-time argument for XCLAIM')
const idleOfAutoClaim = errorReply('Invalid min-idle-time argument for XAUTOCLAIM')
const idleOption = errorReply('Invalid IDLE option argument for XCLAIM')
const timeOption = errorReply('Invalid TIME option argument for XCLAIM')
const retryCountOption = errorReply('Invalid RETRYCOUNT option argument for XCLAIM')
const countTooSmall = errorReply('COUNT must be > 0')
const countTooLarge = errorReply('Insufficient memory, failed allocating transient memory, COUNT too high.')

/** The most that XAUTOCLAIM takes as COUNT, and the most for whose IDs there would be addresses. */
const countMax = 2n ** 63n / 16n - 1n
const addressableCountMax = 2 ** 47 / 16
/** Pending entries that XAUTOCLAIM looks at, for each one that it may claim. */
const attemptsFactor = 10

/** A call that makes one consumer the owner of pending entries. */
interface Claim {
  readonly key: Slice
  readonly stream: StreamValue
  readonly group: StreamGroup
  readonly consumerName: Slice
  /** Entries delivered more recently stay where they are. */
  minIdleMs: number
  isJustId: boolean
  /** When they count as delivered to the new owner, and how often; null counts one more. */
  deliveredMs: number
  deliveries: bigint | null
}

function beginClaim({ args, nowMs }: Call, stream: StreamValue | null): Claim {
  const group = stream?.findGroup(args.at(2)) ?? null
  if (stream === null || group === null) throw noSuchGroup(args.at(1), args.at(2))
  return {
    key: args.at(1),
    stream,
    group,
    consumerName: args.at(3),
    minIdleMs: 0,
    isJustId: false,
    deliveredMs: nowMs,
    deliveries: null,
  }
}

/** Gives the pending entry `id`, which is at its place or new, to the consumer, and replies it. */
function give(call: Call, claim: Claim, id: StreamId, entry: Chunk, consumer: StreamConsumer): void {
  const { group, isJustId, deliveries } = claim
  const isNew = group.assign(id, consumer)
  if (isNew) group.deliveries = 1n
  group.deliveredMs = claim.deliveredMs
  if (deliveries !== null) group.deliveries = deliveries
  else if (!isJustId) group.countDelivery()
  if (isJustId) replyId(call.reply, id)
  else replyEntry(call.reply, entry)
  call.db.changedBeside(null, claim.key)
  if (call.isFollowed) propagateClaim(call, claim.key, group, claim.consumerName, id)
}

/** Forgets a pending entry that is no longer in the stream. */
function forget(call: Call, { group, key }: Claim, id: StreamId): void {
  if (!group.acknowledge(id)) return
  call.db.changedBeside(null, key)
  if (call.isFollowed) call.propagate('XACK', key, group.name, id.toString())
}

/** What XCLAIM is told behind its IDs. */
interface ClaimOptions {
  isForced: boolean
  lastId: StreamId | null
}

/** Reads options from argument `from` on into `claim`. @throws {ReplyError} */
function readClaimOptions({ args, nowMs }: Call, from: number, claim: Claim): ClaimOptions {
  const options: ClaimOptions = { isForced: false, lastId: null }
  let deliveredMs = nowMs
  for (let i = from; i < args.count; i++) {
    const option = args.at(i)
    const hasMore = i + 1 < args.count
    if (option.is('FORCE')) options.isForced = true
    else if (option.is('JUSTID')) claim.isJustId = true
    else if (option.is('IDLE') && hasMore) deliveredMs = nowMs - integer(args.at(++i), idleOption)
    else if (option.is('TIME') && hasMore) deliveredMs = integer(args.at(++i), timeOption)
    else if (option.is('RETRYCOUNT') && hasMore) {
      const count = int64(args.at(++i), retryCountOption)
      claim.deliveries = count < 0n ? null : count
    } else if (option.is('LASTID') && hasMore) options.lastId = parseId(args.at(++i))
    else throw errorReply(`Unrecognized XCLAIM option '${printed(option)}'`)
  }
  // a time that cannot be, by a client whose clock is off, is now
  claim.deliveredMs = deliveredMs < 0 || deliveredMs > nowMs ? nowMs : deliveredMs
  return options
}

export const XCLAIM = command({
  name: 'XCLAIM',
  group: 'stream',
  since: '5.0.0',
  summary: 'Makes a consumer the owner of pending entries, as if they had been delivered to it.',
  complexity: 'O(log N) for each ID, where N is the number of pending entries of the group.',
  arity: -6,
  flags: ['write', 'fast'],
  keys: oneKey('RW', ['update']),
  tips: ['nondeterministic_output'],
  syntax:
    'key group consumer min-idle-time id... [IDLE ms:integer] [TIME unix-time-milliseconds:unix-time] [RETRYCOUNT count:integer] [FORCE] [JUSTID] [LASTID id]',
  run(call) {
    const { args, db, keyspace, reply } = call
    const claim = beginClaim(call, db.readStreamForWrite(args.at(1)))
    const { stream, group } = claim
    claim.minIdleMs = Math.max(0, integer(args.at(4), idleOfClaim))
    const ids: StreamId[] = []
    for (let i = 5, id = new StreamId(); i < args.count && isId(args.at(i), id); i++, id = new StreamId()) ids.push(id)
    const { isForced, lastId } = readClaimOptions(call, 5 + ids.length, claim)
    const isFurther = lastId !== null && lastId.compare(group.lastId) > 0
    if (isFurther) group.setLastId(lastId)
    const { changes } = keyspace
    const { mark } = reply
    let count = 0
    let consumer: StreamConsumer | null = null
    for (const id of ids) {
      const entry = stream.entry(id)
      const isPending = group.pending.find(id)
      if (entry === null) forget(call, claim, id)
      else if (isPending ? isIdle(call, claim) : isForced) {
        consumer ??= consumerOf(call, claim.key, stream, group, claim.consumerName)
        give(call, claim, id, entry, consumer)
        count++
      }
    }
    if (isFurther && keyspace.changes === changes) db.changedBeside(null, claim.key)
    if (isFurther && call.isFollowed) {
      call.propagate('XGROUP', 'SETID', claim.key, group.name, group.lastId.toString(), ...entriesRead(group))
    }
    reply.insert(mark, `*${count}\r\n`)
  },
})

/** Whether the pending entry at its place was delivered long enough ago. */
const isIdle = ({ nowMs }: Call, { group, minIdleMs }: Claim): boolean =>
  minIdleMs === 0 || nowMs - group.deliveredMs >= minIdleMs

export const XAUTOCLAIM = command({
  name: 'XAUTOCLAIM',
  group: 'stream',
  since: '6.2.0',
  summary: 'Makes a consumer the owner of the pending entries from an ID on that were delivered long ago.',
  complexity: 'O(1) if COUNT is small.',
  arity: -6,
  flags: ['write', 'fast'],
  keys: oneKey('RW', ['delete']),
  tips: ['nondeterministic_output'],
  history: [['7.0.0', 'Replies as well which pending entries were no longer in the stream.']],
  syntax: 'key group consumer min-idle-time start [COUNT count:integer] [JUSTID]',
  run(call) {
    const { args, db } = call
    const key = args.at(1)
    db.read(key) // asked for before its arguments are read
    const minIdleMs = Math.max(0, integer(args.at(4), idleOfAutoClaim))
    const start = parseStart(args.at(5))
    let count = 100
    let isJustId = false
    for (let i = 6; i < args.count; i++) {
      const option = args.at(i)
      if (option.is('COUNT') && i + 1 < args.count) count = readCount(args.at(++i))
      else if (option.is('JUSTID')) isJustId = true
      else throw syntaxError
    }
    const claim = beginClaim(call, db.streamForWrite(key))
    if (count > addressableCountMax) throw countTooLarge
    claim.minIdleMs = minIdleMs
    claim.isJustId = isJustId
    claimFrom(call, claim, start, count)
  },
})

/** @throws {ReplyError} */
function readCount(slice: Slice): number {
  const count = int64(slice, countTooSmall)
  if (count < 1n || count > countMax) throw countTooSmall
  return Number(count)
}

/** Claims pending entries from `id` on; replies where to go on, what was claimed, and what was in the stream no longer. */
function claimFrom(call: Call, claim: Claim, id: StreamId, countMost: number): void {
  const { stream, group } = claim
  const { reply } = call
  const { pending } = group
  const gone: StreamId[] = []
  const { mark } = reply
  let count = 0
  let consumer: StreamConsumer | null = null
  let attempts = countMost * attemptsFactor
  let more = pending.seek(id)
  for (; more && attempts > 0 && count + gone.length < countMost; attempts--) {
    const entry = stream.entry(pending.readId(id))
    if (entry === null) {
      forget(call, claim, id)
      gone.push(new StreamId().copy(id))
      more = pending.seek(id)
      continue
    }
    if (isIdle(call, claim)) {
      consumer ??= consumerOf(call, claim.key, stream, group, claim.consumerName)
      give(call, claim, id, entry, consumer)
      count++
    }
    more = pending.next()
  }
  if (more) pending.readId(id)
  else id.setMin()
  const next = id.toString()
  reply.insert(mark, `*3\r\n$${next.length}\r\n${next}\r\n*${count}\r\n`)
  reply.array(gone.length)
  for (const one of gone) replyId(reply, one)
}
