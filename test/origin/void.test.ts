import { ManualClock } from '../../src/base/index.js'
import { allCommands } from '../../src/commands/index.js'
import { ControlledPush, ControlledStore, found } from './support/controlled-store.js'
import { DispatchBench } from './support/dispatch-bench.js'
import { Engine, makeRoute } from './support/engine.js'

/*
 * ORIGIN.md's first rule, by the commands of clients: whatever changes a key voids what is asked for it. The answer to a void
 * request is used by nobody, be it a value, a confirmation, or an absence.
 */

const text = (reply: unknown): unknown => {
  const { prefix, message } = (reply ?? {}) as { prefix?: string; message?: string }
  return prefix === undefined ? reply : `${prefix} ${message}`
}

class Scene {
  readonly clock = new ManualClock()
  readonly bench = new DispatchBench({
    commands: allCommands,
    clock: this.clock,
    config: { 'enable-origin-command': 'yes' },
  })
  readonly reader = this.bench.client()
  /** Asks no origin. */
  readonly other = this.bench.client()

  constructor(
    readonly store: ControlledStore,
    options: string,
  ) {
    this.bench.origins.resolver.addRoute(makeRoute({ store, options }))
    this.other.request(['CLIENT', 'NO-ORIGIN', 'ON'], ['SET', 'plain', 'p'], ['SADD', 'set', 'a'])
  }

  async turn(): Promise<void> {
    for (let i = 0; i < 6; i++) await new Promise((resolve) => setImmediate(resolve))
  }

  async say(line: string): Promise<unknown> {
    const { length } = this.other.replies
    this.other.request(line.split(' '))
    await this.turn()
    return text(this.other.replies[length])
  }

  /** Has k1 held, and asked for again. */
  async begin(): Promise<void> {
    this.reader.request(['GET', 'k1'])
    await this.turn()
    this.store.last.answer(found('old', { validator: '"1"' }))
    await this.turn()
    this.clock.advance(3000)
    this.reader.request(['GET', 'k1'])
    await this.turn()
    expect(this.store.calls).toHaveLength(2)
  }
}

const changes: readonly string[] = [
  ...[
    'SET k1 v',
    'SET k1 v KEEPTTL',
    'SETEX k1 10 v',
    'MSET k1 v',
    'DEL k1',
    'UNLINK k1',
    'EXPIREAT k1 1',
    'PEXPIREAT k1 1',
  ],
  ...[
    'RENAME k1 other',
    'RENAME plain k1',
    'COPY plain k1 REPLACE',
    'MOVE k1 1',
    'SORT set ALPHA STORE k1',
    'SUNIONSTORE k1 set',
  ],
  ...['BITOP NOT k1 plain', 'FLUSHDB', 'FLUSHALL', 'SWAPDB 0 1', 'SWAPDB 1 0'],
  ...['ORIGIN INVALIDATE KEYS k1', 'ORIGIN INVALIDATE MATCH k*', 'ORIGIN INVALIDATE ORIGIN o'],
]

const lateAnswers = {
  'a value': found('late'),
  'a confirmation': { kind: 'not-modified' },
  'an absence': { kind: 'absent' },
} as const

test.each(
  changes.flatMap((line) =>
    (Object.keys(lateAnswers) as (keyof typeof lateAnswers)[]).map((late) => [line, late] as const),
  ),
)('%s voids what is asked, be its answer %s', async (line, late) => {
  const scene = new Scene(new ControlledStore(), 'validate 2s write local stale-if-error 0')
  await scene.begin()
  expect(await scene.say(line)).not.toEqual(expect.stringMatching(/^[A-Z]+ /))
  const left = await scene.say('GET k1')
  scene.store.calls[1].answer(lateAnswers[late])
  await scene.turn()
  expect(scene.reader.replies).toHaveLength(1) // it settles again
  expect(await scene.say('GET k1')).toEqual(left) // and nothing was kept
  expect(scene.store.calls).toHaveLength(3)
  scene.store.last.answer(found('right'))
  await scene.turn()
  expect(scene.reader.replies.slice(1)).toEqual(['right'])
  expect(scene.bench.bugs).toEqual([])
})

test('a push voids what is asked', async () => {
  const store = new ControlledPush()
  const scene = new Scene(store, 'validate push stale-if-error 0')
  await scene.turn()
  store.watched.begin()
  await scene.turn()
  scene.reader.request(['GET', 'k1'])
  await scene.turn()
  store.watched.listener.changed('k1')
  store.calls[0].answer(found('late'))
  await scene.turn()
  expect(scene.reader.replies).toEqual([])
  store.last.answer(found('right'))
  await scene.turn()
  expect(scene.reader.replies).toEqual(['right'])
})

