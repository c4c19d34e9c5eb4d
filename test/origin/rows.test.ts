import type { UserStore } from '../../src/origin/index.js'
import { ManualClock } from '../../src/base/index.js'
import { allCommands } from '../../src/commands/index.js'
import { Stage } from '../commands/stage.js'
import { ControlledStore, found } from './support/controlled-store.js'
import { DispatchBench } from './support/dispatch-bench.js'
import { makeRoute } from './support/engine.js'

/* Rows of ORIGIN.md's "Every command, decided" that want a whole server, or many keys; the others are in decided.test.ts. */

/** Holds '1' under every key, and answers when it is told to. */
class HeldOrigin implements UserStore {
  readonly asked: string[] = []
  readonly #answers: (() => void)[] = []
  #arrived = (): void => undefined

  answer(): void {
    for (const answer of this.#answers.splice(0)) answer()
  }

  async until(count: number): Promise<void> {
    while (this.asked.length < count) await new Promise<void>((resolve) => (this.#arrived = resolve))
  }

  async fetch(key: string): Promise<string> {
    this.asked.push(key)
    this.#arrived()
    await new Promise<void>((resolve) => void this.#answers.push(resolve))
    return '1'
  }
}

describe('on a whole server', () => {
  let origin: HeldOrigin
  let stage: Stage
  beforeEach(async () => {
    origin = new HeldOrigin()
    stage = await Stage.open({ origins: [{ name: 'o', pattern: 'k*', store: origin, validate: '1h' }] })
  })
  afterEach(() => stage.close())

  test('MONITOR shows a call when it runs, and nothing of what its fill does', async () => {
    const [monitor, reader, other] = [await stage.enter(), await stage.enter(), await stage.enter()]
    await monitor.ask('MONITOR')
    reader.send('GET k1')
    await origin.until(1)
    await other.ask('ECHO before')
    origin.answer()
    expect(await reader.heard()).toBe('$1\r\n1\r\n')
    await other.ask('ECHO after')
    const lines = [await monitor.heard(), await monitor.heard(), await monitor.heard()]
    expect(lines.map((line) => line.replace(/^.*\] |\r\n$/g, ''))).toEqual([
      '"ECHO" "before"',
      '"GET" "k1"',
      '"ECHO" "after"',
    ])
    expect(monitor.raw.received).toBe(0)
  })

  test('a fresh copy that is evicted while its call waits for another key is asked for again, and is no nil', async () => {
    const [reader, other] = [await stage.enter(), await stage.enter()]
    reader.send('GET k1')
    await origin.until(1)
    origin.answer()
    await reader.heard()
    reader.send('MGET k1 k2')
    await origin.until(2)
    await other.ask('CONFIG SET maxmemory-policy allkeys-random')
    await other.ask('CONFIG SET maxmemory 1')
    expect(await other.ask('DBSIZE')).toBe(':0\r\n')
    expect(await other.askText('INFO stats')).toContain('evicted_keys:1\r\n')
    await other.ask('CONFIG SET maxmemory 0')
    origin.answer()
    await origin.until(3)
    origin.answer()
    expect(await reader.heard()).toBe('*2\r\n$1\r\n1\r\n$1\r\n1\r\n')
    expect(origin.asked).toEqual(['k1', 'k2', 'k1'])
  })

  test('ORIGIN is administrative and dangerous but for what reads', async () => {
    const actor = await stage.enter()
    const reading = ['LIST', 'INFO', 'EXPLAIN', 'DIGEST', 'VALIDATE', 'JOBS', 'SETTLE', 'FETCH', 'HELP']
    const governing = ['ADD', 'DEL', 'INVALIDATE', 'WARM', 'RECONCILE', 'CANCEL', 'DEADLETTER', 'SLOWLOG']
    for (const name of [...reading, ...governing]) {
      const info = await actor.ask(`COMMAND INFO ORIGIN|${name}`)
      expect(info).toContain(`origin|${name.toLowerCase()}`)
      expect([name, info.includes('@admin'), info.includes('@admin') && info.includes('@dangerous')]).toEqual([
        name,
        governing.includes(name),
        governing.includes(name),
      ])
    }
    const all = (await actor.ask('COMMAND LIST FILTERBY PATTERN origin|*')).match(/origin\|\w+/g)
    expect(all?.sort()).toEqual([...reading, ...governing].map((name) => `origin|${name.toLowerCase()}`).sort())
  })

  test('ORIGIN INFO has each figure that is promised', async () => {
    const actor = await stage.enter()
    const info = await actor.ask('ORIGIN INFO o')
    for (const name of [
      ...[
        'requests',
        'hits',
        'not_modified',
        'fills',
        'mismatches',
        'collapsed',
        'stale_if_error',
        'stale_while_revalidate',
      ],
      ...['local_served', 'void', 'errors', 'latency', 'breaker', 'waiting', 'passing', 'push'],
    ]) {
      expect(info).toMatch(new RegExp(`\\r\\n${name}[a-z_0-9]*\\r\\n`))
    }
  })
})

test('a pipeline of a thousand bound reads makes a handful of requests where the origin can batch', async () => {
  const store = new ControlledStore(1000)
  const bench = new DispatchBench({ commands: allCommands, clock: new ManualClock() })
  bench.origins.resolver.addRoute(makeRoute({ store, options: 'validate 1h' }))
  const client = bench.client()
  const turn = async (): Promise<void> => {
    for (let i = 0; i < 6; i++) await new Promise((resolve) => setImmediate(resolve))
  }
  client.request(...Array.from({ length: 1000 }, (_, i) => ['GET', `k${i}`]))
  await turn()
  for (const call of store.calls) call.answer(...call.asks.map(({ key }) => found(`value of ${key}`)))
  await turn()
  expect(client.replies).toEqual(Array.from({ length: 1000 }, (_, i) => `value of k${i}`))
  expect(store.calls.length).toBeLessThanOrEqual(3)
})
