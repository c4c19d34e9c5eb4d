import type { SeededRandom } from '../../src/base/index.js'

/** A request's words. */
export type Words = (string | Buffer)[]

/** How a dataset's values come out: those of the first kind are the same in Redis byte for byte. */
export interface Dataset {
  readonly requests: Words[]
  /** Keys whose DUMP must be Redis's own. */
  readonly exact: string[]
  /** Keys whose DUMP may order its elements, or cut its nodes, otherwise. */
  readonly equivalent: string[]
}

const numbers = ['0', '-1', '127', '-128', '128', '32767', '-32769', '2147483647', '-2147483648', '2147483648']
const nearNumbers = ['00', '-0', '+1', ' 1', '1 ', '99999999999', '-9223372036854775808', '9223372036854775808', '-']

/** Bytes of a length: repetitive ones, text and noise in turn. */
export function bytesOf(random: SeededRandom, length: number): Buffer {
  const kind = random.below(3)
  const bytes = Buffer.alloc(length)
  for (let i = 0; i < length; i++) {
    bytes[i] = kind === 0 ? 97 + (i % 3) : kind === 1 ? 97 + random.below(26) : random.below(256)
  }
  return bytes
}

function element(random: SeededRandom, most = 60): Buffer {
  const kind = random.below(6)
  if (kind === 0) return Buffer.from(numbers[random.below(numbers.length)])
  if (kind === 1) return Buffer.from(nearNumbers[random.below(nearNumbers.length)])
  if (kind === 2) return Buffer.from(String(random.int32()))
  return bytesOf(random, random.below(most) + 1)
}

const score = (random: SeededRandom): string =>
  ['1', '-3', '0', '1.5', '1e20', '4611686018427387904', '-inf', 'inf', '0.1', '3.0000000000000004', '-1e-300'][
    random.below(11)
  ]

/** Values of every type in every encoding that Redis 7.0 has. */
export function dataset(random: SeededRandom): Dataset {
  const requests: Words[] = []
  const exact: string[] = []
  const equivalent: string[] = []
  const add = (keys: string[], key: string, ...more: Words[]): void => {
    keys.push(key)
    requests.push(...more)
  }
  for (const text of [...numbers, ...nearNumbers]) add(exact, `string:${text}`, ['SET', `string:${text}`, text])
  for (const length of [1, 11, 12, 20, 21, 63, 64, 300, 16_383, 16_384, 70_000, 200_000]) {
    add(exact, `string:of:${length}`, ['SET', `string:of:${length}`, bytesOf(random, length)])
  }
  for (let i = 0; i < 10; i++) add(exact, `string:${i}`, ['SET', `string:${i}`, element(random)])
  add(exact, 'string:appended', ['APPEND', 'string:appended', '12'], ['APPEND', 'string:appended', '34'])
  add(exact, 'string:float', ['INCRBYFLOAT', 'string:float', '10'])
  const elements = (count: number, most?: number): Buffer[] =>
    Array.from({ length: count }, () => element(random, most))
  for (const [name, count, most] of [
    ['one', 1, 60],
    ['few', 20, 60],
    ['node', 100, 60],
    ['nodes', 2000, 90],
  ] as const) {
    add(exact, `list:${name}`, ['RPUSH', `list:${name}`, ...elements(count, most)])
  }
  add(exact, 'list:large', ['RPUSH', 'list:large', 'a', bytesOf(random, 9000), 'b', bytesOf(random, 70_000), '1'])
  add(equivalent, 'list:head', ['LPUSH', 'list:head', ...elements(1000)])
  const integers = (count: number, most: number): string[] =>
    Array.from({ length: count }, () => String(random.below(most) - most / 2))
  add(exact, 'set:16', ['SADD', 'set:16', ...integers(20, 60_000)])
  add(exact, 'set:32', ['SADD', 'set:32', ...integers(300, 4_000_000)])
  add(exact, 'set:64', ['SADD', 'set:64', ...integers(10, 60_000), '9007199254740993', '-9223372036854775808'])
  add(
    exact,
    'set:64:shrunk',
    ['SADD', 'set:64:shrunk', '1', '9007199254740993'],
    ['SREM', 'set:64:shrunk', '9007199254740993'],
  )
  add(equivalent, 'set:strings', ['SADD', 'set:strings', ...elements(30)])
  add(equivalent, 'set:table', ['SADD', 'set:table', ...elements(1000)])
  add(equivalent, 'set:integers', ['SADD', 'set:integers', ...integers(2000, 1_000_000)])
  const scored = (count: number): Words => elements(count).flatMap((member) => [score(random), member])
  add(exact, 'zset:packed', ['ZADD', 'zset:packed', ...scored(60)])
  add(exact, 'zset:large', ['ZADD', 'zset:large', ...scored(500)])
  add(exact, 'zset:long', ['ZADD', 'zset:long', '-0', bytesOf(random, 100), '2', 'b'])
  const pairs = (count: number, most?: number): Words => elements(count * 2, most)
  add(exact, 'hash:packed', ['HSET', 'hash:packed', ...pairs(100)], ['HSET', 'hash:packed', 'new', 'x'])
  add(equivalent, 'hash:long', ['HSET', 'hash:long', 'f', bytesOf(random, 100), 'g', '1'])
  add(equivalent, 'hash:table', ['HSET', 'hash:table', ...pairs(1500)])
  addStreams(
    random,
    (key, ...more) => add(exact, key, ...more),
    (key, ...more) => add(equivalent, key, ...more),
  )
  return { requests, exact, equivalent }
}

function addStreams(
  random: SeededRandom,
  add: (key: string, ...more: Words[]) => void,
  addOther: (key: string, ...more: Words[]) => void,
): void {
  const entry = (key: string, id: string): Words => [
    'XADD',
    key,
    id,
    'field',
    element(random),
    'n',
    String(random.int32()),
  ]
  const entries = (key: string, count: number): Words[] =>
    Array.from({ length: count }, (_, i) => entry(key, `${1000 + i * 3}-${random.below(5)}`))
  add('stream:empty', entry('stream:empty', '5-1'), ['XDEL', 'stream:empty', '5-1'])
  add('stream:short', ...entries('stream:short', 5), ['XADD', 'stream:short', '9000-1', 'other', 'fields', 'here', '1'])
  const long = 'stream:long'
  add(long, ...entries(long, 500), ['XTRIM', long, 'MAXLEN', '450'], ['XDEL', long, '1300-0', '1303-1', '1306-2'])
  const groups = 'stream:groups'
  // when consumers were last seen is a time
  addOther(
    groups,
    ...entries(groups, 300),
    ['XGROUP', 'CREATE', groups, 'first', '0'],
    ['XGROUP', 'CREATE', groups, 'second', '1100-1', 'ENTRIESREAD', '17'],
    ['XGROUP', 'CREATE', groups, 'third', '$'],
    ['XGROUP', 'CREATECONSUMER', groups, 'third', 'idle'],
    ['XCLAIM', groups, 'first', 'alice', '0', '1000-0', '1000-1', '1000-2', 'TIME', '1700000000000', 'FORCE'],
    ['XADD', groups, '18446744073709551615-18446744073709551614', 'last', 'entry'],
  )
}
