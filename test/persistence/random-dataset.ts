import type { SeededRandom } from '../../src/base/index.js'

/** A command's words. */
export type Words = readonly (string | Buffer)[]

const defaults = [
  ...['hash-max-listpack-entries', '512', 'hash-max-listpack-value', '64', 'set-max-intset-entries', '512'],
  ...['zset-max-listpack-entries', '128', 'zset-max-listpack-value', '64', 'list-max-listpack-size', '-2'],
  ...['stream-node-max-entries', '100', 'stream-node-max-bytes', '4096'],
]

/** Settings of redis-server under which values take other forms in its snapshots. */
export const shapes: Readonly<Record<string, readonly string[]>> = {
  'as they come': defaults,
  'with tiny limits': [
    ...['hash-max-listpack-entries', '3', 'hash-max-listpack-value', '8', 'set-max-intset-entries', '4'],
    ...['zset-max-listpack-entries', '3', 'zset-max-listpack-value', '8', 'list-max-listpack-size', '3'],
    ...['stream-node-max-entries', '3'],
  ],
  'with huge limits': [
    ...['hash-max-listpack-entries', '100000', 'hash-max-listpack-value', '100000', 'set-max-intset-entries', '100000'],
    ...['zset-max-listpack-entries', '100000', 'zset-max-listpack-value', '100000', 'list-max-listpack-size', '-5'],
    ...['stream-node-max-entries', '10000', 'stream-node-max-bytes', '1000000'],
  ],
  'without compression': [...defaults, 'rdbcompression', 'no'],
}

/** Commands that make keys of every type, in several databases, with elements of every form; the same for a seed. */
export function randomDataset(random: SeededRandom, keys: number): Words[] {
  const commands: Words[] = []
  for (let i = 0; i < keys; i++) {
    if (random.below(20) === 0) commands.push(['SELECT', String(random.below(4))])
    const key = `${random.below(50) === 0 ? 'k'.repeat(300) : 'key'}:${i}`
    makers[i % makers.length](random, key, (...words) => commands.push(words))
    if (random.below(4) === 0) commands.push(['PEXPIRE', key, String(10_000_000 + random.below(1e9))])
  }
  return commands
}

type Say = (...words: (string | Buffer)[]) => void

const sizes = [1, 1, 2, 3, 4, 5, 10, 50, 130, 513]
const size = (random: SeededRandom): number => sizes[random.below(sizes.length)]

const makers: readonly ((random: SeededRandom, key: string, say: Say) => void)[] = [
  (random, key, say) => say('SET', key, text(random)),
  (random, key, say) => {
    const elements = Array.from({ length: size(random) }, () => text(random))
    say(random.below(2) === 0 ? 'RPUSH' : 'LPUSH', key, ...elements)
  },
  (random, key, say) => {
    const kind = random.below(3)
    const members = Array.from({ length: size(random) }, () => (kind === 0 ? integer(random) : text(random)))
    say('SADD', key, ...members)
  },
  (random, key, say) =>
    say('ZADD', key, ...Array.from({ length: size(random) }, () => [score(random), text(random)]).flat()),
  (random, key, say) =>
    say('HSET', key, ...Array.from({ length: size(random) }, () => [text(random), text(random)]).flat()),
  makeStream,
]

function makeStream(random: SeededRandom, key: string, say: Say): void {
  const count = size(random)
  const fields = ['name', 'age', 'f']
  for (let i = 1; i <= count; i++) {
    const pairs = fields.slice(0, 1 + random.below(3)).flatMap((field) => [field, text(random)])
    say('XADD', key, `${1000 + (i >> 2)}-${(i & 3) + 1}`, ...pairs)
  }
  if (random.below(3) === 0) say('XDEL', key, '1000-2', '1001-1', '1003-3')
  if (random.below(5) === 0) say('XTRIM', key, 'MAXLEN', '~', String(count >> 1))
  for (let group = 0; group < random.below(3); group++) {
    say('XGROUP', 'CREATE', key, `group${group}`, random.below(2) === 0 ? '0' : '$')
    for (let consumer = 0; consumer < random.below(3); consumer++) {
      const read = ['COUNT', String(1 + random.below(20)), 'STREAMS', key, '>']
      say('XREADGROUP', 'GROUP', `group${group}`, `consumer${consumer}`, ...read)
    }
    say('XGROUP', 'CREATECONSUMER', key, `group${group}`, 'idle')
    if (random.below(2) === 0) say('XACK', key, `group${group}`, '1000-1', '1000-3')
  }
}

const integers = [
  '0',
  '12',
  '-1',
  '127',
  '-128',
  '128',
  '4095',
  '-4096',
  '4096',
  '32767',
  '-32768',
  '8388607',
  '8388608',
]
const wideIntegers = ['2147483647', '-2147483648', '2147483648', '9007199254740993', '9223372036854775807', '-9223372036854775808'] // prettier-ignore

export function integer(random: SeededRandom): string {
  const kind = random.below(4)
  if (kind === 0) return integers[random.below(integers.length)]
  if (kind === 1) return wideIntegers[random.below(wideIntegers.length)]
  return String(random.below(2 ** (kind === 2 ? 16 : 32)) - (kind === 2 ? 2 ** 15 : 2 ** 31))
}

/** Integers, short and long strings, what compresses and what does not, and bytes that are no text. */
export function text(random: SeededRandom): string | Buffer {
  switch (random.below(9)) {
    case 0:
      return integer(random)
    case 1:
      return ''.padEnd(random.below(200), `abc${random.below(1000)}`)
    case 2:
      return Buffer.from(Array.from({ length: random.below(90) }, () => random.below(256)))
    case 3:
      return random.below(10) === 0 ? `long ${random.below(100)} `.repeat(500) : `x${random.below(100)}`
    case 4:
      return random.below(30) === 0 ? '' : `007${random.below(10)}`
    default:
      return `value ${random.below(1e6)}`
  }
}

const scores = ['0', '-0', '1', '-1', '3.25', '1e10', '-1e-300', '1.7976931348623157e308', 'inf', '-inf', '0.1', '1e17']
const score = (random: SeededRandom): string => {
  if (random.below(3) === 0) return scores[random.below(scores.length)]
  return random.below(2) === 0 ? String(random.below(1000)) : String((random.int32() / 1000) * random.below(100))
}
