import { expect, test } from '@jest/globals'
import { SeededRandom } from '../../../src/base/index.js'
import { CommandRunner } from '../command-runner.js'

const bulks = (reply: string): string[] => [...reply.matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map((found) => found[1])

test('SMEMBERS answers a set, integers in their order', () => {
  const runner = new CommandRunner()
  runner.run('SADD s 10 9 -5')
  expect(runner.run('SMEMBERS s')).toBe('*3\r\n$2\r\n-5\r\n$1\r\n9\r\n$2\r\n10\r\n')
  expect(runner.run3('SMEMBERS s')).toBe('~3\r\n$2\r\n-5\r\n$1\r\n9\r\n$2\r\n10\r\n')
  expect(runner.run('SMEMBERS missing')).toBe('*0\r\n')
  expect(runner.run3('SMEMBERS missing')).toBe('~0\r\n')
  expect(runner.run('SCARD s')).toBe(':3\r\n')
  expect(runner.run('SCARD missing')).toBe(':0\r\n')
})

/** Scans to the end; `between` runs after each call. */
function scanAll(runner: CommandRunner, options: string, between?: (call: number) => void): string[] {
  const members: string[] = []
  let cursor = '0'
  let calls = 0
  do {
    const [next, ...found] = bulks(runner.run(`SSCAN s ${cursor}${options}`))
    members.push(...found)
    cursor = next
    between?.(calls++)
  } while (cursor !== '0')
  return members
}

test.each([
  ['integers', (i: number) => String(i), 300],
  ['a few strings', (i: number) => `m${i}`, 40],
  ['a table', (i: number) => `m${i}`, 5000],
])('SSCAN meets each member of %s', (_, nameOf, count) => {
  const runner = new CommandRunner()
  const all = Array.from({ length: count }, (_, i) => nameOf(i))
  runner.run(`SADD s ${all.join(' ')}`)
  expect(scanAll(runner, ' COUNT 50').sort()).toEqual(all.sort())
  expect(scanAll(runner, ' MATCH *7').sort()).toEqual(all.filter((name) => name.endsWith('7')).sort())
})

test.each([1, 2, 3, 4, 5, 6])('what stays is met, whatever else comes and goes (seed %d)', (seed) => {
  const runner = new CommandRunner()
  const random = new SeededRandom(seed)
  const stays = Array.from({ length: 30 * seed * seed }, (_, i) => (seed % 2 ? `stays${i}` : String(i)))
  runner.run(`SADD s ${stays.join(' ')}`)
  const seen = new Set(
    scanAll(runner, ` COUNT ${1 + random.below(30)}`, (call) => {
      const from = random.below(3) * 1000
      const some = Array.from({ length: 1 + random.below(300) }, (_, i) => `comes${from + i}`)
      if (call > 200) return
      runner.run(`${random.below(2) === 0 ? 'SADD' : 'SREM'} s ${some.join(' ')}`)
    }),
  )
  expect(stays.filter((member) => !seen.has(member))).toEqual([])
})

test.each([
  ['SSCAN s x', '-ERR invalid cursor\r\n'],
  ['SSCAN missing x', '-ERR invalid cursor\r\n'],
  ['SSCAN s 0 COUNT 0', '-ERR syntax error\r\n'],
  ['SSCAN s 0 TYPE set', '-ERR syntax error\r\n'],
  ['SSCAN s 0 COUNT x', '-ERR value is not an integer or out of range\r\n'],
  ['SSCAN missing 0 COUNT 0', '*2\r\n$1\r\n0\r\n*0\r\n'],
])('%s', (command, reply) => {
  const runner = new CommandRunner()
  runner.run('SADD s a')
  expect(runner.run(command)).toBe(reply)
})

test('SCAN finds sets by their type, COPY and RENAME keep them, DEBUG DIGEST does not depend on the encoding', () => {
  const runner = new CommandRunner()
  runner.run('SADD s 1 2')
  runner.run('SET k v')
  runner.run('HSET h f v')
  expect(bulks(runner.run('SCAN 0 TYPE set'))).toEqual(['0', 's'])
  expect(runner.run('TYPE s')).toBe('+set\r\n')
  expect(runner.run('COPY s t')).toBe(':1\r\n')
  runner.run('RENAME t u')
  runner.run('SADD u x')
  runner.run('SREM u x')
  expect(runner.run('SMEMBERS u')).toBe('*2\r\n$1\r\n1\r\n$1\r\n2\r\n')
  runner.config.set('enable-debug-command', 'yes')
  expect(runner.run('DEBUG DIGEST-VALUE s')).toBe(runner.run('DEBUG DIGEST-VALUE u'))
})
