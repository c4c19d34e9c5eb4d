import type { SeededRandom } from '../../../src/base/index.js'

type Words = readonly (string | number)[]

/** Makes up writes of every type, by the seed: many to the same keys, some in transactions, some to other databases. */
export class RandomWrites {
  readonly #random: SeededRandom
  #count = 0

  constructor(random: SeededRandom) {
    this.#random = random
  }

  /** The next request or transaction, as commands. */
  next(): Words[] {
    const dice = this.#random.below(60)
    if (dice === 0) return [['SELECT', this.#random.below(3)], this.#one()]
    if (dice === 1) return [['MULTI'], ...Array.from({ length: this.#random.below(6) }, () => this.#one()), ['EXEC']]
    return [this.#one()]
  }

  #key(kind: string): string {
    return `${kind}:${this.#random.below(40)}`
  }

  #value(): string {
    const length = this.#random.below(200) === 0 ? 20_000 : this.#random.below(40)
    return `${this.#count++}:${'v'.repeat(length)}`
  }

  #one(): Words {
    const { below } = this.#random
    const draw = (bound: number): number => below.call(this.#random, bound)
    return makers[draw(makers.length)]({
      key: (kind) => this.#key(kind),
      value: () => this.#value(),
      below: draw,
      count: this.#count++,
    })
  }
}

interface Material {
  key(kind: string): string
  value(): string
  below(bound: number): number
  readonly count: number
}

const kinds = ['s', 'n', 'h', 'l', 'set', 'z', 'x'] as const

const makers: readonly ((of: Material) => Words)[] = [
  ({ key, value }) => ['SET', key('s'), value()],
  ({ key, value, below }) => ['SET', key('s'), value(), 'EX', 1000 + below(1000)],
  ({ key, value }) => ['APPEND', key('s'), value()],
  ({ key, below, value }) => ['SETRANGE', key('s'), below(50), value()],
  ({ key, below }) => ['INCRBY', key('n'), below(1000)],
  ({ key }) => ['INCRBYFLOAT', key('n'), '0.5'],
  ({ key, below, value }) => ['HSET', key('h'), `f${below(30)}`, value()],
  ({ key, below }) => ['HINCRBY', key('h'), `n${below(5)}`, below(10)],
  ({ key, below }) => ['HDEL', key('h'), `f${below(30)}`],
  ({ key, value }) => ['LPUSH', key('l'), value(), value()],
  ({ key, value }) => ['RPUSH', key('l'), value()],
  ({ key, below }) => ['RPOP', key('l'), 1 + below(4)],
  ({ key }) => ['LMOVE', key('l'), key('l'), 'LEFT', 'RIGHT'],
  ({ key, below }) => ['SADD', key('set'), below(1000), `m${below(100)}`],
  ({ key, below }) => ['SPOP', key('set'), 1 + below(3)],
  ({ key, below }) => ['SREM', key('set'), `m${below(100)}`],
  ({ key }) => ['SUNIONSTORE', key('set'), key('set'), key('set')],
  ({ key, below }) => ['ZADD', key('z'), below(1000) / 4, `m${below(100)}`],
  ({ key, below }) => ['ZINCRBY', key('z'), below(10), `m${below(100)}`],
  ({ key }) => ['ZPOPMIN', key('z')],
  ({ key, value }) => ['XADD', key('x'), 'MAXLEN', '~', 50, '*', 'f', value()],
  ({ key }) => ['XTRIM', key('x'), 'MAXLEN', 20],
  ({ key, below }) => ['EXPIRE', key(kinds[below(kinds.length)]), 500 + below(1000)],
  ({ key, below }) => ['PERSIST', key(kinds[below(kinds.length)])],
  ({ key, below }) => ['DEL', key(kinds[below(kinds.length)])],
  ({ key }) => ['RENAME', key('s'), key('s')],
  ({ key }) => ['COPY', key('h'), key('h'), 'REPLACE'],
  ({ key, count }) => ['PFADD', key('p'), count],
]

/** As bytes of one pipeline. */
export function encodedAll(commands: readonly Words[]): Buffer {
  const texts = commands.map((words) => {
    const parts = words.map((word) => `$${Buffer.byteLength(String(word))}\r\n${word}\r\n`)
    return `*${words.length}\r\n${parts.join('')}`
  })
  return Buffer.from(texts.join(''))
}
