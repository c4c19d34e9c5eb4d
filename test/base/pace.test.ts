import { ManualClock, Pace } from '../../src/base/index.js'

function paced(micros: number): { clock: ManualClock; pace: Pace; set(micros: number): void } {
  const clock = new ManualClock()
  let delay = micros
  return { clock, pace: new Pace(clock, () => delay), set: (value) => (delay = value) }
}

test('work without a delay never waits', () => {
  const { pace } = paced(0)
  expect(pace.piecesMost).toBe(Infinity)
  pace.did(1_000_000)
  expect(pace.waitMs).toBe(0)
})

test('each piece is waited for, a tenth of a second at a time', () => {
  const { clock, pace } = paced(250_000)
  pace.did(1)
  expect(pace.waitMs).toBe(100)
  clock.advance(200)
  expect(pace.waitMs).toBe(50)
  clock.advance(50)
  expect(pace.waitMs).toBe(0)
  expect(pace.piecesMost).toBe(1)
})

test('what is too short for a timer is owed until it is not', () => {
  const { clock, pace } = paced(100)
  expect(pace.piecesMost).toBe(10)
  pace.did(6)
  expect(pace.waitMs).toBe(0)
  pace.did(6)
  expect(pace.waitMs).toBeCloseTo(1.2)
  clock.advance(2)
  expect(pace.waitMs).toBe(0)
  pace.did(6)
  expect(pace.waitMs).toBe(0)
})

test('below zero stands for one microsecond for so many pieces', () => {
  const { pace } = paced(-50)
  pace.did(100_000)
  expect(pace.waitMs).toBeCloseTo(2)
})

test('a delay that is taken away holds for the wait at hand too', () => {
  const { pace, set } = paced(10_000_000)
  pace.did(5)
  expect(pace.waitMs).toBe(100)
  set(0)
  expect(pace.waitMs).toBe(0)
})
