import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

const bulks = (reply: string): string[] => [...reply.matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map((found) => found[1])

function withKeys(count: number): CommandRunner {
  const runner = new CommandRunner()
  for (let i = 0; i < count; i++) runner.run(i % 2 === 0 ? `SET k${i} v` : `HSET k${i} f v`)
  return runner
}

/** Scans to the end; `between` runs after each call. */
function scanAll(runner: CommandRunner, options: string, between?: (call: number) => void): string[] {
  const keys: string[] = []
  let cursor = '0'
  let calls = 0
  do {
    const [next, ...found] = bulks(runner.run(`SCAN ${cursor}${options}`))
    keys.push(...found)
    cursor = next
    between?.(calls++)
  } while (cursor !== '0')
  return keys
}

test('a few keys come in one call', () => {
  const runner = withKeys(3)
  const [cursor, ...keys] = bulks(runner.run('SCAN 0'))
  expect(cursor).toBe('0')
  expect(keys.sort()).toEqual(['k0', 'k1', 'k2'])
  expect(new CommandRunner().run('SCAN 0')).toBe('*2\r\n$1\r\n0\r\n*0\r\n')
})

test('what is there from the first call to the last is met, though the table grows and shrinks meanwhile', () => {
  const runner = withKeys(2000)
  const met = new Set(
    scanAll(runner, ' COUNT 20', (call) => {
      for (let i = 0; i < 60; i++)
        runner.run(call % 40 < 20 ? `SET extra${call % 20}-${i} v` : `DEL extra${call % 20}-${i}`)
    }),
  )
  for (let i = 0; i < 2000; i++) expect(met.has(`k${i}`)).toBe(true)
})

test('MATCH and TYPE leave keys out', () => {
  const runner = withKeys(40)
  expect(scanAll(runner, ' MATCH k1?').sort()).toEqual(Array.from({ length: 10 }, (_, i) => `k1${i}`))
  expect(scanAll(runner, ' TYPE HASH MATCH k1?').sort()).toEqual(['k11', 'k13', 'k15', 'k17', 'k19'])
  expect(scanAll(runner, ' TYPE nothing')).toEqual([])
})

test('KEYS answers all that match a glob', () => {
  const runner = withKeys(12)
  expect(bulks(runner.run('KEYS *'))).toHaveLength(12)
  expect(bulks(runner.run('KEYS k1*')).sort()).toEqual(['k1', 'k10', 'k11'])
  expect(runner.run('KEYS [ab]*')).toBe('*0\r\n')
})

test('keys past their deadline are left out; SCAN deletes them', () => {
  const runner = withKeys(10)
  runner.run('PEXPIRE k3 5')
  runner.run('PEXPIRE k4 5')
  runner.clock.advance(6)
  expect(bulks(runner.run('KEYS *'))).toHaveLength(8)
  expect(runner.keyspace.databases[0].size).toBe(10)
  expect(scanAll(runner, ' MATCH k3')).toEqual([])
  expect(runner.keyspace.databases[0].size).toBe(9)
  expect(scanAll(runner, '')).toHaveLength(8)
  expect(runner.keyspace.databases[0].size).toBe(8)
})

test('a cursor of nobody is no error', () => {
  const runner = withKeys(10)
  for (const cursor of ['5', '+0', '-1', '18446744073709551615', '4294967296']) {
    expect(runner.run(`SCAN ${cursor}`)).toMatch(/^\*2\r\n\$\d/)
  }
  expect(bulks(runner.run('SCAN', '')).length).toBe(11)
})

test.each([
  ['SCAN x', '-ERR invalid cursor\r\n'],
  ['SCAN 1.5', '-ERR invalid cursor\r\n'],
  ['SCAN 18446744073709551616', '-ERR invalid cursor\r\n'],
  ['SCAN 0 COUNT 0', '-ERR syntax error\r\n'],
  ['SCAN 0 COUNT', '-ERR syntax error\r\n'],
  ['SCAN 0 COUNT x', '-ERR value is not an integer or out of range\r\n'],
  ['SCAN 0 FOO bar', '-ERR syntax error\r\n'],
])('%s is refused', (command, refusal) => {
  expect(withKeys(1).run(command)).toBe(refusal)
})
