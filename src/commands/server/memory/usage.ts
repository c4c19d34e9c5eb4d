import { int64Max, syntaxError } from '../../../base/index.js'
import { command, integer, type Call } from '../../../command/index.js'
import { Type } from '../../../values/index.js'

/** Elements of a collection that are weighed when MEMORY USAGE is not told how many. */
const samplesUnasked = 5
/** What an entry takes in its database's table: two words, at the table's mean load of five eighths of its limit. */
const slotBytes = 8

/** @throws {ReplyError} */
function readSamples({ args }: Call): number {
  let samples = samplesUnasked
  for (let i = 3; i < args.count; i += 2) {
    if (!args.at(i).is('SAMPLES') || i + 1 >= args.count) throw syntaxError
    samples = integer(args.at(i + 1))
    if (samples < 0) throw syntaxError
    if (samples >= Number(int64Max)) samples = 0
  }
  return samples
}

export const USAGE = command({
  name: 'MEMORY|USAGE',
  group: 'server',
  since: '4.0.0',
  summary: 'Estimates the bytes that a key and its value take.',
  complexity: 'O(N) where N is the number of samples.',
  arity: -3,
  flags: ['readonly'],
  keys: [{ first: 2, access: 'RO', settle: 'none' }],
  syntax: 'key [SAMPLES count:integer]',
  run(call) {
    const { args, db, keyspace, reply } = call
    const samples = readSamples(call)
    const ref = db.findInMemory(args.at(2))
    if (ref === 0) return reply.null()
    const type = db.type(ref)
    const beside = type === Type.string ? 0 : keyspace.views.of(type).open(ref, null).bytesBeside(samples)
    reply.integer(keyspace.recordBytes(ref) + beside + slotBytes)
  },
})
