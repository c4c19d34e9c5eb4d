import { Arrivals } from '../../src/server/arrivals.js'

test('a byte came with the chunk that it lies in', () => {
  const arrivals = new Arrivals()
  arrivals.note(10, 1)
  arrivals.note(30, 2)
  arrivals.note(31, 3)
  expect([1, 10, 11, 30, 31].map((position) => arrivals.of(position, -1))).toEqual([1, 1, 2, 2, 3])
  expect(arrivals.of(32, -1)).toBe(-1)
})

test('what was executed is forgotten, so that a stream without end keeps no more than what waits', () => {
  const arrivals = new Arrivals()
  for (let chunk = 1; chunk <= 10_000; chunk++) {
    arrivals.note(chunk * 100, chunk)
    arrivals.forget(chunk * 100 - 150) // always a request and a half behind
    expect(arrivals.size).toBeLessThanOrEqual(2)
    expect(arrivals.of(chunk * 100, -1)).toBe(chunk)
  }
  arrivals.forget(1_000_000)
  expect(arrivals.size).toBe(0)
})
