import { syntaxError } from '../../base/index.js'
import { command, integer, type Call } from '../../command/index.js'
import { StreamId, type StreamGroup, type StreamValue } from '../../values/index.js'
import { oneKey, readKey } from '../key-specs.js'
import { checkIds, parseEnd, parseId, parseStart } from './ids.js'
import { noSuchGroup, replyId } from './replies.js'

const id = new StreamId()

export const XACK = command({
  name: 'XACK',
  group: 'stream',
  since: '5.0.0',
  summary: 'Acknowledges entries: a consumer group has them pending no longer.',
  complexity: 'O(1) for each ID.',
  arity: -4,
  flags: ['write', 'fast'],
  keys: oneKey('RW', ['update']),
  syntax: 'key group id...',
  run({ args, db, reply }) {
    const key = args.at(1)
    const group = db.readStreamForWrite(key)?.findGroup(args.at(2)) ?? null
    let acknowledged = 0
    if (group !== null) {
      checkIds(args, 3)
      for (let i = 3; i < args.count; i++) if (group.acknowledge(parseId(args.at(i), id))) acknowledged++
      db.changedBeside(null, key, acknowledged)
    }
    reply.integer(acknowledged)
  },
})

/** What is asked of XPENDING behind the group. */
interface PendingRange {
  idleMs: number
  readonly from: StreamId
  readonly to: StreamId
  count: number
  /** Index of the consumer's name, or 0. */
  consumerAt: number
}

/** @throws {ReplyError} */
function readRange({ args }: Call): PendingRange {
  const { count } = args
  if (count < 6 || count > 9) throw syntaxError
  const range = { idleMs: 0, from: new StreamId(), to: new StreamId(), count: 0, consumerAt: 0 }
  let at = 3
  if (args.at(at).is('IDLE')) {
    range.idleMs = integer(args.at(4))
    if (count < 8) throw syntaxError
    at += 2
  }
  range.count = Math.max(0, integer(args.at(at + 2)))
  parseStart(args.at(at), range.from)
  parseEnd(args.at(at + 1), range.to)
  if (at + 3 < count) range.consumerAt = at + 3
  return range
}

export const XPENDING = command({
  name: 'XPENDING',
  group: 'stream',
  since: '5.0.0',
  summary: 'Tells what a consumer group has pending: in sum, or entry by entry.',
  complexity: 'O(N) where N is the number of entries told of, those that IDLE leaves out included.',
  arity: -3,
  flags: ['readonly'],
  keys: readKey,
  tips: ['nondeterministic_output'],
  history: [['6.2.0', 'Takes `IDLE` and exclusive ranges.']],
  syntax: 'key group [filters={[IDLE min-idle-time:integer]@6.2.0 start end count:integer [consumer]}]',
  run(call) {
    const { args, db } = call
    const range = args.count === 3 ? null : readRange(call)
    const stream = db.readStream(args.at(1))
    const group = stream?.findGroup(args.at(2)) ?? null
    if (stream === null || group === null) throw noSuchGroup(args.at(1), args.at(2))
    if (range === null) replySummary(call, stream, group)
    else replyPending(call, stream, group, range)
  },
})

/** How many, from which ID to which, and how many of each consumer that has some. */
function replySummary({ reply }: Call, { consumer }: StreamValue, { pending, consumers }: StreamGroup): void {
  reply.array(4)
  reply.integer(pending.size)
  if (pending.size === 0) {
    reply.null()
    reply.null()
    reply.nullArray()
    return
  }
  pending.first()
  replyId(reply, pending.readId(id))
  pending.last()
  replyId(reply, pending.readId(id))
  const { mark } = reply
  let count = 0
  for (let i = 0; i < consumers.count; i++) {
    const { size } = consumer.open(consumers.at(i)).pending
    if (size === 0) continue
    reply.array(2)
    reply.bulk(consumer.name)
    reply.bulkText(String(size))
    count++
  }
  reply.insert(mark, `*${count}\r\n`)
}

/** Of each pending entry its ID, its consumer, how long ago it was delivered, and how often. */
function replyPending(
  { args, reply, nowMs }: Call,
  stream: StreamValue,
  group: StreamGroup,
  range: PendingRange,
): void {
  const { consumer } = stream
  let own = group.pending
  if (range.consumerAt !== 0) {
    const ref = group.consumers.find(args.at(range.consumerAt))
    if (ref === 0) {
      reply.array(0)
      return
    }
    own = consumer.open(ref).pending
  }
  const { mark } = reply
  let count = 0
  for (let more = own.seek(range.from); more && count < range.count; more = own.next()) {
    if (own.readId(id).compare(range.to) > 0) break
    if (own !== group.pending) group.pending.find(id)
    const idleMs = nowMs - group.deliveredMs
    if (range.idleMs !== 0 && idleMs < range.idleMs) continue
    reply.array(4)
    replyId(reply, id)
    reply.bulk(own === group.pending ? consumer.open(group.owner).name : consumer.name)
    reply.integer(Math.max(0, idleMs))
    reply.bigInteger(group.deliveries)
    count++
  }
  reply.insert(mark, `*${count}\r\n`)
}
