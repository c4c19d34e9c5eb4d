import { errorReply, syntaxError, type Slice } from '../../base/index.js'
import { command, int64, integer } from '../../command/index.js'
import type { Args } from '../../resp/index.js'
import { readKey } from '../key-specs.js'
import { countBits, countBitsBetween, findBit, findBitBetween } from './words.js'

const badBit = errorReply('The bit argument must be 1 or 0.')

const history = [['7.0.0', 'Added `BYTE` and `BIT`.']] as const

/** Whether the unit at `argument`, if it is given, is the bit. @throws {ReplyError} it is neither BIT nor BYTE */
function isInBits(args: Args, argument: number): boolean {
  if (args.count <= argument) return false
  if (args.at(argument).is('BIT')) return true
  if (args.at(argument).is('BYTE')) return false
  throw syntaxError
}

/** An index that counts from the end when it is negative, no smaller than 0. */
const fromStart = (index: number, length: number): number => Math.max(index < 0 ? length + index : index, 0)

/** Whether two negative indexes are in the wrong order; beyond 2^53 both may be rounded to the same. */
function isReversed(start: number, end: number, startText: Slice, endText: Slice): boolean {
  if (start >= 0 || end >= 0) return false
  return start > end || (start === end && start < -(2 ** 53) && int64(startText) > int64(endText))
}

export const BITCOUNT = command({
  name: 'BITCOUNT',
  group: 'bitmap',
  since: '2.6.0',
  summary: 'Counts the set bits of the string stored under a key, or of a part of it.',
  complexity: 'O(N) where N is the length of the part.',
  arity: -2,
  flags: ['readonly'],
  keys: readKey,
  history,
  syntax: 'key [index={start:integer end:integer [index_unit=<BYTE | BIT>@7.0.0]}]',
  run({ args, db, reply }) {
    const value = db.readString(args.at(1))
    if (value === null) {
      reply.integer(0)
      return
    }
    if (args.count === 2) {
      reply.integer(countBits(value, 0, value.length))
      return
    }
    if (args.count !== 4 && args.count !== 5) throw syntaxError
    let start = integer(args.at(2))
    let end = integer(args.at(3))
    if (isReversed(start, end, args.at(2), args.at(3))) {
      reply.integer(0)
      return
    }
    const inBits = isInBits(args, 4)
    const length = inBits ? value.length * 8 : value.length
    start = fromStart(start, length)
    end = Math.min(fromStart(end, length), length - 1)
    if (start > end) reply.integer(0)
    else if (inBits) reply.integer(countBitsBetween(value, start, end))
    else reply.integer(countBits(value, start, end - start + 1))
  },
})

export const BITPOS = command({
  name: 'BITPOS',
  group: 'bitmap',
  since: '2.8.7',
  summary: 'Finds the first set or the first clear bit of the string stored under a key, or of a part of it.',
  complexity: 'O(N) where N is the length of the part.',
  arity: -3,
  flags: ['readonly'],
  keys: readKey,
  history,
  syntax: `key bit:integer
    [index={start:integer [end_index={end:integer [index_unit=<BYTE | BIT>@7.0.0]}]}]`,
  run({ args, db, reply }) {
    const bit = integer(args.at(2))
    if (bit !== 0 && bit !== 1) throw badBit
    const value = db.readString(args.at(1))
    if (value === null) {
      reply.integer(bit === 0 ? 0 : -1)
      return
    }
    if (args.count > 6) throw syntaxError
    const hasEnd = args.count > 4
    let start = args.count > 3 ? integer(args.at(3)) : 0
    const inBits = isInBits(args, 5)
    const length = inBits ? value.length * 8 : value.length
    let end = hasEnd ? integer(args.at(4)) : length - 1
    start = fromStart(start, length)
    if (hasEnd) end = Math.min(fromStart(end, length), length - 1)
    if (start > end) {
      reply.integer(-1)
      return
    }
    const place = inBits ? findBitBetween(value, start, end, bit) : findBit(value, start, end - start + 1, bit)
    // where no end is named, zeros are taken to follow the string
    reply.integer(place < 0 && bit === 0 && !hasEnd ? length * 8 : place)
  },
})
