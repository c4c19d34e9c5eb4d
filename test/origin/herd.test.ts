import { createServer, type EmbeddedServer } from '../../src/server/index.js'
import { pipeline } from './support/pipeline.js'

const connections = 200
const readsEach = 50

/** An origin that keeps its answers back until it is told to give them. */
class Withholding {
  readonly asked: string[] = []
  release = (): void => {}
  readonly #released = new Promise<void>((resolve) => (this.release = resolve))

  readonly store = {
    fetch: async (key: string): Promise<string> => {
      this.asked.push(key)
      await this.#released
      return `value of ${key}`
    },
  }
}

async function waitingReads(server: EmbeddedServer): Promise<number> {
  const figures = (await server.call('ORIGIN', 'INFO', 'users')) as Map<string, number>
  return figures.get('waiting')!
}

test('10,000 reads of one cold key over 200 connections make one request', async () => {
  const origin = new Withholding()
  const server = await createServer({ port: 0, origins: [{ name: 'users', pattern: 'user:*', store: origin.store }] })
  const reply = '$15\r\nvalue of user:1\r\n'
  const replies = Array.from({ length: connections }, () =>
    pipeline(server.port, 'GET user:1\r\n'.repeat(readsEach), reply.length * readsEach),
  )
  while ((await waitingReads(server)) < connections * readsEach) await new Promise((resolve) => setImmediate(resolve))
  expect(origin.asked).toEqual(['user:1'])
  origin.release()
  for (const text of await Promise.all(replies)) expect(text).toBe(reply.repeat(readsEach))
  expect(origin.asked).toEqual(['user:1'])
  expect(await waitingReads(server)).toBe(0)
  await server.close()
})

test('while they wait, a connection that touches no such key notices nothing', async () => {
  const origin = new Withholding()
  const server = await createServer({ port: 0, origins: [{ name: 'users', pattern: 'user:*', store: origin.store }] })
  const waiting = pipeline(server.port, 'SET a 1\r\nGET user:1\r\nGET a\r\n', 34)
  while ((await waitingReads(server)) < 1) await new Promise((resolve) => setImmediate(resolve))
  expect(await server.call('GET', 'a')).toBe('1')
  origin.release()
  expect(await waiting).toBe('+OK\r\n$15\r\nvalue of user:1\r\n$1\r\n1\r\n')
  await server.close()
})

test('a refused read is over: the next one of the same connection asks for itself', async () => {
  let down = true
  const asked: string[] = []
  const fetch = async (key: string): Promise<string> => {
    asked.push(key)
    if (down) throw new Error('down')
    return 'v'
  }
  const server = await createServer({ port: 0, origins: [{ name: 'users', pattern: 'user:*', store: { fetch } }] })
  await expect(server.call('GET', 'user:1')).rejects.toThrow(/^ORIGINDOWN .*'user:1'/)
  await expect(server.call('GET', 'user:2')).rejects.toThrow(/^ORIGINDOWN .*'user:2'/)
  down = false
  expect(await server.call('GET', 'user:1')).toBe('v')
  expect(asked).toEqual(['user:1', 'user:2', 'user:1'])
  await server.close()
})

test('replies keep their order when a reply comes later and reads behind it are settled before', async () => {
  const first = new Withholding()
  const server = await createServer({
    port: 0,
    origins: [
      { name: 'users', pattern: 'user:*', store: first.store },
      { name: 'quick', pattern: 'quick:*', store: { fetch: async () => 'q' } },
    ],
  })
  const requests = 'GET quick:1\r\nORIGIN VALIDATE user:1\r\nGET quick:2\r\nGET quick:1\r\n'
  const text = pipeline(server.port, requests, 29)
  while ((await waitingReads(server)) < 1) await new Promise((resolve) => setImmediate(resolve))
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
  first.release()
  expect(await text).toBe('$1\r\nq\r\n+found\r\n$1\r\nq\r\n$1\r\nq\r\n')
  await server.close()
})
