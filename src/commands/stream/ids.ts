import { Slice, errorReply, int64Min } from '../../base/index.js'
import type { Args } from '../../resp/index.js'
import { StreamId } from '../../values/index.js'

export const invalidId = errorReply('Invalid stream ID specified as stream command argument')
const invalidStart = errorReply('invalid start ID for the interval')
const invalidEnd = errorReply('invalid end ID for the interval')

const uint64Max = 2n ** 64n - 1n
const two32 = 0x1_0000_0000
const textBytesMax = 127
/** Digits that a double holds exactly. */
const safeDigits = 15

const isByte = (slice: Slice, byte: number): boolean =>
  slice.length >= 1 && slice.byte(0) === byte && (slice.length === 1 || slice.byte(1) === 0)

/** `$`, `>` or another text of one letter, as C compares texts: up to the first NUL. */
export const isLetter = (slice: Slice, letter: string): boolean => isByte(slice, letter.charCodeAt(0))

/** The two numbers that `readPlain` read last; a sequence number of -1 was not given. */
const halves = { ms: 0, sequence: 0 }

/** Reads `ms-sequence` or `ms` in short decimals, which is nearly always; false where it is anything else. */
function readPlain({ region: { bytes }, start, length }: Slice): boolean {
  if (length === 0 || length > safeDigits * 2 + 1) return false
  const end = start + length
  let at = start
  let value = 0
  for (; at < end && (bytes[at] - 48) >>> 0 <= 9; at++) value = value * 10 + bytes[at] - 48
  const digits = at - start
  halves.ms = value
  halves.sequence = -1
  if (digits === 0 || digits > safeDigits) return false
  if (at === end) return true
  if (bytes[at++] !== 45) return false
  const sequenceAt = at
  for (value = 0; at < end && (bytes[at] - 48) >>> 0 <= 9; at++) value = value * 10 + bytes[at] - 48
  halves.sequence = value
  return at === end && at > sequenceAt && at - sequenceAt <= safeDigits
}

/**
 * A number of 64 bits as Redis reads one in an ID: in strtoull's ways, a sign and spaces before it, unless it is what a
 * negative number itself would print.
 */
function readUint64(text: string): bigint | null {
  const found = /^[ \t\n\v\f\r]*([+-]?)(\d+)$/.exec(text)
  if (found === null) return null
  const size = BigInt(found[2])
  if (size > uint64Max || (/^-[1-9]/.test(text) && -size >= int64Min)) return null
  return found[1] === '-' ? BigInt.asUintN(64, -size) : size
}

function setHalves(into: StreamId, ms: bigint, sequence: bigint): void {
  const low = (value: bigint): number => Number(BigInt.asIntN(32, value))
  into.set(low(ms >> 32n), low(ms), low(sequence >> 32n), low(sequence))
}

/** How the text of an ID may differ from `ms-sequence`. */
interface IdRules {
  /** The sequence number of an ID that gives none is the highest, and not 0. */
  readonly endsHigh?: boolean
  /** `-` and `+` are the first and the last ID. */
  readonly takesEnds?: boolean
  /** The sequence number may be `*`. */
  readonly takesStar?: boolean
}

/** What was read: an ID, one whose sequence number is `*`, or none. */
type IdKind = 'whole' | 'open' | null

/** Reads an ID into `into`. */
function readId(slice: Slice, into: StreamId, { endsHigh, takesEnds, takesStar }: IdRules): IdKind {
  if (readPlain(slice)) {
    const { ms, sequence } = halves
    into.set(Math.floor(ms / two32), ms, Math.floor(sequence / two32), sequence)
    if (sequence < 0) into.set(into.msHigh, into.msLow, endsHigh === true ? -1 : 0, endsHigh === true ? -1 : 0)
    return 'whole'
  }
  if (slice.length > textBytesMax) return null
  if (isByte(slice, 45) || isByte(slice, 43)) {
    if (takesEnds !== true) return null
    if (slice.byte(0) === 45) into.setMin()
    else into.setMax()
    return 'whole'
  }
  const [text] = slice.toLatin1().split('\0', 1)
  const dash = text.indexOf('-')
  const ms = readUint64(dash < 0 ? text : text.slice(0, dash))
  if (ms === null) return null
  const rest = dash < 0 ? null : text.slice(dash + 1)
  if (takesStar === true && rest === '*') {
    setHalves(into, ms, 0n)
    return 'open'
  }
  const sequence = rest === null ? (endsHigh === true ? uint64Max : 0n) : readUint64(rest)
  if (sequence === null) return null
  setHalves(into, ms, sequence)
  return 'whole'
}

const strict: IdRules = {}
const withEnds: IdRules = { takesEnds: true }
const withStar: IdRules = { takesStar: true }
const rangeEnd: IdRules = { takesEnds: true, endsHigh: true }
const openEnd: IdRules = { endsHigh: true }

/** Whether `slice` is an ID, which is read into `into`. */
export const isId = (slice: Slice, into: StreamId): boolean => readId(slice, into, strict) !== null

/** Reads an ID. @throws {ReplyError} invalidId */
export function parseId(slice: Slice, into = new StreamId()): StreamId {
  if (readId(slice, into, strict) === null) throw invalidId
  return into
}

const checked = new StreamId()

/** Sees that all arguments from `from` on are IDs, before anything is done with one. @throws {ReplyError} invalidId */
export function checkIds(args: Args, from: number): void {
  for (let i = from; i < args.count; i++) parseId(args.at(i), checked)
}

/** As `parseId`; `-` and `+` are IDs too. */
export function parseIdOrEnd(slice: Slice, into = new StreamId()): StreamId {
  if (readId(slice, into, withEnds) === null) throw invalidId
  return into
}

/** Reads the ID of XADD; whether its sequence number is given, and not `*`. @throws {ReplyError} invalidId */
export function parseNewId(slice: Slice, into: StreamId): boolean {
  const kind = readId(slice, into, withStar)
  if (kind === null) throw invalidId
  return kind === 'whole'
}

const inner = ({ region, start, length }: Slice): Slice => new Slice(region, start + 1, length - 1)

const isExclusive = (slice: Slice): boolean => slice.length > 1 && slice.byte(0) === 40

/** Reads where a range begins; behind `(` it is the ID after. @throws {ReplyError} */
export function parseStart(slice: Slice, into = new StreamId()): StreamId {
  if (!isExclusive(slice)) return parseIdOrEnd(slice, into)
  parseId(inner(slice), into)
  if (!into.increment()) throw invalidStart
  return into
}

/** Reads where a range ends; behind `(` it is the ID before. @throws {ReplyError} */
export function parseEnd(slice: Slice, into = new StreamId()): StreamId {
  const isOpen = isExclusive(slice)
  if (readId(isOpen ? inner(slice) : slice, into, isOpen ? openEnd : rangeEnd) === null) throw invalidId
  if (isOpen && !into.decrement()) throw invalidEnd
  return into
}
