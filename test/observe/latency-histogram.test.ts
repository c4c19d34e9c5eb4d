import { LatencyHistogram } from '../../src/observe/index.js'

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
