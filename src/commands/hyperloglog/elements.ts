import { command, type Call } from '../../command/index.js'
import { Layout } from '../../values/index.js'
import { oneKey } from '../key-specs.js'
import { Element } from './element.js'
import { estimate, estimateRegisters } from './estimate.js'
import {
  Encoding,
  checkSketch,
  encodingOf,
  keepEstimate,
  keptEstimate,
  outdate,
  raiseRegister,
  replyEstimate,
} from './layout.js'
import { addRegisters } from './merging.js'
import { scratch } from './scratch.js'

const element = new Element()

export const PFADD = command({
  name: 'PFADD',
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Shows elements to a HyperLogLog, creating it when the key is missing.',
  complexity: 'O(1) for each element.',
  arity: -2,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', ['insert']),
  syntax: 'key [element]...',
  run(call) {
    const { args, db, reply } = call
    const key = args.at(1)
    const ref = db.findToWrite(key)
    const value = ref === 0 ? null : checkSketch(db.stringAt(ref))
    let changes = 0
    if (value !== null && encodingOf(value) === Encoding.dense) {
      for (let i = 2; i < args.count; i++) {
        const { index, run } = element.read(args.at(i))
        if (raiseRegister(value, index, run)) changes++
      }
      if (changes > 0) outdate(db.editStringAt(ref, key, value.length))
    } else {
      changes = addToScratch(call, ref)
      if (changes > 0) {
        outdate(scratch.sketch)
        scratch.store(db, ref, key)
      } else markUnshared(call, ref, 1)
    }
    db.changed('pfadd', key, changes)
    reply.integer(changes > 0 ? 1 : 0)
  },
})

/** Shows the elements to the sparse sketch at `ref`, or to a new one, in the scratch; returns how much that changed. */
function addToScratch(call: Call, ref: number): number {
  const { args, db } = call
  let changes = 0
  if (ref === 0) {
    scratch.create()
    changes++
  } else scratch.load(db.stringAt(ref))
  const { sparseBytesMax } = call.keyspace.limits.sketch
  for (let i = 2; i < args.count; i++) {
    const { index, run } = element.read(args.at(i))
    if (scratch.raise(index, run, sparseBytesMax)) changes++
  }
  return changes
}

/** Redis takes a value that it may change out of its shared or embedded form even where nothing comes of it. */
export function markUnshared({ args, db }: Call, ref: number, keyArgument: number): void {
  if (db.stringLayout(ref) !== Layout.edited) db.markEdited(args.at(keyArgument))
}

export const PFCOUNT = command({
  name: 'PFCOUNT',
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Estimates how many different elements a HyperLogLog, or several together, have been shown.',
  complexity: 'O(1) for one key, of which the last estimate is kept; O(N) for N keys.',
  arity: -2,
  flags: ['readonly', 'may_replicate'],
  keys: [
    {
      first: 1,
      last: -1,
      access: 'RW',
      effects: ['access'],
      notes: 'RW because it may change the internal representation of the key, and propagate to replicas',
      write: false,
    },
  ],
  syntax: 'key...',
  run(call) {
    const { args, db, reply } = call
    if (args.count > 2) {
      replyEstimate(reply, estimateRegisters(addRegisters(call, 1).registers))
      return
    }
    const ref = db.read(args.at(1))
    if (ref === 0) {
      reply.integer(0)
      return
    }
    const sketch = checkSketch(db.stringAt(ref))
    let count = keptEstimate(sketch)
    if (count === null) {
      count = estimate(sketch)
      // what an origin has confirmed stays as it is
      if (!db.isCopy(ref)) {
        db.aboutToEdit(ref)
        keepEstimate(sketch, count)
        db.changedSilently(args.at(1))
      }
    }
    markUnshared(call, ref, 1)
    replyEstimate(reply, count)
  },
})
