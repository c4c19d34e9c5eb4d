import { Slice, errorReply, holdUp, noSuchKey, readSafeInteger } from '../../base/index.js'
import { command, integer, integerIn, printed, replyHelp, subcommandSyntax, type Call } from '../../command/index.js'
import type { Database, Keyspace } from '../../keyspace/index.js'
import { Type, idBytes } from '../../values/index.js'
import { encodingOf, referencesTo } from '../encoding.js'
import { datasetDigest, valueDigest } from './dataset-digest.js'
import { replyOutcome } from './config.js'
import { replyOfType } from './debug-protocol.js'
import { loadAppendOnly, reload } from './persistence.js'

const notPositive = errorReply('value is out of range, must be positive')
const badThreshold = errorReply('argument must be a memory value bigger than 1 and smaller than 4gb')

const help = [
  'AOF-FLUSH-SLEEP <microseconds>',
  '    Stop the server for so long each time before the append-only file is written.',
  'CONFIG-REWRITE-FORCE-ALL',
  '    Like CONFIG REWRITE, but writes the parameters that have their default too.',
  'DIGEST',
  '    Output a hex signature of all that the databases hold.',
  'DIGEST-VALUE <key> [<key> ...]',
  '    Output a hex signature of the value of each key.',
  'ERROR <string>',
  '    Reply an error with <string> as its text.',
  'LOG <message>',
  "    Write <message> to the server's log.",
  'OBJECT <key>',
  '    Show low level info about the value of <key>.',
  'PAUSE-CRON <0|1>',
  '    Stop what the server does unasked, or go on with it.',
  'POPULATE <count> [<prefix>] [<size>]',
  '    Create <count> strings under keys named <prefix>:<number>, as far as there',
  "    are none. The prefix is 'key' where none is given.",
  'PROTOCOL <type>',
  '    Reply with a value of the given type: string, integer, double, bignum,',
  '    null, array, set, map, attrib, push, verbatim, true or false.',
  'QUICKLIST-PACKED-THRESHOLD <size>',
  '    Accepted without effect: no length of an element changes how a list is kept.',
  'REPLICATE <string> [<string> ...]',
  '    Have replicas execute a command, which is not executed here.',
  'REPLYBUFFER PEAK-RESET-TIME <NEVER|RESET|time> | RESIZING <0|1>',
  '    Accepted without effect: no client has a reply buffer of its own.',
  'SEGFAULT',
  '    Crash the server.',
  'SET-ACTIVE-EXPIRE <0|1>',
  '    Stop deleting expired keys that nobody asks for, or go on with it.',
  'SET-SKIP-CHECKSUM-VALIDATION <0|1>',
  '    Take checksums of DUMP payloads as right, or look at them.',
  'SLEEP <seconds>',
  '    Stop the server for <seconds>. Decimals allowed.',
]

/** The number at the beginning of a text, 0 where there is none: C's strtod and atoi are as lenient. */
const leadingNumber = (text: string): number => Number.parseFloat(text) || 0

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

function listBytes({ views }: Keyspace, ref: number): number {
  const list = views.lists.open(ref, null)
  let bytes = lengthBytes(list.length)
  list.walk(0, list.length, true, (element) => (bytes += stringBytes(element)))
  return bytes
}

/** What DEBUG OBJECT tells of lists alone. */
function listFields({ views }: Keyspace, ref: number): string {
  const list = views.lists.open(ref, null)
  const { nodes, bytes, listpackSize } = list.shape
  const mean = (list.length / nodes).toFixed(2)
  return ` ql_nodes:${nodes} ql_avg_node:${mean} ql_listpack_max:${listpackSize} ql_compressed:0 ql_uncompressed_size:${bytes}`
}

/** Chunks, each behind its ID; groups are small beside them. */
function streamBytes({ views }: Keyspace, ref: number): number {
  const stream = views.streams.open(ref, null)
  let bytes = lengthBytes(stream.chunkCount)
  stream.forEachChunk((_id, listpack) => (bytes += 1 + idBytes + lengthBytes(listpack.length) + listpack.length))
  return bytes
}

/** A score is eight bytes as it is. */
function sortedSetBytes({ views }: Keyspace, ref: number): number {
  const set = views.sortedSets.open(ref, null)
  let bytes = lengthBytes(set.length) + set.length * 8
  set.forEach((member) => (bytes += stringBytes(member)))
  return bytes
}

/** Bytes that the value would take in a snapshot, a hash field by field, without compression. */
function serializedBytes(keyspace: Keyspace, db: Database, ref: number): number {
  if (db.type(ref) === Type.list) return listBytes(keyspace, ref)
  if (db.type(ref) === Type.set) return setBytes(keyspace, ref)
  if (db.type(ref) === Type.stream) return streamBytes(keyspace, ref)
  if (db.type(ref) === Type.zset) return sortedSetBytes(keyspace, ref)
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
  const access = keyspace.records.access(ref)
  const idleSeconds = keyspace.access.idleSeconds(access)
  const place = `0x${(ref >>> 0).toString(16).padStart(8, '0')}`
  reply.simple(
    `Value at:${place} refcount:${referencesTo(db, ref)} encoding:${encodingOf(keyspace, db, ref)} ` +
      `serializedlength:${serializedBytes(keyspace, db, ref)} lru:${access} lru_seconds_idle:${idleSeconds}` +
      (db.type(ref) === Type.list ? listFields(keyspace, ref) : ''),
  )
}

