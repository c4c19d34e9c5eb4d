import { createServer, type EmbeddedServer } from '../../src/index.js'

/*
 * Clients that stay, and listeners, in the same process.
 */

let server: EmbeddedServer

beforeEach(async () => {
  server = await createServer({ port: 0 })
})

afterEach(() => server.close())

test('a client that stays keeps what its calls ask for', async () => {
  const client = server.connect()
  await client.call('SELECT', 3)
  await client.call('SET', 'k', 'v')
  expect([await client.call('GET', 'k'), await server.call('GET', 'k')]).toEqual(['v', null])
  expect(await client.callWith({ buffers: true }, 'GET', 'k')).toEqual(Buffer.from('v'))
  await expect(client.call('HGET', 'k', 'f')).rejects.toMatchObject({ code: 'WRONGTYPE' })
})

test('a transaction takes one: WATCH, MULTI and EXEC, call by call or all at once', async () => {
  const client = server.connect()
  await server.call('SET', 'stock', 5)
  await client.call('WATCH', 'stock')
  const left = Number(await client.call('GET', 'stock')) - 1
  await client.call('MULTI')
  await client.call('SET', 'stock', left)
  expect(await client.call('EXEC')).toEqual(['OK'])
  const replies = await Promise.all([
    client.call('WATCH', 'stock'),
    client.call('MULTI'),
    client.call('INCR', 'stock'),
    client.call('EXEC'),
  ])
  expect(replies).toEqual(['OK', 'OK', 'QUEUED', [5]])
  await client.call('WATCH', 'stock')
  await server.call('SET', 'stock', 0)
  await client.call('MULTI')
  expect(await client.call('EXEC')).toBeNull()
})

test('it is listed, can be killed, and ends with close', async () => {
  const client = server.connect()
  await client.call('CLIENT', 'SETNAME', 'inside')
  expect(await server.call('CLIENT', 'LIST')).toMatch(new RegExp(`^id=${client.id} addr=local:0 .* name=inside `))
  expect(await server.call('CLIENT', 'KILL', 'ID', client.id)).toBe(1)
  await expect(client.call('PING')).rejects.toThrow('the client is closed')
  const other = server.connect()
  const waiting = other.call('BLPOP', 'nothing', 0)
  const told = expect(waiting).rejects.toThrow('the client was closed before it was answered')
  await server.call('PING')
  other.close()
  await told
  expect(await server.call('CLIENT', 'LIST')).toBe('')
})

test('QUIT is answered, and what comes behind it is not', async () => {
  const client = server.connect()
  expect(await client.call('QUIT')).toBe('OK')
  await expect(client.call('PING')).rejects.toThrow('the client is closed')
})

test('closing the server rejects what waits', async () => {
  const closing = await createServer({ port: 0 })
  const client = closing.connect()
  const told = expect(client.call('BLPOP', 'nothing', 0)).rejects.toThrow('the server was closed')
  await closing.call('PING')
  await closing.close()
  await told
})

test('neither can subscribe or watch by MONITOR: they hear replies only', async () => {
  await expect(server.connect().call('SUBSCRIBE', 'a')).rejects.toThrow("isn't allowed for a DENY BLOCKING client")
  await expect(server.call('MONITOR')).rejects.toThrow("MONITOR isn't allowed for DENY BLOCKING client")
})

test('a listener hears messages of its channel in order, and may make calls of its own', async () => {
  const heard: string[] = []
  const replies: Promise<unknown>[] = []
  const end = server.subscribe('news', (message, channel) => {
    heard.push(`${channel}: ${message}`)
    replies.push(server.call('INCR', 'heard'))
  })
  expect(await server.call('PUBLISH', 'news', 'héllo')).toBe(1)
  expect(await server.call('PUBLISH', 'news', 'again')).toBe(1)
  expect(await server.call('PUBSUB', 'NUMSUB', 'news')).toEqual(['news', 1])
  expect(heard).toEqual(['news: héllo', 'news: again'])
  expect(await Promise.all(replies)).toEqual([1, 2])
  end()
  expect(await server.call('PUBLISH', 'news', 'unheard')).toBe(0)
  expect(heard).toHaveLength(2)
})

test('a listener by pattern is told the pattern; bytes come as they are', async () => {
  const heard: unknown[] = []
  server.subscribe('n*', (message, channel, pattern) => heard.push([message, channel, pattern]), { pattern: true })
  server.subscribe('news', (message) => heard.push(message), { buffers: true })
  await server.call('PUBLISH', 'news', Buffer.from([0xff, 0]))
  expect(heard).toEqual([Buffer.from([0xff, 0]), ['\ufffd\0', 'news', 'n*']])
})

test('keyspace notifications are messages', async () => {
  const events: string[] = []
  await server.call('CONFIG', 'SET', 'notify-keyspace-events', 'KEA')
  server.subscribe('__keyevent@0__:*', (key, channel) => events.push(`${channel.slice(15)} ${key}`), { pattern: true })
  await server.call('SET', 'k', 'v', 'EX', 10)
  await server.call('DEL', 'k')
  expect(events).toEqual(['set k', 'expire k', 'del k'])
})
