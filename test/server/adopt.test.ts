import net from 'node:net'
import { adoptSocket, useDataEvents } from '../../src/server/adopt.js'

/** Sends `bytes` in pieces through a real socket; what the two ways of reading it gather. */
async function received(adopt: typeof adoptSocket, bytes: Buffer, bufferBytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bufferBytes)
  const parts: Buffer[] = []
  let ended = (): void => {}
  const end = new Promise<void>((resolve) => (ended = resolve))
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }, (accepted) => {
    const socket = adopt(accepted, buffer, (length) => parts.push(Buffer.from(buffer.subarray(0, length))))
    socket.on('end', () => {
      socket.end('bye')
      ended()
    })
    socket.resume()
    socket.read(0)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1')
  let answer = ''
  client.on('data', (data) => (answer += data.toString()))
  for (let at = 0; at < bytes.length; at += 1000) client.write(bytes.subarray(at, at + 1000))
  client.end()
  await end
  await new Promise((resolve) => client.once('close', resolve))
  // closes only when no connection is counted any more
  await new Promise((resolve) => server.close(resolve))
  expect(answer).toBe('bye')
  return Buffer.concat(parts)
}

const bytes = Buffer.from(Array.from({ length: 50_000 }, (_, i) => i % 251))

test.each<[string, typeof adoptSocket]>([
  ['its handle moved', adoptSocket],
  ['data events', useDataEvents],
])('a socket is read whole into the shared buffer, by %s', async (_name, adopt) => {
  for (const size of [100, 16_384]) expect((await received(adopt, bytes, size)).equals(bytes)).toBe(true)
})

test('a socket without a handle to move is used as it came', () => {
  const buffer = Buffer.alloc(4)
  const parts: string[] = []
  const socket = new net.Socket()
  expect(adoptSocket(socket, buffer, (length) => parts.push(buffer.toString('latin1', 0, length)))).toBe(socket)
  socket.emit('data', Buffer.from('more than fits'))
  expect(parts.join('')).toBe('more than fits')
})
