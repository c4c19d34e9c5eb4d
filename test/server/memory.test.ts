import { createServer, type EmbeddedServer } from '../../src/index.js'
import { RawConnection } from '../support/raw-connection.js'

let server: EmbeddedServer

afterEach(() => server.close())

const usedMemory = async (): Promise<number> =>
  Number(/used_memory:(\d+)/.exec((await server.call('INFO', 'memory')) as string)![1])

test('used_memory counts what clients have sent and not yet had executed, and gives it back', async () => {
  server = await createServer({ port: 0 })
  const client = await RawConnection.open(server.port)
  const before = await usedMemory()
  client.send(`*2\r\n$3\r\nGET\r\n$4000000\r\n${'x'.repeat(3_000_000)}`)
  while ((await usedMemory()) - before < 3_000_000) await new Promise((resolve) => setImmediate(resolve))
  client.send(`${'x'.repeat(1_000_000)}\r\n`)
  await client.read(1)
  while ((await usedMemory()) - before > 100_000) await new Promise((resolve) => setImmediate(resolve))
  client.destroy()
})
