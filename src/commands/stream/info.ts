import { noSuchKey } from '../../base/index.js'
import { command, integer, replyHelp, subcommandSyntax, type Call } from '../../command/index.js'
import { StreamId, type StreamConsumer, type StreamGroup, type StreamValue } from '../../values/index.js'
import { noSuchGroupForKey, replyCount, replyEntries, replyEntry, replyId } from './replies.js'

/** Entries, and pending entries of each group and consumer, that XINFO STREAM FULL replies when it is not told. */
const countUnasked = 10

const id = new StreamId()

/** @throws {ReplyError} noSuchKey */
function existingStream({ args, db }: Call): StreamValue {
  const stream = db.readStream(args.at(2))
  if (stream === null) throw noSuchKey
  return stream
}

const key = [{ first: 2, access: 'RO', effects: ['access'] }] as const

const CONSUMERS = command({
  name: 'XINFO|CONSUMERS',
  group: 'stream',
  since: '5.0.0',
  summary: 'Tells of the consumers of a group.',
  complexity: 'O(N) where N is the number of consumers.',
  arity: 4,
  flags: ['readonly'],
  keys: key,
  tips: ['nondeterministic_output'],
  syntax: 'key groupname',
  run(call) {
    const { args, reply, nowMs } = call
    const stream = existingStream(call)
    const group = stream.findGroup(args.at(3))
    if (group === null) throw noSuchGroupForKey(args.at(2), args.at(3))
    const { consumer } = stream
    const { consumers } = group
    reply.array(consumers.count)
    for (let i = 0; i < consumers.count; i++) {
      consumer.open(consumers.at(i))
      reply.map(3)
      reply.bulkText('name')
      reply.bulk(consumer.name)
      reply.bulkText('pending')
      reply.integer(consumer.pending.size)
      reply.bulkText('idle')
      reply.integer(Math.max(0, nowMs - consumer.seenMs))
    }
  },
})

/** How far a group is: the two fields that XINFO GROUPS and XINFO STREAM FULL share. */
function replyProgress({ reply }: Call, stream: StreamValue, group: StreamGroup): void {
  reply.bulkText('last-delivered-id')
  replyId(reply, group.lastId)
  reply.bulkText('entries-read')
  replyCount(reply, group.knowsEntriesRead ? group.entriesRead : null)
  reply.bulkText('lag')
  replyCount(reply, stream.lag(group))
}

const GROUPS = command({
  name: 'XINFO|GROUPS',
  group: 'stream',
  since: '5.0.0',
  summary: 'Tells of the consumer groups of a stream.',
  complexity: 'O(N) where N is the number of groups.',
  arity: 3,
  flags: ['readonly'],
  keys: key,
  history: [['7.0.0', 'Replies `entries-read` and `lag` as well.']],
  syntax: 'key',
  run(call) {
    const { reply } = call
    const stream = existingStream(call)
    reply.array(stream.groupCount)
    for (let i = 0; i < stream.groupCount; i++) {
      const group = stream.groupAt(i)
      reply.map(6)
      reply.bulkText('name')
      reply.bulk(group.name)
      reply.bulkText('consumers')
      reply.integer(group.consumers.count)
      reply.bulkText('pending')
      reply.integer(group.pending.size)
      replyProgress(call, stream, group)
    }
  },
})

/** How many entries FULL is to reply, 0 for any number; null without FULL. @throws {ReplyError} */
function readFull(call: Call): number | null {
  const { args } = call
  const { count } = args
  if (count === 3) return null
  if ((count !== 4 && count !== 6) || !args.at(3).is('FULL')) throw subcommandSyntax(call)
  if (count === 4) return countUnasked
  if (!args.at(4).is('COUNT')) throw subcommandSyntax(call)
  const asked = integer(args.at(5))
  return asked < 0 ? countUnasked : asked
}

