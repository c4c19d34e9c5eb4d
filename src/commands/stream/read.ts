import { OutOfMemory, ReplyError, type Slice } from '../../base/index.js'
import { command, type Block, type Call, type FoundKey, type KeySpec } from '../../command/index.js'
import type { Args } from '../../resp/index.js'
import { StreamId, Type, type StreamConsumer, type StreamGroup, type StreamValue } from '../../values/index.js'
import { propagateDelivery } from './following.js'
import { readIds, readReadOptions, type ReadOptions } from './read-options.js'
import { replyEntries, replyEntry, replyId } from './replies.js'

const keyGone = new ReplyError('UNBLOCKED', 'the stream key no longer exists')
const groupGone = new ReplyError('NOGROUP', 'the consumer group this client was blocked on no longer exists')

/** Entries that a call which had to wait gets at most when it names no COUNT, however old its ID is. */
const waitedCountMax = 1000

const start = new StreamId()
const top = new StreamId()
const pendingId = new StreamId()

/** Replies what each stream has behind the ID given for it; waits, if it may, where there is nothing. */
function read(call: Call, isGroup: boolean): void {
  const { args, db, reply } = call
  const options = readReadOptions(args, isGroup)
  const { keysAt, keyCount, groupAt } = options
  readIds(call, options)
  if (isGroup && call.isFollowed) call.propagateNothing() // but deliveries, as they are made
  const { mark } = reply
  let served = 0
  for (let i = 0; i < keyCount; i++) {
    const key = args.at(keysAt + i)
    const stream = groupAt === 0 ? db.readStream(key) : db.readStreamForWrite(key)
    if (stream === null) continue
    const group = groupAt === 0 ? null : stream.findGroup(args.at(groupAt))
    const id = options.id(i)
    if (group !== null && !id.isMax) {
      beginStream(call, key)
      const consumer = consumerOf(call, key, stream, group, args.at(groupAt + 1))
      replyHistory(call, stream, group, consumer, id, options.countMax)
    } else {
      const behind = group?.lastId ?? id
      if (!stream.readLastEntryId(top) || top.compare(behind) <= 0) continue
      beginStream(call, key)
      replyNew(call, stream, group, key, behind, options)
    }
    if (groupAt !== 0) db.changedBeside(null, key)
    served++
  }
  if (served > 0) reply.insert(mark, reply.protocol === 2 ? `*${served}\r\n` : `%${served}\r\n`)
  else if (options.timeoutMs === null) reply.nullArray()
  else wait(call, options.copy())
}

/** What stands before the entries of one stream. */
function beginStream({ reply }: Call, key: Slice): void {
  if (reply.protocol === 2) reply.array(2)
  reply.bulk(key)
}

/** The consumer that reads, seen now; made when it is missing. */
export function consumerOf(
  call: Call,
  key: Slice,
  { consumer }: StreamValue,
  group: StreamGroup,
  name: Slice,
): StreamConsumer {
  const { db, nowMs } = call
  const ref = group.consumers.find(name)
  if (ref !== 0) {
    consumer.open(ref).seenMs = nowMs
    return consumer
  }
  consumer.open(group.addConsumer(name, nowMs))
  db.changedBeside('xgroup-createconsumer', key)
  if (call.isFollowed) call.propagate('XGROUP', 'CREATECONSUMER', key, group.name, name)
  return consumer
}

/** Replies the entries behind an ID; those that a group reads become pending, unless they count as acknowledged at once. */
function replyNew(
  call: Call,
  stream: StreamValue,
  group: StreamGroup | null,
  key: Slice,
  behind: StreamId,
  options: ReadOptions,
  countMax = options.countMax,
): void {
  const { reply, nowMs } = call
  start.copy(behind).increment()
  if (group === null) {
    replyEntries(reply, stream.walk(start), countMax)
    return
  }
  const consumerName = call.args.at(options.groupAt + 1)
  const consumer = consumerOf(call, key, stream, group, consumerName)
  const { mark } = reply
  const cursor = stream.walk(start)
  const delivered: string[] = []
  let count = 0
  for (; (countMax === 0 || count < countMax) && cursor.next(); count++) {
    const { id } = cursor.entry
    if (!options.isAcknowledged) {
      if (!tryAssign(group, id, consumer, count > 0)) break
      group.deliveredMs = nowMs
      group.deliveries = 1n
      if (call.isFollowed) delivered.push(cursor.entry.id.toString())
    }
    stream.advance(group, id)
    replyEntry(reply, cursor.entry)
  }
  reply.insert(mark, `*${count}\r\n`)
  if (count > 0 && call.isFollowed) propagateDelivery(call, key, group, consumerName, delivered)
}

/** Makes an entry pending; false where there is no memory for it and some entries before it were delivered. */
function tryAssign(group: StreamGroup, id: StreamId, consumer: StreamConsumer, hasDelivered: boolean): boolean {
  try {
    group.assign(id, consumer)
    return true
  } catch (error) {
    if (hasDelivered && error instanceof OutOfMemory) return false
    throw error
  }
}

