import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

const long = 'x'.repeat(45)

/** Commands that make `k`, its encoding, and the references that Redis counts. */
test.each([
  [['SET k 123'], 'int', 2147483647],
  [['SET k 9999'], 'int', 2147483647],
  [['SET k 10000'], 'int', 1],
  [['SET k -1'], 'int', 1],
  [['SET k -9223372036854775808'], 'int', 1],
  [['SET k 9223372036854775808'], 'embstr', 1],
  [['SET k 0123'], 'embstr', 1],
  [[`SET k ${long.slice(1)}`], 'embstr', 1],
  [[`SET k ${long}`], 'raw', 1],
  [['APPEND k 5'], 'int', 2147483647],
  [['SET k 1', 'APPEND k 2'], 'raw', 1],
  [['SET k 1', 'APPEND k 2', 'INCR k'], 'int', 2147483647],
  [['SETRANGE k 0 5'], 'raw', 1],
  [['INCRBYFLOAT k 5'], 'embstr', 1],
  [['INCRBYFLOAT j 5', 'COPY j k'], 'embstr', 1],
  [['SET j 5', 'COPY j k'], 'int', 1],
  [['SET j 5', 'RENAME j k'], 'int', 2147483647],
  [['HSET k f v'], 'listpack', 1],
])('%j is %s', (commands, encoding, references) => {
  const runner = new CommandRunner()
  for (const command of commands) runner.run(command)
  expect(runner.run('OBJECT ENCODING k')).toBe(`$${encoding.length}\r\n${encoding}\r\n`)
  expect(runner.run('OBJECT REFCOUNT k')).toBe(`:${references}\r\n`)
})

test('nothing is told of a missing key', () => {
  const runner = new CommandRunner()
  for (const name of ['ENCODING', 'REFCOUNT', 'IDLETIME', 'FREQ']) {
    expect(runner.run(`OBJECT ${name} missing`)).toBe('$-1\r\n')
    expect(runner.run3(`OBJECT ${name} missing`)).toBe('_\r\n')
  }
})

test('IDLETIME counts seconds since the last read or write', () => {
  const runner = new CommandRunner()
  runner.run('SET k v')
  runner.clock.advance(3_000)
  expect(runner.run('OBJECT IDLETIME k')).toBe(':3\r\n')
  runner.run('TOUCH k')
  expect(runner.run('OBJECT IDLETIME k')).toBe(':0\r\n')
  runner.clock.advance(2_000)
  runner.run('APPEND k w')
  expect(runner.run('OBJECT IDLETIME k')).toBe(':0\r\n')
})

test('FREQ needs an lfu policy, and IDLETIME any other', () => {
  const runner = new CommandRunner()
  runner.run('SET k v')
  expect(runner.run('OBJECT FREQ k')).toMatch(/^-ERR An LFU maxmemory policy is not selected, /)
  runner.keyspace.countFrequency(true)
  runner.run('SET k v')
  expect(runner.run('OBJECT IDLETIME k')).toMatch(/^-ERR An LFU maxmemory policy is selected, /)
})

test('under an lfu policy a new entry counts 5, a use counts, and minutes without one take away', () => {
  const runner = new CommandRunner()
  runner.keyspace.countFrequency(true)
  runner.run('SET k v')
  expect(runner.run('OBJECT FREQ k')).toBe(':5\r\n')
  runner.run('GET k')
  expect(runner.run('OBJECT FREQ k')).toBe(':6\r\n')
  for (let i = 0; i < 100; i++) runner.run('INCR n')
  const often = Number(runner.run('OBJECT FREQ n').slice(1))
  expect(often).toBeGreaterThan(7)
  expect(often).toBeLessThan(30)
  runner.run('SET n 0') // how often a key is asked for outlives its values
  expect(Number(runner.run('OBJECT FREQ n').slice(1))).toBeGreaterThanOrEqual(often)
  runner.clock.advance(3 * 60_000)
  expect(runner.run('OBJECT FREQ k')).toBe(':3\r\n')
  runner.clock.advance(60 * 60_000)
  expect(runner.run('OBJECT FREQ n')).toBe(':0\r\n')
})

test('HELP explains the subcommands', () => {
  const reply = new CommandRunner().run('OBJECT HELP')
  expect(reply).toMatch(/^\*15\r\n\+OBJECT <subcommand> \[<arg> \[value] \[opt] \.\.\.]\. Subcommands are:\r\n/)
  expect(reply).toMatch(/\+HELP\r\n\+ {4}Prints this help\.\r\n$/)
})
