import { ManualClock, silentLog, SeededRandom, type Slice } from '../../src/base/index.js'
import { command, type Command, type CommandSpec, type Later } from '../../src/command/index.js'
import { allCommands } from '../../src/commands/index.js'
import { Config, Server } from '../../src/server/index.js'
import { Type } from '../../src/values/index.js'

/*
 * Ways of waiting that the contract offers and no command of this release uses yet, shown with commands of the test's own.
 */

const later: Later[] = []
let attempts = 0

const test_ = (spec: Partial<CommandSpec> & Pick<CommandSpec, 'name' | 'run'>): Command =>
  command({ group: 'generic', since: '0', summary: '', complexity: 'O(1)', arity: -1, flags: [], ...spec })

const extra = [
  test_({ name: 'LATER', run: (call) => void later.push(call.later()) }),
  test_({ name: 'ATONCE', run: (call) => call.later().settle((reply) => reply.simple('at once')) }),
  test_({
    // a GET that waits until there is something to get
    name: 'WAITGET',
    arity: 3,
    keys: [{ first: 1, access: 'RO' }],
    run(call) {
      const { args, db, reply } = call
      const value = db.readString(args.at(1))
      if (value !== null) reply.bulk(value)
      else
        call.block({
          keys: [1],
          type: Type.string,
          timeoutMs: Number(args.at(2).toLatin1()),
          timedOut: (late) => late.null(),
        })
    },
  }),
  test_({
    name: 'TAKE',
    arity: 2,
    flags: ['write'],
    keys: [{ first: 1, access: 'RW' }],
    run(call) {
      const { args, db, reply } = call
      const value = db.string(args.at(1))
      if (value === null) return call.block({ keys: [1], type: Type.string, timeoutMs: 0, timedOut: () => {} })
      reply.bulk(value)
      db.delete(args.at(1))
      db.changed('del', args.at(1))
    },
  }),
  test_({
    name: 'TWICE',
    run(call) {
      call.reply.array(2)
      call.services.execute(call, [Buffer.from('SET'), Buffer.from('inner'), Buffer.from('v')])
      call.services.execute(call, [Buffer.from('INCR'), Buffer.from('inner')])
    },
  }),
  test_({
    // reads a key that its declaration does not name
    name: 'FOLLOW',
    arity: 2,
    keys: [{ first: 1, access: 'RO' }],
    run(call) {
      attempts++
      const { args, db, reply } = call
      const name: Slice = args.at(1)
      call.needs(name)
      const value = db.readString(name)
      if (value === null) reply.null()
      else reply.bulk(value)
    },
  }),
  test_({
    name: 'BREAK',
    run({ reply }) {
      reply.array(3)
      throw new Error('a bug')
    },
  }),
]

function setup(fetch?: (key: string) => Promise<string | null>) {
  const clock = new ManualClock()
  const bugs: string[] = []
  const server = new Server({
    config: Config.fromOptions({}),
    log: { ...silentLog, warning: (text) => bugs.push(text) },
    clock,
    random: new SeededRandom(1),
    commands: [...allCommands, ...extra],
  })
  if (fetch) server.origins.add({ name: 'o', pattern: 'bound:*', store: { fetch }, validate: '1h' })
  const call = (...args: string[]): Promise<unknown> => server.call(args)
  return { clock, server, call, bugs }
}

/** Lets promises that can settle do so. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a reply may come later, and only its first one counts', async () => {
  const { call } = setup()
  const reply = call('LATER')
  await turn()
  later[0].settle((writer) => writer.simple('done'))
  later[0].settle((writer) => writer.simple('again'))
  expect(await reply).toBe('done')
  expect(later[0].wanted).toBe(false)
  expect(await call('ATONCE')).toBe('at once')
  expect(await call('PING')).toBe('PONG')
})

test('a blocked call runs again when its key changed, and not before', async () => {
  const { call } = setup()
  const waiting = call('WAITGET', 'k', '0')
  await call('SET', 'other', 'x')
  await call('SET', 'k', 'v')
  expect(await waiting).toBe('v')
})

test('a blocked call ends when its time is up', async () => {
  const { call, clock, server } = setup()
  const waiting = call('WAITGET', 'k', '500')
  clock.advance(499)
  expect(server.dispatcher.blocked.size).toBe(1)
  clock.advance(1)
  expect(await waiting).toBe(null)
  expect(server.dispatcher.blocked.size).toBe(0)
  expect(server.keyspace.isWatched).toBe(false)
})

test('blocked calls are served in the order of waiting, each once', async () => {
  const { call } = setup()
  const order: string[] = []
  const waiting = ['first', 'second', 'third'].map((name) =>
    call('TAKE', 'k').then((value) => order.push(`${name} ${String(value)}`)),
  )
  for (const value of ['1', '2', '3']) {
    await call('SET', 'k', value)
    await turn()
  }
  await Promise.all(waiting)
  expect(order).toEqual(['first 1', 'second 2', 'third 3'])
})

test('a call may run others inside itself; their errors are replies in their places', async () => {
  const { call } = setup()
  expect(await call('TWICE')).toEqual([
    'OK',
    expect.objectContaining({ prefix: 'ERR', message: 'value is not an integer or out of range' }),
  ])
})

test('a key that a call meets late is settled, and the call run again', async () => {
  attempts = 0
  const asked: string[] = []
  const { call } = setup((key) => (asked.push(key), Promise.resolve('from the origin')))
  const spec = extra.find(({ name }) => name === 'FOLLOW')!
  // declared, it would be settled before the call runs: so look at it as an undeclared one
  Object.defineProperty(spec, 'settlesKeys', { value: false })
  expect(await call('FOLLOW', 'bound:1')).toBe('from the origin')
  expect(asked).toEqual(['bound:1'])
  expect(attempts).toBe(2)
  expect(await call('FOLLOW', 'plain')).toBe(null)
})

test('a late key whose origin keeps failing is one error, not a loop', async () => {
  const { call } = setup(() => Promise.reject(new Error('down')))
  await expect(call('FOLLOW', 'bound:1')).rejects.toMatchObject({ code: 'ORIGINDOWN' })
})

test('a handler with a bug leaves no half reply and is told to the log, with its stack', async () => {
  const { call, bugs } = setup()
  await expect(call('BREAK')).rejects.toThrow("internal error in 'break'")
  expect(bugs[0]).toMatch(/a bug/)
  expect(await call('PING')).toBe('PONG')
})

test('CLIENT PAUSE holds writes back until its end', async () => {
  const { call, clock } = setup()
  await call('CLIENT', 'PAUSE', '1000', 'WRITE')
  let written = false
  const write = call('SET', 'k', 'v').then(() => (written = true))
  expect(await call('GET', 'k')).toBe(null)
  await turn()
  expect(written).toBe(false)
  clock.advance(1000)
  await write
  expect(await call('GET', 'k')).toBe('v')
})
