import { borrowed, matchGlob } from '../../base/index.js'
import { command } from '../../command/index.js'
import { readCursor, readScanOptions, replyScan } from '../scanning.js'

export const SCAN = command({
  name: 'SCAN',
  group: 'generic',
  since: '2.8.0',
  summary: 'Iterates over the keys of the database, some at a time.',
  complexity: 'O(1) for a call, O(N) for a whole iteration over N keys.',
  arity: -2,
  flags: ['readonly'],
  tips: ['nondeterministic_output', 'request_policy:special'],
  history: [['6.0.0', 'Added `TYPE`.']],
  syntax: 'cursor:integer [MATCH pattern] [COUNT count:integer] [TYPE type@6.0.0]',
  meetsAnyKey: true,
  run({ args, db, reply, keyspace }) {
    const cursor = readCursor(args.at(1))
    const { match, type, count } = readScanOptions(args, 2, true)
    const expired: number[] = []
    replyScan(reply, cursor, count, (from, slots, scanned) =>
      db.scan(from, slots, (key, ref) => {
        scanned.seen++
        if (match !== null && !matchGlob(match, key)) return
        const isExpired = db.isExpired(ref)
        if (type !== null) keyspace.stats[isExpired ? 'misses' : 'hits']++ // Redis looks each up to learn its type
        if (isExpired) expired.push(ref)
        else if (type === null || db.typeName(ref) === type) {
          scanned.replied++
          reply.bulk(key)
        }
      }),
    )
    const key = borrowed()
    for (const ref of expired) db.expireKey(keyspace.records.key(ref, key))
  },
})

export const KEYS = command({
  name: 'KEYS',
  group: 'generic',
  since: '1.0.0',
  summary: 'Returns all keys that match a glob.',
  complexity: 'O(N) where N is the number of keys in the database.',
  arity: 2,
  flags: ['readonly'],
  categories: ['dangerous'],
  tips: ['request_policy:all_shards', 'nondeterministic_output_order'],
  syntax: 'pattern',
  run({ args, db, reply }) {
    const pattern = args.at(1)
    const all = pattern.length === 1 && pattern.byte(0) === 42
    const { mark } = reply
    let matches = 0
    db.forEach((key, ref) => {
      if ((!all && !matchGlob(pattern, key)) || db.isExpired(ref) || reply.isTooMuch) return
      matches++
      reply.bulk(key)
    })
    reply.insert(mark, `*${matches}\r\n`)
  },
})
