import type { UserStore, UserValue } from '../../src/origin/index.js'
import { Stage, type Actor } from '../commands/stage.js'

/*
 * "Only DEL, UNLINK and GETDEL by a client delete at the origin, under through and behind; RENAME, FLUSHALL, expiry, eviction,
 * INVALIDATE and SWAPDB never do."
 */

class Origin implements UserStore {
  readonly values = new Map<string, UserValue>()
  readonly deleted: string[] = []

  fetch(key: string): UserValue | null {
    return this.values.get(key) ?? null
  }

  put(key: string, value: UserValue): void {
    this.values.set(key, value)
  }

  delete(key: string): void {
    this.deleted.push(key)
    this.values.delete(key)
  }
}

let stage: Stage
let origin: Origin
afterEach(() => stage.close())

async function open(write: 'through' | 'behind'): Promise<Actor> {
  origin = new Origin()
  origin.values.set('k1', 'v')
  const route = { name: 'o', pattern: 'k*', store: origin, validate: '1h', write }
  stage = await Stage.open({ origins: [route], enableOriginCommand: 'yes' })
  return stage.enter()
}

async function turn(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** What a client says, with `+ms` for time that passes. */
const harmless: readonly (readonly string[])[] = [
  ['RENAME k1 plain'],
  ['RENAMENX k1 plain'],
  ['MOVE k1 1'],
  ['FLUSHDB'],
  ['FLUSHALL'],
  ['SWAPDB 0 1'],
  ['EXPIRE k1 10', '+11000', 'DBSIZE'],
  ['EXPIRE k1 0'],
  ['PEXPIREAT k1 1'],
  ['CONFIG SET maxmemory-policy allkeys-random', 'CONFIG SET maxmemory 1', 'PING', '+200', 'DBSIZE'],
  ['ORIGIN INVALIDATE KEYS k1'],
  ['ORIGIN INVALIDATE ORIGIN o'],
  ['ORIGIN DEL o'],
  ['DEBUG RELOAD'],
  ['CLIENT NO-ORIGIN ON', 'DEL k1'],
  ['MULTI', 'DEL k1', 'EXEC'],
  ['GETEX k1 PXAT 1'],
  ['SET k1 v PXAT 1'],
]

describe.each(['through', 'behind'] as const)('under write %s', (write) => {
  test.each(harmless.map((lines) => [lines.join(', '), lines] as const))(
    '%s deletes nothing at the origin',
    async (_, lines) => {
      const actor = await open(write)
      expect(await actor.ask('SET k1 v')).toBe('+OK\r\n')
      await turn()
      expect(await actor.ask('GET k1')).toBe('$1\r\nv\r\n')
      for (const line of lines) {
        if (line.startsWith('+')) stage.clock.advance(Number(line))
        else await actor.ask(line)
        await turn()
      }
      stage.clock.advance(1000)
      await turn()
      expect([origin.deleted, origin.values.get('k1')?.toString()]).toEqual([[], 'v'])
    },
  )

  test.each(['DEL k1', 'UNLINK k1', 'GETDEL k1'])('%s deletes there', async (line) => {
    const actor = await open(write)
    await actor.ask('GET k1')
    await actor.ask(line)
    await turn()
    expect(origin.deleted).toEqual(['k1'])
  })
})
