import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

const bulks = (reply: string): string[] => [...reply.matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map((found) => found[1])

function withMembers(count: number, nameOf = (i: number) => `m${i}`): CommandRunner {
  const runner = new CommandRunner()
  runner.run(`SADD s ${Array.from({ length: count }, (_, i) => nameOf(i)).join(' ')}`)
  runner.events()
  return runner
}

test('SPOP takes one member, and the key with the last one', () => {
  const runner = withMembers(2)
  const first = runner.run('SPOP s')
  const second = runner.run('SPOP s')
  expect([first, second].sort()).toEqual(['$2\r\nm0\r\n', '$2\r\nm1\r\n'])
  expect(runner.run('SPOP s')).toBe('$-1\r\n')
  expect(runner.run3('SPOP s')).toBe('_\r\n')
  expect(runner.events()).toEqual(['db0 spop s', 'db0 spop s', 'db0 del s'])
})

test.each([
  [10, 4],
  [10, 10],
  [10, 99],
  [600, 4],
  [600, 599],
  [600, 9999],
])('of %d members SPOP takes %d', (size, count) => {
  const runner = withMembers(size)
  const popped = bulks(runner.run(`SPOP s ${count}`))
  const left = bulks(runner.run('SMEMBERS s'))
  const taken = Math.min(size, count)
  expect(popped).toHaveLength(taken)
  expect(new Set([...popped, ...left]).size).toBe(size)
  expect(left).toHaveLength(size - taken)
  expect(runner.changes).toBe(size + taken)
  expect(runner.events()).toEqual(taken < size ? ['db0 spop s'] : ['db0 spop s', 'db0 del s'])
})

test('what SPOP leaves of many is laid out as a new set', () => {
  const runner = withMembers(600, String)
  expect(runner.run('OBJECT ENCODING s')).toBe('$9\r\nhashtable\r\n')
  runner.run('SPOP s 499') // fewer than five times as many as stay
  expect(runner.run('OBJECT ENCODING s')).toBe('$9\r\nhashtable\r\n')
  runner.run('SPOP s 85')
  expect(runner.run('OBJECT ENCODING s')).toBe('$6\r\nintset\r\n')
  expect(runner.run('SCARD s')).toBe(':16\r\n')
})

test('a count of nothing, and a set that is missing', () => {
  const runner = withMembers(3)
  expect(runner.run('SPOP s 0')).toBe('*0\r\n')
  expect(runner.run3('SPOP s 0')).toBe('~0\r\n')
  expect(runner.run('SPOP missing 3')).toBe('*0\r\n')
  expect(runner.run3('SPOP missing 3')).toBe('~0\r\n')
  expect(runner.run('SRANDMEMBER s 0')).toBe('*0\r\n')
  expect(runner.run('SRANDMEMBER missing')).toBe('$-1\r\n')
  expect(runner.run3('SRANDMEMBER missing 3')).toBe('*0\r\n')
  expect(runner.events()).toEqual([])
})

test('in RESP3 what was taken is a set, and what was only drawn a list', () => {
  expect(withMembers(1).run3('SPOP s 1')).toBe('~1\r\n$2\r\nm0\r\n')
  expect(withMembers(1).run3('SRANDMEMBER s 1')).toBe('*1\r\n$2\r\nm0\r\n')
})

test.each([
  [10, 4],
  [10, 10],
  [10, 99],
  [600, 4],
  [600, 100],
  [600, 9999],
])('of %d members SRANDMEMBER draws %d different ones', (size, count) => {
  const runner = withMembers(size)
  const members = bulks(runner.run(`SRANDMEMBER s ${count}`))
  expect(members).toHaveLength(Math.min(size, count))
  expect(new Set(members).size).toBe(members.length)
  expect(runner.run('SCARD s')).toBe(`:${size}\r\n`)
})

test('a negative count draws with repetition', () => {
  const members = bulks(withMembers(2).run('SRANDMEMBER s -50'))
  expect(members).toHaveLength(50)
  expect(new Set(members)).toEqual(new Set(['m0', 'm1']))
})

test.each([
  ['SRANDMEMBER s', 1],
  ['SRANDMEMBER s 50', 50],
  ['SRANDMEMBER s -7', 7],
])('%s draws each member as often as any other', (command, each) => {
  const runner = withMembers(100)
  const drawn = new Map<string, number>()
  const rounds = 10_000 / each
  for (let i = 0; i < rounds; i++) {
    for (const member of bulks(runner.run(command))) drawn.set(member, (drawn.get(member) ?? 0) + 1)
  }
  expect(drawn.size).toBe(100)
  expect(Math.min(...drawn.values())).toBeGreaterThan(50) // 100 expected, with a deviation of 10
  expect(Math.max(...drawn.values())).toBeLessThan(150)
})

test.each([
  ['SPOP s x', '-ERR value is out of range, must be positive\r\n'],
  ['SPOP s -1', '-ERR value is out of range, must be positive\r\n'],
  ['SPOP s 1 2', '-ERR syntax error\r\n'],
  ['SRANDMEMBER s x', '-ERR value is not an integer or out of range\r\n'],
  [
    'SRANDMEMBER s -9223372036854775808',
    '-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n',
  ],
  ['SRANDMEMBER s -99999999', '-ERR value is out of range\r\n'],
  ['SRANDMEMBER s 1 2', '-ERR syntax error\r\n'],
])('%s is refused', (command, refusal) => {
  expect(withMembers(1).run(command)).toBe(refusal)
})
