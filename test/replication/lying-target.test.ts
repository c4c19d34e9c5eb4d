import net from 'node:net'
import { ManualClock, Region, SeededRandom } from '../../src/base/index.js'
import type { MigrationOutcome } from '../../src/command/index.js'
import { Migration, type Connect, type LinkEvents } from '../../src/replication/index.js'
import { describeWithRedis, startServer, type RunningServer, type ServerKind } from '../support/servers.js'
import { Asker } from './support/asking.js'

const seed = Number(process.env['SEED'] ?? 5)
const timeoutMs = 1000

/** A target that says what a test has it say, byte by byte if need be. */
class Target {
  /** Whether somebody is connected to it. */
  link: LinkEvents | null = null
  connections = 0
  asked = ''
  readonly connect: Connect = (_host, _port, events) => {
    this.connections++
    this.link = events
    return {
      write: (bytes) => void (this.asked += String(bytes)),
      pause: () => {},
      resume: () => {},
      destroy: () => {
        if (this.link === events) this.link = null
      },
    }
  }

  say(text: string): void {
    const bytes = Buffer.from(text, 'latin1')
    this.link?.received(Region.copyOf(bytes), bytes.length)
  }
}

/** Runs one migration of some keys, to which the target says its lines, and waits till it is over. */
function migrate(migration: Migration, clock: ManualClock, keys: number, play: () => void): MigrationOutcome {
  const outcomes: MigrationOutcome[] = []
  const where = { host: 'h', port: 1, database: 0, timeoutMs, credentials: null }
  migration.send(where, Array.from({ length: keys }, (_, i) => Buffer.from(`RESTORE ${i}`)), (outcome) => outcomes.push(outcome)) // prettier-ignore
  play()
  for (let step = 0; step < 4 && outcomes.length === 0; step++) clock.advance(timeoutMs)
  expect(outcomes.length).toBe(1)
  return outcomes[0]
}

const stage = (): { target: Target; clock: ManualClock; migration: Migration } => {
  const target = new Target()
  const clock = new ManualClock()
  return { target, clock, migration: new Migration({ clock, connect: target.connect }) }
}

test('a key counts as taken when the other server says so in a whole line, and no other', () => {
  const cases: readonly (readonly [said: string, taken: number, problem: string | null])[] = [
    ['+OK\r\n+OK\r\n+OK\r\n+OK\r\n', 3, null],
    ['+OK\r\n+OK\r\n+OK', 1, 'reading'],
    ['+OK\r\n+OK\r\n+OK\r', 1, 'reading'],
    ['+OK\r\nHTTP/1.1 400 Bad Request\r\n+OK\r\n+OK\r\n', 0, 'reading'],
    ['+OK\r\n+OK\r\n\r\n+OK\r\n', 1, 'reading'],
    ['+OK\r\n+OK\r\n:1\r\n+OK\r\n', 1, 'reading'],
    ['+OK\r\n-ERR no\r\n+OK\r\n-BUSYKEY\r\n', 1, null],
    ['-ERR invalid DB index\r\n+OK\r\n+OK\r\n+OK\r\n', 0, null],
    ['', 0, 'reading'],
  ]
  for (const [said, taken, problem] of cases) {
    const { target, clock, migration } = stage()
    const outcome = migrate(migration, clock, 3, () => {
      target.link!.connected()
      for (const byte of said) target.say(byte)
    })
    expect([said, outcome.replies.filter((line) => line.startsWith('+')).length, outcome.problem]).toEqual([
      said,
      taken,
      problem,
    ])
  }
})

test('what a server says beyond its replies is not taken for the next ones', () => {
  const { target, clock, migration } = stage()
  migrate(migration, clock, 1, () => {
    target.link!.connected()
    target.say('+OK\r\n+OK\r\n+OK\r\n')
  })
  const next = migrate(migration, clock, 1, () => target.link?.connected())
  expect([target.connections, next.replies, next.problem]).toEqual([2, [], 'reading'])
})

