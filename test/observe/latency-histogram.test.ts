import { LatencyHistogram, Statistics, cumulativeCounts } from '../../src/observe/index.js'

test('short durations are exact', () => {
  const histogram = new LatencyHistogram()
  for (let micros = 1; micros <= 100; micros++) histogram.add(micros)
  expect([1, 50, 99, 99.9, 100].map((percent) => histogram.percentile(percent))).toEqual([1, 50, 99, 100, 100])
  expect(histogram.count).toBe(100)
})

test('long ones are the largest of their bucket, at most a 64th too large', () => {
  for (let micros = 100; micros < 2 ** 30; micros = Math.ceil(micros * 1.37)) {
    const histogram = new LatencyHistogram()
    histogram.add(micros)
    const shown = histogram.percentile(50)
    expect(shown).toBeGreaterThanOrEqual(micros)
    expect(shown - micros).toBeLessThanOrEqual(micros / 64)
  }
})

test('every bucket begins where the one before it ends', () => {
  const histogram = new LatencyHistogram()
  histogram.add(127)
  histogram.add(128)
  expect(histogram.percentile(50)).toBe(127)
  expect(histogram.percentile(100)).toBe(129)
  histogram.add(255)
  histogram.add(256)
  expect(histogram.percentile(75)).toBe(255)
  expect(histogram.percentile(100)).toBe(259)
})

test('nothing is 0, and what is longer than a quarter of an hour counts as that', () => {
  const histogram = new LatencyHistogram()
  expect(histogram.percentile(50)).toBe(0)
  histogram.add(2 ** 40)
  expect(histogram.percentile(50)).toBe(2 ** 30 - 1)
  histogram.add(-1)
  expect(histogram.percentile(1)).toBe(0)
})

test('what is counted up to a duration includes it', () => {
  const histogram = new LatencyHistogram()
  for (const micros of [0, 1, 127, 128, 5000]) histogram.add(micros)
  expect([0, 1, 126, 127, 129, 4000, 2 ** 40].map((micros) => histogram.countUpTo(micros))).toEqual([
    1, 2, 2, 3, 4, 4, 5,
  ])
})

test('cumulative counts stand at Redis’s levels, those that add nothing left out', () => {
  const histogram = new LatencyHistogram()
  for (const micros of [10_100, 20_100, 30_100, 50_100, 50_200]) histogram.add(micros)
  expect(cumulativeCounts(histogram, { micros: 0, count: 0 })).toEqual([
    [16_908, 1],
    [33_816, 3],
    [67_633, 5],
  ])
  expect(cumulativeCounts(undefined, { micros: 3.2, count: 7 })).toEqual([[4, 7]])
  expect(cumulativeCounts(undefined, { micros: 0, count: 0 })).toEqual([])
})

test('more than a second is all one', () => {
  const histogram = new LatencyHistogram()
  for (const micros of [1, 600_000, 5_000_000]) histogram.add(micros)
  expect(cumulativeCounts(histogram, { micros: 0, count: 0 })).toEqual([
    [1, 1],
    [1_073_741, 3],
  ])
})

test('calls that were not timed count with the mean of their kind, unless nothing is tracked', () => {
  const statistics = new Statistics()
  statistics.calls[7] = 12
  statistics.untimedCalls = 100
  statistics.untimedMicros = 600
  statistics.time(7, 40)
  statistics.time(7, 2)
  expect(statistics.distribution(7)).toEqual([
    [2, 1],
    [8, 11],
    [66, 12],
  ])
  statistics.tracksLatency = false
  expect(statistics.distribution(7)).toEqual([
    [2, 1],
    [66, 2],
  ])
  expect(statistics.distribution(8)).toEqual([])
})
