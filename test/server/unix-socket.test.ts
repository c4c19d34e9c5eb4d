import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, existsSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { createServer } from '../../src/index.js'

const folder = mkdtempSync(join(tmpdir(), 'truedis-socket-'))
const path = join(folder, 'redis.sock')

afterEach(() => rmSync(path, { force: true }))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Sends one line and reads the first answer. */
function ask(line: string): Promise<string> {
  const socket = net.connect(path)
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('data', (data) => {
      socket.destroy()
      resolve(data.toString())
    })
    socket.write(line)
  })
}

test('a unix socket has the permissions asked for, serves, and is gone in the end', async () => {
  const server = await createServer({ port: 0, unixsocket: path, unixsocketperm: '700' })
  expect(statSync(path).mode & 0o777).toBe(0o700)
  expect(await ask('PING\r\n')).toBe('+PONG\r\n')
  await server.close()
  expect(existsSync(path)).toBe(false)
})

test('the socket of a server that died is taken over', async () => {
  // listens, and ends without taking its socket away
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', program])
  expect(statSync(path).isSocket()).toBe(true)
  const server = await createServer({ port: 0, unixsocket: path })
  expect(await ask('PING\r\n')).toBe('+PONG\r\n')
  await server.close()
})

test('neither a living server nor a file of another kind is pushed aside', async () => {
  const server = await createServer({ port: 0, unixsocket: path })
  await expect(createServer({ port: 0, unixsocket: path })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  expect(await ask('PING\r\n')).toBe('+PONG\r\n')
  await server.close()
  writeFileSync(path, 'precious')
  await expect(createServer({ port: 0, unixsocket: path })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  expect(readFileSync(path, 'utf8')).toBe('precious')
})

test('a server that cannot listen on its unix socket does not go on listening on its port', async () => {
  const { port, close } = await createServer({ port: 0 })
  await close()
  writeFileSync(path, '')
  await expect(createServer({ port, unixsocket: path })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  const server = await createServer({ port })
  await server.close()
})
