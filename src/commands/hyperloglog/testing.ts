import { Region, Slice, errorReply, type Random } from '../../base/index.js'
import { command, printed, type Call } from '../../command/index.js'
import { Element } from './element.js'
import { estimate } from './estimate.js'
import { markUnshared } from './elements.js'
import {
  Encoding,
  checkSketch,
  denseBytes,
  encodingOf,
  raiseRegister,
  readRegister,
  registerCount,
  writeHeader,
} from './layout.js'
import { Scratch, scratch } from './scratch.js'
import { describeRuns } from './sparse.js'

const missing = errorReply('The specified key does not exist')
const notSparse = errorReply('HLL encoding is not sparse')

/** Makes the sketch at `ref` dense; whether it was sparse. @throws {ReplyError} it is corrupted */
function makeDense(call: Call, ref: number): boolean {
  const { args, db } = call
  const sketch = db.stringAt(ref)
  if (encodingOf(sketch) === Encoding.dense) return false
  scratch.load(sketch)
  scratch.makeDense()
  scratch.store(db, ref, args.at(2))
  db.changedSilently(args.at(2))
  return true
}

export const PFDEBUG = command({
  name: 'PFDEBUG',
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Shows how a HyperLogLog is stored, or makes it dense.',
  complexity: 'N/A',
  arity: 3,
  flags: ['write', 'denyoom', 'admin'],
  keys: [{ first: 2, access: 'RW', effects: ['access'] }],
  system: true,
  syntax: 'subcommand key',
  run(call) {
    const { args, db, reply } = call
    const ref = db.findToWrite(args.at(2))
    if (ref === 0) throw missing
    const sketch = checkSketch(db.stringAt(ref))
    markUnshared(call, ref, 2)
    const subcommand = args.at(1)
    if (subcommand.is('GETREG')) {
      makeDense(call, ref)
      const dense = db.string(args.at(2))!
      reply.array(registerCount)
      for (let index = 0; index < registerCount; index++) reply.integer(readRegister(dense, index))
    } else if (subcommand.is('DECODE')) {
      if (encodingOf(sketch) !== Encoding.sparse) throw notSparse
      reply.bulkText(describeRuns(sketch))
    } else if (subcommand.is('ENCODING')) reply.simple(encodingOf(sketch) === Encoding.dense ? 'dense' : 'sparse')
    else if (subcommand.is('TODENSE')) reply.integer(makeDense(call, ref) ? 1 : 0)
    else throw errorReply(`Unknown PFDEBUG subcommand '${printed(subcommand)}'`)
  },
})

/** Each estimate may be off by so many standard errors. */
const errorsMax = 6
const standardError = 1.04 / Math.sqrt(registerCount)
/** Redis shows itself ten million elements: seconds, in which nobody else is served. */
const elementsShown = 100_000

export const PFSELFTEST = command({
  name: 'PFSELFTEST',
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Tests the HyperLogLog implementation: registers, both encodings, and how good the estimates are.',
  complexity: 'N/A',
  arity: 1,
  flags: ['admin'],
  system: true,
  run(call) {
    const failure = testRegisters(call.random) ?? testEstimates(call)
    if (failure !== null) throw errorReply(`TESTFAILED ${failure}`)
    call.reply.ok()
  },
})

function newDense(): Slice {
  const dense = new Slice(Region.allocate(denseBytes), 0, denseBytes)
  writeHeader(dense, Encoding.dense)
  return dense
}

/** Whether each register keeps its value whatever its neighbours get; what is wrong, or null. */
function testRegisters(random: Random): string | null {
  const dense = newDense()
  const expected = new Uint8Array(registerCount)
  for (let cycle = 0; cycle < 16; cycle++) {
    for (let i = 0; i < registerCount; i++) {
      const index = random.below(registerCount)
      const value = random.below(64)
      if (raiseRegister(dense, index, value) !== value > expected[index]) return `Register ${index} was not told apart`
      expected[index] = Math.max(expected[index], value)
    }
    for (let index = 0; index < registerCount; index++) {
      const value = readRegister(dense, index)
      if (value !== expected[index]) return `Register ${index} should be ${expected[index]} but is ${value}`
    }
  }
  return null
}

/** Shows the same elements to a dense and a sparse sketch; what is wrong with their estimates, or null. */
function testEstimates(call: Call): string | null {
  const dense = newDense()
  const sparse = new Scratch()
  sparse.create()
  const { sparseBytesMax } = call.keyspace.limits.sketch
  const shown = new Slice(Region.allocate(8), 0, 8)
  const seed = call.random.int32()
  const element = new Element()
  for (let count = 1, checkpoint = 1; count <= elementsShown; count++) {
    shown.region.words[0] = count
    shown.region.words[1] = seed
    const { index, run } = element.read(shown)
    raiseRegister(dense, index, run)
    sparse.raise(index, run, sparseBytesMax)
    if (count !== checkpoint) continue
    if (count < sparseBytesMax / 2 && sparse.isDense) return 'sparse encoding not used'
    const estimated = estimate(dense)
    if (estimated !== estimate(sparse.sketch)) return 'dense/sparse disagree'
    const error = Math.abs(Number(estimated) - count)
    if (error > Math.max(1, Math.ceil(standardError * errorsMax * count))) {
      return `Too big error. card:${count} abserr:${error}`
    }
    checkpoint *= 10
  }
  return null
}
