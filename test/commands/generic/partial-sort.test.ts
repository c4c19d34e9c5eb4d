import { expect, test } from '@jest/globals'
import { SeededRandom } from '../../../src/base/index.js'
import { partialSort } from '../../../src/commands/generic/partial-sort.js'

test.each([0, 1, 2, 6, 7, 8, 40, 41, 100, 3000])('of %i elements any part is as if all were sorted', (count) => {
  const random = new SeededRandom(count)
  for (let round = 0; round < 30; round++) {
    const kinds = 1 + random.below(round % 2 === 0 ? 5 : 10_000)
    const keys = Int32Array.from({ length: count }, () => random.below(kinds))
    const items = Int32Array.from({ length: count }, (_, i) => i)
    const from = random.below(count)
    const to = Math.min(count - 1, from + random.below(count))
    partialSort(items, (a, b) => keys[a] - keys[b], from, to)
    const expected = keys.slice().sort()
    for (let i = from; i <= to; i++) expect(keys[items[i]]).toBe(expected[i])
    expect(items.slice().sort()).toEqual(Int32Array.from({ length: count }, (_, i) => i)) // none is lost
  }
})

test('elements that are sorted already, or the other way round, take no longer', () => {
  for (const direction of [1, -1]) {
    let comparisons = 0
    const items = Int32Array.from({ length: 10_000 }, (_, i) => i * direction)
    partialSort(items, (a, b) => (comparisons++, a - b), 0, 9_999)
    expect(items).toEqual(items.slice().sort())
    expect(comparisons).toBeLessThan(300_000)
  }
})
