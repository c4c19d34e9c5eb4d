import { command, manyArguments, type Call } from '../../command/index.js'
import { everyKey, oneKey } from '../key-specs.js'

function deleteAll({ args, db, reply }: Call): void {
  let deleted = 0
  for (let i = 1; i < args.count; i++) {
    const key = args.at(i)
    if (!db.delete(key)) continue
    db.changed('del', key)
    deleted++
  }
  reply.integer(deleted)
}

export const DEL = command({
  name: 'DEL',
  group: 'generic',
  since: '1.0.0',
  summary: 'Deletes keys.',
  complexity: 'O(N) where N is the number of keys; the memory of large collections comes back in slices afterwards.',
  arity: -2,
  slowFrom: manyArguments,
  flags: ['write'],
  keys: everyKey('RM', ['delete'], { write: false }),
  tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
  syntax: 'key...',
  run: deleteAll,
})

export const UNLINK = command({
  name: 'UNLINK',
  group: 'generic',
  since: '4.0.0',
  summary: 'Deletes keys, as DEL does here: neither waits for the memory of large collections.',
  complexity: 'O(1) for each key.',
  arity: -2,
  flags: ['write', 'fast'],
  keys: everyKey('RM', ['delete'], { write: false }),
  tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
  syntax: 'key...',
  run: deleteAll,
})

export const EXISTS = command({
  name: 'EXISTS',
  group: 'generic',
  since: '1.0.0',
  summary: 'Counts how many of the given keys are there; a key given twice counts twice.',
  complexity: 'O(N) where N is the number of keys.',
  arity: -2,
  slowFrom: manyArguments,
  flags: ['readonly', 'fast'],
  keys: everyKey('RO'),
  tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
  history: [['3.0.3', 'Takes several keys.']],
  syntax: 'key...',
  run({ args, db, reply }) {
    let found = 0
    for (let i = 1; i < args.count; i++) if (db.look(args.at(i)) !== 0) found++
    reply.integer(found)
  },
})

export const TOUCH = command({
  name: 'TOUCH',
  group: 'generic',
  since: '3.2.1',
  summary: 'Renews the time of last access of keys and counts how many of them are there.',
  complexity: 'O(N) where N is the number of keys.',
  arity: -2,
  slowFrom: manyArguments,
  flags: ['readonly', 'fast'],
  keys: everyKey('RO', [], { settle: 'none' }),
  tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
  syntax: 'key...',
  run({ args, db, reply }) {
    let found = 0
    for (let i = 1; i < args.count; i++) {
      const ref = db.look(args.at(i))
      if (ref === 0) continue
      db.touch(ref) // also for a client under CLIENT NO-TOUCH
      found++
    }
    reply.integer(found)
  },
})

export const TYPE = command({
  name: 'TYPE',
  group: 'generic',
  since: '1.0.0',
  summary: 'Returns the name of the type of the value under a key, or none.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO', [], { settle: 'none' }),
  syntax: 'key',
  run({ args, db, reply }) {
    const ref = db.look(args.at(1))
    reply.simple(ref === 0 ? 'none' : db.typeName(ref))
  },
})

export const RANDOMKEY = command({
  name: 'RANDOMKEY',
  group: 'generic',
  since: '1.0.0',
  summary: 'Returns a key drawn at random.',
  complexity: 'O(1)',
  arity: 1,
  flags: ['readonly'],
  meetsAnyKey: true,
  tips: ['request_policy:all_shards', 'nondeterministic_output'],
  run({ db, reply }) {
    const key = db.randomKey()
    if (key === null) reply.null()
    else reply.bulk(key)
  },
})
