import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

const invalid = (name: string): string => `-ERR invalid expire time in '${name}' command\r\n`
const both = '-ERR NX and XX, GT or LT options at the same time are not compatible\r\n'

function withKey(): CommandRunner {
  const runner = new CommandRunner()
  runner.run('SET k v')
  runner.events()
  return runner
}

test.each([
  ['EXPIRE k 100', 100_000],
  ['PEXPIRE k 100', 100],
  ['EXPIREAT k 1700000100', 100_000],
  ['PEXPIREAT k 1700000000100', 100],
])('%s sets the deadline', (command, leftMs) => {
  const runner = withKey()
  expect(runner.run(command)).toBe(':1\r\n')
  expect(runner.run('PTTL k')).toBe(`:${leftMs}\r\n`)
  expect(runner.events()).toEqual(['db0 expire k'])
  expect(runner.run(command.replace('k', 'missing'))).toBe(':0\r\n')
})

test.each(['EXPIRE k 0', 'EXPIRE k -1', 'PEXPIRE k 0', 'EXPIREAT k 1', 'PEXPIREAT k -5', 'EXPIREAT k 1700000000'])(
  '%s deletes the key at once, told as del',
  (command) => {
    const runner = withKey()
    expect(runner.run(command)).toBe(':1\r\n')
    expect(runner.keyspace.databases[0].size).toBe(0)
    expect(runner.events()).toEqual(['db0 del k'])
    expect(runner.keyspace.stats.expired).toBe(0)
  },
)

// what a deadline in 100 s answers where there is none, one in 50 s, and one in 200 s
test.each([
  ['NX', '100 50 200'],
  ['XX', '-1 100 100'],
  ['GT', '-1 100 200'],
  ['LT', '100 50 100'],
  ['XX GT', '-1 100 200'],
  ['XX LT', '-1 50 100'],
  ['lt lt', '100 50 100'],
])('EXPIRE %s', (options, expected) => {
  const results = ['', '50', '200'].map((old) => {
    const runner = withKey()
    if (old !== '') runner.run(`EXPIRE k ${old}`)
    runner.run(`EXPIRE k 100 ${options}`)
    return runner.run('TTL k').slice(1, -2)
  })
  expect(results.join(' ')).toBe(expected)
})

test.each([
  ['EXPIRE k 100 NX XX', both],
  ['EXPIRE k 100 NX LT', both],
  ['EXPIRE k 100 GT LT', '-ERR GT and LT options at the same time are not compatible\r\n'],
  ['EXPIRE k 100 soon', '-ERR Unsupported option soon\r\n'],
  ['EXPIRE k x soon', '-ERR Unsupported option soon\r\n'],
  ['EXPIRE missing x', '-ERR value is not an integer or out of range\r\n'],
  ['EXPIRE k 9223372036854775807', invalid('expire')],
  ['EXPIRE k -9223372036854775807', invalid('expire')],
  ['PEXPIRE k 9223372036854775807', invalid('pexpire')],
  ['EXPIREAT k 9223372036854776', invalid('expireat')],
])('%s is refused', (command, refusal) => {
  const runner = withKey()
  expect(runner.run(command)).toBe(refusal)
  expect(runner.events()).toEqual([])
})

test('GT and LT compare to the millisecond, however far away', () => {
  const runner = withKey()
  expect(runner.run('PEXPIREAT k 9223372036854775806')).toBe(':1\r\n')
  expect(runner.run('PEXPIREAT k 9223372036854775806 GT')).toBe(':0\r\n')
  expect(runner.run('PEXPIREAT k 9223372036854775807 LT')).toBe(':0\r\n')
  expect(runner.run('PEXPIREAT k 9223372036854775807 GT')).toBe(':1\r\n')
  expect(runner.run('PEXPIRETIME k')).toBe(':9223372036854775807\r\n')
})

test('PERSIST takes the deadline away', () => {
  const runner = withKey()
  expect(runner.run('PERSIST k')).toBe(':0\r\n')
  runner.run('EXPIRE k 100')
  expect(runner.run('PERSIST k')).toBe(':1\r\n')
  expect(runner.run('PERSIST missing')).toBe(':0\r\n')
  runner.clock.advance(200_000)
  expect(runner.run('TTL k')).toBe(':-1\r\n')
  expect(runner.events()).toEqual(['db0 expire k', 'db0 persist k'])
})
