import { createHash } from 'node:crypto'
import { Gate, type Command, type KeySpec } from '../../src/command/index.js'
import { ManualClock, SeededRandom, Slice } from '../../src/base/index.js'
import { allCommands } from '../../src/commands/index.js'
import { settlesValue } from '../../src/command/command.js'
import type { OriginOptions, UserStore } from '../../src/origin/index.js'
import { Stage } from '../commands/stage.js'
import { ControlledStore, found } from './support/controlled-store.js'
import { DispatchBench, type TestClient } from './support/dispatch-bench.js'
import { makeRoute } from './support/engine.js'

/*
 * ORIGIN.md's "Every command, decided", row by row, as far as no other test holds a row: several bound keys of which one
 * fails, WATCH and EXEC, blocking reads and in part the others are in matrix.test.ts, resolver.test.ts, outage.test.ts and in
 * test/dispatch.
 */

type More = Partial<OriginOptions>
type Value = string | Record<string, string>

/** An origin that answers at once, unless it is held back. */
class Origin implements UserStore {
  readonly values = new Map<string, Value>()
  readonly asked: string[] = []
  onAsk = (): void => undefined
  #held: (() => void)[] | null = null

  hold(): void {
    this.#held = []
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = null
    for (const answer of held) answer()
  }

  async fetch(key: string): Promise<Value | null> {
    this.asked.push(key)
    this.onAsk()
    if (this.#held !== null) await new Promise<void>((resolve) => void this.#held?.push(resolve))
    return this.values.get(key) ?? null
  }
}

class Scene {
  readonly clock = new ManualClock()
  readonly origin = new Origin()
  readonly bench = new DispatchBench({ commands: allCommands, clock: this.clock })
  readonly client = this.bench.client()

  constructor(more: More = {}) {
    this.origin.values.set('k1', '1').set('k2', '2').set('k3', '3')
    this.bench.bindOrigin({ name: 'o', pattern: 'k*', store: this.origin, validate: '1h', ...more } as OriginOptions)
  }

  async turn(): Promise<void> {
    for (let i = 0; i < 6; i++) await new Promise((resolve) => setImmediate(resolve))
  }

  async ask(line: string, client: TestClient = this.client): Promise<unknown> {
    const { length } = client.replies
    client.request(line.split(' '))
    await this.turn()
    return textOf(client.replies[length])
  }

