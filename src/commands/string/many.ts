import { command, type Call } from '../../command/index.js'
import { everyKey } from '../key-specs.js'
import { wrongArity } from '../refusals.js'

function setAll({ args, db }: Call): void {
  for (let i = 1; i < args.count; i += 2) {
    const key = args.at(i)
    db.setString(key, args.at(i + 1))
    db.changed('set', key)
  }
}

export const MSET = command({
  name: 'MSET',
  group: 'string',
  since: '1.0.1',
  summary: 'Stores strings under several keys at once, whatever was there.',
  complexity: 'O(N) where N is the number of keys.',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: everyKey('OW', ['update'], { step: 2 }),
  tips: ['request_policy:multi_shard', 'response_policy:all_succeeded'],
  syntax: 'key_value={key value}...',
  run(call) {
    if ((call.args.count & 1) === 0) throw wrongArity(call.command)
    setAll(call)
    call.reply.ok()
  },
})

export const MSETNX = command({
  name: 'MSETNX',
  group: 'string',
  since: '1.0.1',
  summary: 'Stores strings under several keys at once, or none when any of the keys is there.',
  complexity: 'O(N) where N is the number of keys.',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: everyKey('OW', ['insert'], { step: 2, settle: 'value' }),
  tips: ['request_policy:multi_shard', 'response_policy:agg_min'],
  syntax: 'key_value={key value}...',
  run(call) {
    const { args, db, reply } = call
    if ((args.count & 1) === 0) throw wrongArity(call.command)
    for (let i = 1; i < args.count; i += 2) {
      if (db.findToWrite(args.at(i)) !== 0) {
        reply.integer(0)
        return
      }
    }
    setAll(call)
    reply.integer(1)
  },
})
