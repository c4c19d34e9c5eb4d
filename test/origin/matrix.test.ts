import { ManualClock } from '../../src/base/index.js'
import { allCommands } from '../../src/commands/index.js'
import { DispatchBench, type TestClient } from './support/dispatch-bench.js'
import { makeRoute } from './support/engine.js'
import { FaultyOrigin, type Fault } from './support/faulty-origin.js'
import { kinds, valueOf, type Kind } from './support/matrix-kinds.js'
import { demandOf, type Held, type Permission } from './support/matrix-rule.js'

/*
 * Every fault of an origin, against every kind of command, under every permission to serve what is out of date, be that a copy,
 * a remembered absence, or nothing at all. What a
 * cell demands is derived from ORIGIN.md in support/matrix-rule.ts, and from nothing of the code.
 */

const faults: readonly Fault[] = [
  'slow',
  'hang',
  'reset',
  'error 503',
  'garbage',
  'wrong digest',
  'flapping',
  'refused',
  'open breaker',
]

const permissions: Readonly<Record<Permission, string>> = {
  nothing: 'validate 5s stale-if-error 0',
  'stale-while-revalidate': 'validate 5s stale-while-revalidate 1h stale-if-error 0',
  'stale-if-error': 'validate 5s stale-if-error 1h',
  local: 'validate 5s',
  'nothing, under strict': 'validate strict',
}

const textOf = (reply: unknown): unknown => {
  if (Buffer.isBuffer(reply)) return reply.toString()
  if (Array.isArray(reply)) return reply.map(textOf)
  const { prefix, message } = (reply ?? {}) as { prefix?: string; message?: string }
  return prefix === undefined ? reply : `${prefix} ${message}`
}

class Cell {
  readonly clock = new ManualClock()
  readonly origin = new FaultyOrigin(this.clock, 'k1')
  readonly bench = new DispatchBench({ commands: allCommands, clock: this.clock })
  readonly client = this.bench.client()
  readonly other = this.bench.client()
  /** Sees what is held, and asks for nothing. */
  readonly looker = this.bench.client()
  readonly #kind: Kind

  constructor(kind: Kind, permission: Permission) {
    this.#kind = kind
    const options = `${permissions[permission]} write ${kind.write}${kind.isHash ? ' as hash' : ''}`
    this.bench.origins.resolver.addRoute(makeRoute({ store: this.origin, options: `${options} soft-timeout 251ms` }))
    this.looker.request(['CLIENT', 'NO-ORIGIN', 'ON'])
  }

  async turn(): Promise<void> {
    for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve))
  }

  async ask(client: TestClient, ...words: readonly string[]): Promise<unknown> {
    const { length } = client.replies
    client.request([...words])
    await this.turn()
    return textOf(client.replies[length])
  }

  /** Has k2 held and out of date, the same at its origin, and k1 as the cell wants it, another value at its origin. */
  async hold(held: Held, permission: Permission): Promise<void> {
    const { isHash } = this.#kind
    this.other.request(['SET', 'plain', 'plain'], ['RPUSH', 'list', '1'])
    this.origin.values.set('k2', { kind: 'string', bytes: Buffer.from('good') })
    if (held === 'a copy') this.origin.values.set('k1', valueOf('old', isHash))
    if (permission === 'local') {
      await this.ask(this.other, ...(isHash ? ['HSET', 'k1', 'f', '10'] : ['SET', 'k1', '10']))
      await this.ask(this.other, 'SET', 'k2', 'good')
    } else {
      if (held !== 'nothing') await this.ask(this.other, 'EXISTS', 'k1')
      if (!isHash) await this.ask(this.other, 'EXISTS', 'k2')
    }
    this.clock.advance(10_000)
    this.origin.values.set('k1', valueOf('new', isHash))
  }

  async openBreaker(): Promise<void> {
    for (let i = 0; i < 5; i++) {
      const validation = this.bench.origins.resolver.validate([{ db: 0, key: Buffer.from('k1') }], () => undefined)
      await this.turn()
      expect(validation.done).toBe(true)
    }
    const { resolver } = this.bench.origins
    expect(resolver.load(resolver.routes.all[0]).breaker).toBe('open')
  }

  /** All keys with their values, and how much was told to followers and files. */
  held(): unknown {
    const { length } = this.looker.replies
    this.looker.request(['KEYS', '*'])
    const keys = (textOf(this.looker.replies[length]) as string[]).sort()
    for (const key of keys)
      this.looker.request(['GET', key], ['HGETALL', key], ['LRANGE', key, '0', '-1'], ['PTTL', key])
    return { keys, values: this.looker.sent.slice(length + 1), told: this.bench.propagation.bytes }
  }

  /** Lets time pass until so many replies are there. */
  async until(replies: number): Promise<void> {
    await this.turn()
    for (let ms = 0; this.client.replies.length < replies && ms < 7000;) {
      const stepMs = ms === 1500 ? 3400 : 50 // nothing is due between
      this.clock.advance(stepMs)
      ms += stepMs
      await this.turn()
    }
  }

  /** A read of k1 when all is well again, after one that may have been served stale behind which it was renewed. */
  async afterwards(): Promise<unknown> {
    if (this.origin.fault !== 'flapping') this.origin.fault = null
    this.clock.advance(6000) // what hangs is given up, and the breaker lets a request through
    const words = this.#kind.isHash ? ['HGET', 'k1', 'f'] : ['GET', 'k1']
    await this.ask(this.other, ...words)
    return this.ask(this.other, ...words)
  }
}