test('a line without an end takes neither memory nor time', () => {
  const { target, clock, migration } = stage()
  const long = migrate(migration, clock, 1, () => {
    target.link!.connected()
    for (let i = 0; i < 100 && target.link !== null; i++) target.say('+'.repeat(1000))
    expect(target.link).toBeNull()
  })
  expect(long.problem).toBe('reading')
  const slow = migrate(migration, clock, 1, () => {
    target.link!.connected()
    for (let i = 0; i < 3; i++) {
      target.say('+')
      clock.advance(timeoutMs / 2)
    }
    expect(target.link).toBeNull()
  })
  expect(slow.problem).toBe('reading')
})

test(`whatever a server says, hangs on or closes at, it ends and nothing is taken that it did not take (seed ${seed})`, () => {
  const random = new SeededRandom(seed)
  const words = ['+OK\r\n', '+OK\r\n', '+OK\r\n', '-ERR no\r\n', '\r\n', ':1\r\n', '+', '\n', 'x', '*1\r\n', '\0', '-']
  const { target, clock, migration } = stage()
  for (let run = 0; run < 3000; run++) {
    const keys = 1 + random.below(4)
    let said = ''
    const { replies, problem } = migrate(migration, clock, keys, () => {
      for (let event = random.below(9); event >= 0 && target.link !== null; event--) {
        const kind = random.below(12)
        if (kind === 0) target.link.closed(random.below(2) === 0 ? null : 'ECONNRESET')
        else if (kind === 1) clock.advance(random.below(timeoutMs * 2))
        else if (kind === 2) migration.everySecond()
        else {
          if (event % 2 === 0) target.link.connected()
          const word = words[random.below(words.length)]
          said += word
          target.say(word)
        }
      }
    })
    const promised = said.split('\n').filter((line) => /^\+[^\n]*/.test(line)).length
    expect(replies.filter((line) => line.startsWith('+')).length).toBeLessThanOrEqual(promised)
    expect(replies.length).toBeLessThanOrEqual(keys)
    if (replies.length < keys) expect(problem).not.toBeNull()
  }
})

const lies: readonly (readonly [what: string, said: readonly string[] | null])[] = [
  ['refuses', ['+OK\r\n', '-ERR no room\r\n']],
  ['refuses the database', ['-ERR DB index is out of range\r\n', '+OK\r\n']],
  ['closes at once', null],
  ['says half a line and closes', ['+OK\r\n', '+O']],
  ['says nothing', []],
]

describeWithRedis('a server that MIGRATE cannot trust', () => {
  let servers: RunningServer[]
  let askers: Asker[]

  beforeAll(async () => {
    servers = await Promise.all((['redis', 'truedis'] as ServerKind[]).map((kind) => startServer(kind)))
    askers = await Promise.all(servers.map(({ port }) => Asker.open(port)))
  })
  afterAll(async () => {
    for (const asker of askers) asker.close()
    for (const server of servers) await server.stop()
  })

  test.each(lies)('that %s: the error is Redis’s, and the key stays', async (_what, said) => {
    const liar = net.createServer((socket) => {
      socket.on('error', () => {})
      if (said === null) return socket.destroy()
      socket.once('data', () => {
        socket.write(said.join(''))
        if (said.at(-1)?.endsWith('\n') === false) socket.end()
      })
    })
    await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve))
    const { port } = liar.address() as net.AddressInfo
    const replies: string[] = []
    for (const asker of askers) {
      await asker.ask('SET', 'k', 'v')
      replies.push(await asker.ask('MIGRATE', '127.0.0.1', port, 'k', 1, 200))
      expect(await asker.ask('GET', 'k')).toBe('$1\r\nv\r\n')
    }
    liar.close()
    expect(replies[0]).toMatch(/^-/)
    expect(replies[1]).toBe(replies[0])
  })
})
