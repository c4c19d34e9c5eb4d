import { borrowed, errorReply, readSafeInteger, syntaxError, type Slice } from '../../base/index.js'
import { command, int64, printed, type Call } from '../../command/index.js'
import type { Args, ReplyWriter } from '../../resp/index.js'
import { oneKey, readKey } from '../key-specs.js'
import { exactBitsMax, fit, fitWide, readBits, readWide, writeBits, writeWide, type Overflow } from './fields.js'
import { readBitOffset } from './offsets.js'

const badType = errorReply(
  'Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.',
)
const badOverflow = errorReply('Invalid OVERFLOW type specified')
const onlyGet = errorReply('BITFIELD_RO only supports the GET subcommand')

const noString = borrowed()
/** A sum of two numbers within this is exact. */
const operandMax = 2 ** exactBitsMax

/** One subcommand. Read twice, first to see that all are in order, so that nothing is made for each. */
class Operation {
  kind: 'get' | 'set' | 'incrby' = 'get'
  overflow: Overflow = 'wrap'
  isSigned = false
  width = 0
  offset = 0
  /** The number to set or to add; NaN where only `exact` says it. */
  operand = 0
  exact = 0n

  /**
   * Reads the next subcommand from argument `at` on, the OVERFLOWs before it included; returns the index behind it, or
   * -1 at the end.
   *
   * @throws {ReplyError} the first mistake
   */
  read(call: Call, at: number): number {
    const { args } = call
    while (at < args.count) {
      const name = args.at(at)
      const following = args.count - at - 1
      if (name.is('GET') && following >= 2) this.kind = 'get'
      else if (name.is('SET') && following >= 3) this.kind = 'set'
      else if (name.is('INCRBY') && following >= 3) this.kind = 'incrby'
      else if (name.is('OVERFLOW') && following >= 1) {
        this.overflow = overflowNamed(args.at(at + 1))
        at += 2
        continue
      } else throw syntaxError
      this.#readType(args.at(at + 1))
      this.offset = readBitOffset(call, args.at(at + 2), this.width)
      if (this.kind === 'get') return at + 3
      this.operand = readSafeInteger(args.at(at + 3))
      if (Number.isNaN(this.operand)) this.exact = int64(args.at(at + 3))
      return at + 4
    }
    return -1
  }

  get isExact(): boolean {
    return this.width <= exactBitsMax && this.operand <= operandMax && this.operand >= -operandMax
  }

  #readType(type: Slice): void {
    const text = printed(type)
    this.isSigned = text.startsWith('i')
    if (!/^[iu][1-9]\d?$/.test(text)) throw badType
    this.width = Number(text.slice(1))
    if (this.width > (this.isSigned ? 64 : 63)) throw badType
  }
}

function overflowNamed(name: Slice): Overflow {
  if (name.is('WRAP')) return 'wrap'
  if (name.is('SAT')) return 'sat'
  if (name.is('FAIL')) return 'fail'
  throw badOverflow
}

const operation = new Operation()

function runAll(call: Call, isReadOnly: boolean): void {
  const { args, db, reply } = call
  const key = args.at(1)
  let operations = 0
  let bitsNeeded = 0
  let writes = false
  operation.overflow = 'wrap'
  for (let at = 2; (at = operation.read(call, at)) > 0; operations++) {
    if (operation.kind === 'get') continue
    writes = true
    bitsNeeded = Math.max(bitsNeeded, operation.offset + operation.width)
  }
  if (writes && isReadOnly) throw onlyGet
  let isGrown = false
  let value: Slice
  if (writes) {
    const ref = db.findToWrite(key)
    const length = ref === 0 ? 0 : db.stringAt(ref).length
    const bytesNeeded = Math.ceil(bitsNeeded / 8)
    isGrown = ref === 0 || length < bytesNeeded
    value = db.editStringAt(ref, key, Math.max(length, bytesNeeded))
  } else value = db.readString(key) ?? noString
  reply.array(operations)
  let changes = 0
  operation.overflow = 'wrap'
  for (let at = 2; (at = operation.read(call, at)) > 0;) {
    if (operation.kind === 'get') get(value, reply)
    else if (operation.isExact ? change(value, reply, isGrown) : changeWide(value, reply, isGrown)) changes++
  }
  db.changed('setbit', key, changes)
  // it is longer now, which counts as no change, and followers must have it all the same
  if (changes === 0 && isGrown && call.isFollowed) call.repeat()
}

