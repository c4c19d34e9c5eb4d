import { ManualClock, ReplyError, Slice } from '../../../src/base/index.js'
import { originCommands } from '../../../src/commands/origin/index.js'
import { dictionaryStore, type UserStore } from '../../../src/origin/stores/object.js'
import type { Reply } from '../../../src/resp/index.js'
import { DispatchBench, type TestClient } from '../../origin/support/dispatch-bench.js'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

class Bench extends DispatchBench {
  readonly time = this.clock as ManualClock
  readonly values: Record<string, string> = {}
  readonly user = this.client()
  readonly operator = this.client()

  constructor(store?: UserStore, pattern = 'user:*') {
    super({ commands: originCommands, clock: new ManualClock(), config: { 'enable-origin-command': 'local' } })
    for (let i = 0; i < 20; i++) this.values[`user:${i}`] = `v${i}`
    this.bindOrigin({ name: 'users', pattern, validate: 'never', store: store ?? dictionaryStore(this.values) })
  }

  send(client: TestClient, ...words: string[]): void {
    client.request(['ORIGIN', ...words])
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left >= 0; left -= 100) {
      for (let i = 0; i < 10; i++) await turn()
      this.time.advance(100)
    }
    for (let i = 0; i < 10; i++) await turn()
  }

  async ask(...words: string[]): Promise<Reply> {
    this.send(this.operator, ...words)
    for (let i = 0; i < 10; i++) await turn()
    return this.operator.replies.at(-1) as Reply
  }

  get held(): number {
    return this.keyspace.databases[0].size
  }
}

const fieldsOf = (reply: Reply | undefined): Record<string, Reply> => {
  const flat = reply as Reply[]
  return Object.fromEntries(flat.filter((_, i) => i % 2 === 0).map((name, i) => [String(name), flat[i * 2 + 1]]))
}
const text = (reply: Reply | undefined): string => (reply instanceof ReplyError ? reply.text : String(reply))

test('ORIGIN WARM replies when it is done, ORIGIN RECONCILE too', async () => {
  const bench = new Bench()
  bench.send(bench.user, 'WARM', 'users')
  expect(bench.user.replies).toEqual([])
  await bench.pass(1000)
  expect(fieldsOf(bench.user.replies[0])).toMatchObject({ asked: 20, filled: 20, kept: 0, cancelled: 0 })
  bench.values['user:3'] = 'changed'
  delete bench.values['user:4']
  bench.send(bench.user, 'RECONCILE', 'users', 'RATE', '500')
  await bench.pass(1000)
  expect(fieldsOf(bench.user.replies[1])).toMatchObject({ asked: 20, replaced: 1, kept: 18, dropped: 1, failed: 0 })
  expect(bench.held).toBe(19)
})

test('ORIGIN JOBS and INFO show how far they are, ORIGIN CANCEL ends them with their counts', async () => {
  const bench = new Bench()
  bench.send(bench.user, 'WARM', 'users', 'RATE', '10', 'MATCH', 'user:1*')
  await bench.pass(500)
  const [job] = (await bench.ask('JOBS')) as Reply[]
  expect(fieldsOf(job)).toMatchObject({ origin: 'users', job: 'warm', state: 'running', reason: null, rate: 10 })
  const lines = Object.fromEntries(bench.origins.lines())
  expect(lines).toMatchObject({ origin_jobs: 1 })
  expect(lines.origin_job_warm_users).toMatch(/^state=running,rate=10,looked=20,total=,asked=\d,filled=\d,/)
  expect(await bench.ask('CANCEL', 'users')).toBe(1)
  expect(fieldsOf(bench.user.replies[0])).toMatchObject({ cancelled: 1 })
  expect(await bench.ask('JOBS')).toEqual([])
  expect(await bench.ask('CANCEL', 'users')).toBe(0)
  const { held } = bench
  expect(held).toBeGreaterThan(0)
  await bench.pass(3000)
  expect(bench.held).toBe(held)
})

test('a client that leaves ends its job', async () => {
  const bench = new Bench()
  bench.send(bench.user, 'WARM', 'users', 'RATE', '1')
  await bench.pass(300)
  bench.user.close()
  await bench.pass(1500)
  expect(await bench.ask('JOBS')).toEqual([])
  expect(bench.held).toBeLessThan(5)
})

test('an origin that is taken away ends its jobs, and its copies are gone', async () => {
  const bench = new Bench()
  bench.send(bench.user, 'WARM', 'users', 'RATE', '10')
  await bench.pass(300)
  expect(await bench.ask('DEL', 'users')).toBe('OK')
  await bench.pass(500)
  expect(fieldsOf(bench.user.replies[0])).toMatchObject({ cancelled: 1 })
  expect(bench.held).toBe(0)
})

test.each([
  [['WARM', 'nobody'], /^ERR no such origin 'nobody'/],
  [['WARM', 'users', 'RATE'], /^ERR syntax error/],
  [['WARM', 'users', 'RATE', '0'], /^ERR RATE is a number of keys a second, from 1 to 1000000/],
  [['WARM', 'users', 'RATE', '1.5'], /^ERR RATE is/],
  [['RECONCILE', 'users', 'MATCH', 'user:*'], /^ERR syntax error/],
  [['CANCEL', 'nobody'], /^ERR no such origin/],
])('ORIGIN %j is refused', async (words, error) => {
  expect(text(await new Bench().ask(...words))).toMatch(error)
})

test('two jobs of a kind for one origin are refused', async () => {
  const bench = new Bench()
  bench.send(bench.user, 'WARM', 'users', 'RATE', '1')
  expect(text(await bench.ask('WARM', 'users'))).toMatch(/^ERR ORIGIN WARM of origin 'users' runs already/)
})

test('ORIGIN WARM needs an origin that lists its keys, and does', async () => {
  const silent = new Bench({ fetch: async () => null })
  expect(text(await silent.ask('WARM', 'users'))).toBe("ERR origin 'users' cannot list its keys")
  const failing = new Bench({ fetch: async () => null, list: () => Promise.reject(new Error('secret')) })
  expect(text(await failing.ask('WARM', 'users'))).toBe("ORIGINDOWN origin 'users' does not list its keys (failed)")
  const odd = new Bench({ fetch: async () => null, list: () => ({ keys: 3 as never }) })
  expect(text(await odd.ask('WARM', 'users'))).toMatch(/its list gave no keys/)
})

test('a store lists a page at a time', async () => {
  const cursors: unknown[] = []
  const bench = new Bench({
    fetch: (key) => key,
    list: ({ prefix, cursor }) => {
      cursors.push(cursor)
      const page = (cursor as { page: number } | null)?.page ?? 0
      return { keys: [`${prefix}${page}`], next: page < 2 ? { page: page + 1 } : null }
    },
  })
  bench.send(bench.user, 'WARM', 'users')
  await bench.pass(500)
  expect(fieldsOf(bench.user.replies[0])).toMatchObject({ filled: 3 })
  expect(cursors).toEqual([null, { page: 1 }, { page: 2 }])
  expect(bench.keyspace.databases[0].find(Slice.from('user:2'))).not.toBe(0)
})
