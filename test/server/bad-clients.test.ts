import net from 'node:net'
import { networkInterfaces } from 'node:os'
import { ManualClock, systemClock, silentLog, SeededRandom, type Clock } from '../../src/base/index.js'
import { allCommands } from '../../src/commands/index.js'
import { Config, Server } from '../../src/server/index.js'
import { testWhere } from '../support/needs.js'
import { RawConnection } from '../support/raw-connection.js'

/*
 * Clients that do not behave: whatever they do, others notice nothing, and when they are gone nothing of them is left.
 */

let server: Server
const connections: RawConnection[] = []
const logged: string[] = []

type Fetch = (key: string, options: { signal: AbortSignal }) => Promise<string | null>

async function start(
  directives: Record<string, string | number> = {},
  fetch?: Fetch,
  clock: Clock = systemClock,
): Promise<void> {
  server = new Server({
    config: Config.fromOptions(directives),
    log: { ...silentLog, warning: (text) => void logged.push(text) },
    clock,
    random: new SeededRandom(1),
    commands: allCommands,
    files: null,
  })
  if (fetch) server.origins.add({ name: 'o', pattern: 'bound:*', store: { fetch }, validate: 'always' })
  await server.start(true)
}

async function open(): Promise<RawConnection> {
  const connection = await RawConnection.open(server.port)
  connections.push(connection)
  return connection
}

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.destroy()
  logged.length = 0
  await server.close()
})

/** Waits until `what` holds: each look is a loop turn, and a test that waits in vain is cut by jest. */
async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setImmediate(resolve))
}

/** What the server keeps for clients, apart from the one that asks. */
const left = (): Record<string, number> => ({
  clients: server.services.clients.size,
  settling: server.dispatcher.settlingClients,
  blocked: server.dispatcher.blocked.size,
  paused: server.dispatcher.pauses.held,
  monitors: server.dispatcher.monitored ? 1 : 0,
})

const nothing = { clients: 0, settling: 0, blocked: 0, paused: 0, monitors: 0 }