  /** Sends a pipeline, and lets happen what needs no time. */
  async send(...lines: string[]): Promise<unknown[]> {
    const { length } = this.client.replies
    this.client.request(...lines.map((line) => line.split(' ')))
    await this.turn()
    return this.client.replies.slice(length).map(textOf)
  }
}

const textOf = (reply: unknown): unknown => {
  if (Buffer.isBuffer(reply)) return reply.toString()
  if (Array.isArray(reply)) return reply.map(textOf)
  const { prefix, message } = (reply ?? {}) as { prefix?: string; message?: string }
  return prefix === undefined ? reply : `${prefix} ${message}`
}

describe('each key of a declaration says whether it is settled', () => {
  /** "TYPE, TTL's family, OBJECT, MEMORY, DEBUG, DUMP, TOUCH, EXPIRE's family": they look at the cache. */
  const looks = [
    ...['TYPE', 'DUMP', 'TOUCH', 'TTL', 'PTTL', 'EXPIRETIME', 'PEXPIRETIME', 'MEMORY|USAGE'],
    ...['OBJECT|ENCODING', 'OBJECT|FREQ', 'OBJECT|IDLETIME', 'OBJECT|REFCOUNT'],
    ...['EXPIRE', 'PEXPIRE', 'EXPIREAT', 'PEXPIREAT', 'PERSIST'],
    ...['HTTL', 'HPTTL', 'HEXPIRETIME', 'HPEXPIRETIME'], // of fields: no origin knows their deadlines
    ...['HEXPIRE', 'HPEXPIRE', 'HEXPIREAT', 'HPEXPIREAT', 'HPERSIST'],
    ...['ORIGIN|DIGEST', 'ORIGIN|EXPLAIN', 'ORIGIN|INVALIDATE', 'ORIGIN|VALIDATE', 'ORIGIN|SETTLE', 'ORIGIN|FETCH'],
    'SINTERSTORE', // its destination is overwritten, though Redis declares it as read and written
  ]
  /** Overwriting or removing, yet by what is there. */
  const conditional = ['SETNX', 'MSETNX', 'MSETEX', 'DELIFEQ']

  const all = allCommands.flatMap((one) => [one, ...(one.subcommands?.values() ?? [])])
  const keysOf = (one: Command): readonly KeySpec[] =>
    (one.spec.keys ?? []).filter((key) => key.access !== undefined && key.marks?.includes('not_key') !== true)
  const namesWhere = (holds: (key: KeySpec) => boolean): string[] =>
    all.filter((one) => keysOf(one).some(holds)).map(({ name }) => name)

  test('read or read and written: the value is, but for looks at the cache', () => {
    const unsettled = namesWhere((key) => (key.access === 'RO' || key.access === 'RW') && !settlesValue(key))
    expect(unsettled.filter((name) => !looks.includes(name))).toEqual([])
    expect(looks.filter((name) => all.some((one) => one.name === name) && !unsettled.includes(name))).toEqual([])
  })

  test('overwritten or removed: it is not, but under a condition', () => {
    const settled = namesWhere((key) => (key.access === 'OW' || key.access === 'RM') && settlesValue(key))
    expect(settled.sort()).toEqual([...conditional].sort())
  })

  test.each(['EXISTS k1', 'STRLEN k1', 'SET k1 v GET', 'SET k1 v NX', 'SET k1 v XX', 'SET k1 v IFEQ x', 'SETNX k1 v'])(
    '%s asks',
    async (line) => {
      const scene = new Scene({ write: 'local' })
      await scene.ask(line)
      expect(scene.origin.asked).toEqual(['k1'])
    },
  )

  test.each(['SET k1 v', 'SET k1 v EX 10', 'SETEX k1 10 v', 'MSET k1 v', 'DEL k1', 'UNLINK k1'])(
    '%s does not',
    async (line) => {
      const scene = new Scene({ write: 'local' })
      await scene.ask(line)
      expect(scene.origin.asked).toEqual([])
    },
  )
})

describe('looking at the cache never asks the origin', () => {
  let stage: Stage
  const origin = new Origin()
  beforeEach(async () => {
    origin.values.set('k1', 'value')
    stage = await Stage.open({
      enableDebugCommand: 'yes',
      origins: [{ name: 'o', pattern: 'k*', store: origin, validate: 'always', write: 'local' }],
    })
  })
  afterEach(() => stage.close())

  test.each([
    ...['TYPE', 'TTL', 'PTTL', 'EXPIRETIME', 'PEXPIRETIME', 'OBJECT ENCODING', 'OBJECT IDLETIME', 'MEMORY USAGE'],
    ...['DEBUG OBJECT', 'DUMP', 'TOUCH', 'PERSIST', 'KEYS', 'ORIGIN DIGEST', 'ORIGIN EXPLAIN'],
  ])('%s k1, held or not', async (words) => {
    const actor = await stage.enter()
    await actor.ask(`${words} k1`)
    await actor.ask('GET k1')
    const { length } = origin.asked
    stage.clock.advance(1000)
    expect(await actor.ask(`${words} k1`)).toMatch(/^[^-]/)
    expect(origin.asked).toHaveLength(length)
  })

  test.each([
    'EXPIRE k1 9',
    'PEXPIREAT k1 9000000000000',
    'SCAN 0',
    'RANDOMKEY',
    'DBSIZE',
    'SET k1 v',
    'OBJECT FREQ k1',
  ])('%s, held or not', async (line) => {
    const actor = await stage.enter()
    await actor.ask(line)
    await actor.ask('GET k1')
    const { length } = origin.asked
    stage.clock.advance(1000)
    await actor.ask(line)
    expect(origin.asked).toHaveLength(length)
  })
})

test('CLIENT NO-ORIGIN ON never asks on a whole connection', async () => {
  const scene = new Scene({ validate: 'always' })
  const late = 'SORT list BY nosort GET k*'
  const lines = [
    'GET k1',
    'MGET k1 k2',
    'EXISTS k1',
    'WATCH k1',
    'MULTI',
    'GET k2',
    late,
    'EXEC',
    'SORT k1',
    'RPUSH list 1',
  ]
  const replies = await scene.send('CLIENT NO-ORIGIN ON', ...lines, late)
  expect(replies).toEqual(['OK', null, [null, null], 0, 'OK', 'OK', 'QUEUED', 'QUEUED', [null, []], [], 1, [null]])
  expect(scene.origin.asked).toEqual([])
  expect(await scene.send('CLIENT NO-ORIGIN OFF', 'GET k1')).toEqual(['OK', '1'])
})

describe('a pipeline', () => {
  test('is read ahead for up to 1,024 commands behind the one that waits', async () => {
    const scene = new Scene({ maxInFlight: 5000 })
    scene.origin.hold()
    await scene.send(...Array.from({ length: 1100 }, (_, i) => `GET k${i}`))
    expect(scene.origin.asked).toHaveLength(1025)
    scene.origin.release()
    for (let i = 0; i < 10 && scene.client.replies.length < 1100; i++) await scene.turn()
    expect(scene.client.replies).toHaveLength(1100)
    expect(scene.origin.asked).toHaveLength(1100)
    expect(scene.client.replies.slice(0, 5).map(textOf)).toEqual([null, '1', '2', '3', null])
  })

  test('follows SELECT', async () => {
    const scene = new Scene()
    scene.origin.hold()
    await scene.send('GET k1', 'SELECT 1', 'GET k2', 'SELECT 0', 'GET k3')
    expect(scene.origin.asked).toEqual(['k1', 'k3'])
  })

  test.each([
    ...['RESET', 'HELLO 3', 'AUTH x', 'SWAPDB 0 1', 'SUBSCRIBE c', 'CLIENT ID', 'NOSUCHCOMMAND x', 'SELECT 99'],
    'EXEC',
  ])('ends at %s', async (line) => {
    const scene = new Scene()
    scene.origin.hold()
    await scene.send('GET k1', 'GET k2', line, 'GET k3')
    expect(scene.origin.asked).toEqual(['k1', 'k2'])
  })

  test('runs in order, each command after its own keys', async () => {
    const scene = new Scene({ write: 'local' })
    await scene.send('GET k1', 'INCR k1', 'SET k2 9', 'GET k2', 'DEL k3', 'GET k3', 'ECHO end')
    await scene.turn()
    await scene.turn()
    expect(scene.client.replies.map(textOf)).toEqual(['1', 2, 'OK', '2', expect.any(Number), '3', 'end'])
  })
})

describe('a call that waits', () => {
  test('is admitted again: by the role of that moment', async () => {
    const scene = new Scene({ write: 'local' })
    scene.origin.hold()
    scene.client.request(['INCR', 'k1'])
    await scene.turn()
    scene.bench.dispatcher.setGate(Gate.replica, true)
    scene.origin.release()
    await scene.turn()
    expect(scene.client.replies.map(textOf)).toEqual([expect.stringMatching(/^READONLY/)])
  })

  test('is admitted again: by what its client may do at that moment', async () => {
    const scene = new Scene({ write: 'local' })
    scene.origin.hold()
    scene.client.request(['INCR', 'k1'])
    await scene.turn()
    scene.client.gates |= Gate.auth
    scene.origin.release()
    await scene.turn()
    expect(scene.client.replies.map(textOf)).toEqual([expect.stringMatching(/^NOAUTH/)])
    expect(await scene.ask('GET k1', scene.bench.client())).toBe('1')
  })

  test('is not run when its client is gone', async () => {
    const scene = new Scene({ write: 'local' })
    scene.origin.hold()
    scene.client.request(['INCR', 'k1'])
    await scene.turn()
    scene.client.close()
    scene.origin.release()
    await scene.turn()
    expect(scene.client.replies).toEqual([])
    expect(await scene.ask('GET k1', scene.bench.client())).toBe('1')
  })

  test('has the clock of the moment it runs', async () => {
    const scene = new Scene({ write: 'local' })
    scene.origin.hold()
    scene.client.request(['GETEX', 'k1', 'EX', '100'])
    await scene.turn()
    scene.clock.advance(3000)
    scene.origin.release()
    await scene.turn()
    expect(await scene.ask('PTTL k1')).toBe(100_000)
  })

  test('asks again for a fresh key of its own that was changed meanwhile', async () => {
    const scene = new Scene()
    await scene.ask('GET k2')
    scene.origin.hold()
    scene.client.request(['MGET', 'k1', 'k2'])
    await scene.turn()
    scene.origin.values.set('k2', 'two')
    scene.bench.origins.resolver.invalidate(0, Slice.from('k2'))
    scene.origin.release()
    await scene.turn()
    expect(textOf(scene.client.replies.at(-1))).toEqual(['1', 'two'])
  })
})

describe('late keys', () => {
  test('are settled together, and the call run again', async () => {
    const scene = new Scene()
    await scene.ask('RPUSH list 1 2 3')
    expect(await scene.ask('SORT list BY nosort GET k*')).toEqual(['1', '2', '3'])
    expect(scene.origin.asked).toEqual(['k1', 'k2', 'k3'])
  })

  test('in EXEC are an error, for what runs there cannot be run again', async () => {
    const scene = new Scene()
    await scene.ask('RPUSH list 1')
    const replies = await scene.send('MULTI', 'SORT list BY nosort GET k*', 'LLEN list', 'EXEC')
    expect(replies).toEqual(['OK', 'QUEUED', 'QUEUED', ["ORIGINKEYS declare 'k1' in KEYS", 1]])
    expect(scene.bench.bugs).toEqual([])
    expect(scene.origin.asked).toEqual([])
  })

  test('that are others each time are settled 8 times at most', async () => {
    const scene = new Scene()
    const other = scene.bench.client()
    await scene.ask('RPUSH list 0', other)
    let next = 1
    scene.origin.onAsk = () => other.request(['LSET', 'list', '0', String(next++ * 100)])
    scene.client.request('SORT list BY nosort GET k*'.split(' '))
    for (let i = 0; i < 10; i++) await scene.turn()
    expect(scene.client.replies.map(textOf)).toEqual(['ERR the keys of this call kept changing while it was run'])
    expect(scene.origin.asked).toHaveLength(8)
  })
})

describe('DEL, UNLINK, EXPIRE’s family, PERSIST, TOUCH', () => {
  test.each(['reject', 'local'] as const)(
    'are cache control, allowed under write %s; the next read asks',
    async (write) => {
      const scene = new Scene({ write })
      for (const line of ['DEL k1', 'UNLINK k1']) {
        await scene.ask('GET k1')
        expect(await scene.ask(line)).toBe(1)
      }
      expect(await scene.ask('GET k1')).toBe('1')
      expect(scene.origin.asked).toEqual(['k1', 'k1', 'k1'])
      expect(await scene.send('EXPIRE k1 9', 'PEXPIRE k1 9000', 'PERSIST k1', 'TOUCH k1')).toEqual([1, 1, 1, 1])
      expect(await scene.ask('GET k1')).toBe('1')
      expect(scene.origin.asked).toHaveLength(3)
    },
  )

  const fields = { f: 'v', g: 'w' }
  const hashStage = async (write: 'reject' | 'local' | 'through' | 'behind') => {
    const calls: string[] = []
    const store: UserStore = {
      fetch: (key) => {
        calls.push(`fetch ${key}`)
        return fields
      },
      put: (key) => void calls.push(`put ${key}`),
    }
    const origin = { name: 'o', pattern: 'k*', store, as: 'hash', validate: '1h', write } as const
    const stage = await Stage.open({ origins: [origin] })
    return { stage, calls, actor: await stage.enter() }
  }
  const all = '*4\r\n$1\r\nf\r\n$1\r\nv\r\n$1\r\ng\r\n$1\r\nw\r\n'

  test.each(['reject', 'local', 'through', 'behind'] as const)(
    'of fields, too: under write %s they ask nothing, and leave the copy confirmed',
    async (write) => {
      const { stage, calls, actor } = await hashStage(write)
      expect(await actor.ask('HEXPIRE k1 9 FIELDS 1 f')).toBe('*1\r\n:-2\r\n') // nothing is held
      expect(await actor.ask('HGETALL k1')).toBe(all)
      expect(await actor.ask('HEXPIRE k1 9 FIELDS 1 f')).toBe('*1\r\n:1\r\n')
      expect(await actor.ask('HTTL k1 FIELDS 1 f')).toBe('*1\r\n:9\r\n')
      expect(await actor.ask('HPERSIST k1 FIELDS 1 f')).toBe('*1\r\n:1\r\n')
      expect(await actor.ask('HGETALL k1')).toBe(all)
      expect(calls).toEqual(['fetch k1'])
      await stage.close()
    },
  )

  test('a field whose time came has the whole copy fetched anew, be it deleted yet or not', async () => {
    const { stage, calls, actor } = await hashStage('reject')
    await actor.ask('HGETALL k1')
    await actor.ask('HPEXPIRE k1 10 FIELDS 1 f')
    stage.clock.advance(11)
    expect(await actor.ask('HGETALL k1')).toBe(all)
    expect(calls).toHaveLength(2)
    expect(await actor.ask('HTTL k1 FIELDS 1 f')).toBe('*1\r\n:-1\r\n')
    expect(await actor.ask('HEXPIRE k1 0 FIELDS 1 g')).toBe('*1\r\n:2\r\n')
    expect(await actor.ask('HGETALL k1')).toBe(all)
    expect(await actor.ask('HGETALL k1')).toBe(all)
    expect(calls).toHaveLength(3)
    await stage.close()
  })

  test('DEL drops the negative entry', async () => {
    const scene = new Scene()
    expect(await scene.send('GET k9', 'GET k9', 'DEL k9', 'GET k9')).toEqual([null, null, 0, null])
    expect(scene.origin.asked).toEqual(['k9', 'k9'])
  })

  test('DEL voids what is asked of the key', async () => {
    const scene = new Scene()
    scene.origin.hold()
    scene.client.request(['GET', 'k1'])
    await scene.turn()
    expect(await scene.ask('DEL k1', scene.bench.client())).toBe(0)
    scene.origin.values.set('k1', 'later')
    scene.origin.release()
    await scene.turn()
    expect(scene.client.replies.map(textOf)).toEqual(['later'])
    expect(scene.origin.asked).toEqual(['k1', 'k1'])
  })
})

describe('RENAME, COPY, MOVE, RESTORE, …STORE', () => {
  test.each([
    ...[
      'RENAME plain k1',
      'RENAMENX plain k1',
      'COPY plain k1',
      'SORT list STORE k1',
      'SUNIONSTORE k1 set',
      'LMOVE list k1 LEFT LEFT',
    ],
    ...[
      'BITOP NOT k1 plain',
      'ZUNIONSTORE k1 1 set',
      'RESTORE k1 0 x',
      'SMOVE set k1 a',
      'GETSET k1 v',
      'MSET plain v k1 v',
    ],
  ])('%s writes under the route of its destination', async (line) => {
    const scene = new Scene()
    await scene.send('SET plain v', 'RPUSH list 1', 'SADD set a')
    expect(await scene.ask(line)).toMatch(/^ORIGINREADONLY key is bound to origin 'o'; write there, /)
    expect(await scene.send('GET plain', 'LLEN list', 'SCARD set', 'EXISTS k1')).toEqual(['v', 1, 1, 1])
  })

  test.each(['COPY k1 k2', 'RENAME k1 k2'])('%s: the validator does not travel', async (line) => {
    const store = new ControlledStore()
    const scene = new Scene({ pattern: 'other*' })
    scene.bench.origins.resolver.addRoute(makeRoute({ store, name: 'c', options: 'validate 1h write local' }))
    scene.client.request(['GET', 'k1'])
    await scene.turn()
    store.last.answer(found('one', { validator: '"v1"' }))
    await scene.turn()
    scene.client.request(line.split(' '))
    await scene.turn()
    expect(scene.client.replies).toHaveLength(2)
    const { length } = store.calls
    scene.client.request(['GET', 'k2'])
    await scene.turn()
    expect(store.calls).toHaveLength(length + 1)
    expect(store.last.asks[0]).toMatchObject({ key: 'k2', validator: null })
    expect(store.last.asks[0].digest?.toString('hex')).toBe(sha256('one'))
  })
})

describe('propagation of a fill', () => {
  const heard = (scene: Scene): string[] => {
    const units: string[] = []
    const append = (region: { bytes: Uint8Array }, start: number, end: number): void => {
      const words = Buffer.from(region.bytes.subarray(start, end)).toString().split('\r\n')
      units.push(words.filter((word) => word !== '' && !/^[*$]\d+$/.test(word)).join(' '))
    }
    scene.bench.propagation.attach({ append }, 'replicas')
    return units
  }

  test('of a string is a SET with its deadline, of what is gone a DEL, of a confirmation nothing', async () => {
    const scene = new Scene({ validate: 'always', ttl: '100s' })
    const units = heard(scene)
    await scene.ask('GET k1')
    expect(units).toEqual([expect.stringMatching(/^SELECT 0 SET k1 1 PXAT \d{13}$/)])
    scene.clock.advance(1)
    await scene.ask('GET k1')
    expect(units).toHaveLength(1)
    scene.origin.values.delete('k1')
    scene.clock.advance(1)
    expect(await scene.ask('GET k1')).toBeNull()
    expect(units.slice(1)).toEqual([expect.stringMatching(/^(DEL|UNLINK) k1$/)])
  })

  test('of a hash is its deletion, its fields and its deadline as one', async () => {
    const scene = new Scene({ as: 'hash', validate: 'always', ttl: '100s' })
    const units = heard(scene)
    scene.origin.values.set('k1', { a: '1' })
    await scene.ask('HGETALL k1')
    scene.origin.values.set('k1', { b: '2' })
    scene.clock.advance(1)
    expect(await scene.ask('HGETALL k1')).toEqual(['b', '2'])
    expect(units.at(-1)).toMatch(/^MULTI DEL k1 HSET k1 b 2 PEXPIREAT k1 \d{13} EXEC$/)
  })

  test('is no write of the client that read: its reply waits for no fsync', async () => {
    const scene = new Scene()
    const units = heard(scene)
    const before = scene.client.fedBytes
    await scene.ask('GET k1')
    expect(units).toHaveLength(1)
    expect(scene.client.fedBytes).toBe(before)
  })

  test('in passing is nothing', async () => {
    const scene = new Scene()
    const units = heard(scene)
    scene.bench.mayStore = false
    expect(await scene.ask('GET k1')).toBe('1')
    expect(units).toEqual([])
  })
})

describe('keyspace events, client tracking, statistics', () => {
  const open = (more: More, values: Record<string, Value>): Promise<Stage> => {
    const store: UserStore = { fetch: (key) => values[key] ?? null, subscribe: () => () => undefined }
    return Stage.open({ origins: [{ name: 'o', pattern: 'k*', store, ...more } as OriginOptions] })
  }

  test('a fill’s events are those of its commands', async () => {
    const stage = await open({ ttl: '100s' }, { k1: 'v' })
    const [listener, reader] = [await stage.enter(), await stage.enter()]
    await reader.ask('CONFIG SET notify-keyspace-events KEA')
    await listener.ask('SUBSCRIBE __keyspace@0__:k1')
    await reader.ask('GET k1')
    const event = async (): Promise<string> => (await listener.heard()).split('\r\n').at(-2)!
    expect([await event(), await event()]).toEqual(['set', 'expire'])
    await stage.close()
  })

  test.each(['strict', 'always'])('under %s a tracked read is invalidated right after its reply', async (validate) => {
    const stage = await open({ validate }, { k1: 'v' })
    const reader = await stage.enter()
    await reader.ask('HELLO 3')
    await reader.ask('CLIENT TRACKING on')
    expect(await reader.ask('GET k1')).toBe('$1\r\nv\r\n')
    expect(await reader.heard()).toMatch(/invalidate[^]*k1/)
    await stage.close()
  })

  test('under push it is on the push', async () => {
    let tell = (_: string): void => undefined
    const store: UserStore = {
      fetch: () => 'v',
      subscribe: (changes) => {
        tell = (key) => changes.changed(key)
        return () => undefined
      },
    }
    const stage = await Stage.open({ origins: [{ name: 'o', pattern: 'k*', store, validate: 'push' }] })
    const reader = await stage.enter()
    await reader.ask('HELLO 3')
    await reader.ask('CLIENT TRACKING on')
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
    stage.clock.advance(1)
    expect(await reader.ask('GET k1')).toBe('$1\r\nv\r\n')
    expect(await reader.ask('PING')).toBe('+PONG\r\n')
    tell('k1')
    expect(await reader.heard()).toMatch(/invalidate[^]*k1/)
    await stage.close()
  })

  test('a read that had to fetch is a keyspace miss, one of a fresh copy a hit', async () => {
    const stage = await open({ validate: '10s' }, { k1: 'v' })
    const reader = await stage.enter()
    const counts = async (): Promise<unknown> =>
      (await reader.askText('INFO stats')).match(/keyspace_(?:hits|misses):\d+/g)
    await reader.ask('GET k1')
    expect(await counts()).toEqual(['keyspace_hits:0', 'keyspace_misses:1'])
    await reader.ask('GET k1')
    expect(await counts()).toEqual(['keyspace_hits:1', 'keyspace_misses:1'])
    stage.clock.advance(20_000)
    await reader.ask('GET k1') // confirmed: it had to ask all the same
    expect(await counts()).toEqual(['keyspace_hits:1', 'keyspace_misses:2'])
    await stage.close()
  })

  test('SLOWLOG has the time of execution, not the wait', async () => {
    let answer = (_: string): void => undefined
    let begin = (): void => undefined
    const asked = new Promise<void>((resolve) => (begin = resolve))
    const fetch = (): Promise<string> => {
      begin()
      return new Promise((resolve) => (answer = resolve))
    }
    const stage = await Stage.open({ origins: [{ name: 'o', pattern: 'k*', store: { fetch } }] })
    const reader = await stage.enter()
    await reader.ask('CONFIG SET slowlog-log-slower-than 100000')
    reader.send('GET k1')
    await asked
    stage.clock.advance(2000)
    answer('v')
    expect(await reader.heard()).toBe('$1\r\nv\r\n')
    expect(await reader.ask('SLOWLOG LEN')).toBe(':0\r\n')
    await stage.close()
  })
})

test('a copy with a write that waits for its origin is pinned against eviction', async () => {
  const put = (): Promise<never> => new Promise(() => undefined)
  const scene = new Scene({ write: 'behind', store: { fetch: () => '1', put, delete: put } })
  expect(await scene.ask('SET k1 v')).toBe('OK')
  expect(scene.bench.keyspace.pins?.has(0, Slice.from('k1'))).toBe(true)
  await scene.ask('GET k2')
  expect(scene.bench.keyspace.pins?.has(0, Slice.from('k2'))).toBe(false)
})

test('keys that an origin cannot express are absent there, and nothing is asked', async () => {
  const scene = new Scene()
  const key = Buffer.from('6bff', 'hex') // no UTF-8
  scene.client.request(['GET', key], ['EXISTS', key], ['MGET', 'k1', key])
  await scene.turn()
  expect(scene.client.replies.map(textOf)).toEqual([null, 0, ['1', null]])
  expect(scene.origin.asked).toEqual(['k1'])
})

test('refusals of one key never count for the breaker, nor as an outage', async () => {
  const store = new ControlledStore()
  const scene = new Scene({ pattern: 'other*' })
  scene.bench.origins.resolver.addRoute(makeRoute({ store, name: 'c', options: 'breaker 2 1h' }))
  for (let i = 0; i < 10; i++) {
    scene.client.request(['GET', 'k1'])
    await scene.turn()
    store.last.answer({ kind: 'refused', reason: 'was refused by it with HTTP 400' })
    await scene.turn()
    scene.clock.advance(1)
  }
  expect(store.calls).toHaveLength(10)
  expect(scene.client.replies.map(textOf).every((text) => /^ORIGINVALUE/.test(String(text)))).toBe(true)
  expect(scene.bench.log).toEqual([])
})

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')

/** ORIGIN.md's "Digest", written anew: fields in byte order, field and value as netstrings. */
function hashDigest(fields: ReadonlyMap<string, string>): string {
  const netstring = (text: string): Buffer => {
    const bytes = Buffer.from(text)
    return Buffer.concat([Buffer.from(`${bytes.length}:`), bytes, Buffer.from(',')])
  }
  const pairs = [...fields].sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
  return sha256(Buffer.concat(pairs.flatMap(([field, value]) => [netstring(field), netstring(value)])))
}

test('digests of strings and hashes are what any language computes', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  const random = new SeededRandom(seed)
  const alphabet = ['a', 'b', ',', ':', '1', '\0', 'é', '\u{1f600}', '\n', '']
  const word = (): string =>
    Array.from({ length: random.below(9) }, () => alphabet[random.below(alphabet.length)]).join('')
  const scene = new Scene({ write: 'local' })
  const hashes = new Scene({ write: 'local', as: 'hash' })
  hashes.origin.values.clear()
  const call = async ({ client, turn }: Scene, ...words: string[]): Promise<unknown> => {
    const { length } = client.replies
    client.request(words)
    await turn()
    return textOf(client.replies[length])
  }
  for (let i = 0; i < 40; i++) {
    const text = word()
    await call(scene, 'SET', 'k1', text)
    expect([seed, await call(scene, 'ORIGIN', 'DIGEST', 'k1')]).toEqual([seed, sha256(text)])
    const fields = new Map(Array.from({ length: 1 + random.below(5) }, () => [word(), word()]))
    await call(hashes, 'DEL', 'k1')
    await call(hashes, 'HSET', 'k1', ...[...fields].flat())
    expect([seed, await call(hashes, 'ORIGIN', 'DIGEST', 'k1')]).toEqual([seed, hashDigest(fields)])
  }
})

test('the digest of a hash leaves the deadlines of its fields out', async () => {
  const stage = await Stage.open({
    origins: [
      { name: 'o', pattern: 'k*', store: { fetch: () => ({ f: 'v' }) }, as: 'hash', write: 'local', validate: '1h' },
    ],
  })
  const actor = await stage.enter()
  await actor.ask('HGET k1 f')
  expect(await actor.ask('HEXPIRE k1 1000 FIELDS 1 f')).toBe('*1\r\n:1\r\n')
  expect(await actor.askText('ORIGIN DIGEST k1')).toBe(hashDigest(new Map([['f', 'v']])))
  await stage.close()
})
