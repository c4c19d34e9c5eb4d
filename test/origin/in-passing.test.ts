import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { UserStore } from '../../src/origin/index.js'
import { Stage, type Actor } from '../commands/stage.js'

/*
 * ORIGIN.md's second rule, and "a call that waits", on a whole server: what may not be stored is served in passing and leaves
 * no trace; what waited is admitted again, by what holds when it runs.
 */

/** Answers at once, or when it is released. */
class Origin implements UserStore {
  readonly asked: string[] = []
  readonly values = new Map([
    ['k1', '1'],
    ['k2', '2'],
  ])
  #held: (() => void)[] | null = null
  #arrived = (): void => undefined

  hold(): void {
    this.#held = []
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = null
    for (const answer of held) answer()
  }

  /** Until it has been asked so many times. */
  async until(count: number): Promise<void> {
    while (this.asked.length < count) await new Promise<void>((resolve) => (this.#arrived = resolve))
  }

  async fetch(key: string): Promise<string | null> {
    this.asked.push(key)
    this.#arrived()
    if (this.#held !== null) await new Promise<void>((resolve) => void this.#held?.push(resolve))
    return this.values.get(key) ?? null
  }
}

let origin: Origin
let stage: Stage
let directory: string
let reader: Actor
let other: Actor

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'truedis-test-passing-'))
  origin = new Origin()
  const route = { name: 'o', pattern: 'k*', store: origin, validate: '1h', write: 'local' as const }
  stage = await Stage.open({ origins: [route], dir: directory, save: '3600 1', appendonly: 'no' })
  reader = await stage.enter()
  other = await stage.enter()
})

afterEach(async () => {
  await other.ask('CONFIG SET save ""')
  await stage.close()
  rmSync(directory, { recursive: true, force: true })
})

const field = async (name: string): Promise<string> =>
  new RegExp(`^${name}:(.*)\r$`, 'm').exec(await other.askText('INFO everything'))?.[1] ?? ''

/** What makes the server refuse writes, and with which error. */
const conditions: readonly (readonly [
  what: string,
  error: string,
  close: () => Promise<void>,
  open: () => Promise<void>,
])[] = [
  [
    'memory is full',
    'OOM',
    async () => void (await other.ask('CONFIG SET maxmemory 1')),
    async () => void (await other.ask('CONFIG SET maxmemory 0')),
  ],
  [
    'too few replicas are there',
    'NOREPLICAS',
    async () => void (await other.ask('CONFIG SET min-replicas-to-write 1')),
    async () => void (await other.ask('CONFIG SET min-replicas-to-write 0')),
  ],
  [
    'snapshots fail',
    'MISCONF',
    async () => {
      rmSync(directory, { recursive: true })
      await other.ask('BGSAVE')
      while ((await field('rdb_last_bgsave_status')) === 'ok') stage.clock.advance(100)
    },
    async () => void (await other.ask('CONFIG SET stop-writes-on-bgsave-error no')),
  ],
]

describe('a bound key that is read', () => {
  test.each(conditions)(
    'while %s (-%s) is served in passing, and leaves no trace',
    async (_what, error, close, open) => {
      await other.ask('SET plain v')
      await close()
      const watcher = await stage.enter()
      const listener = await stage.enter()
      expect(await watcher.ask('CLIENT NO-ORIGIN ON')).toBe('+OK\r\n')
      expect(await watcher.ask('WATCH k1 k2')).toBe('+OK\r\n')
      await other.ask('CONFIG SET notify-keyspace-events KEA')
      await listener.ask('PSUBSCRIBE *')
      const before = [await field('rdb_changes_since_last_save'), await field('master_repl_offset')]

      expect(await reader.ask('SET plain w')).toMatch(new RegExp(`^-${error} `))
      expect(await reader.ask('GET k1')).toBe('$1\r\n1\r\n')
      expect(await reader.ask('MGET k1 plain k2')).toBe('*3\r\n$1\r\n1\r\n$1\r\nv\r\n$1\r\n2\r\n')
      expect(await reader.ask('GET k9')).toBe('$-1\r\n')
      if (error !== 'OOM') {
        // then nothing may be queued, as in Redis
        expect(await reader.ask('MULTI')).toBe('+OK\r\n')
        await reader.ask('STRLEN k2')
        expect(await reader.ask('EXEC')).toBe('*1\r\n:1\r\n')
      }
      expect(await reader.ask('APPEND k1 x')).toMatch(new RegExp(`^-${error} `))

      expect(await watcher.ask('KEYS *')).toBe('*1\r\n$5\r\nplain\r\n')
      expect([await field('rdb_changes_since_last_save'), await field('master_repl_offset')]).toEqual(before)
      await open()
      await watcher.ask('MULTI')
      await watcher.ask('PING')
      expect(await watcher.ask('EXEC')).toBe('*1\r\n+PONG\r\n')
      const { length } = origin.asked
      expect(await reader.ask('GET k1')).toBe('$1\r\n1\r\n')
      expect(origin.asked).toHaveLength(length + 1) // nothing was kept, and now it is
      expect(await reader.ask('GET k1')).toBe('$1\r\n1\r\n')
      expect(origin.asked).toHaveLength(length + 1)
      let heard = ''
      while (!heard.includes(':k1')) heard = await listener.heard()
      expect(heard).toMatch(/set|k1/)
    },
  )

  test('while writes are paused is served in passing', async () => {
    await other.ask('CLIENT PAUSE 10000 WRITE')
    expect(await reader.ask('GET k1')).toBe('$1\r\n1\r\n')
    expect(await reader.ask('DBSIZE')).toBe(':0\r\n')
    stage.clock.advance(10_001)
    expect(await reader.ask('GET k1')).toBe('$1\r\n1\r\n')
    expect(await reader.ask('DBSIZE')).toBe(':1\r\n')
  })
})

