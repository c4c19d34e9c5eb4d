import { Slice, borrowed, errorReply, syntaxError } from '../../base/index.js'
import { command, integer, type Call } from '../../command/index.js'
import type { Database } from '../../keyspace/index.js'
import type { Args, ReplyWriter } from '../../resp/index.js'
import { Type } from '../../values/index.js'
import { stringBytesMax } from './limits.js'

const notStrings = errorReply('The specified keys must contain string values')
const lengthAndIndexes = errorReply('If you want both the length and indexes, please just use IDX.')
const tableTooLarge = errorReply('Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len')

export const LCS = command({
  name: 'LCS',
  group: 'string',
  since: '7.0.0',
  summary: 'Finds the longest common subsequence of the strings under two keys.',
  complexity: 'O(N*M) where N and M are the lengths of the two strings.',
  arity: -3,
  flags: ['readonly'],
  keys: [{ first: 1, last: 2, access: 'RO', effects: ['access'] }],
  syntax: 'key1:key key2:key [LEN] [IDX] [MINMATCHLEN len:integer] [WITHMATCHLEN]',
  run(call) {
    const { args, db, reply } = call
    const [first, second] = [db.read(args.at(1)), db.read(args.at(2))] // both are looked at, whatever the first one is
    const a = stringIn(db, first)
    const b = stringIn(db, second)
    const options = readOptions(args)
    const lengths = new Lengths(a, b, call)
    if (options.indexes) replyMatches(lengths, options, reply)
    else if (options.length) reply.integer(lengths.total)
    else replySubsequence(lengths, reply)
  },
})

/** The string in an entry, in a slice of its own; empty when there is none. */
function stringIn(db: Database, ref: number): Slice {
  if (ref === 0) return borrowed()
  if (db.type(ref) !== Type.string) throw notStrings
  const { region, start, length } = db.stringAt(ref)
  return new Slice(region, start, length)
}

interface Options {
  length: boolean
  indexes: boolean
  matchLengths: boolean
  matchLengthMin: number
}

function readOptions(args: Args): Options {
  const options = { length: false, indexes: false, matchLengths: false, matchLengthMin: 0 }
  for (let i = 3; i < args.count; i++) {
    const option = args.at(i)
    if (option.is('IDX')) options.indexes = true
    else if (option.is('LEN')) options.length = true
    else if (option.is('WITHMATCHLEN')) options.matchLengths = true
    else if (option.is('MINMATCHLEN') && i + 1 < args.count) options.matchLengthMin = integer(args.at(++i))
    else throw syntaxError
  }
  if (options.length && options.indexes) throw lengthAndIndexes
  return options
}

/** For every two prefixes of two strings the length of their longest common subsequence: the table that answers all. */
class Lengths {
  readonly a: Slice
  readonly b: Slice
  readonly #table: Uint32Array
  readonly #width: number

  constructor(a: Slice, b: Slice, call: Call) {
    this.a = a
    this.b = b
    const width = (this.#width = b.length + 1)
    const cells = (a.length + 1) * width
    if (cells * 4 > stringBytesMax(call, cells * 4)) throw tableTooLarge
    const table = (this.#table = new Uint32Array(cells))
    const aBytes = a.region.bytes
    const bBytes = b.region.bytes
    for (let i = 1, at = width; i <= a.length; i++) {
      const byte = aBytes[a.start + i - 1]
      at++
      for (let j = 1; j <= b.length; j++, at++) {
        if (byte === bBytes[b.start + j - 1]) table[at] = table[at - width - 1] + 1
        else table[at] = Math.max(table[at - width], table[at - 1])
      }
    }
  }

  get total(): number {
    return this.#table[this.#table.length - 1]
  }

  /**
   * Walks from the ends of both strings to their starts along one longest common subsequence; calls `visit` with the
   * place, from 0, of each byte that belongs to it. Of two ways of the same length it takes the one that shortens `b`.
   */
  walkBack(visit: (inA: number, inB: number) => void): void {
    const { a, b } = this
    const table = this.#table
    const width = this.#width
    for (let i = a.length, j = b.length; i > 0 && j > 0;) {
      if (a.byte(i - 1) === b.byte(j - 1)) visit(--i, --j)
      else if (table[(i - 1) * width + j] > table[i * width + j - 1]) i--
      else j--
    }
  }
}

function replySubsequence(lengths: Lengths, reply: ReplyWriter): void {
  const { a, total } = lengths
  let at = reply.bulkSpace(total) + total
  const { bytes } = reply.region
  lengths.walkBack((inA) => {
    bytes[--at] = a.byte(inA)
  })
}

/** Replies the runs of adjacent common bytes, the last first, and the length of the whole. */
function replyMatches(lengths: Lengths, options: Options, reply: ReplyWriter): void {
  const { matchLengths, matchLengthMin } = options
  reply.map(2)
  reply.bulkText('matches')
  const mark = reply.mark
  let matches = 0
  let startA = 0
  let startB = 0
  let length = 0
  const end = (): void => {
    if (length === 0 || length < matchLengthMin) return
    matches++
    reply.array(matchLengths ? 3 : 2)
    reply.array(2)
    reply.integer(startA)
    reply.integer(startA + length - 1)
    reply.array(2)
    reply.integer(startB)
    reply.integer(startB + length - 1)
    if (matchLengths) reply.integer(length)
  }
  lengths.walkBack((inA, inB) => {
    if (length > 0 && inA === startA - 1 && inB === startB - 1) length++
    else {
      end()
      length = 1
    }
    startA = inA
    startB = inB
  })
  end()
  reply.insert(mark, `*${matches}\r\n`)
  reply.bulkText('len')
  reply.integer(lengths.total)
}
