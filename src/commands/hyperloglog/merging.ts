import { command, type Call } from '../../command/index.js'
import { Encoding, checkSketch, corrupted, encodingOf, outdate, readRegister, registerCount } from './layout.js'
import { scratch } from './scratch.js'
import { forEachRun } from './sparse.js'

/** The highest value of each register in several sketches, a byte each. */
const highest = new Uint8Array(registerCount)

/**
 * Merges the sketches under the keys from argument `from` on; a missing one counts as empty.
 *
 * @returns the highest registers, and whether any sketch was dense
 * @throws {ReplyError} one is no sketch, or corrupted
 */
export function addRegisters({ args, db }: Call, from: number): { registers: Uint8Array; anyDense: boolean } {
  highest.fill(0)
  let anyDense = false
  for (let i = from; i < args.count; i++) {
    const ref = db.read(args.at(i))
    if (ref === 0) continue
    const sketch = checkSketch(db.stringAt(ref))
    if (encodingOf(sketch) === Encoding.dense) {
      anyDense = true
      for (let index = 0; index < registerCount; index++) {
        const value = readRegister(sketch, index)
        if (value > highest[index]) highest[index] = value
      }
    } else {
      const isSound = forEachRun(sketch, (first, run, value) => {
        for (let index = first; index < first + run; index++) if (value > highest[index]) highest[index] = value
      })
      if (!isSound) throw corrupted
    }
  }
  return { registers: highest, anyDense }
}

export const PFMERGE = command({
  name: 'PFMERGE',
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Merges HyperLogLogs into the one under the first key.',
  complexity: 'O(N) where N is the number of keys.',
  arity: -2,
  flags: ['write', 'denyoom'],
  keys: [
    { first: 1, access: 'RW', effects: ['access', 'insert'] },
    { first: 2, last: -1, access: 'RO', effects: ['access'] },
  ],
  syntax: 'destkey:key#0 sourcekey:key#1...',
  run(call) {
    const { args, db, reply } = call
    const key = args.at(1)
    const { registers, anyDense } = addRegisters(call, 1)
    const ref = db.findToWrite(key)
    if (ref === 0) scratch.create()
    else scratch.load(db.stringAt(ref))
    if (anyDense) scratch.makeDense()
    const { sparseBytesMax } = call.keyspace.limits.sketch
    for (let index = 0; index < registerCount; index++) {
      if (registers[index] > 0) scratch.raise(index, registers[index], sparseBytesMax)
    }
    outdate(scratch.sketch)
    scratch.store(db, ref, key)
    db.changed('pfadd', key)
    reply.ok()
  },
})
