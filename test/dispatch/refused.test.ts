import { ManualClock, OutOfMemory } from '../../src/base/index.js'
import type { ReplyError } from '../../src/base/index.js'
import { allCommands } from '../../src/commands/index.js'
import { DispatchBench } from '../origin/support/dispatch-bench.js'

/*
 * A connection's requests are numbered, and what is asked ahead for one is found again by its number: a request that is
 * refused counts as any other.
 */

/** Origin of `b:*`: keys with `bad` in their name are refused, the others hold their own name. */
function setup() {
  const asked: string[] = []
  const deferred: (() => void)[] = []
  const clock = new ManualClock()
  const bench = new DispatchBench({ commands: allCommands, clock, defer: (job) => void deferred.push(job) })
  const fetch = (key: string): Promise<string | null> => {
    asked.push(key)
    return key.includes('bad') ? Promise.reject(new Error('no')) : Promise.resolve(`value of ${key}`)
  }
  bench.bindOrigin({ name: 'o', pattern: 'b:*', store: { fetch }, validate: 'always' })
  /** Lets everything happen that can, in a bounded number of turns. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) {
      for (const job of deferred.splice(0)) job()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { bench, asked, settle }
}

const text = (reply: unknown): string => (typeof reply === 'string' ? reply : ((reply as ReplyError)?.prefix ?? 'null'))

test('the refusal of one read is not that of the next', async () => {
  const { bench, settle } = setup()
  const client = bench.client()
  client.request(['GET', 'b:bad'])
  await settle()
  client.request(['GET', 'b:good'])
  await settle()
  expect(client.replies.map(text)).toEqual(['ORIGINDOWN', 'value of b:good'])
})

test.each([
  ['wrong arity', ['GET'], 'ERR'],
  ['a write that its route forbids', ['SET', 'b:1', 'x'], 'ORIGINREADONLY'],
  ['a refused read', ['GET', 'b:bad'], 'ORIGINDOWN'],
])('requests asked ahead behind %s find their answers', async (_title, refused, prefix) => {
  const { bench, asked, settle } = setup()
  const client = bench.client()
  client.request(['GET', 'b:first'], refused, ['GET', 'b:second'], ['GET', 'b:bad2'], ['GET', 'b:third'])
  await settle()
  const values = ['value of b:first', prefix, 'value of b:second', 'ORIGINDOWN', 'value of b:third']
  expect(client.replies.map(text)).toEqual(values)
  expect(asked.length).toBe(new Set(asked).size) // each once
  expect(bench.dispatcher.settlingClients).toBe(0) // and nothing is kept of them
})

test('a value that finds no memory is served in passing; where even that has no room the call is refused', async () => {
  const { bench, settle } = setup()
  const { arena } = bench.keyspace
  const { allocate } = arena
  let failures = 0
  arena.allocate = (bytes) => {
    if (failures-- > 0) throw new OutOfMemory('no more')
    return allocate.call(arena, bytes)
  }
  const client = bench.client()
  const get = async (some: number): Promise<string> => {
    client.request(['GET', 'b:1'])
    failures = some
    await settle()
    failures = 0
    return text(client.replies.pop())
  }
  expect(await get(1)).toBe('value of b:1')
  expect(bench.keyspace.databases[0].size).toBe(0)
  expect(await get(1000)).toBe('OOM')
  expect(await get(0)).toBe('value of b:1')
  expect(bench.bugs).toEqual([])
})
