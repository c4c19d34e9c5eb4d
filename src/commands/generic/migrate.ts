import { ReplyError, errorReply, notAnInteger, syntaxError, Slice } from '../../base/index.js'
import {
  command,
  integer,
  type Call,
  type FoundKey,
  type KeySpec,
  type MigrationOutcome,
  type MigrationTarget,
} from '../../command/index.js'
import type { Args } from '../../resp/index.js'

const keysNeedEmptyKey = errorReply('When using MIGRATE KEYS option, the key argument must be set to the empty string')
const ioError = (doing: string): ReplyError => new ReplyError('IOERR', `error or timeout ${doing}`)

const optionsFrom = 6
const defaultTimeoutMs = 1000

const movedKey: KeySpec = { first: 3, access: 'RW', effects: ['access', 'delete'] }
const movedKeys: KeySpec = {
  first: { keyword: 'KEYS', from: -2 },
  last: -1,
  access: 'RW',
  effects: ['access', 'delete'],
  marks: ['incomplete'],
}

interface Options {
  copies: boolean
  replaces: boolean
  credentials: string[] | null
  /** Index of the first key; they end with the arguments, or are this one. */
  keysFrom: number
}

/** @throws {ReplyError} */
function readOptions({ args }: Pick<Call, 'args'>): Options {
  const options: Options = { copies: false, replaces: false, credentials: null, keysFrom: 3 }
  for (let i = optionsFrom; i < args.count; i++) {
    const option = args.at(i)
    const left = args.count - 1 - i
    if (option.is('COPY')) options.copies = true
    else if (option.is('REPLACE')) options.replaces = true
    else if (option.is('AUTH')) {
      if (left < 1) throw syntaxError
      options.credentials = [args.at(++i).toLatin1()]
    } else if (option.is('AUTH2')) {
      if (left < 2) throw syntaxError
      options.credentials = [args.at(i + 1).toLatin1(), args.at(i + 2).toLatin1()]
      i += 2
    } else if (option.is('KEYS')) {
      if (args.at(3).length > 0) throw keysNeedEmptyKey
      options.keysFrom = i + 1
      return options
    } else throw syntaxError
  }
  return options
}

const keysEnd = (args: Args, { keysFrom }: Options): number => (keysFrom === 3 ? 4 : args.count)

/** A RESTORE of the value under `key`, or null where it is gone. */
function restoreOf(call: Call, key: Slice, replaces: boolean): Buffer | null {
  const { db, nowMs, services } = call
  const ref = db.read(key)
  if (ref === 0) return null
  const deadlineMs = db.deadline(ref)
  const ttl = deadlineMs === 0 ? 0 : Math.max(1, deadlineMs - nowMs)
  const payload = services.dumper.dump(ref)
  const words = [Buffer.from('RESTORE'), key.toBuffer(), Buffer.from(String(ttl)), payload.toBuffer()]
  if (replaces) words.push(Buffer.from('REPLACE'))
  const parts: Buffer[] = [Buffer.from(`*${words.length}\r\n`)]
  for (const word of words) parts.push(Buffer.from(`$${word.length}\r\n`), word, Buffer.from('\r\n'))
  return Buffer.concat(parts)
}

/** What the other server has taken goes from here, as a DEL for whoever follows; what is replied says how it went. */
function settle(
  { keyspace, database, keys }: { keyspace: Call['keyspace']; database: number; keys: readonly Slice[] },
  copies: boolean,
  { replies, problem }: MigrationOutcome,
): ReplyError | null {
  const db = keyspace.databases[database]
  const { effects } = keyspace
  let refusal: string | null = null
  effects?.begin()
  replies.forEach((reply, i) => {
    if (reply.startsWith('-')) refusal ??= reply
    else if (!copies && db.delete(keys[i])) {
      db.changed('del', keys[i])
      effects?.deleted(database, keys[i])
    }
  })
  effects?.end()
  if (refusal !== null) return errorReply(`Target instance replied with error: ${(refusal as string).slice(1)}`)
  if (problem === null) return null
  return ioError(problem === 'connecting' ? 'connecting to the client' : `${problem} to target instance`)
}

export const MIGRATE = command({
  name: 'MIGRATE',
  group: 'generic',
  since: '2.6.0',
  summary: 'Moves keys to another server, or copies them there.',
  complexity: 'O(N) where N is the number of elements, and of bytes: a DUMP and a DEL here, a RESTORE there.',
  arity: -6,
  flags: ['write', 'movablekeys'],
  keys: [movedKey, movedKeys],
  categories: ['dangerous'],
  tips: ['nondeterministic_output'],
  history: [
    ['3.0.0', 'Options `COPY` and `REPLACE`.'],
    ['3.0.6', 'Option `KEYS`.'],
    ['4.0.7', 'Option `AUTH`.'],
    ['6.0.0', 'Option `AUTH2`.'],
  ],
  syntax: `host port:integer key_or_empty_string=<key | empty_string=""> destination-db:integer timeout:integer
    [COPY@3.0.0] [REPLACE@3.0.0]
    [authentication=<[AUTH password]@4.0.7 | [AUTH2 username_password={username password}]@6.0.0>]
    [KEYS key:key#1...]@3.0.6`,
  findKeys({ args }) {
    const options = optionsOrNull(args)
    if (options === null) return []
    const found: FoundKey[] = []
    const spec = options.keysFrom === 3 ? movedKey : movedKeys
    for (let i = options.keysFrom; i < keysEnd(args, options); i++) found.push({ index: i, spec })
    return found
  },
  secrets({ args }) {
    for (let i = optionsFrom; i < args.count; i++) {
      if (args.at(i).is('KEYS')) return []
      if (args.at(i).is('AUTH')) return [i + 1]
      if (args.at(i).is('AUTH2')) return [i + 1, i + 2]
    }
    return []
  },
  run(call) {
    const { args, client, keyspace, reply, services } = call
    const options = readOptions(call)
    const timeoutMs = integer(args.at(5), notAnInteger)
    const target: MigrationTarget = {
      host: args.at(1).toLatin1(),
      port: Number.parseInt(args.at(2).toLatin1(), 10) || 0,
      database: integer(args.at(4), notAnInteger),
      timeoutMs: timeoutMs <= 0 ? defaultTimeoutMs : timeoutMs,
      credentials: options.credentials,
    }
    const keys: Slice[] = []
    const restores: Buffer[] = []
    for (let i = options.keysFrom; i < keysEnd(args, options); i++) {
      const restore = restoreOf(call, args.at(i), options.replaces)
      if (restore === null) continue
      keys.push(Slice.from(args.at(i).toBuffer()))
      restores.push(restore)
    }
    call.propagateNothing()
    if (keys.length === 0) return reply.simple('NOKEY')
    const { database } = client
    const later = call.later()
    // as in Redis, which stands still meanwhile: nobody changes what is on its way
    const resume = services.server.holdWrites()
    services.migration.send(target, restores, (outcome) => {
      const refusal = settle({ keyspace, database, keys }, options.copies, outcome)
      resume()
      later.settle((reply) => (refusal === null ? reply.ok() : reply.error(refusal)))
    })
  },
})

function optionsOrNull(args: Args): Options | null {
  try {
    return args.count < optionsFrom ? null : readOptions({ args })
  } catch (error) {
    if (error instanceof ReplyError) return null
    throw error
  }
}