function get(value: Slice, reply: ReplyWriter): void {
  const { offset, width, isSigned } = operation
  if (width > exactBitsMax) reply.bigInteger(readWide(value, offset, width, isSigned))
  else reply.integer(readSigned(value))
}

/** The number that the operation is about, of `exactBitsMax` bits at most. */
function readSigned(value: Slice): number {
  const { offset, width, isSigned } = operation
  const bits = readBits(value, offset, width)
  return isSigned && bits >= 2 ** (width - 1) ? bits - 2 ** width : bits
}

/** Sets or adds, and replies; whether that counts as a change. */
function change(value: Slice, reply: ReplyWriter, isGrown: boolean): boolean {
  const { kind, offset, width, isSigned, operand, overflow } = operation
  const old = readSigned(value)
  const isSet = kind === 'set'
  const stored = fit(isSet ? operand : old + operand, width, isSigned, isSet, overflow)
  if (stored === null) {
    reply.null()
    return false
  }
  reply.integer(isSet ? old : stored)
  writeBits(value, offset, width, stored < 0 ? stored + 2 ** width : stored)
  return isGrown || stored !== old
}

/** The same for every number of 64 bits. */
function changeWide(value: Slice, reply: ReplyWriter, isGrown: boolean): boolean {
  const { kind, offset, width, isSigned, operand, overflow } = operation
  const exact = Number.isNaN(operand) ? operation.exact : BigInt(operand)
  const old = readWide(value, offset, width, isSigned)
  const set = isSigned ? exact : BigInt.asUintN(64, exact)
  const stored =
    kind === 'set' ? fitWide(set, 0n, width, isSigned, overflow) : fitWide(old, exact, width, isSigned, overflow)
  if (stored === null) {
    reply.null()
    return false
  }
  reply.bigInteger(kind === 'set' ? old : stored)
  writeWide(value, offset, width, stored)
  return isGrown || stored !== old
}

/** Whether a call only reads, as Redis tells for COMMAND GETKEYSANDFLAGS. */
function onlyReads(args: Args): boolean {
  for (let at = 2; at < args.count;) {
    const following = args.count - at - 1
    if (args.at(at).is('GET') && following >= 2) at += 3
    else if (args.at(at).is('OVERFLOW') && following >= 1) at += 2
    else return false
  }
  return true
}

export const BITFIELD = command({
  name: 'BITFIELD',
  group: 'bitmap',
  since: '3.2.0',
  summary: 'Reads, sets and adds to whole numbers of 1 to 64 bits at any place of the string stored under a key.',
  complexity: 'O(1) for each subcommand.',
  arity: -2,
  flags: ['write', 'denyoom'],
  keys: oneKey('RW', ['access', 'update'], {
    marks: ['variable_flags'],
    notes: 'This command allows both access and modification of the key',
  }),
  syntax: `key [operation=<GET encoding_offset={encoding offset:integer}
    | write={[OVERFLOW wrap_sat_fail=<WRAP | SAT | FAIL>]
        write_operation=<SET encoding_offset_value={encoding offset:integer value:integer}
          | INCRBY encoding_offset_increment={encoding offset:integer increment:integer}>}>]...`,
  keyUse: ({ args }) =>
    onlyReads(args) ? { access: 'RO', effects: ['access'] } : { access: 'RW', effects: ['access', 'update'] },
  run: (call) => runAll(call, false),
})

export const BITFIELD_RO = command({
  name: 'BITFIELD_RO',
  group: 'bitmap',
  since: '6.0.0',
  summary: 'Reads whole numbers of 1 to 64 bits at any place of the string stored under a key.',
  complexity: 'O(1) for each subcommand.',
  arity: -2,
  flags: ['readonly', 'fast'],
  keys: readKey,
  syntax: 'key [GET encoding_offset={encoding offset:integer}]...',
  run: (call) => runAll(call, true),
})
