import { Correspondence } from '../../src/base/index.js'

test('the second counter is that of the last place which the first one has reached', () => {
  const counts = new Correspondence(-1, 3)
  counts.reach(100)
  expect(counts.value).toBe(-1)
  expect(counts.lastFirst).toBeNaN()
  counts.note(10, 1)
  counts.note(10, 2)
  counts.note(30, 3)
  counts.note(40, 4) // one too many
  expect(counts.lastFirst).toBe(30)
  counts.reach(9)
  expect(counts.value).toBe(-1)
  counts.reach(29)
  expect(counts.value).toBe(2)
  counts.reach(50)
  expect(counts.value).toBe(3)
  counts.note(60, 5)
  counts.clear(0)
  counts.reach(70)
  expect(counts.value).toBe(0)
})
