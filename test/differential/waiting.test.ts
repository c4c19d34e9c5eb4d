import { SeededRandom } from '../../src/base/index.js'
import { RawConnection } from '../support/raw-connection.js'
import { printable } from '../support/resp-frames.js'
import { describeWithRedis } from '../support/servers.js'
import { Pair } from './pair.js'

/*
 * Random commands of several connections, most of which may wait for keys: after each command both servers must have the
 * same connections waiting, and must have told those that wait no more the same.
 */

const clientCount = 7
const steps = 1500

/** One request, or several in one pipeline, with as many replies. */
type Lines = readonly string[]

class Author {
  readonly #random: SeededRandom
  #id = 0

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
  }

  below(limit: number): number {
    return this.#random.below(limit)
  }

  pick<T>(from: readonly T[]): T {
    return from[this.#random.below(from.length)]
  }

  #keys(prefix: string, most = 3): string[] {
    return Array.from({ length: 1 + this.below(most) }, () => `${prefix}${this.below(4)}`)
  }

  #end(): string {
    return this.pick(['LEFT', 'RIGHT'])
  }

  /** A call that waits where it finds nothing. */
  waiting(): Lines {
    const lists = this.#keys('l')
    const sorted = this.#keys('z')
    const stream = `s${this.below(3)}`
    return [
      this.pick([
        `BLPOP ${lists.join(' ')} 0`,
        `BRPOP ${lists.join(' ')} 0`,
        `BLPOP ${this.#keys('', 1).join(' ')} ${lists[0]} z0 0`,
        `BLMOVE l${this.below(4)} l${this.below(4)} ${this.#end()} ${this.#end()} 0`,
        `BRPOPLPUSH l${this.below(4)} ${this.pick(['l', 'z'])}${this.below(4)} 0`,
        `BLMPOP 0 ${lists.length} ${lists.join(' ')} ${this.#end()} COUNT ${1 + this.below(3)}`,
        `BZPOPMIN ${sorted.join(' ')} 0`,
        `BZPOPMAX ${sorted.join(' ')} l0 0`,
        `BZMPOP 0 ${sorted.length} ${sorted.join(' ')} ${this.pick(['MIN', 'MAX'])} COUNT ${1 + this.below(3)}`,
        `XREAD ${this.pick(['', 'COUNT 1 '])}BLOCK 0 STREAMS ${stream} s2 $ $`,
        `XREADGROUP GROUP g c${this.below(3)} BLOCK 0 STREAMS ${stream} >`,
      ]),
    ]
  }

  /** A command that waits for nothing. */
  plain(): string {
    const list = `l${this.below(4)}`
    const sorted = `z${this.below(4)}`
    const stream = `s${this.below(3)}`
    const any = `${this.pick(['l', 'z', 's'])}${this.below(4)}`
    return this.pick([
      `RPUSH ${list} ${Array.from({ length: 1 + this.below(4) }, () => this.below(100)).join(' ')}`,
      `LPUSH ${list} ${this.below(100)} ${this.below(100)}`,
      `RPUSH ${list} ${this.below(100)}`,
      `ZADD ${sorted} ${this.below(9)} m${this.below(9)} ${this.below(9)} n${this.below(9)}`,
      `ZADD ${sorted} ${this.below(9)} m${this.below(9)}`,
      `XADD ${stream} ${++this.#id}-1 f v`,
      `XADD ${stream} ${++this.#id}-1 f v`,
      `XGROUP CREATE ${stream} g $ MKSTREAM`,
      `XGROUP DESTROY ${stream} g`,
      `LMOVE l${this.below(4)} l${this.below(4)} ${this.#end()} ${this.#end()}`,
      `RENAME ${any} ${any.slice(0, 1)}${this.below(4)}`,
      `RENAME ${any} ${this.pick(['l', 'z'])}${this.below(4)}`,
      `COPY ${any} ${any.slice(0, 1)}${this.below(4)} REPLACE`,
      `DEL ${any}`,
      `DEL ${any} l${this.below(4)}`,
      `SET ${any} text`,
      `LPOP ${list} 2`,
      `ZPOPMIN ${sorted}`,
      `MOVE ${any} 1`,
      `EXPIRE ${any} ${this.pick([-1, 1000])}`,
    ])
  }

  transaction(): Lines {
    const inside = Array.from({ length: 2 + this.below(4) }, () => (this.below(8) === 0 ? this.waiting()[0] : this.plain())) // prettier-ignore
    return ['MULTI', ...inside, 'EXEC']
  }
}