/** The `j`th of POPULATE's strings is `value:<j>`, cut or filled with zero bytes where a size is asked for. */
function populate({ args, db, reply }: Call): void {
  const count = naturalAt(args, 2)
  const prefix = args.count > 3 ? args.at(3).toBuffer() : Buffer.from('key')
  const size = args.count > 4 ? naturalAt(args, 4) : 0
  for (let j = 0; j < count; j++) {
    const key = Slice.from(Buffer.concat([prefix, Buffer.from(`:${j}`)]))
    if (db.findToWrite(key) !== 0) continue
    const text = `value:${j}`
    const { region, start, length } = db.setStringSpace(key, size === 0 ? text.length : size)
    region.bytes.fill(0, start, start + length)
    region.bytes.latin1Write(text.slice(0, length), start)
    db.alsoChanged('', key)
  }
  reply.ok()
}

const naturalAt = (args: Call['args'], index: number): number => integerIn(args.at(index), 0, Infinity, notPositive)

function replicate({ args, reply, services }: Call): void {
  services.feed.tell(
    Array.from({ length: args.count - 2 }, (_, i) => args.at(i + 2)),
    'replicas',
  )
  reply.ok()
}

function replyError({ args, reply }: Call): void {
  reply.errorText(args.at(2).toLatin1())
}

/** @throws {ReplyError} */
function checkThreshold({ args, reply }: Call): void {
  const [, digits, unit] = /^(\d+)(b|kb?|mb?|gb?)?$/i.exec(args.at(2).toLatin1()) ?? []
  if (digits === undefined) throw badThreshold
  const power = ['k', 'm', 'g'].indexOf((unit ?? '')[0]?.toLowerCase()) + 1
  const base = unit?.length === 2 ? 1024 : 1000
  if (Number(digits) * base ** power > 2 ** 32 - 2 ** 20) throw badThreshold
  reply.ok()
}

/** @throws {ReplyError} */
function checkReplyBuffer(call: Call): void {
  const { args, reply } = call
  const value = args.at(3)
  if (args.at(2).is('PEAK-RESET-TIME')) {
    if (!value.is('NEVER') && !value.is('RESET')) integer(value)
  } else if (!args.at(2).is('RESIZING')) throw subcommandSyntax(call)
  reply.ok()
}

interface Subcommand {
  /** Number of arguments, both names included. */
  readonly least: number
  readonly most: number
  run(call: Call): void
}

const taking = (count: number, run: (call: Call) => void, most = count): Subcommand => ({ least: count, most, run })

/** Whether the number that C's atoi reads is not 0. */
const isOn = ({ args }: Call): boolean => Math.trunc(leadingNumber(args.at(2).toLatin1())) !== 0

const subcommands: Readonly<Record<string, Subcommand>> = {
  HELP: taking(2, (call) => replyHelp(call, help)),
  'AOF-FLUSH-SLEEP': taking(3, ({ args, reply, services }) => {
    services.durability.flushSleepMicros = Math.trunc(leadingNumber(args.at(2).toLatin1()))
    reply.ok()
  }),
  'CONFIG-REWRITE-FORCE-ALL': taking(2, (call) => replyOutcome(call, call.services.config.rewrite(true))),
  DIGEST: taking(2, ({ keyspace, reply }) => reply.simple(datasetDigest(keyspace))),
  'DIGEST-VALUE': taking(
    2,
    ({ args, db, keyspace, reply }) => {
      reply.array(args.count - 2)
      for (let i = 2; i < args.count; i++) reply.simple(valueDigest(keyspace, db, args.at(i)))
    },
    Infinity,
  ),
  ERROR: taking(3, replyError),
  LOG: taking(3, ({ args, reply, services }) => {
    services.server.log.warning(`DEBUG LOG: ${printed(args.at(2))}`)
    reply.ok()
  }),
  OBJECT: taking(3, describeObject),
  'PAUSE-CRON': taking(3, (call) => {
    call.services.server.pausePeriodicJobs(isOn(call))
    call.reply.ok()
  }),
  POPULATE: taking(3, populate, 5),
  PROTOCOL: taking(3, (call) => replyOfType(call, call.args.at(2))),
  LOADAOF: taking(2, loadAppendOnly),
  RELOAD: taking(2, reload, Infinity),
  REPLICATE: taking(3, replicate, Infinity),
  'QUICKLIST-PACKED-THRESHOLD': taking(3, checkThreshold),
  REPLYBUFFER: taking(4, checkReplyBuffer),
  SEGFAULT: taking(2, ({ services }) => services.server.crash()),
  'SET-ACTIVE-EXPIRE': taking(3, (call) => {
    call.services.server.setActiveExpiry(isOn(call))
    call.reply.ok()
  }),
  'SET-SKIP-CHECKSUM-VALIDATION': taking(3, (call) => {
    call.services.restorer.skipsChecksums = isOn(call)
    call.reply.ok()
  }),
  SLEEP: taking(3, ({ args, reply }) => {
    holdUp(Math.floor(leadingNumber(args.at(2).toLatin1()) * 1e6) / 1000)
    reply.ok()
  }),
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
  permission: 'enable-debug-command',
  run(call) {
    const { args } = call
    const name = args.at(1).toLatin1().toUpperCase()
    const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined
    if (subcommand === undefined || args.count < subcommand.least || args.count > subcommand.most) {
      throw subcommandSyntax(call)
    }
    subcommand.run(call)
  },
})
