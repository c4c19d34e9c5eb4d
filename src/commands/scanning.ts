import { errorReply, matchGlob, syntaxError, type Slice } from '../base/index.js'
import { integer, type Call } from '../command/index.js'
import type { Args, ReplyWriter } from '../resp/index.js'

const invalidCursor = errorReply('invalid cursor')
const cursorMax = 2n ** 64n - 1n

/**
 * Reads a cursor as C's strtoul does: a sign is taken, nothing at all is 0, and it has 64 bits. Ours have 32, so those
 * that are none of ours lose the upper half.
 *
 * @throws {ReplyError}
 */
export function readCursor(slice: Slice): number {
  const text = slice.toLatin1()
  if (text === '') return 0
  if (!/^[+-]?\d+$/.test(text)) throw invalidCursor
  const size = BigInt(text.replace(/^[+-]/, ''))
  if (size > cursorMax) throw invalidCursor
  return Number(BigInt.asUintN(32, text.startsWith('-') ? -size : size))
}

/** What is asked of a scan besides its cursor. */
export interface ScanOptions {
  /** Elements to look at, about. */
  count: number
  /** The glob that elements must match, or null for all. */
  match: Slice | null
  /** In lower case; or null for all. */
  type: string | null
}

/** Reads options from argument `from` on. @throws {ReplyError} */
export function readScanOptions(args: Args, from: number, mayHaveType: boolean): ScanOptions {
  const options: ScanOptions = { count: 10, match: null, type: null }
  for (let i = from; i < args.count; i += 2) {
    const option = args.at(i)
    if (i + 1 === args.count) throw syntaxError
    const value = args.at(i + 1)
    if (option.is('COUNT')) {
      options.count = integer(value)
      if (options.count < 1) throw syntaxError
    } else if (option.is('MATCH')) options.match = value.length === 1 && value.byte(0) === 42 ? null : value
    else if (mayHaveType && option.is('TYPE')) options.type = value.toLatin1().toLowerCase()
    else throw syntaxError
  }
  return options
}

/** What a scan has come across. */
export interface Scanned {
  /** Elements looked at. */
  seen: number
  /** Replies written. */
  replied: number
}

/** Looks at some slots from a cursor on, writes what it finds, and returns the next cursor. */
export type ScanStep = (cursor: number, slots: number, scanned: Scanned) => number

/**
 * Replies a scan: the next cursor and the elements. It goes on until `count` elements were seen, but not beyond ten times
 * as many slots, so that a table nearly empty takes no long.
 */
export function replyScan(reply: ReplyWriter, cursor: number, count: number, step: ScanStep): void {
  const scanned: Scanned = { seen: 0, replied: 0 }
  const { mark } = reply
  let slotsLeft = count * 10
  let next = cursor
  do {
    const slots = Math.min(count - scanned.seen, slotsLeft)
    slotsLeft -= slots
    next = step(next, slots, scanned)
  } while (next !== 0 && slotsLeft > 0 && scanned.seen < count)
  const text = String(next)
  reply.insert(mark, `*2\r\n$${text.length}\r\n${text}\r\n*${scanned.replied}\r\n`)
}

/** What HSCAN, SSCAN and ZSCAN go through: elements, and what each goes with, if anything. */
interface Scannable<Beside extends unknown[]> {
  scan(cursor: number, slots: number, visit: (element: Slice, ...beside: Beside) => void): number
}

/**
 * Replies a scan of a collection (null: missing, so that not even the options are looked at) from `cursor` on.
 *
 * @param replies how many of them `write` writes for each element
 */
export function scanElements<Beside extends unknown[]>(
  { args, reply }: Call,
  cursor: number,
  collection: Scannable<Beside> | null,
  replies: number,
  write: (element: Slice, ...beside: Beside) => void,
): void {
  if (collection === null) {
    replyScan(reply, cursor, 0, () => 0)
    return
  }
  const { count, match } = readScanOptions(args, 3, false)
  replyScan(reply, cursor, count, (from, slots, scanned) =>
    collection.scan(from, slots, (element, ...beside) => {
      scanned.seen++
      if (match !== null && !matchGlob(match, element)) return
      scanned.replied += replies
      write(element, ...beside)
    }),
  )
}
