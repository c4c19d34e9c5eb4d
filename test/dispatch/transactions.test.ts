import { ManualClock, Slice } from '../../src/base/index.js'
import { allCommands } from '../../src/commands/index.js'
import { DispatchBench, type TestClient } from '../origin/support/dispatch-bench.js'

/*
 * Bound keys in transactions: WATCH settles its keys; EXEC settles those of all it is to run, or runs nothing.
 */

interface Held {
  readonly key: string
  answer(value: string | null): void
  fail(): void
}

let bench: DispatchBench
let client: TestClient
let asked: Held[]

beforeEach(() => {
  asked = []
  bench = new DispatchBench({ commands: allCommands, clock: new ManualClock(), defer: queueMicrotask })
  const fetch = (key: string): Promise<string | null> =>
    new Promise((resolve, reject) => {
      asked.push({ key, answer: resolve, fail: () => reject(new Error('down')) })
    })
  bench.bindOrigin({ name: 'users', pattern: 'user:*', store: { fetch }, validate: '1h', staleIfError: 0 })
  client = bench.client()
})

/** Lets what was answered come to pass. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

const request = (...lines: string[]): void => client.request(...lines.map((line) => line.split(' ')))

test('EXEC asks for the keys of all it is to run, each once, in the database where it will run', async () => {
  request('MULTI', 'GET user:1', 'SET plain v', 'MGET user:2 user:1 other', 'SELECT 1', 'GET user:3', 'EXEC')
  await settled()
  expect(client.replies).toHaveLength(6)
  expect(asked.map(({ key }) => key)).toEqual(['user:1', 'user:2'])
  for (const one of asked) one.answer(`value of ${one.key}`)
  await settled()
  expect(client.replies.at(-1)).toEqual([
    'value of user:1',
    'OK',
    ['value of user:2', 'value of user:1', null],
    'OK',
    null,
  ])
})

test('what cannot be settled aborts the transaction: nothing ran', async () => {
  request('MULTI', 'SET plain v', 'GET user:1', 'EXEC', 'EXISTS plain', 'MULTI')
  await settled()
  asked[0].fail()
  await settled()
  expect(String((client.replies[3] as { text: string }).text)).toMatch(
    /^EXECABORT Transaction discarded because of: ORIGINDOWN /,
  )
  expect(client.replies.slice(4)).toEqual([0, 'OK'])
})

test('WATCH settles its keys; what their origin changes afterwards makes EXEC run nothing', async () => {
  request('WATCH user:1')
  await settled()
  asked[0].answer('one')
  await settled()
  bench.origins.resolver.invalidate(0, Slice.from('user:1'))
  request('MULTI', 'GET user:1', 'EXEC')
  await settled()
  asked[1].answer('two')
  await settled()
  expect(client.replies).toEqual(['OK', 'OK', 'QUEUED', null])
})

test('a stale transaction asks nobody', async () => {
  request('WATCH k', 'SET k v', 'MULTI', 'GET user:1', 'EXEC')
  await settled()
  expect(client.replies.at(-1)).toBeNull()
  expect(asked).toEqual([])
})

test('a write that its route forbids is refused when it is queued', async () => {
  request('MULTI', 'SET user:1 v', 'EXEC')
  await settled()
  const [, refused, exec] = client.replies.map((reply) => String((reply as { text?: string }).text))
  expect(refused).toMatch(/^ORIGINREADONLY /)
  expect(exec).toBe('EXECABORT Transaction discarded because of previous errors.')
})

test('requests behind an EXEC that waits are asked for ahead of their turn', async () => {
  request('MULTI', 'GET user:1', 'EXEC', 'GET user:2')
  await settled()
  expect(asked.map(({ key }) => key)).toEqual(['user:1', 'user:2'])
})
