import { expect, test } from '@jest/globals'
import { ExpirySweep } from '../../src/keyspace/index.js'
import { CommandRunner } from '../commands/command-runner.js'

function setup(packedEntriesMax = 512) {
  const runner = new CommandRunner()
  runner.keyspace.limits.hash.packedEntriesMax = packedEntriesMax
  const sweep = new ExpirySweep(runner.keyspace, runner.clock)
  const sweepAll = (): void => {
    for (let slices = 0; slices < 100; slices++) if (!sweep.slice()) return
    throw new Error('the sweep has no end')
  }
  return { runner, sweep, sweepAll, database: runner.keyspace.databases[0] }
}

test.each([512, 2])('deletes the fields past their deadline, and the key with the last (packed up to %i)', (limit) => {
  const { runner, sweepAll, database } = setup(limit)
  runner.run('HSET h a 1 b 2 c 3 d 4')
  runner.run('HPEXPIRE h 100 FIELDS 2 a b')
  runner.run('HPEXPIRE h 200 FIELDS 1 c')
  runner.events()
  runner.clock.advance(101)
  sweepAll()
  expect(runner.run('HLEN h')).toBe(':2\r\n')
  expect(runner.events()).toEqual(['db0 hexpired h'])
  runner.clock.advance(50)
  sweepAll()
  expect(runner.events()).toEqual([])
  runner.run('HPEXPIRE h 10 FIELDS 1 d')
  runner.events()
  runner.clock.advance(200)
  sweepAll()
  expect(runner.run('EXISTS h')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 hexpired h', 'db0 del h'])
  expect(runner.keyspace.stats.expiredFields).toBe(4)
  expect(database.fieldDeadlines.size).toBe(0)
})

test('finds hashes that were renamed, moved, copied or swapped', () => {
  const { runner, sweepAll } = setup()
  for (const key of ['renamed', 'moved', 'copied']) {
    runner.run(`HSET ${key} a 1`)
    runner.run(`HPEXPIRE ${key} 100 FIELDS 1 a`)
  }
  runner.run('RENAME renamed r')
  runner.run('COPY copied c')
  runner.run('MOVE moved 1')
  runner.run('SWAPDB 0 2')
  runner.clock.advance(101)
  sweepAll()
  expect(runner.keyspace.databases.map(({ size }) => size).filter((size) => size > 0)).toEqual([])
})

test('a hash that is gone, or of another type now, is forgotten', () => {
  const { runner, sweepAll, database } = setup()
  for (const key of ['deleted', 'replaced', 'persisted']) {
    runner.run(`HSET ${key} a 1`)
    runner.run(`HPEXPIRE ${key} 100 FIELDS 1 a`)
  }
  runner.run('DEL deleted')
  runner.run('SET replaced text')
  runner.run('HPERSIST persisted FIELDS 1 a')
  expect(database.fieldDeadlines.size).toBe(3)
  runner.clock.advance(101)
  sweepAll()
  expect(database.fieldDeadlines.size).toBe(0)
  expect(runner.run('EXISTS replaced persisted')).toBe(':2\r\n')
})

test('memory comes back when all fields have expired', () => {
  const { runner, sweepAll } = setup(2)
  const { arena } = runner.keyspace
  const before = arena.usedBytes
  for (let key = 0; key < 5; key++) {
    for (let i = 0; i < 100; i++) runner.run(`HSETEX h${key} PX ${1 + i} FIELDS 1 field${i} value`)
  }
  runner.clock.advance(1000)
  sweepAll()
  while (runner.keyspace.freeSlice());
  expect(runner.run('DBSIZE')).toBe(':0\r\n')
  expect(arena.usedBytes).toBe(before)
})

test('a large hash is swept in parts, and deadlines set meanwhile are not lost', () => {
  const { runner, sweep, sweepAll } = setup()
  const fields = Array.from({ length: 5000 }, (_, i) => [`field${i}`, 'v']).flat()
  runner.run('HSET', 'h', ...fields)
  const names = fields.filter((_, i) => i % 2 === 0)
  runner.run('HPEXPIRE', 'h', '100', 'FIELDS', '4000', ...names.slice(0, 4000))
  runner.clock.advance(101)
  // time passes with each look at the clock: a slice ends after a step
  const { monotonicMs } = runner.clock
  runner.clock.monotonicMs = () => (runner.clock.advance(1), monotonicMs.call(runner.clock))
  const length = (): number => Number(runner.run('HLEN h').slice(1))
  for (let slices = 0; slices < 10 && length() === 5000; slices++) sweep.slice()
  const left = length()
  expect(left).toBeGreaterThan(1000)
  expect(left).toBeLessThan(5000)
  for (const name of names.slice(4000)) runner.run(`HPEXPIRE h 5000 FIELDS 1 ${name}`)
  sweepAll()
  expect(runner.run('HLEN h')).toBe(':1000\r\n')
  runner.clock.advance(10_000)
  sweepAll()
  expect(runner.run('EXISTS h')).toBe(':0\r\n')
})

test('FLUSHDB and FLUSHALL forget what was noted', () => {
  const { runner, sweepAll, database } = setup()
  for (const flush of ['FLUSHDB', 'FLUSHALL']) {
    runner.run('HSET h a 1')
    runner.run('HPEXPIRE h 100 FIELDS 1 a')
    runner.run(flush)
    expect(database.fieldDeadlines.size).toBe(0)
    runner.run('HSET h a 1')
    runner.clock.advance(101)
    sweepAll()
    expect(runner.run('HLEN h')).toBe(':1\r\n')
  }
})
