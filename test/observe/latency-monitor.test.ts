import { ManualClock } from '../../src/base/index.js'
import { LatencyMonitor, type LatencyEvent } from '../../src/observe/index.js'

let clock: ManualClock
let monitor: LatencyMonitor

beforeEach(() => {
  clock = new ManualClock(1_000_000_000)
  monitor = new LatencyMonitor(clock)
  monitor.thresholdMs = 10
})

/** Notes durations of an event, some seconds apart. */
function spikes(event: LatencyEvent, everySeconds: number, ...durations: readonly number[]): void {
  for (const ms of durations) {
    monitor.note(event, ms)
    clock.advance(everySeconds * 1000)
  }
}

test('nothing is kept without a threshold, nor below it', () => {
  monitor.note('command', 9.9)
  monitor.thresholdMs = 0
  monitor.note('command', 1000)
  expect(monitor.events).toEqual([])
  expect(monitor.latest()).toEqual([])
  expect(monitor.history('command')).toEqual([])
  expect(monitor.figures('command')).toBeUndefined()
  expect(monitor.graph('command')).toBeUndefined()
})

test('of each second the longest is kept, in whole milliseconds', () => {
  spikes('command', 0, 20.7, 30.2, 10)
  spikes('command', 1, 15)
  spikes('command', 1, 12)
  expect(monitor.history('command')).toEqual([
    { unixSeconds: 1_000_000, ms: 30 },
    { unixSeconds: 1_000_001, ms: 12 },
  ])
  spikes('expire-cycle', 1, 11)
  expect(monitor.latest()).toEqual([
    { event: 'command', last: { unixSeconds: 1_000_001, ms: 12 }, longest: 30 },
    { event: 'expire-cycle', last: { unixSeconds: 1_000_002, ms: 11 }, longest: 11 },
  ])
})

test('the last 160 seconds with a spike are kept, the longest of all times too', () => {
  spikes('command', 1, 500, ...new Array<number>(160).fill(20))
  expect(monitor.history('command')).toHaveLength(160)
  expect(monitor.history('command')[0].unixSeconds).toBe(1_000_001)
  expect(monitor.figures('command')).toEqual({ count: 160, mean: 20, deviation: 0, periodSeconds: 160, longest: 500 })
})

test('figures are those that redis-server prints for the same spikes', () => {
  spikes('command', 1, 10, 50, 30)
  clock.advance(1000)
  spikes('command', 1, 20, 50)
  expect(monitor.figures('command')).toMatchObject({ count: 5, mean: 32, deviation: 14, periodSeconds: 6, longest: 50 })
})

test('an event is forgotten by its name in any case, all without one', () => {
  spikes('command', 1, 20)
  spikes('fast-command', 1, 20)
  expect(monitor.reset('other')).toBe(0)
  expect(monitor.reset('Fast-Command')).toBe(1)
  expect(monitor.events).toEqual(['command'])
  spikes('expire-cycle', 1, 20)
  expect(monitor.reset()).toBe(2)
  expect(monitor.reset()).toBe(0)
})

test('the graph is the one that redis-server draws for the same spikes', () => {
  spikes('command', 1, 10, 50, 30)
  clock.advance(1000)
  spikes('command', 1, 20, 50)
  expect(monitor.graph('command')).toBe(
    [
      'command - high 50 ms, low 10 ms (all time high 50 ms)',
      '-'.repeat(80),
      ' #  #',
      ' |_ |',
      ' ||_|',
      '_||||',
      '     ',
      '65421',
      'sssss',
      '',
    ].join('\n'),
  )
})

test('a wide graph goes on below, each part with its labels', () => {
  spikes('command', 1, ...Array.from({ length: 81 }, (_, i) => 10 + i))
  clock.advance(3600_000)
  const lines = monitor.graph('command')!.split('\n')
  expect(lines[0]).toBe('command - high 90 ms, low 10 ms (all time high 90 ms)')
  expect(lines.slice(7, 9)).toEqual(['1'.repeat(80), 'h'.repeat(80)])
  expect(lines.slice(10)).toEqual(['#', '|', '|', '|', ' ', '1', 'h', ''])
})

test.each([
  [59, '59s'],
  [60, '1m'],
  [3599, '59m'],
  [3600, '1h'],
  [86_399, '23h'],
  [86_400, '1d'],
])('%i seconds ago is %s', (seconds, label) => {
  monitor.note('command', 20)
  clock.advance(seconds * 1000)
  const labels = monitor
    .graph('command')!
    .split('\n')
    .slice(7, 7 + label.length)
  expect(labels.join('')).toBe(label)
})
