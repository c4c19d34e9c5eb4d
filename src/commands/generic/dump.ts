import { command } from '../../command/index.js'
import { oneKey } from '../key-specs.js'

export const DUMP = command({
  name: 'DUMP',
  group: 'generic',
  since: '2.6.0',
  summary: 'Returns a value in the form that RESTORE takes.',
  complexity: 'O(N) where N is the number of elements, and of bytes.',
  arity: 2,
  flags: ['readonly'],
  keys: oneKey('RO', ['access'], { settle: 'none' }), // a look at what is held
  tips: ['nondeterministic_output'],
  syntax: 'key',
  run({ args, db, reply, services }) {
    const ref = db.read(args.at(1))
    if (ref === 0) reply.null()
    else reply.bulk(services.dumper.dump(ref))
  },
})
