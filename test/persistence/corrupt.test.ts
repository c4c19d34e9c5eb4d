import { fuzzAppendOnly } from './corrupt-aof.js'
import { fuzzPayloads, fuzzSnapshots } from './corrupt.js'
import { payload } from './builders.js'
import { CommandRunner } from '../commands/command-runner.js'
import { specimens } from './specimens.js'

const seed = Number(process.env['SEED'] ?? 1)
/** Many more are tried by `npm run corrupt`. */
const mutations = 3_000

test('the values that are broken are good themselves', () => {
  const runner = new CommandRunner()
  for (const { version, type, parts } of specimens()) {
    const reply = runner.run('RESTORE', 'k', '0', payload(version, type, ...parts), 'REPLACE')
    expect([version, type, reply]).toEqual([version, type, '+OK\r\n'])
  }
})

test(`payloads broken at random are refused or are values, and leave nothing behind (seed ${seed})`, () => {
  const { good, refused } = fuzzPayloads(mutations, seed)
  expect(good + refused).toBe(mutations)
  expect(good).toBeGreaterThan(mutations / 10)
  expect(refused).toBeGreaterThan(mutations / 10)
})

test(`snapshots broken at random are refused or loaded, the same however they are cut (seed ${seed})`, () => {
  const { good, refused } = fuzzSnapshots(mutations / 2, seed)
  expect(good + refused).toBe(mutations / 2)
  expect(refused).toBeGreaterThan(mutations / 10)
})

test(`append-only files broken at random are refused or loaded, and cut only where they may be (seed ${seed})`, () => {
  const { good, refused } = fuzzAppendOnly(mutations, seed)
  expect(good + refused).toBe(mutations)
  expect(good).toBeGreaterThan(mutations / 10)
  expect(refused).toBeGreaterThan(mutations / 10)
})
