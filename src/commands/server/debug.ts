import { errorReply, noSuchKey, readSafeInteger, type Slice } from '../../base/index.js'
import { command, isLocal, replyHelp, subcommandSyntax, type Call } from '../../command/index.js'
import type { Database, Keyspace } from '../../keyspace/index.js'
import { Type } from '../../values/index.js'
import { encodingOf, referencesTo } from '../encoding.js'
import { datasetDigest, valueDigest } from './dataset-digest.js'

const refused = errorReply(
  'DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.',
)

const help = [
  'DIGEST',
  '    Output a hex signature of all that the databases hold.',
  'DIGEST-VALUE <key> [<key> ...]',
  '    Output a hex signature of the value of each key.',
  'OBJECT <key>',
  '    Show low level info about the value of <key>.',
  'SET-ACTIVE-EXPIRE <0|1>',
  '    Stop deleting expired keys that nobody asks for, or go on with it.',
  'SLEEP <seconds>',
  '    Stop the server for <seconds>. Decimals allowed.',
]

/** The number at the beginning of a text, 0 where there is none: C's strtod and atoi are as lenient. */
const leadingNumber = (text: string): number => Number.parseFloat(text) || 0

/** Holds up the whole server: that is what DEBUG SLEEP is for. */
function sleep(seconds: number): void {
  const ms = Math.floor(seconds * 1e6) / 1000
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** Bytes of a length in a snapshot. */
const lengthBytes = (length: number): number => (length < 64 ? 1 : length < 16_384 ? 2 : length < 2 ** 32 ? 5 : 9)

function stringBytes(value: Slice): number {
  const number = readSafeInteger(value)
  if (number >= -(2 ** 31) && number < 2 ** 31) return Math.abs(number) < 128 ? 2 : Math.abs(number) < 32_768 ? 3 : 5
  return lengthBytes(value.length) + value.length
}

/** Integers are one string with a header of 8 bytes. */
function setBytes({ views }: Keyspace, ref: number): number {
  const set = views.sets.open(ref, null)
  const integers = 8 + set.length * set.integerWidth
  if (set.integerWidth !== 0) return lengthBytes(integers) + integers
  let bytes = lengthBytes(set.length)
  set.forEach((member) => (bytes += stringBytes(member)))
  return bytes
}

/** Bytes that the value would take in a snapshot, a hash field by field, without compression. */
function serializedBytes(keyspace: Keyspace, db: Database, ref: number): number {
  if (db.type(ref) === Type.set) return setBytes(keyspace, ref)
  if (db.type(ref) !== Type.hash) return stringBytes(db.stringAt(ref))
  const hash = keyspace.hashes.open(ref, null)
  let bytes = lengthBytes(hash.length)
  hash.forEach((field, value) => (bytes += stringBytes(field) + stringBytes(value)))
  return bytes
}

/** @throws {ReplyError} noSuchKey */
function describeObject({ args, db, keyspace, reply }: Call): void {
  const ref = db.findInMemory(args.at(2))
  if (ref === 0) throw noSuchKey
  const { records, accessClock } = keyspace
  const access = records.access(ref)
  const idleSeconds = (accessClock - access) & 0xffffff
  const place = `0x${(ref >>> 0).toString(16).padStart(8, '0')}`
  reply.simple(
    `Value at:${place} refcount:${referencesTo(db, ref)} encoding:${encodingOf(keyspace, db, ref)} ` +
      `serializedlength:${serializedBytes(keyspace, db, ref)} lru:${access} lru_seconds_idle:${idleSeconds}`,
  )
}

export const DEBUG = command({
  name: 'DEBUG',
  group: 'server',
  since: '1.0.0',
  summary: 'Helps to test the server.',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  system: true,
  run(call) {
    const { args, client, db, keyspace, reply, services } = call
    const allowed = services.config.value('enable-debug-command')
    if (allowed !== 'yes' && !(allowed === 'local' && isLocal(client))) throw refused
    const subcommand = args.at(1)
    const { count } = args
    if (subcommand.is('HELP') && count === 2) replyHelp(call, help)
    else if (subcommand.is('DIGEST') && count === 2) reply.simple(datasetDigest(keyspace))
    else if (subcommand.is('DIGEST-VALUE')) {
      reply.array(count - 2)
      for (let i = 2; i < count; i++) reply.simple(valueDigest(keyspace, db, args.at(i)))
    } else if (subcommand.is('OBJECT') && count === 3) describeObject(call)
    else if (subcommand.is('SLEEP') && count === 3) {
      sleep(leadingNumber(args.at(2).toLatin1()))
      reply.ok()
    } else if (subcommand.is('SET-ACTIVE-EXPIRE') && count === 3) {
      services.server.setActiveExpiry(Math.trunc(leadingNumber(args.at(2).toLatin1())) !== 0)
      reply.ok()
    } else throw subcommandSyntax(call)
  },
})