const request = (...words: string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`

/** A socket that never reads. */
async function deaf(): Promise<net.Socket> {
  const socket = net.connect({ port: server.port, host: '127.0.0.1' })
  socket.on('error', () => {})
  socket.pause()
  await new Promise((resolve) => socket.once('connect', resolve))
  return socket
}

test('a client that never reads its replies is cut at the hard limit, and counted', async () => {
  await start({ clientOutputBufferLimit: 'normal 4mb 0 0' })
  await server.call(['SET', 'big', 'x'.repeat(1 << 20)])
  const socket = await deaf()
  socket.write(request('GET', 'big').repeat(64))
  await until(() => server.statistics.outputBufferLimitDisconnections === 1)
  await until(() => server.services.clients.size === 0)
  socket.destroy()
  expect(logged).toEqual([expect.stringContaining('output buffer limits')])
  expect(left()).toEqual(nothing)
})

test('a client that is cut executes nothing more of what it sent', async () => {
  await start({ clientOutputBufferLimit: 'normal 4mb 0 0' })
  await server.call(['SET', 'big', 'x'.repeat(8 << 20)])
  const socket = await deaf()
  socket.write(request('GET', 'big') + request('INCR', 'after'))
  await until(() => server.services.clients.size === 0)
  socket.destroy()
  expect(await server.call(['GET', 'after'])).toBe(null)
})

test('a client that disappears in mid-pipeline leaves nothing, and what it sent whole was executed', async () => {
  await start()
  const one = await open()
  one.send(request('SET', 'a', '1') + request('SET', 'b', '2') + '*3\r\n$3\r\nSET\r\n$1\r\nc\r\n$100\r\nhalf')
  await one.read(2)
  one.destroy()
  await until(() => server.services.clients.size === 0)
  expect(left()).toEqual(nothing)
  expect(await server.call(['MGET', 'a', 'b', 'c'])).toEqual(['1', '2', null])
})

test('a half-sent request is forgotten when its client says that no more will come', async () => {
  await start()
  const one = await open()
  one.send(`${request('PING')}*2\r\n$3\r\nGET\r\n$1`)
  one.end()
  expect((await one.readToEnd()).toString()).toBe('+PONG\r\n')
  await until(() => server.services.clients.size === 0)
})

test('a client that disappears while it waits for an origin leaves nothing, and the origin is let go', async () => {
  let signalled = false
  await start({}, (_key, { signal }) => {
    signal.addEventListener('abort', () => (signalled = true))
    return new Promise(() => {})
  })
  const one = await open()
  one.send(request('GET', 'bound:1') + request('GET', 'bound:2') + request('PING'))
  await until(() => server.dispatcher.settlingClients === 1)
  one.destroy()
  await until(() => server.services.clients.size === 0)
  expect(left()).toEqual(nothing)
  expect(server.origins.resolver.load(server.origins.resolver.routes.all[0]).waiting).toBe(0)
  expect(signalled).toBe(false) // the request goes on: its answer is worth keeping
})

test('a client that ends its side while it waits for an origin is given up, as Redis does with a blocked one', async () => {
  await start({}, () => new Promise(() => {}))
  const one = await open()
  one.send(request('PING') + request('GET', 'bound:1'))
  await one.read(1)
  await until(() => server.dispatcher.settlingClients === 1)
  one.end()
  expect((await one.readToEnd()).toString()).toBe('')
  await until(() => server.services.clients.size === 0)
  expect(left()).toEqual(nothing)
})

const megabytes = request('ECHO', 'x'.repeat(1000)).repeat(3000)

test('a client that disappears while it is blocked is noticed, however much it sent behind', async () => {
  await start()
  const one = await open()
  one.send(request('BLPOP', 'q', '0') + megabytes)
  await until(() => server.dispatcher.blocked.size === 1)
  one.end()
  await until(() => server.services.clients.size === 0)
  expect(left()).toEqual(nothing)
  expect(await server.call(['RPUSH', 'q', 'kept'])).toBe(1)
  expect(await server.call(['LLEN', 'q'])).toBe(1)
})

test('a client is read again when it blocks after a wait for an origin, during which it sent much', async () => {
  let answer: (value: string) => void = () => {}
  await start({}, () => new Promise((resolve) => (answer = resolve)))
  const one = await open()
  one.send(request('GET', 'bound:1') + request('BLPOP', 'q', '0') + megabytes)
  await until(() => [...server.services.clients.all()].some(({ queryBytes }) => queryBytes > 1 << 20))
  answer('value')
  await one.read(1)
  one.end()
  await until(() => server.services.clients.size === 0)
  expect(left()).toEqual(nothing)
})

test('paused and monitoring clients that disappear leave nothing', async () => {
  await start()
  const [one, two] = [await open(), await open()]
  two.send(request('MONITOR'))
  await two.read(1)
  await server.call(['CLIENT', 'PAUSE', '100000'])
  one.send(request('SET', 'a', '1'))
  await until(() => server.dispatcher.pauses.held === 1)
  expect(left()).toEqual({ ...nothing, clients: 2, paused: 1, monitors: 1 })
  one.destroy()
  two.destroy()
  await until(() => server.services.clients.size === 0)
  expect(left()).toEqual(nothing)
})

test('a client whose requests outgrow the query buffer is cut, and counted', async () => {
  await start({ clientQueryBufferLimit: '1mb' })
  const socket = await deaf()
  socket.write(`*2\r\n$3\r\nGET\r\n$4000000\r\n${'x'.repeat(3_000_000)}`)
  await until(() => server.services.clients.size === 0)
  socket.destroy()
  expect(server.statistics.queryBufferLimitDisconnections).toBe(1)
})

test('a request of more arguments than the query buffer has room for is cut before they are all there', async () => {
  await start({ clientQueryBufferLimit: '1mb' })
  const socket = await deaf()
  socket.write(`*1000000\r\n${'$0\r\n\r\n'.repeat(30_000)}`)
  await until(() => server.services.clients.size === 0)
  socket.destroy()
  expect(server.statistics.queryBufferLimitDisconnections).toBe(1)
})

test('one client too many is told so and let go, whether it closes or not', async () => {
  await start({ maxclients: 1 })
  const first = await open()
  first.send(request('PING'))
  await first.read(1)
  const second = net.connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
  let text = ''
  second.on('data', (data) => (text += data.toString()))
  second.on('error', () => {})
  await new Promise((resolve) => second.once('end', resolve))
  expect(text).toBe('-ERR max number of clients reached\r\n')
  first.destroy()
  await server.close() // would wait for a connection that is only half closed
  expect(server.statistics.rejectedConnections).toBe(1)
  second.destroy()
})

test('closing answers a client that waits for an origin as soon as the origin does', async () => {
  let answer: ((value: string) => void) | null = null
  await start({}, () => new Promise<string>((resolve) => (answer = resolve)))
  const one = await open()
  one.send(request('GET', 'bound:1'))
  await until(() => server.dispatcher.settlingClients === 1)
  const closed = server.close()
  await until(() => answer !== null)
  answer!('late')
  expect((await one.readToEnd()).toString()).toBe('$4\r\nlate\r\n')
  await closed
})

test('a client that is silent for longer than timeout is closed; one that waits or watches is not', async () => {
  const clock = new ManualClock()
  await start({ timeout: 10 }, () => new Promise(() => {}), clock)
  const [idle, waiting, monitor] = [await open(), await open(), await open()]
  idle.send(request('PING'))
  await idle.read(1)
  monitor.send(request('MONITOR'))
  await monitor.read(1)
  waiting.send(request('GET', 'bound:1'))
  await until(() => server.dispatcher.settlingClients === 1)
  clock.advance(4000)
  expect(idle.closed).toBe(false)
  clock.advance(900) // within the origin's patience
  expect(server.services.clients.size).toBe(3)
  clock.advance(6200)
  await until(() => idle.closed)
  expect(monitor.closed).toBe(false)
})

test('a client that is idle keeps no room for requests', async () => {
  const clock = new ManualClock()
  await start({}, undefined, clock)
  const one = await open()
  one.send(`*2\r\n$4\r\nECHO\r\n$20000\r\n${'x'.repeat(20_000)}\r\n`)
  await one.read(1)
  const [client] = server.services.clients.all()
  expect(client.queryFreeBytes).toBeGreaterThan(0)
  clock.advance(4000)
  expect(client.queryFreeBytes).toBe(0)
  one.send(request('PING'))
  expect(String(await one.read(1))).toBe('+PONG\r\n')
})

test('a client above the soft limit is cut when that lasts, and not before', async () => {
  const clock = new ManualClock()
  await start({ clientOutputBufferLimit: 'normal 0 1mb 10' }, undefined, clock)
  await server.call(['SET', 'big', 'x'.repeat(16 << 20)])
  const socket = await deaf()
  socket.write(request('GET', 'big'))
  await until(() => [...server.services.clients.all()].some(({ outputBytes }) => outputBytes > 1 << 20))
  clock.advance(9000)
  expect(server.statistics.outputBufferLimitDisconnections).toBe(0)
  clock.advance(3000)
  expect(server.statistics.outputBufferLimitDisconnections).toBe(1)
  await until(() => server.services.clients.size === 0)
  socket.destroy()
})

const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address

const noOutside = outside === undefined ? 'this machine has no address but its own' : null

testWhere(noOutside, 'protected mode refuses who is not on this machine, until there is a password', async () => {
  await start({ bind: '0.0.0.0' })
  const refused = net.connect({ port: server.port, host: outside })
  const text = await new Promise((resolve) => refused.once('data', (data) => resolve(data.toString())))
  expect(text).toMatch(/^-DENIED /)
  await new Promise((resolve) => refused.once('close', resolve))
  expect(server.services.clients.size).toBe(0)
  await server.call(['CONFIG', 'SET', 'requirepass', 'secret'])
  const accepted = net.connect({ port: server.port, host: outside })
  accepted.write(request('PING'))
  const answer = await new Promise((resolve) => accepted.once('data', (data) => resolve(data.toString())))
  expect(answer).toBe('-NOAUTH Authentication required.\r\n')
  accepted.destroy()
})
