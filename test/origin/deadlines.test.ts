import { ManualClock, type Timer } from '../../src/base/index.js'
import { Deadlines } from '../../src/origin/deadlines.js'

/** Where jobs take time, and each has a loop turn of its own. */
class SlowClock extends ManualClock {
  spentMs = 0
  onTurn = (): void => undefined

  override monotonicMs(): number {
    return super.monotonicMs() + this.spentMs
  }

  override schedule(delayMs: number, job: () => void): Timer {
    return super.schedule(delayMs, () => {
      this.onTurn()
      job()
    })
  }
}

test('what falls due together goes on in later turns when it takes long, in its order, each once', () => {
  const clock = new SlowClock()
  const turns: number[][] = []
  clock.onTurn = () => void turns.push([])
  const deadlines = new Deadlines<number>(clock, 100, (item) => {
    turns.at(-1)!.push(item)
    clock.spentMs += 0.5
    if (item === 5) deadlines.delete(19)
  })
  for (let item = 0; item < 20; item++) deadlines.add(item, 0)
  clock.advance(100)
  expect(turns.flat()).toEqual(Array.from({ length: 19 }, (_, i) => i))
  expect(Math.max(...turns.map(({ length }) => length))).toBeLessThan(5) // others have their turn
  expect(deadlines.size).toBe(0)
})