test('an answer of a route that is gone is kept by none that came in its place', async () => {
  const scene = new Scene(new ControlledStore(), 'validate 2s write local stale-if-error 0')
  await scene.begin()
  expect(await scene.say('ORIGIN DEL o')).toBe('OK')
  const next = new ControlledStore()
  scene.bench.origins.resolver.addRoute(makeRoute({ store: next, name: 'next', options: 'validate 1h' }))
  scene.store.calls[1].answer(found('late'))
  await scene.turn()
  expect(await scene.say('GET k1')).toBeNull()
  scene.reader.request(['GET', 'k1'])
  await scene.turn()
  expect(next.calls).toHaveLength(1)
  next.last.answer(found('of the next'))
  await scene.turn()
  expect(scene.reader.replies.at(-1)).toBe('of the next')
})

test('what is past its time to live is gone: nothing is left to validate, or to serve while the origin is down', async () => {
  const engine = new Engine({ options: 'validate 1s ttl 10s stale-if-error 1h stale-while-revalidate 1h' })
  await engine.fill('k1', found('one', { validator: '"1"' }))
  await engine.advance(11_001) // 10 % more at most
  const read = engine.read('k1')
  await engine.turn()
  expect(engine.store.last.asks).toEqual([{ key: 'k1', digest: null, validator: null }])
  engine.store.last.fail(new Error('down'))
  await engine.turn()
  expect(read.reply).toMatch(/^ORIGINDOWN /)
})

test('a hundred thousand absences are remembered, and the one that was read least recently forgotten', () => {
  const { resolver, route } = new Engine({})
  const { negatives } = resolver.holdings
  for (let i = 0; i <= 100_000; i++) negatives.set(`0:k${i}`, { route, db: 0, askedAtMs: 0, answeredAtMs: 0 })
  expect(negatives.size).toBe(100_000)
  expect(negatives.get('0:k0')).toBeUndefined()
})

test.each(['FLUSHDB', 'FLUSHALL', 'SWAPDB 0 1', 'SWAPDB 1 0', 'DEL k1', 'ORIGIN INVALIDATE KEYS k1'])(
  '%s forgets a remembered absence: the next read asks',
  async (line) => {
    const store = new ControlledStore()
    const scene = new Scene(store, 'validate 1h')
    const read = async (): Promise<void> => {
      scene.reader.request(['GET', 'k1'])
      await scene.turn()
    }
    await read()
    store.last.answer({ kind: 'absent' })
    await scene.turn()
    await read()
    expect([scene.reader.replies, store.calls.length]).toEqual([[null, null], 1])
    await scene.say(line)
    await read()
    expect([scene.reader.replies.length, store.calls.length]).toEqual([2, 2])
  },
)

test('when the origin fails after an answer that was void, that answer is served in passing', async () => {
  const engine = new Engine({ options: 'write local stale-if-error 0' })
  const read = engine.read('k1')
  await engine.turn()
  engine.write('k1', 'mine')
  engine.store.last.answer(found('one'))
  await engine.turn()
  expect([read.reply, engine.store.calls.length]).toEqual([undefined, 2])
  engine.store.last.fail(new Error('down'))
  await engine.turn()
  expect([read.reply, engine.held('k1')]).toEqual(["'one'", "'mine'"])
  const next = engine.read('k1')
  await engine.turn()
  engine.store.last.fail(new Error('down'))
  await engine.turn()
  expect(next.reply).toMatch(/^ORIGINDOWN /) // nobody else gets it
})

test.each(['strict', 'always', '1h', 'never'])(
  'under validate %s an invalidated copy is served to nobody before it is confirmed, whatever is permitted',
  async (validate) => {
    const engine = new Engine({ options: `validate ${validate} stale-if-error 1h stale-while-revalidate 1h` })
    await engine.fill('k1', found('one'))
    await engine.advance(10)
    engine.resolver.invalidate(0, engine.slice('k1'))
    const read = engine.read('k1')
    await engine.turn()
    expect([read.reply, engine.store.calls.length]).toEqual([undefined, 2])
    engine.store.last.fail(new Error('down'))
    await engine.turn()
    expect(read.reply).toMatch(/^ORIGINDOWN /)
    const next = engine.read('k1')
    await engine.turn()
    engine.store.last.answer({ kind: 'not-modified' })
    await engine.turn()
    expect([next.reply, engine.store.calls.length]).toEqual(["'one'", 3])
  },
)

test('nor is a value that was written here, once it is invalidated', async () => {
  const engine = new Engine({ options: 'write local stale-if-error 1h' })
  engine.write('k1', 'mine')
  const readWhileDown = async (): Promise<string | undefined> => {
    const read = engine.read('k1')
    await engine.turn()
    engine.store.last.fail(new Error('down'))
    await engine.turn()
    return read.reply
  }
  expect(await readWhileDown()).toBe("'mine'")
  engine.resolver.invalidate(0, engine.slice('k1'))
  expect(await readWhileDown()).toMatch(/^ORIGINDOWN /)
})