describe('a write that waited for its key is admitted again', () => {
  beforeEach(() => origin.hold())

  test.each(conditions)('where meanwhile %s: -%s, nothing ran, nothing is kept', async (_what, error, close, open) => {
    await other.ask('SET plain v')
    reader.send('APPEND k1 x')
    await origin.until(1)
    const transaction = await stage.enter()
    await transaction.ask('MULTI')
    await transaction.ask('APPEND k2 x')
    transaction.send('EXEC')
    await origin.until(2)
    await close()
    origin.release()
    expect(await reader.heard()).toMatch(new RegExp(`^-${error} `))
    expect(await transaction.heard()).toMatch(new RegExp(`^-EXECABORT .*${error}`))
    expect(await other.ask('KEYS *')).toBe('*1\r\n$5\r\nplain\r\n')
    await open()
    expect(await reader.ask('APPEND k1 x')).toBe(':2\r\n')
  })

  test('where meanwhile writes are paused: it waits on, and runs on what is there then', async () => {
    reader.send('APPEND k1 x')
    await origin.until(1)
    await other.ask('CLIENT PAUSE 10000 WRITE')
    origin.release()
    expect(await other.ask('GET k1')).toBe('$1\r\n1\r\n')
    origin.values.set('k1', 'new')
    stage.clock.advance(10_001)
    expect(await reader.heard()).toBe(':2\r\n')
    expect(reader.raw.received).toBe(0)
  })

  test('where this server meanwhile follows another: -READONLY', async () => {
    reader.send('APPEND k1 x')
    await origin.until(1)
    await other.ask('REPLICAOF 127.0.0.1 1')
    origin.release()
    stage.clock.advance(10_000)
    expect(await reader.heard()).toMatch(/^-(READONLY|ORIGINDOWN) /)
    await other.ask('REPLICAOF NO ONE')
    expect(await other.ask('DBSIZE')).toBe(':0\r\n')
  })

  test('where its databases changed places meanwhile: it runs on what its own database holds then', async () => {
    await other.ask('SELECT 1')
    await other.ask('SET k1 came')
    reader.send('APPEND k1 x')
    await origin.until(1)
    await other.ask('SWAPDB 0 1')
    origin.values.set('k1', 'later')
    origin.release()
    expect(await reader.heard()).toBe(':6\r\n') // what came over is no answer of the origin's, and what was asked for is void
    await reader.ask('CLIENT NO-ORIGIN ON')
    expect(await reader.ask('GET k1')).toBe('$6\r\nlaterx\r\n')
    expect(origin.asked).toEqual(['k1', 'k1'])
    expect(await other.ask('DBSIZE')).toBe(':0\r\n') // the old database 0, which never held it
  })

  test('where all was flushed meanwhile: its answer is void, and it asks again', async () => {
    reader.send('APPEND k1 x')
    await origin.until(1)
    await other.ask('FLUSHALL')
    origin.values.set('k1', 'later')
    origin.release()
    expect(await reader.heard()).toBe(':6\r\n')
    expect(origin.asked).toEqual(['k1', 'k1'])
  })

  test('where its client was killed meanwhile: it does not run', async () => {
    const id = (await reader.ask('CLIENT ID')).slice(1).trim()
    reader.send('APPEND k1 x')
    await origin.until(1)
    expect(await other.ask(`CLIENT KILL ID ${id}`)).toBe(':1\r\n')
    origin.release()
    expect(await reader.isClosed()).toBe(true)
    expect(await other.ask('GET k1')).toBe('$1\r\n1\r\n')
  })
})