/** Replies what the consumer has pending behind an ID; entries that are gone without their fields. */
function replyHistory(
  { reply, nowMs }: Call,
  stream: StreamValue,
  group: StreamGroup,
  consumer: StreamConsumer,
  behind: StreamId,
  countMax: number,
): void {
  const { mark } = reply
  const own = consumer.pending
  let count = 0
  start.copy(behind).increment()
  for (let more = own.seek(start); more && (countMax === 0 || count < countMax); more = own.next()) {
    const entry = stream.entry(own.readId(pendingId))
    if (entry === null) {
      reply.array(2)
      replyId(reply, pendingId)
      reply.nullArray()
    } else {
      replyEntry(reply, entry)
      group.pending.find(pendingId)
      group.deliveredMs = nowMs
      group.countDelivery()
    }
    count++
  }
  reply.insert(mark, `*${count}\r\n`)
}

/** Waits for the first of the streams that gets what is asked for. */
function wait(call: Call, options: ReadOptions): void {
  const { args, db } = call
  const { keysAt, keyCount, groupAt } = options
  const keys = Array.from({ length: keyCount }, (_, i) => keysAt + i)
  /** How many entries each stream had ever got before. */
  const added = keys.map((index) => db.streamForWrite(args.at(index))?.entriesAdded ?? 0n)
  const block: Block = {
    keys,
    type: Type.stream,
    wakesWhenGone: groupAt !== 0,
    timeoutMs: options.timeoutMs!,
    timedOut: (reply) => reply.nullArray(),
    resume: (woken) => resume(woken, options, added, block),
  }
  call.block(block)
}

/** Serves a call that waited by the stream that changed, and by no other; it waits on when there is nothing for it. */
function resume(call: Call, options: ReadOptions, added: readonly bigint[], block: Block): void {
  const { args, db, reply } = call
  const key = call.wokenBy!
  const { keysAt, keyCount, groupAt, countMax } = options
  const ref = db.find(key)
  if (ref === 0 || db.type(ref) !== Type.stream) {
    if (groupAt !== 0) throw keyGone
    call.block(block)
    return
  }
  const stream = db.streamForWrite(key)!
  const group = groupAt === 0 ? null : stream.findGroup(args.at(groupAt))
  if (groupAt !== 0 && group === null) throw groupGone
  let i = 0
  while (i < keyCount - 1 && !args.at(keysAt + i).equals(key)) i++
  const behind = group?.lastId ?? options.id(i)
  // entries that came and went meanwhile are news as well
  const isLater = stream.lastId.compare(behind) > 0 && stream.entriesAdded !== added[i]
  if (!isLater && (!stream.readLastEntryId(top) || top.compare(behind) <= 0)) {
    call.block(block)
    return
  }
  if (group !== null && call.isFollowed) call.propagateNothing()
  if (reply.protocol === 2) reply.array(1)
  else reply.map(1)
  beginStream(call, key)
  replyNew(call, stream, group, key, behind, options, countMax === 0 ? waitedCountMax : countMax)
  if (group !== null) db.changedBeside(null, key)
}

/** The keys of XREAD and XREADGROUP: the first half of what stands behind STREAMS, which may be a group's name as well. */
function findStreams(args: Args, spec: KeySpec): readonly FoundKey[] {
  for (let i = 1; i < args.count; i++) {
    const word = args.at(i)
    if (word.is('BLOCK') || word.is('COUNT')) i++
    else if (word.is('GROUP')) i += 2
    else if (word.is('STREAMS')) {
      const keys = Math.floor((args.count - i - 1) / 2)
      return Array.from({ length: keys }, (_, key) => ({ index: i + 1 + key, spec }))
    } else if (!word.is('NOACK')) break
  }
  return []
}

const streamsFrom = (from: number): KeySpec => ({
  first: { keyword: 'STREAMS', from },
  last: -1,
  limit: 2,
  access: 'RO',
  effects: ['access'],
})

const readStreams = streamsFrom(1)
const groupStreams = streamsFrom(4)

export const XREAD = command({
  name: 'XREAD',
  group: 'stream',
  since: '5.0.0',
  summary: 'Returns the entries of streams behind the IDs given for them; waits for some where there are none.',
  complexity: 'O(N) for each stream, where N is the number of entries returned.',
  arity: -4,
  flags: ['readonly', 'blocking', 'movablekeys'],
  keys: [readStreams],
  syntax: '[COUNT count:integer] [BLOCK milliseconds:integer] STREAMS streams={key... id...}',
  findKeys: ({ args }) => findStreams(args, readStreams),
  run: (call) => read(call, false),
})

export const XREADGROUP = command({
  name: 'XREADGROUP',
  group: 'stream',
  since: '5.0.0',
  summary: 'Returns entries that a consumer group has not read yet, or what a consumer has pending.',
  complexity: 'O(N) for each stream, where N is the number of entries returned.',
  arity: -7,
  flags: ['write', 'blocking', 'movablekeys'],
  keys: [groupStreams],
  syntax:
    'GROUP group_consumer={group consumer} [COUNT count:integer] [BLOCK milliseconds:integer] [NOACK] STREAMS streams={key... id...}',
  findKeys: ({ args }) => findStreams(args, groupStreams),
  run: (call) => read(call, true),
})
