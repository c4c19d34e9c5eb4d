import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError, createServer, dictionaryStore, type EmbeddedServer, type UserValue } from '../../src/index.js'

let server: EmbeddedServer | null = null

afterEach(async () => {
  await server?.close()
  server = null
})

test('a server in this process takes a free port and answers without a socket', async () => {
  server = await createServer({ port: 0 })
  expect(server.port).toBeGreaterThan(0)
  expect(await server.call('SET', 'k', 'v')).toBe('OK')
  expect(await server.call('GET', 'k')).toBe('v')
  expect(await server.call('HSET', 'h', 'f', 1)).toBe(1)
  expect(await server.call('HGETALL', 'h')).toEqual(new Map([['f', '1']]))
  expect(await server.callWith({ buffers: true }, 'GET', 'k')).toEqual(Buffer.from('v'))
})

test('an error reply rejects with its words and its code', async () => {
  server = await createServer({ port: 0 })
  await server.call('SET', 'k', 'v')
  const failed = server.call('HGET', 'k', 'f')
  await expect(failed).rejects.toBeInstanceOf(CommandError)
  await expect(failed).rejects.toMatchObject({
    code: 'WRONGTYPE',
    message: 'WRONGTYPE Operation against a key holding the wrong kind of value',
  })
})

test('a log need not have a method for each level', async () => {
  const warnings: string[] = []
  const store = { fetch: () => Promise.reject(new Error('no route to host')) }
  server = await createServer({
    port: 0,
    origins: [{ name: 'users', pattern: 'user:*', store }],
    log: { warning: (text) => void warnings.push(text) },
  })
  await expect(server.call('GET', 'user:1')).rejects.toMatchObject({ code: 'ORIGINDOWN' })
  expect(warnings).toEqual([expect.stringMatching(/^origin 'users' fails/)])
})

test('calls do not share what one of them selects', async () => {
  server = await createServer({ port: 0 })
  await server.call('SELECT', 3)
  await server.call('SET', 'k', 'v')
  expect(await server.call('DBSIZE')).toBe(1)
  await server.call('SELECT', 0)
})

test('options are directives in camel case; a wrong one is named', async () => {
  server = await createServer({ port: 0, maxclients: 5, protoMaxBulkLen: '2mb' })
  expect(await server.call('CONFIG', 'GET', 'proto-max-bulk-len')).toEqual(new Map([['proto-max-bulk-len', '2097152']]))
  await expect(createServer({ port: 0, noSuchThing: 1 } as never)).rejects.toThrow(/noSuchThing/)
  await expect(createServer({ port: 0, origins: 'file:x' } as never)).rejects.toThrow("'origins' is a list of origins")
  await expect(createServer({ port: 0, origins: [null] } as never)).rejects.toThrow(/^an origin is an object/)
  await expect(createServer({ port: 0, maxclients: 'many' })).rejects.toThrow(/maxclients/)
})

test('a dictionary is an origin, and a change of it is seen by the next read', async () => {
  const users: Record<string, UserValue> = { 'user:1': { name: 'Ada' }, 'user:2': 'plain text' }
  server = await createServer({
    port: 0,
    origins: [{ name: 'users', pattern: 'user:*', store: dictionaryStore(users), validate: 'always' }],
  })
  expect(await server.call('GET', 'user:1')).toBe('{"name":"Ada"}')
  expect(await server.call('GET', 'user:2')).toBe('plain text')
  expect(await server.call('GET', 'user:3')).toBe(null)
  users['user:1'] = { name: 'Grace' }
  delete users['user:2']
  expect(await server.call('MGET', 'user:1', 'user:2', 'other')).toEqual(['{"name":"Grace"}', null, null])
})

test('an origin of its own making is asked with a signal, once for a herd', async () => {
  let asked = 0
  let answer = (_value: string): void => {}
  const value = new Promise<string>((resolve) => (answer = resolve))
  const fetch = (_key: string, { signal }: { signal: AbortSignal }): Promise<string> => {
    asked++
    expect(signal.aborted).toBe(false)
    return value
  }
  server = await createServer({ port: 0, origins: [{ name: 'o', pattern: '*', store: { fetch }, validate: 'always' }] })
  const reads = Array.from({ length: 1000 }, () => server!.call('GET', 'hot'))
  await new Promise((resolve) => setImmediate(resolve))
  answer('one answer')
  expect(new Set(await Promise.all(reads))).toEqual(new Set(['one answer']))
  expect(asked).toBe(1)
})

test('a bad origin is one clear error', async () => {
  await expect(
    createServer({ port: 0, origins: [{ name: 'o', pattern: 'a:*', url: 'ftp://x', validate: '5s' }] }),
  ).rejects.toThrow(/origin 'o'.*file:, .* or module:/)
})

test('closing answers what was read, closes connections, frees the port, and can be asked twice', async () => {
  const started = await createServer({ port: 0 })
  const socket = net.connect(started.port, '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  let received = ''
  socket.on('data', (data) => (received += data.toString()))
  socket.write('PING\r\n')
  await new Promise((resolve) => socket.once('data', resolve))
  const ended = new Promise((resolve) => socket.once('end', resolve))
  await Promise.all([started.close(), started.close()])
  await ended
  await started.closed
  expect(received).toBe('+PONG\r\n')
  const again = await createServer({ port: started.port })
  expect(again.port).toBe(started.port)
  await again.close()
})

test('a call that waits when the server is closed is told so', async () => {
  const closing = await createServer({ port: 0 })
  await closing.call('CLIENT', 'PAUSE', 100_000)
  const waiting = closing.call('GET', 'k')
  const told = expect(waiting).rejects.toThrow('the server was closed before it could answer')
  await closing.close()
  await told
})

test('a port in use rejects with the system error', async () => {
  server = await createServer({ port: 0 })
  await expect(createServer({ port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

test('a folder and a module are origins of a program; a client may name the folder, never the module', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'origin-'))
  const module = 'module:./examples/host-facts.mjs#{1}'
  try {
    await writeFile(join(folder, '1.txt'), 'one')
    await writeFile(join(folder, '2'), 'two')
    server = await createServer({
      port: 0,
      origins: [
        { name: 'pages', pattern: 'page:*', url: `dir:${folder}/{1}.txt` },
        { name: 'host', pattern: 'host:*', url: module, as: 'hash' },
      ],
    })
    expect(await server.call('MGET', 'page:1', 'page:2', 'page:../1')).toEqual(['one', null, null])
    expect(await server.call('HGET', 'host:system', 'hostname')).toBe(hostname())
    expect(await server.call('EXISTS', 'host:nothing')).toBe(0)
    expect(await server.call('ORIGIN', 'ADD', 'notes', 'note:*', `dir:${folder}`)).toBe('OK')
    expect(await server.call('GET', 'note:2')).toBe('two')
    await expect(server.call('ORIGIN', 'ADD', 'm', 'm:*', module)).rejects.toThrow(
      "origin 'm': module: origins run code in the server, so only its configuration may name one",
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
