import { ManualClock, SeededRandom } from '../../src/base/index.js'
import { allCommands } from '../../src/commands/index.js'
import { DispatchBench } from '../origin/support/dispatch-bench.js'

test('beyond 16 GiB references are negative, and as good as others', () => {
  const clock = new ManualClock()
  const bench = new DispatchBench({ commands: allCommands, clock })
  const { arena } = bench.keyspace
  // 16 GiB that nobody writes to, so that the system does not really give them
  while (arena.allocate(1 << 20) > 0);
  const client = bench.client()
  const call = (...words: string[]): unknown => (client.request(words), client.replies.pop())
  bench.bindOrigin({ name: 'o', pattern: 'nothing', store: { fetch: () => null }, validate: 'always' })
  const random = new SeededRandom(7)
  const model = new Map<string, string | Map<string, string>>()
  for (let round = 0; round < 40_000; round++) {
    const key = `k${random.below(random.below(2) === 0 ? 50 : 9000)}`
    const value = 'v'.repeat(random.below(random.below(100) === 0 ? 80_000 : 60))
    const held = model.get(key)
    switch (random.below(5)) {
      case 0:
        call('DEL', key)
        model.delete(key)
        break
      case 1: {
        const field = `f${random.below(700)}`
        if (typeof held === 'string') break
        call('HSET', key, field, value)
        model.set(key, (held ?? new Map<string, string>()).set(field, value))
        break
      }
      case 2:
        if (held === undefined || held instanceof Map) break
        call('PEXPIRE', key, '100000')
        call('APPEND', key, 'x')
        model.set(key, `${held}x`)
        break
      default:
        call('SET', key, value)
        model.set(key, value)
    }
  }
  expect(bench.bugs).toEqual([])
  const found = new Map((call('KEYS', '*') as string[]).map((key) => [key, null]))
  expect(found.size).toBe(model.size)
  let wrong = 0
  for (const [key, held] of model) {
    if (typeof held === 'string') {
      if (call('GET', key) !== held) wrong++
    } else {
      for (const [field, value] of held) if (call('HGET', key, field) !== value) wrong++
      if (call('HLEN', key) !== held.size) wrong++
    }
  }
  expect(wrong).toBe(0)
})
