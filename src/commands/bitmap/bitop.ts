import { Region, Slice, borrowed, copyBytes, errorReply, syntaxError } from '../../base/index.js'
import { command, type Call } from '../../command/index.js'

const oneSource = errorReply('BITOP NOT must be called with a single source key.')

const operations = ['AND', 'OR', 'XOR', 'NOT'] as const
type Operation = (typeof operations)[number]

const source = borrowed()
const spareBytes = 1 << 16
/** Where short results are computed: the sources may be the destination, and must not change meanwhile. */
const spare = Region.allocate(spareBytes)

export const BITOP = command({
  name: 'BITOP',
  group: 'bitmap',
  since: '2.6.0',
  summary: 'Stores the bitwise AND, OR or XOR of some strings, or the NOT of one, under a key.',
  complexity: 'O(N) where N is the length of the strings together.',
  arity: -4,
  flags: ['write', 'denyoom'],
  keys: [
    { first: 2, access: 'OW', effects: ['update'] },
    { first: 3, last: -1, access: 'RO', effects: ['access'] },
  ],
  syntax: 'operation destkey:key#0 key#1...',
  run(call) {
    const { args, db, reply } = call
    const operation = operations.find((name) => args.at(1).is(name))
    if (operation === undefined) throw syntaxError
    if (operation === 'NOT' && args.count !== 4) throw oneSource
    const destination = args.at(2)
    const refs: number[] = []
    let length = 0
    for (let i = 3; i < args.count; i++) {
      const ref = db.read(args.at(i))
      refs.push(ref)
      if (ref !== 0) length = Math.max(length, db.stringAt(ref).length)
    }
    if (length > 0) {
      const result = new Slice(length <= spareBytes ? spare : Region.allocate(length), 0, length)
      compute(call, operation, refs, result)
      db.setString(destination, result)
      db.markEdited(destination)
      db.changed('set', destination)
    } else if (db.delete(destination)) db.changed('del', destination)
    reply.integer(length)
  },
})

/** Computes the operation over the strings of some entries; those that are missing or end early go on with zeros. */
function compute({ db }: Call, operation: Operation, refs: readonly number[], result: Slice): void {
  const { words, bytes } = result.region
  bytes.fill(0, 0, result.length)
  refs.forEach((ref, i) => {
    const from = ref === 0 ? source.set(result.region, 0, 0) : db.stringAt(ref)
    if (i === 0) copyBytes(from.region, from.start, result.region, 0, from.length)
    else if (operation === 'AND') and(words, bytes, from, result.length)
    else if (operation === 'OR') or(words, bytes, from)
    else xor(words, bytes, from)
  })
  if (operation === 'NOT')
    for (let word = 0, end = (result.length + 3) >>> 2; word < end; word++) words[word] = ~words[word]
}

// one loop each: an operation that is asked for at every word costs as much as the word

function and(words: Int32Array, bytes: Buffer, { region, start, length }: Slice, resultLength: number): void {
  const { view } = region
  const whole = length >>> 2
  for (let word = 0, at = start; word < whole; word++, at += 4) words[word] &= view.getInt32(at, true)
  for (let i = whole * 4; i < length; i++) bytes[i] &= region.bytes[start + i]
  bytes.fill(0, length, resultLength)
}

function or(words: Int32Array, bytes: Buffer, { region, start, length }: Slice): void {
  const { view } = region
  const whole = length >>> 2
  for (let word = 0, at = start; word < whole; word++, at += 4) words[word] |= view.getInt32(at, true)
  for (let i = whole * 4; i < length; i++) bytes[i] |= region.bytes[start + i]
}

function xor(words: Int32Array, bytes: Buffer, { region, start, length }: Slice): void {
  const { view } = region
  const whole = length >>> 2
  for (let word = 0, at = start; word < whole; word++, at += 4) words[word] ^= view.getInt32(at, true)
  for (let i = whole * 4; i < length; i++) bytes[i] ^= region.bytes[start + i]
}
