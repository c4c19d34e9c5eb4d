import { formatDuration, parseDuration, SeededRandom } from '../../src/base/index.js'

test.each([
  ['250ms', 250],
  ['5s', 5000],
  ['1.5m', 90_000],
  ['10m', 600_000],
  ['1h', 3_600_000],
  ['1d', 86_400_000],
  ['7', 7000],
  ['0', 0],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each(['', '-1s', '5 s', 's', '1w', '1e3', '1.s', 'NaN', '99999999999d'])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeNull()
})

test('what is written is read back', () => {
  const random = new SeededRandom(3)
  for (let i = 0; i < 1000; i++) {
    const ms = random.below(2) === 0 ? random.below(1e9) : random.below(1000) * 60_000
    expect(parseDuration(formatDuration(ms))).toBe(ms)
  }
  expect(formatDuration(3_600_000)).toBe('1h')
  expect(formatDuration(90_000)).toBe('90s')
})
