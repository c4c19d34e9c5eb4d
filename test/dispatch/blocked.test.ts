import { ManualClock, SeededRandom, silentLog } from '../../src/base/index.js'
import { command, type Call, type Command, type CommandSpec } from '../../src/command/index.js'
import { allCommands } from '../../src/commands/index.js'
import { Config, Server } from '../../src/server/index.js'
import { Type } from '../../src/values/index.js'

/*
 * Who is served when, shown with commands of the test's own: a TAKE that waits for a string and deletes it.
 */

const order: string[] = []

const own = (spec: Partial<CommandSpec> & Pick<CommandSpec, 'name' | 'run'>): Command =>
  command({ group: 'generic', since: '0', summary: '', complexity: 'O(1)', arity: -1, flags: [], ...spec })

/** TAKE ms key...: what a key holds, and the key with it. */
function take({ args, db, reply, wokenBy }: Call, wait: () => void): void {
  for (let i = 2; i < args.count; i++) {
    const key = wokenBy ?? args.at(i)
    const value = db.string(key)
    if (value === null) continue
    order.push(`${key.toLatin1()}=${value.toLatin1()}`)
    reply.array(2)
    reply.bulk(key)
    reply.bulk(value)
    db.delete(key)
    db.changed('del', key)
    return
  }
  wait()
}

const keysOf = ({ args }: Call): number[] => Array.from({ length: args.count - 2 }, (_, i) => i + 2)

const extra = [
  own({
    name: 'TAKE',
    flags: ['write'],
    run: (call) =>
      take(call, () =>
        call.block({
          keys: keysOf(call),
          type: Type.string,
          timeoutMs: Number(call.args.at(1).toLatin1()),
          timedOut: (reply) => reply.nullArray(),
          denied: (reply) => reply.simple('denied'),
        }),
      ),
  }),
  own({
    // takes from one key and gives to another, as BLMOVE does
    name: 'PASS',
    flags: ['write'],
    run(call) {
      const { args, db, reply } = call
      const value = db.string(args.at(1))
      if (value === null) {
        call.block({ keys: [1], type: Type.string, timeoutMs: 0, timedOut: (late) => late.nullArray() })
        return
      }
      order.push(`${args.at(1).toLatin1()}>${args.at(2).toLatin1()}`)
      const copy = value.toBuffer()
      db.delete(args.at(1))
      const to = db.setStringSpace(args.at(2), copy.length)
      to.region.bytes.set(copy, to.start)
      db.changed('set', args.at(2))
      reply.ok()
    },
  }),
  own({
    // waits for a key to be gone
    name: 'UNTILGONE',
    run(call) {
      if (call.wokenBy !== null) call.reply.simple(call.db.find(call.wokenBy) === 0 ? 'gone' : 'another')
      else
        call.block({ keys: [1], type: Type.hash, wakesWhenGone: true, timeoutMs: 0, timedOut: (late) => late.null() })
    },
  }),
  own({
    name: 'ALL',
    run(call) {
      const { args, reply, services } = call
      const lines = Array.from({ length: args.count - 1 }, (_, i) => args.at(i + 1).toLatin1())
      reply.array(lines.length)
      for (const line of lines) services.execute(call, line.split(' ').map((word) => Buffer.from(word))) // prettier-ignore
    },
  }),
]

function setup() {
  order.length = 0
  const clock = new ManualClock()
  const server = new Server({
    config: Config.fromOptions({}),
    log: silentLog,
    clock,
    random: new SeededRandom(1),
    commands: [...allCommands, ...extra],
  })
  const call = (line: string): Promise<unknown> => server.call(line.split(' '))
  /** Several commands as one, as a transaction runs them. */
  const together = (...lines: string[]): Promise<unknown> => server.call(['ALL', ...lines])
  return { clock, server, call, together, blocked: server.dispatcher.blocked }
}

test('a client that waits for several keys is served by the one that was ready first, not by the first it named', async () => {
  const { call, together } = setup()
  const waiting = call('TAKE 0 a b')
  await together('SET b 1', 'SET a 2')
  expect(await waiting).toEqual(['b', '1'])
})

test('a key is ready when it first held what is waited for, whatever happened to it before', async () => {
  const { call, together } = setup()
  const waiting = call('TAKE 0 a b')
  await together('DEL a', 'HSET a f v', 'SET b 1', 'DEL a', 'SET a 2')
  expect(await waiting).toEqual(['b', '1'])
})

test('what is gone at the end of a transaction serves nobody', async () => {
  const { call, together, blocked } = setup()
  const waiting = call('TAKE 0 a')
  await together('SET a 1', 'DEL a')
  await together('SET a 1', 'DEL a', 'HSET a f v')
  expect(blocked.size).toBe(1)
  await together('DEL a', 'SET a 2')
  expect(await waiting).toEqual(['a', '2'])
  expect(blocked.size).toBe(0)
})

test('another key that changed its type meanwhile is no error for who waits', async () => {
  const { call } = setup()
  const waiting = call('TAKE 0 a b')
  await call('HSET a f v')
  await call('SET b 1')
  expect(await waiting).toEqual(['b', '1'])
})

test('chains are served link by link, and other keys that were ready come before them', async () => {
  const { call, together } = setup()
  const waiting = [call('TAKE 0 end'), call('PASS middle end'), call('PASS start middle'), call('TAKE 0 other')]
  await together('SET start 1', 'SET other 2')
  expect(await Promise.all(waiting)).toEqual([['end', '1'], 'OK', 'OK', ['other', '2']])
  expect(order).toEqual(['start>middle', 'other=2', 'middle>end', 'end=1'])
})

