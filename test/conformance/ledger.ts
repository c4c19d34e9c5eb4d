import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * How often tests of one name pass in a run of a unit: in Redis 7.0.15 itself, and in Truedis. The suite gives some
 * tests the same name.
 */
export interface Passes {
  readonly inRedis: number
  readonly here: number
}

/** What is known of a unit: the tests that Redis passes, by name. */
export type Ledger = ReadonlyMap<string, Passes>

/** Whether the suite is shown a server that runs already, or starts its servers itself, which opens more of its tests. */
export type Mode = 'external' | 'spawn'

const folders: Readonly<Record<Mode, string>> = {
  external: 'test/conformance/passing',
  spawn: 'test/conformance/passing-spawn',
}
const line = /^(\d+)\/(\d+) (.*)$/

const fileOf = (mode: Mode, unit: string): string => join(folders[mode], `${unit}.txt`)

/** Units that have a ledger, by name. */
export function knownUnits(mode: Mode): string[] {
  return readdirSync(folders[mode], { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.txt'))
    .map((name) => name.slice(0, -'.txt'.length).replaceAll('\\', '/'))
    .sort()
}

export const readLedger = (mode: Mode, unit: string): Ledger => parseLedger(readFileSync(fileOf(mode, unit), 'utf8'))

export function writeLedger(mode: Mode, unit: string, ledger: Ledger): void {
  mkdirSync(dirname(fileOf(mode, unit)), { recursive: true })
  writeFileSync(fileOf(mode, unit), formatLedger(ledger))
}

/** @throws {Error} a line that is none of a ledger's */
export function parseLedger(text: string): Ledger {
  const lines = text.split('\n').filter((each) => each !== '')
  return new Map(
    lines.map((each): [string, Passes] => {
      const [, here, inRedis, name] = line.exec(each) ?? fail(each)
      return [name, { here: Number(here), inRedis: Number(inRedis) }]
    }),
  )
}

export const formatLedger = (ledger: Ledger): string =>
  [...ledger]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, { here, inRedis }]) => `${here}/${inRedis} ${name}\n`)
    .join('')

function fail(text: string): never {
  throw new Error(`not a line of a ledger: ${text}`)
}

/** How a run of a unit stands against its ledger. */
export interface Score {
  /** Tests that Redis passes, those of one name each by itself. */
  readonly wanted: number
  readonly passed: number
  /** Wanted, not passed, and excused. */
  readonly excused: number
  /** Passed according to the ledger, and do not now. */
  readonly lost: readonly string[]
  /** Not passed, neither according to the ledger nor now, and not excused. */
  readonly missing: readonly string[]
  /** Pass now and did not before. */
  readonly gained: readonly string[]
  /** Excused although they pass. */
  readonly needless: readonly string[]
}

/**
 * @param passes how often a test of each name passed in the run
 * @param excused names of the tests that need not pass
 */
export function score(ledger: Ledger, passes: ReadonlyMap<string, number>, excused: ReadonlySet<string>): Score {
  let [wanted, passed, excusedCount] = [0, 0, 0]
  const [lost, missing, gained, needless]: [string[], string[], string[], string[]] = [[], [], [], []]
  for (const [name, { inRedis, here }] of ledger) {
    const now = Math.min(passes.get(name) ?? 0, inRedis)
    wanted += inRedis
    passed += now
    if (excused.has(name)) excusedCount += inRedis - now
    if (now < here) lost.push(name)
    else if (now < inRedis && !excused.has(name)) missing.push(name)
    if (now > here) gained.push(name)
    if (now === inRedis && excused.has(name)) needless.push(name)
  }
  return { wanted, passed, excused: excusedCount, lost, missing, gained, needless }
}

/** The ledger after a run of Truedis. */
export const withPasses = (ledger: Ledger, passes: ReadonlyMap<string, number>): Ledger =>
  new Map([...ledger].map(([name, { inRedis }]) => [name, { inRedis, here: Math.min(passes.get(name) ?? 0, inRedis) }]))

/** The ledger after a run of Redis: what it passes is what is wanted; what Truedis passed of it is kept. */
export const wantedFrom = (passes: ReadonlyMap<string, number>, before: Ledger): Ledger =>
  new Map(
    [...passes].map(([name, inRedis]) => [name, { inRedis, here: Math.min(before.get(name)?.here ?? 0, inRedis) }]),
  )
