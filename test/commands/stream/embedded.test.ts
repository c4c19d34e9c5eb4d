import { createServer, type EmbeddedServer } from '../../../src/index.js'

let server: EmbeddedServer

beforeEach(async () => {
  server = await createServer({ port: 0 })
})

afterEach(() => server.close())

test('without a socket entries are arrays, and streams read a map', async () => {
  expect(await server.call('XADD', 's', '1-1', 'f', 'v', 'g', 7)).toBe('1-1')
  expect(await server.call('XRANGE', 's', '-', '+')).toEqual([['1-1', ['f', 'v', 'g', '7']]])
  expect(await server.call('XREAD', 'STREAMS', 's', 0)).toEqual(new Map([['s', [['1-1', ['f', 'v', 'g', '7']]]]]))
  expect(await server.call('XREAD', 'STREAMS', 's', '$')).toBeNull()
})

test('a call that waits is answered by the next entry', async () => {
  await server.call('XGROUP', 'CREATE', 's', 'g', '$', 'MKSTREAM')
  const reader = server.call('XREAD', 'BLOCK', 0, 'STREAMS', 's', '$')
  const consumer = server.call('XREADGROUP', 'GROUP', 'g', 'alice', 'BLOCK', 0, 'STREAMS', 's', '>')
  const gone = server.call('XREADGROUP', 'GROUP', 'g', 'bob', 'BLOCK', 0, 'STREAMS', 's', '>')
  await server.call('XADD', 's', '1-1', 'f', 'v')
  const news = new Map([['s', [['1-1', ['f', 'v']]]]])
  expect(await reader).toEqual(news)
  expect(await consumer).toEqual(news)
  const refused = expect(gone).rejects.toMatchObject({ code: 'UNBLOCKED' })
  await server.call('DEL', 's')
  await refused
})
