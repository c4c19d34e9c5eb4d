import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

const names = ['TTL', 'PTTL', 'EXPIRETIME', 'PEXPIRETIME']

test('-2 is a missing key, -1 one without a deadline', () => {
  const runner = new CommandRunner()
  runner.run('SET k v')
  for (const name of names) {
    expect(runner.run(`${name} missing`)).toBe(':-2\r\n')
    expect(runner.run(`${name} k`)).toBe(':-1\r\n')
  }
})

test.each([
  [1_499, ['1', '1499', '1700000001', '1700000001499']],
  [1_500, ['2', '1500', '1700000002', '1700000001500']],
  [499, ['0', '499', '1700000000', '1700000000499']],
])('with %d ms left, seconds are rounded to nearest', (leftMs, expected) => {
  const runner = new CommandRunner()
  runner.run(`SET k v PX ${leftMs}`)
  expect(names.map((name) => runner.run(`${name} k`).slice(1, -2))).toEqual(expected)
})

test('deadlines beyond 2^53 are shown to the last digit', () => {
  const runner = new CommandRunner()
  runner.run('SET k v PXAT 9223372036854775807')
  expect(names.map((name) => runner.run(`${name} k`).slice(1, -2))).toEqual([
    '9223370336854776',
    '9223370336854775807',
    '9223372036854776',
    '9223372036854775807',
  ])
})

test('looking at a deadline does not renew the time of last access', () => {
  const runner = new CommandRunner()
  runner.run('SET k v')
  runner.clock.advance(10_000)
  for (const name of [...names, 'TYPE', 'EXISTS']) runner.run(`${name} k`)
  expect(runner.run('OBJECT IDLETIME k')).toBe(':10\r\n')
  runner.run('GET k')
  expect(runner.run('OBJECT IDLETIME k')).toBe(':0\r\n')
})