const helds: readonly Held[] = ['a copy', 'nothing', 'an absence']

/** Whether there is such a cell: what is written here is a copy, and nobody blocks for an answer that is there. */
const isCell = (kind: Kind, permission: Permission, held: Held): boolean => {
  if (permission === 'local') return held === 'a copy' && ['reject', 'local'].includes(kind.write)
  return held !== 'an absence' || !kind.waitsForKey
}

const cells = kinds.flatMap((kind) =>
  faults.flatMap((fault) =>
    (Object.keys(permissions) as Permission[]).flatMap((permission) =>
      helds
        .filter((held) => isCell(kind, permission, held))
        .map((held) => ({
          kind: permission === 'local' ? { ...kind, write: 'local' as const } : kind,
          title: kind.title,
          write: permission === 'local' ? 'local' : kind.write,
          fault,
          permission,
          held,
        })),
    ),
  ),
)

describe('the fault matrix', () => {
  test.each(cells)(
    '$title under write $write, its origin: $fault; held is $held, what permits that: $permission',
    async ({ kind, fault, permission, held }) => {
      const cell = new Cell(kind, permission)
      await cell.hold(held, permission)
      const { client, origin } = cell
      origin.fault = fault
      if (fault === 'open breaker') await cell.openBreaker()
      origin.forget()
      const before = cell.held()
      const calledAtMs = cell.clock.monotonicMs()

      client.request(...kind.requests.map((words) => [...words]))
      expect(await cell.ask(cell.other, 'GET', 'plain')).toBe('plain') // others notice nothing
      expect(cell.other.repliedAtMs.at(-1)).toBe(calledAtMs)
      await cell.until(kind.requests.length)

      const demand = demandOf(kind, fault, permission, held)
      const { outcome } = demand
      const isFailure = outcome instanceof RegExp
      const expected = isFailure ? kind.failed(expect.stringMatching(outcome)) : kind.replies(outcome)
      expect(client.replies.map(textOf)).toEqual(expected)
      if (demand.atMs !== null) expect(client.repliedAtMs.at(-1)! - calledAtMs).toBe(demand.atMs)
      if (demand.reads !== null) expect(origin.reads > 0).toBe(demand.reads)
      if (demand.writes !== null) expect(origin.writes > 0).toBe(demand.writes)
      if (isFailure) expect(cell.held()).toEqual(before)
      else if (kind.left !== undefined) {
        expect(await cell.ask(cell.looker, ...kind.left.request)).toEqual(kind.left.reply(outcome))
      }
      expect(cell.bench.log.filter((line) => line.includes('fails')).length).toBeLessThanOrEqual(1)
      if (kind.way === 'settles' && kind.write === 'reject') expect(await cell.afterwards()).toBe('200')
      expect(cell.bench.bugs).toEqual([])
    },
  )
})
