import type { SeededRandom } from '../../../src/base/index.js'
import { bytesOf, dataset, type Words } from '../datasets.js'

/** Large values, by type: each is written piece by piece. */
export const large = ['L:string', 'L:hash', 'L:deadlines', 'L:set', 'L:zset', 'L:list', 'L:stream', 'L:packed'] as const

const many = (count: number, name: string): string[] => Array.from({ length: count }, (_, i) => `${name}${i}`)

/** Requests that make small and large values; the large ones with elements that are long by themselves. */
export function beginning(random: SeededRandom): Words[] {
  const requests = [...dataset(random).requests]
  for (let i = 0; i < 3000; i++) requests.push(['SET', `k${i}`, bytesOf(random, random.below(200))])
  for (let i = 0; i < 200; i++) requests.push(['PEXPIREAT', `k${i}`, i < 100 ? '2500000000000' : '9000000000000'])
  const huge = (): Buffer => bytesOf(random, 66_000 + random.below(100_000))
  requests.push(['SET', 'L:string', bytesOf(random, 400_000)])
  requests.push([
    'HSET',
    'L:hash',
    ...many(5000, 'f').flatMap((field) => [field, field]),
    'long',
    huge(),
    'too',
    huge(),
  ])
  requests.push(['HSET', 'L:deadlines', ...many(5000, 'f').flatMap((field) => [field, `${field}v`])])
  requests.push(['SADD', 'L:set', ...many(6000, 'm'), huge()])
  requests.push(['ZADD', 'L:zset', ...many(5000, 'z').flatMap((m, i) => [String(i % 50), m]), '7.25', huge()])
  requests.push(['RPUSH', 'L:list', ...many(30_000, 'element '), huge(), ...many(10_000, 'e'), huge(), 'last'])
  for (let i = 1; i < 4000; i += 2) requests.push(['XADD', 'L:stream', `${i}-1`, 'field', `value ${i}`])
  requests.push(['XADD', 'L:stream', '4000-1', 'long', huge()])
  requests.push(['XGROUP', 'CREATE', 'L:stream', 'group', '0'])
  requests.push(['XREADGROUP', 'GROUP', 'group', 'reader', 'COUNT', '100', 'STREAMS', 'L:stream', '>'])
  requests.push(['SET', 'other type', 'x'])
  return requests
}

/** Only the requests that make one of the large values, and little else. */
export const beginningOf = (random: SeededRandom, key: string): Words[] =>
  beginning(random).filter(([name, ...words]) => words.includes(key) || (name === 'SET' && String(words[0]) < 'k2'))

/** Of all that may be done to a value of the type that `key` says. */
function changeOf(random: SeededRandom, key: string, type: string): Words {
  const n = random.below(6000)
  const value = (): Buffer => bytesOf(random, random.below(20) === 0 ? 70_000 : random.below(60))
  const one = (...choices: Words[]): Words => choices[random.below(choices.length)]
  const field = random.below(20) === 0 ? one(['long'], ['too'])[0] : `f${n}`
  switch (type) {
    case 'hash':
    case 'deadlines':
    case 'packed':
      return one(
        ['HSET', key, field, value()],
        ['HSET', key, field, value(), `new${n}`, value()],
        ['HDEL', key, field, `f${n + 1}`, `f${n + 2}`],
        ['HINCRBY', key, `count${n % 10}`, '1'],
        ['HGETALL', 'missing'],
        ['HSETNX', key, field, 'x'],
      )
    case 'set':
      return one(
        ['SADD', key, `m${n}`, `new${n}`],
        ['SREM', key, `m${n}`, `m${n + 1}`],
        ['SPOP', key, String(random.below(4) + 1)],
        ['SMOVE', key, 'L:other set', `m${n}`],
        ['SINTERSTORE', key, key, key],
      )
    case 'zset':
      return one(
        ['ZADD', key, String(n), `z${random.below(5000)}`, '3', `new${n}`],
        ['ZINCRBY', key, '1.5', `z${random.below(5000)}`],
        ['ZREM', key, `z${random.below(5000)}`],
        one(['ZPOPMIN', key, '3'], ['ZPOPMAX', key]),
        ['ZREMRANGEBYRANK', key, String(n % 1000), String((n % 1000) + 10)],
      )
    case 'list':
      return one(
        ['RPUSH', key, value(), 'x'],
        ['LPUSH', key, value()],
        one(['LPOP', key, String(random.below(600))], ['RPOP', key, String(random.below(600))]),
        ['LSET', key, String(random.below(20_000)), value()],
        ['LINSERT', key, 'BEFORE', `element ${random.below(30_000)}`, value()],
        ['LREM', key, '2', `e${random.below(10_000)}`],
        ['LTRIM', key, String(random.below(20)), String(-1 - random.below(5))],
        ['LMOVE', key, key, 'LEFT', 'RIGHT'],
      )
    case 'stream':
      return one(
        ['XADD', key, `${5000 + n}-*`, 'a', value()],
        ['XADD', key, `9${random.int32() >>> 0}-1`, 'a', 'b', 'c', 'd'],
        ['XDEL', key, `${random.below(4100)}-1`, `${random.below(4100)}-1`],
        ['XTRIM', key, 'MINID', `${random.below(1000)}`],
        ['XTRIM', key, 'MAXLEN', '~', String(3000 + n)],
        ['XREADGROUP', 'GROUP', 'group', `reader${n % 3}`, 'COUNT', '5', 'STREAMS', key, '>'],
        ['XACK', key, 'group', `${random.below(100)}-1`],
        ['XCLAIM', key, 'group', 'other', '0', `${random.below(100)}-1`],
        ['XGROUP', 'CREATE', key, `g${n}`, '$'],
      )
    default:
      return one(
        ['SET', key, value()],
        ['APPEND', key, value()],
        ['SETRANGE', key, String(random.below(1000)), 'xyz'],
        ['SETBIT', key, String(random.below(100_000)), '1'],
        ['GETEX', key, 'PXAT', '9100000000000'],
      )
  }
}

/** A request that changes something, most often one of the large values. */
export function change(random: SeededRandom): Words {
  const k = (): string => `k${random.below(4000)}`
  const any = (): string => (random.below(3) > 0 ? k() : large[random.below(large.length)])
  const kind = random.below(40)
  if (kind < 22) {
    const key = large[random.below(large.length)]
    return changeOf(random, random.below(30) === 0 ? 'renamed' : key, key.slice(2))
  }
  if (kind < 26) return ['SET', k(), bytesOf(random, random.below(100))]
  if (kind < 28) return ['MSET', k(), 'a', k(), 'b', k(), 'c']
  if (kind < 30) return ['DEL', k(), k()]
  if (kind === 30) return ['DEL', any()]
  if (kind === 31) return ['RENAME', any(), random.below(3) === 0 ? 'renamed' : any()]
  if (kind === 32) return ['MOVE', any(), String(random.below(3) + 1)]
  if (kind === 33) return ['COPY', any(), any(), 'REPLACE']
  if (kind === 34) return ['PEXPIREAT', any(), random.below(2) === 0 ? '2600000000000' : '9200000000000']
  if (kind === 35) return ['PERSIST', any()]
  if (kind === 36) return ['INCR', `k${4000 + random.below(50)}`]
  if (kind === 37) return ['PFADD', `pf${random.below(3)}`, String(random.int32())]
  if (kind === 38) return ['SUNIONSTORE', 'L:other set', 'L:set', 'set:table']
  return ['SORT', 'list:few', 'ALPHA', 'STORE', any()]
}
