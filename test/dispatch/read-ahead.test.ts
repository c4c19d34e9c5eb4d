import { ManualClock } from '../../src/base/index.js'
import { allCommands } from '../../src/commands/index.js'
import { DispatchBench } from '../origin/support/dispatch-bench.js'

const maxInFlight = 4
const reads = 1000
/** Reads that wait at once at most: those that are away, the backlog and the one that made it one. */
const waitingMax = maxInFlight + 64 + 2

const key = (i: number): string => `b:${i}`

/** Origin of `b:*`, asked key by key, which answers with the key when the test says so. */
function setup() {
  const away: { key: string; answer: () => void }[] = []
  const deferred: (() => void)[] = []
  const bench = new DispatchBench({
    commands: allCommands,
    clock: new ManualClock(),
    defer: (job) => void deferred.push(job),
  })
  const asked: string[] = []
  const fetch = (asks: string): Promise<string> => {
    asked.push(asks)
    return new Promise((resolve) => away.push({ key: asks, answer: () => resolve(asks) }))
  }
  bench.bindOrigin({ name: 'o', pattern: 'b:*', store: { fetch }, validate: 'always', maxInFlight })
  const turn = async (): Promise<void> => {
    for (const job of deferred.splice(0)) job()
    await new Promise((resolve) => setImmediate(resolve))
    for (const job of deferred.splice(0)) job()
  }
  const { resolver } = bench.origins
  const [route] = resolver.routes.all
  return { bench, asked, away, turn, waiting: () => resolver.load(route).waiting }
}

test('a long pipeline is asked for as its origin goes, each key once, and replied in order', async () => {
  const { bench, asked, away, turn, waiting } = setup()
  const client = bench.client()
  client.request(...Array.from({ length: reads }, (_, i) => ['GET', key(i)]))
  let most = 0
  for (let rounds = 0; client.replies.length < reads && rounds < reads * 2; rounds++) {
    await turn()
    expect(away.length).toBeLessThanOrEqual(maxInFlight)
    most = Math.max(most, waiting())
    away.splice(rounds % away.length, 1)[0].answer() // not in their order
    await turn()
  }
  expect(client.replies).toEqual(Array.from({ length: reads }, (_, i) => key(i)))
  expect(asked).toHaveLength(reads)
  expect(most).toBeLessThanOrEqual(waitingMax)
  expect(most).toBeGreaterThan(64)
  expect(bench.dispatcher.settlingClients).toBe(0)
})

test('many reads of one key that is asked for are no backlog', async () => {
  const { bench, asked, away, turn, waiting } = setup()
  const client = bench.client()
  client.request(...Array.from({ length: reads }, () => ['GET', key(1)]))
  await turn()
  expect([asked.length, waiting()]).toEqual([1, reads])
  away[0].answer()
  await turn()
  expect(client.replies).toEqual(Array(reads).fill(key(1)))
})
