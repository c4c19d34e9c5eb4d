import { randomInt } from 'node:crypto'
import { modes, runHistory, type HistoryOptions } from './run.js'

/** A seed that differs from run to run and is printed, beside those that stay. */
const freshSeed = randomInt(1_000_000)

describe(`replies against the origin's history, seed ${freshSeed}`, () => {
  test.each(modes)('%s: every reply was held by its origin when it promised', async (mode) => {
    const totals = { reads: 0, errors: 0, void: 0, passing: 0, notModified: 0 }
    for (const seed of [1, 2, 3, 4, 5, 6, 7, freshSeed]) {
      const verdict = await runHistory({ seed, mode, steps: 600 })
      expect(verdict.violations).toEqual([])
      for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += verdict[name]
    }
    // it went where it is dangerous, and was not refused all the way
    expect(totals.reads).toBeGreaterThan(2000)
    expect(totals.errors / totals.reads).toBeLessThan(0.4)
    expect(totals.void).toBeGreaterThan(100)
    expect(totals.passing).toBeGreaterThan(20)
    expect(totals.notModified).toBeGreaterThan(50)
  })

  test.each(modes)('%s, with writes through: the same', async (mode) => {
    const totals = { reads: 0, errors: 0, void: 0, writes: 0 }
    for (const seed of [11, 12, 13, 14, freshSeed]) {
      const verdict = await runHistory({ seed, mode, steps: 600, write: 'through' })
      expect(verdict.violations).toEqual([])
      for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += verdict[name]
    }
    expect(totals.reads).toBeGreaterThan(1000)
    expect(totals.errors / totals.reads).toBeLessThan(0.4)
    expect(totals.writes).toBeGreaterThan(300)
  })

  test.each(modes)('%s, with two followers that are read as well: the same', async (mode) => {
    const totals = { reads: 0, followerReads: 0, errors: 0, primaryAsks: 0, primaryWaits: 0 }
    for (const seed of [21, 22, 24, 1015, freshSeed]) {
      const verdict = await runHistory({ seed, mode, steps: 600, followers: 2, isChain: seed % 2 === 0 })
      expect(verdict.violations).toEqual([])
      for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += verdict[name]
    }
    expect(totals.followerReads).toBeGreaterThan(300)
    expect(totals.errors / totals.reads).toBeLessThan(0.4)
    expect(totals.primaryAsks).toBeGreaterThan(150)
    expect(totals.primaryWaits).toBeGreaterThan(30)
  })

  test.each(modes)('%s, with followers and stale-if-error: no older than that permits', async (mode) => {
    const totals = { reads: 0, followerReads: 0, stale: 0, followerStale: 0 }
    for (const seed of [31, 32, 33, 34, 35, 36, 37, 38, freshSeed]) {
      const options = { write: 'through', followers: 2, isChain: seed % 2 === 0, staleIfErrorMs: 100 } as const
      const verdict = await runHistory({ seed, mode, steps: 600, ...options })
      expect(verdict.violations).toEqual([])
      for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += verdict[name]
    }
    expect(totals.followerReads).toBeGreaterThan(300)
    expect(totals.stale).toBeGreaterThan(10)
    expect(totals.followerStale).toBeGreaterThan(10)
  })
})

export type { HistoryOptions }