/** The connections to one server, and one more that looks who waits. */
class Party {
  readonly clients: RawConnection[] = []
  readonly ids: string[] = []
  #looker!: RawConnection

  static async at(port: number): Promise<Party> {
    const party = new Party()
    party.#looker = await RawConnection.open(port)
    party.#looker.send('FLUSHALL\r\n')
    await party.#looker.read(1)
    for (let i = 0; i < clientCount; i++) {
      const client = await RawConnection.open(port)
      client.send(`CLIENT SETNAME c${i}\r\nCLIENT ID\r\n`)
      party.ids.push((await client.read(2))[1].latin1Slice().slice(1, -2))
      party.clients.push(client)
    }
    return party
  }

  /** Sends the lines and returns who waits then, when the server has done with them. */
  async say(client: number, lines: Lines): Promise<Set<number>> {
    const connection = this.clients[client]
    connection.send(lines.map((line) => `${line}\r\n`).join(''))
    for (;;) {
      const isAnswered = connection.received >= lines.length
      const waiting = await this.waiting()
      if (isAnswered || waiting.has(client)) return waiting
    }
  }

  async waiting(): Promise<Set<number>> {
    this.#looker.send('CLIENT LIST\r\n')
    const [text] = await this.#looker.read(1)
    const lines = [...text.latin1Slice().matchAll(/ name=c(\d+) .* flags=(\w+) /g)]
    return new Set(lines.filter(([, , flags]) => flags.includes('b')).map(([, name]) => Number(name)))
  }

  async heard(client: number, count: number): Promise<string[]> {
    return (await this.clients[client].read(count)).map((reply) => printable(reply, 500))
  }

  close(): void {
    for (const connection of [this.#looker, ...this.clients]) connection.destroy()
  }
}

describeWithRedis('clients that wait for keys', () => {
  let pair: Pair

  beforeAll(async () => {
    pair = await Pair.start()
  })

  afterAll(() => pair?.stop())

  test.each([1, 2, 3, 4])(
    'are served in the same order, whatever others do (seed %d)',
    async (seed) => {
      const author = new Author(seed)
      const parties = await Promise.all([Party.at(pair.redis.port), Party.at(pair.subject.port)])
      const story: string[] = []
      const same = (redis: unknown, subject: unknown): void => {
        if (JSON.stringify(redis) === JSON.stringify(subject)) return
        const last = story.slice(-25).join('\n')
        throw new Error(`${last}\n  redis:   ${JSON.stringify(redis)}\n  truedis: ${JSON.stringify(subject)}`)
      }
      let waited = new Set<number>()
      let served = 0
      for (let step = 0; step < steps; step++) {
        const free = Array.from({ length: clientCount }, (_, i) => i).filter((i) => !waited.has(i))
        // the first never waits, so that somebody can go on
        const client = author.pick(free)
        const kind = author.below(10)
        let lines = kind < 4 && client !== 0 ? author.waiting() : kind < 8 ? [author.plain()] : author.transaction()
        const target = author.pick([...waited, 0])
        const ended = author.below(25) === 0
        if (ended) lines = [`CLIENT UNBLOCK {${target}} ${author.pick(['TIMEOUT', 'ERROR'])}`]
        story.push(`c${client}: ${lines.join(' | ')}`)
        const [redis, subject] = await Promise.all(
          parties.map((party) =>
            party.say(client, ended ? lines.map((line) => line.replace(/\{\d+\}/, party.ids[target])) : lines),
          ),
        )
        same([...redis].sort(), [...subject].sort())
        const toHear = [...waited].filter((one) => !redis.has(one))
        served += toHear.length
        for (const one of redis.has(client) ? toHear : [client, ...toHear]) {
          const count = one === client ? lines.length : 1
          const [theirs, ours] = await Promise.all(parties.map((party) => party.heard(one, count)))
          same([one, theirs], [one, ours])
        }
        waited = redis
      }
      expect(served).toBeGreaterThan(100)
      for (const party of parties) party.close()
    },
    60_000,
  )
})
