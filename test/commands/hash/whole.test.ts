import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

function withHash(): CommandRunner {
  const runner = new CommandRunner()
  runner.run('HSET h a 1 b 2')
  return runner
}

/** The bulk strings of a reply, in order. */
const bulks = (reply: string): string[] => [...reply.matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map((found) => found[1])

test.each([
  ['HLEN', ':2\r\n', ':0\r\n'],
  ['HKEYS', '*2\r\n$1\r\na\r\n$1\r\nb\r\n', '*0\r\n'],
  ['HVALS', '*2\r\n$1\r\n1\r\n$1\r\n2\r\n', '*0\r\n'],
  ['HGETALL', '*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n', '*0\r\n'],
])('%s', (name, reply, empty) => {
  const runner = withHash()
  expect(runner.run(`${name} h`)).toBe(reply)
  expect(runner.run(`${name} missing`)).toBe(empty)
})

test('HGETALL is a map in RESP3, HKEYS and HVALS are not', () => {
  const runner = withHash()
  expect(runner.run3('HGETALL h')).toBe('%2\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n')
  expect(runner.run3('HGETALL missing')).toBe('%0\r\n')
  expect(runner.run3('HKEYS h')).toBe('*2\r\n$1\r\na\r\n$1\r\nb\r\n')
})

test('HSCAN gives a small hash whole, whatever the count and the cursor', () => {
  const runner = withHash()
  const whole = '*2\r\n$1\r\n0\r\n*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n'
  expect(runner.run('HSCAN h 0')).toBe(whole)
  expect(runner.run('HSCAN h 7 COUNT 1')).toBe(whole)
  expect(runner.run('HSCAN h 0 MATCH b')).toBe('*2\r\n$1\r\n0\r\n*2\r\n$1\r\nb\r\n$1\r\n2\r\n')
  expect(runner.run('HSCAN h 0 MATCH x*')).toBe('*2\r\n$1\r\n0\r\n*0\r\n')
  expect(runner.run('HSCAN missing 0 FOO')).toBe('*2\r\n$1\r\n0\r\n*0\r\n')
})

test('HSCAN meets every field of a large hash, some at a time', () => {
  const runner = new CommandRunner()
  for (let i = 0; i < 1000; i++) runner.run(`HSET h f${i} v${i}`)
  const met = new Map<string, string>()
  let calls = 0
  let cursor = '0'
  do {
    const [next, ...pairs] = bulks(runner.run(`HSCAN h ${cursor} COUNT 50`))
    expect(pairs.length).toBeLessThan(400)
    for (let i = 0; i < pairs.length; i += 2) met.set(pairs[i], pairs[i + 1])
    cursor = next
    calls++
  } while (cursor !== '0')
  expect(met.size).toBe(1000)
  expect(met.get('f17')).toBe('v17')
  expect(calls).toBeGreaterThan(5)
})

test.each([
  ['HSCAN h x', '-ERR invalid cursor\r\n'],
  ['HSCAN h -x', '-ERR invalid cursor\r\n'],
  ['HSCAN h 18446744073709551616', '-ERR invalid cursor\r\n'],
  ['HSCAN missing x', '-ERR invalid cursor\r\n'],
  ['HSCAN h 0 COUNT', '-ERR syntax error\r\n'],
  ['HSCAN h 0 COUNT 0', '-ERR syntax error\r\n'],
  ['HSCAN h 0 COUNT x', '-ERR value is not an integer or out of range\r\n'],
  ['HSCAN h 0 TYPE hash', '-ERR syntax error\r\n'],
  ['HSCAN h 0 FOO 1', '-ERR syntax error\r\n'],
])('%s is refused', (command, refusal) => {
  expect(withHash().run(command)).toBe(refusal)
})
