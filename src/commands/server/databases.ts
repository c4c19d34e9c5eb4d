import { errorReply, syntaxError, type ReplyError, type Slice } from '../../base/index.js'
import { command, integerIn, type Call } from '../../command/index.js'
import { refuseReserved } from '../refusals.js'

const badFirst = errorReply('invalid first DB index')
const badSecond = errorReply('invalid second DB index')
const noSuchDatabase = errorReply('DB index is out of range')
const intMax = 2 ** 31 - 1

export const DBSIZE = command({
  name: 'DBSIZE',
  group: 'server',
  since: '1.0.0',
  summary: 'Counts the keys of the database.',
  complexity: 'O(1)',
  arity: 1,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  tips: ['request_policy:all_shards', 'response_policy:agg_sum'],
  run({ db, reply }) {
    reply.integer(db.size)
  },
})

/**
 * Keys go at once, their memory in slices between other calls. Only where a client says SYNC is the memory back before
 * the reply, which may take long.
 *
 * @throws {ReplyError} syntaxError
 */
function isSync({ args }: Call): boolean {
  if (args.count > 2) throw syntaxError
  if (args.count === 1 || args.at(1).is('ASYNC')) return false
  if (args.at(1).is('SYNC')) return true
  throw syntaxError
}

function finishFlush({ keyspace, reply }: Call, sync: boolean): void {
  if (sync) while (keyspace.freeSlice());
  reply.ok()
}

/** Flushes all but what the server keeps for itself, and has followers do so. */
function flushClients({ keyspace, isFollowed }: Call): void {
  for (const database of keyspace.databases) {
    if (database.index === keyspace.reserved) continue
    keyspace.changes += database.size
    database.flush()
    if (isFollowed) keyspace.effects?.add(database.index, ['FLUSHDB'])
  }
}

export const FLUSHALL = command({
  name: 'FLUSHALL',
  group: 'server',
  since: '1.0.0',
  summary: 'Deletes the keys of all databases.',
  complexity: 'O(N) where N is the number of keys of all databases, given back in slices.',
  arity: -1,
  flags: ['write'],
  categories: ['keyspace', 'dangerous'],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  history: [
    ['4.0.0', 'Option `ASYNC`.'],
    ['6.2.0', 'Option `SYNC`.'],
  ],
  syntax: '[async=<ASYNC@4.0.0 | SYNC@6.2.0>]',
  run(call) {
    const sync = isSync(call)
    const { keyspace } = call
    const keeps = keyspace.reserved >= 0 && keyspace.databases[keyspace.reserved].size > 0
    if (keeps && !call.client.isReplay) {
      flushClients(call)
      call.propagateNothing() // but that
    } else {
      keyspace.changes += keyspace.databases.reduce((keys, { size }) => keys + size, 0)
      keyspace.flushAll()
      if (call.isFollowed) call.repeat() // a follower may have keys where there were none
    }
    finishFlush(call, sync)
    call.services.durability.flushed()
  },
})

export const FLUSHDB = command({
  name: 'FLUSHDB',
  group: 'server',
  since: '1.0.0',
  summary: 'Deletes the keys of the database.',
  complexity: 'O(N) where N is the number of its keys, given back in slices.',
  arity: -1,
  flags: ['write'],
  categories: ['keyspace', 'dangerous'],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  history: [
    ['4.0.0', 'Option `ASYNC`.'],
    ['6.2.0', 'Option `SYNC`.'],
  ],
  syntax: '[async=<ASYNC@4.0.0 | SYNC@6.2.0>]',
  run(call) {
    const sync = isSync(call)
    refuseReserved(call, call.db.index)
    call.keyspace.changes += call.db.size
    call.db.flush()
    finishFlush(call, sync)
    if (call.isFollowed) call.repeat() // a follower may have keys where there were none
  },
})

export const SWAPDB = command({
  name: 'SWAPDB',
  group: 'server',
  since: '4.0.0',
  summary: 'Lets two databases change places, for all connections at once.',
  complexity: 'O(N) where N is the number of clients that watch or wait for keys of the two.',
  arity: 3,
  flags: ['write', 'fast'],
  categories: ['keyspace', 'dangerous'],
  syntax: 'index1:integer index2:integer',
  run(call) {
    const { args, keyspace, reply } = call
    const [one, other] = [index(args.at(1), badFirst), index(args.at(2), badSecond)]
    const count = keyspace.databases.length
    if (one < 0 || one >= count || other < 0 || other >= count) throw noSuchDatabase
    for (const index of [one, other]) refuseReserved(call, index)
    if (one !== other) keyspace.swap(one, other)
    keyspace.changes++
    reply.ok()
  },
})

const index = (slice: Slice, error: ReplyError): number => integerIn(slice, -intMax - 1, intMax, error)