const STREAM = command({
  name: 'XINFO|STREAM',
  group: 'stream',
  since: '5.0.0',
  summary: 'Tells of a stream.',
  complexity: 'O(N) where N is the number of chunks of entries.',
  arity: -3,
  flags: ['readonly'],
  keys: key,
  history: [
    ['6.0.0', 'Takes `FULL`.'],
    [
      '7.0.0',
      'Replies `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and `lag` as well.',
    ],
  ],
  syntax: 'key [FULL full={[COUNT count:integer]}]',
  run(call) {
    const { reply } = call
    const stream = existingStream(call)
    const countMax = readFull(call)
    reply.map(countMax === null ? 10 : 9)
    reply.bulkText('length')
    reply.integer(stream.length)
    reply.bulkText('radix-tree-keys')
    reply.integer(stream.chunkCount)
    reply.bulkText('radix-tree-nodes')
    reply.integer(stream.radixNodes)
    reply.bulkText('last-generated-id')
    replyId(reply, stream.lastId)
    reply.bulkText('max-deleted-entry-id')
    replyId(reply, stream.maxDeletedId)
    reply.bulkText('entries-added')
    replyCount(reply, stream.entriesAdded)
    reply.bulkText('recorded-first-entry-id')
    replyId(reply, stream.firstId)
    if (countMax === null) replyEnds(call, stream)
    else replyFull(call, stream, countMax)
  },
})

function replyEnds({ reply }: Call, stream: StreamValue): void {
  reply.bulkText('groups')
  reply.integer(stream.groupCount)
  for (const isLast of [false, true]) {
    reply.bulkText(isLast ? 'last-entry' : 'first-entry')
    const cursor = stream.walk(undefined, undefined, isLast)
    if (cursor.next()) replyEntry(reply, cursor.entry)
    else reply.null()
  }
}

function replyFull(call: Call, stream: StreamValue, countMax: number): void {
  const { reply } = call
  reply.bulkText('entries')
  replyEntries(reply, stream.walk(), countMax)
  reply.bulkText('groups')
  reply.array(stream.groupCount)
  for (let i = 0; i < stream.groupCount; i++) {
    const group = stream.groupAt(i)
    const { pending, consumers } = group
    const { consumer } = stream
    reply.map(7)
    reply.bulkText('name')
    reply.bulk(group.name)
    replyProgress(call, stream, group)
    reply.bulkText('pel-count')
    reply.integer(pending.size)
    reply.bulkText('pending')
    const shown = countMax === 0 ? pending.size : Math.min(countMax, pending.size)
    reply.array(shown)
    pending.first()
    for (let left = shown; left > 0; left--, pending.next()) {
      reply.array(4)
      replyId(reply, pending.readId(id))
      reply.bulk(consumer.open(group.owner).name)
      reply.integer(group.deliveredMs)
      reply.bigInteger(group.deliveries)
    }
    reply.bulkText('consumers')
    reply.array(consumers.count)
    for (let j = 0; j < consumers.count; j++) replyConsumer(call, group, consumer.open(consumers.at(j)), countMax)
  }
}

function replyConsumer({ reply }: Call, group: StreamGroup, consumer: StreamConsumer, countMax: number): void {
  const own = consumer.pending
  reply.map(4)
  reply.bulkText('name')
  reply.bulk(consumer.name)
  reply.bulkText('seen-time')
  reply.integer(consumer.seenMs)
  reply.bulkText('pel-count')
  reply.integer(own.size)
  reply.bulkText('pending')
  const shown = countMax === 0 ? own.size : Math.min(countMax, own.size)
  reply.array(shown)
  own.first()
  for (let left = shown; left > 0; left--, own.next()) {
    group.pending.find(own.readId(id))
    reply.array(3)
    replyId(reply, id)
    reply.integer(group.deliveredMs)
    reply.bigInteger(group.deliveries)
  }
}

const HELP = command({
  name: 'XINFO|HELP',
  group: 'stream',
  since: '5.0.0',
  summary: 'Explains the subcommands.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale'],
  run: (call) =>
    replyHelp(call, [
      'CONSUMERS <key> <groupname>',
      '    Show consumers of <groupname>.',
      'GROUPS <key>',
      '    Show the stream consumer groups.',
      'STREAM <key> [FULL [COUNT <count>]',
      '    Show information about the stream.',
    ]),
})

export const XINFO = command({
  name: 'XINFO',
  group: 'stream',
  since: '5.0.0',
  summary: 'Tells of streams, their groups and consumers.',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [CONSUMERS, GROUPS, HELP, STREAM],
})
