import { RawConnection } from '../support/raw-connection.js'
import { startServer, type RunningServer } from '../support/servers.js'

let server: RunningServer

beforeEach(async () => {
  server = await startServer('truedis')
})
afterEach(() => server.stop())

test.each([
  ['SIGABRT', 6, () => process.kill(server.pid, 'SIGABRT')],
  [
    'DEBUG SEGFAULT',
    11,
    async () => {
      const connection = await RawConnection.open(server.port)
      connection.send('DEBUG SEGFAULT\r\n')
    },
  ],
])('a server that ends by %s has told of itself before', async (_name, signal, crash) => {
  await crash()
  expect(await server.exited).toBeNull() // by a signal
  const output = server.output()
  expect(output).toMatch(new RegExp(`crashed by signal: ${signal} `))
  expect(output).toMatch(/process_id:\d+/)
  expect(output).toContain('BUG REPORT END')
})