test('a key named twice is waited for once', async () => {
  const { call, blocked } = setup()
  const waiting = call('TAKE 0 a b b a')
  await call('SET b 1')
  expect(await waiting).toEqual(['b', '1'])
  await call('SET a 1')
  expect(await call('GET a')).toBe('1')
  expect(blocked.size).toBe(0)
})

test('who waits in another database is not served, until the databases change places', async () => {
  const { call, server } = setup()
  const waiting = call('TAKE 0 a')
  await server.call(['COPY', 'a', 'a', 'DB', '1'])
  await call('SET b 1')
  await call('COPY b a DB 1')
  await call('SWAPDB 0 1')
  expect(await waiting).toEqual(['a', '1'])
})

test('a key that comes by RENAME, COPY or RESTORE of a name serves as one that was set', async () => {
  const { call } = setup()
  for (const line of ['RENAME b a', 'COPY b a', 'RENAMENX b a']) {
    const waiting = call('TAKE 0 a')
    await call('SET b 1')
    await call(line)
    expect(await waiting).toEqual(['a', '1'])
  }
})

test('a value whose time came before its turn serves nobody', async () => {
  const { call, clock, blocked, server } = setup()
  await server.call(['SET', 'b', '1', 'PX', '100'])
  await call('MOVE b 1')
  const waiting = call('TAKE 0 b')
  clock.advance(101)
  await call('SWAPDB 0 1')
  expect(blocked.size).toBe(1)
  await call('SET b 2')
  expect(await waiting).toEqual(['b', '2'])
})

test('a loss wakes those who asked for it: by deletion, by another type, by FLUSHALL', async () => {
  const { call } = setup()
  for (const [line, reply] of [
    ['DEL h', 'gone'],
    ['SET h v', 'another'],
    ['FLUSHALL', 'gone'],
  ]) {
    await call('DEL h')
    await call('HSET h f v')
    const waiting = call('UNTILGONE h')
    await call(line)
    expect(await waiting).toBe(reply)
  }
})

test('nobody waits inside another call', async () => {
  const { together, blocked } = setup()
  expect(await together('TAKE 0 a', 'SET a 1')).toEqual(['denied', 'OK'])
  expect(blocked.size).toBe(0)
})

test('a time beyond what a timer can be set for is waited out', async () => {
  const { call, clock, blocked } = setup()
  const month = 31 * 24 * 3600 * 1000
  const waiting = call(`TAKE ${month} a`)
  clock.advance(month - 1)
  expect(blocked.size).toBe(1)
  expect(blocked.timed).toBe(1)
  clock.advance(1)
  expect(await waiting).toBe(null)
  expect(blocked.timed).toBe(0)
})

test('a call that waited counts once, when it came', async () => {
  const { call, server } = setup()
  const before = server.statistics.commandsProcessed
  const waiting = call('TAKE 0 a')
  expect(server.statistics.commandsProcessed).toBe(before + 1)
  await call('HSET a f v')
  await call('DEL a')
  await call('SET a 1')
  await waiting
  expect(server.statistics.commandsProcessed).toBe(before + 4)
  expect(server.statistics.calls[extra[0].id]).toBe(1)
})

test('a push serves as many of two thousand as there is for, in their order', async () => {
  const { call, together, blocked } = setup()
  const replies: unknown[] = []
  const waiting = Array.from({ length: 2000 }, async (_, i) => replies.push([i, await call('TAKE 0 k')]))
  await together('SET k 1')
  expect(order).toEqual(['k=1'])
  expect(blocked.size).toBe(1999)
  for (let i = 2; i <= 2000; i++) await call(`SET k ${i}`)
  await Promise.all(waiting)
  expect(replies).toEqual(Array.from({ length: 2000 }, (_, i) => [i, ['k', String(i + 1)]]))
})

test('a chain of ten thousand clients does not exhaust the stack', async () => {
  const { call, blocked } = setup()
  const waiting = Array.from({ length: 10_000 }, (_, i) => call(`PASS k${i} k${i + 1}`))
  await call('SET k0 x')
  await Promise.all(waiting)
  expect(await call('GET k10000')).toBe('x')
  expect(blocked.size).toBe(0)
})

test('a call on bound keys asks their origin once before it waits; what a read fetches serves nobody, a push does', async () => {
  const { call, server, blocked, clock } = setup()
  const asked: string[] = []
  let held: string | null = null
  const fetch = (key: string): Promise<string | null> => (asked.push(key), Promise.resolve(held))
  server.origins.add({ name: 'o', pattern: 'bound:*', store: { fetch }, validate: 'always', write: 'local' })
  const waiting = call('BLPOP bound:1 0')
  while (blocked.size === 0) await new Promise((resolve) => setImmediate(resolve))
  expect(asked).toEqual(['bound:1'])
  clock.advance(1)
  held = 'a text'
  expect(await call('GET bound:1')).toBe('a text')
  expect(blocked.size).toBe(1)
  clock.advance(1)
  held = null
  expect(await call('GET bound:1')).toBe(null)
  clock.advance(1)
  expect(await call('RPUSH bound:1 pushed')).toBe(1)
  expect(await waiting).toEqual(['bound:1', 'pushed'])
  expect(asked.length).toBe(4) // twice by GET, once by RPUSH: the call that waited did not ask again
})
