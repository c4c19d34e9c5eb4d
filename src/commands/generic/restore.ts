import { ReplyError, errorReply, int64Max, syntaxError, type Slice } from '../../base/index.js'
import { command, int64, type Call, type Command, type CommandSpec, type Word } from '../../command/index.js'
import { oneKey } from '../key-specs.js'
import { notForReplicas } from '../refusals.js'

const busyKey = new ReplyError('BUSYKEY', 'Target key name already exists.')
const badFormat = errorReply('Bad data format')
const badTrailer = errorReply('DUMP payload version or checksum are wrong')
const badTtl = errorReply('Invalid TTL value, must be >= 0')
const badIdleTime = errorReply('Invalid IDLETIME value, must be >= 0')
const badFrequency = errorReply('Invalid FREQ value, must be >= 0 and <= 255')

const optionsFrom = 4

interface Options {
  readonly replace: boolean
  readonly isAbsolute: boolean
  /** Seconds, or -1 for what is not said. */
  readonly idleSeconds: number
  readonly frequency: number
}

function readOptions({ args }: Call): Options {
  let replace = false
  let isAbsolute = false
  let idle = -1n
  let frequency = -1n
  for (let i = optionsFrom; i < args.count; i++) {
    const option = args.at(i)
    const hasNumber = i + 1 < args.count
    if (option.is('REPLACE')) replace = true
    else if (option.is('ABSTTL')) isAbsolute = true
    else if (option.is('IDLETIME') && hasNumber && frequency === -1n) {
      idle = int64(args.at(++i))
      if (idle < 0n) throw badIdleTime
    } else if (option.is('FREQ') && hasNumber && idle === -1n) {
      frequency = int64(args.at(++i))
      if (frequency < 0n || frequency > 255n) throw badFrequency
    } else throw syntaxError
  }
  return { replace, isAbsolute, idleSeconds: Number(idle), frequency: Number(frequency) }
}

/** The deadline that the second argument says, in Unix milliseconds; 0 is none. */
function readTtl({ args, nowMs }: Call, isAbsolute: boolean): bigint {
  const ttl = int64(args.at(2))
  if (ttl < 0n) throw badTtl
  if (ttl === 0n || isAbsolute) return ttl
  const atMs = ttl + BigInt(nowMs)
  // beyond 64 bits it begins again with the least of them, as Redis counts
  return atMs > int64Max ? BigInt.asIntN(64, atMs) : atMs
}

function restore(call: Call): void {
  store(call)
  call.reply.ok()
}

function store(call: Call): void {
  const { args, db, client, nowMs, services } = call
  const { restorer } = services
  const key = args.at(1)
  const payload = args.at(3)
  const options = readOptions(call)
  if (!options.replace && db.findToWrite(key) !== 0) throw busyKey
  const atMs = readTtl(call, options.isAbsolute)
  if (!restorer.isWhole(payload)) throw badTrailer
  const value = restorer.restore(key, payload)
  if (value === null) throw badFormat
  if (value.hasFieldDeadlines && services.replication.refusesFieldDeadlines && !client.isReplay) {
    value.discard()
    throw notForReplicas
  }
  if (atMs !== 0n && atMs <= nowMs && !client.isReplay) {
    value.discard()
    if (!options.replace || !db.delete(key)) return
    db.changed('del', key)
    if (call.isFollowed) call.propagate('DEL', key)
    return
  }
  value.store(db)
  if (atMs !== 0n) db.setDeadline(key, atMs <= Number.MAX_SAFE_INTEGER ? Number(atMs) : atMs)
  setAccess(call, key, options)
  db.changed('restore', key)
  if (call.isFollowed && (!value.isOfRedis70 || (atMs !== 0n && !options.isAbsolute))) {
    propagate(call, atMs, options.isAbsolute, value.isOfRedis70)
  }
}

function setAccess({ db, keyspace }: Call, key: Slice, { idleSeconds, frequency }: Options): void {
  const { access, records, accessClock } = keyspace
  let bits = accessClock
  if (access.countsFrequency && frequency >= 0) bits = access.withFrequency(frequency)
  else if (!access.countsFrequency && idleSeconds >= 0) bits = access.idleFor(idleSeconds)
  records.setAccess(db.findInMemory(key), bits)
}

/** Says the deadline as a moment, and the value in a payload that Redis 7.0 knows. */
function propagate(call: Call, atMs: bigint, isAbsolute: boolean, isOfRedis70: boolean): void {
  const { args, db, services } = call
  const key = args.at(1)
  const payload = isOfRedis70 ? args.at(3) : services.dumper.dump(db.findInMemory(key))
  const options: Word[] = []
  for (let i = optionsFrom; i < args.count; i++) options.push(args.at(i))
  if (atMs !== 0n && !isAbsolute) options.push('ABSTTL')
  call.propagate('RESTORE', key, atMs, payload, ...options)
}

function restoreCommand(
  name: string,
  rest: Pick<CommandSpec, 'group' | 'since' | 'summary' | 'flags' | 'system'>,
): Command {
  return command({
    name,
    ...rest,
    complexity: 'O(N*log(N)) for sorted sets of N members, O(N) of N elements or bytes for all else.',
    arity: -4,
    categories: ['keyspace', 'dangerous'],
    keys: oneKey('OW', ['update']),
    history: [
      ['3.0.0', 'Added the `REPLACE` modifier.'],
      ['5.0.0', 'Added the `ABSTTL` modifier.'],
      ['5.0.0', 'Added the `IDLETIME` and `FREQ` options.'],
    ],
    syntax: `key ttl:integer serialized-value [REPLACE@3.0.0] [ABSTTL@5.0.0] [IDLETIME seconds:integer@5.0.0]
      [FREQ frequency:integer@5.0.0]`,
    run: restore,
  })
}

export const RESTORE = restoreCommand('RESTORE', {
  group: 'generic',
  since: '2.6.0',
  summary: 'Stores under a key what DUMP returned for another.',
  flags: ['write', 'denyoom'],
})

/** RESTORE for a key that a cluster is moving here. */
export const RESTORE_ASKING = restoreCommand('RESTORE-ASKING', {
  group: 'server',
  since: '3.0.0',
  summary: 'Stores under a key what DUMP returned for another, on its way from node to node.',
  flags: ['write', 'denyoom', 'asking'],
  system: true,
})
