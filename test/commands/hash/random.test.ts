import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

function withFields(count: number): CommandRunner {
  const runner = new CommandRunner()
  for (let i = 0; i < count; i++) runner.run(`HSET h f${i} v${i}`)
  return runner
}

const bulks = (reply: string): string[] => [...reply.matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map((found) => found[1])

test('without a count it is one field, or nil', () => {
  const runner = withFields(3)
  expect(runner.run('HRANDFIELD h')).toMatch(/^\$2\r\nf[012]\r\n$/)
  expect(runner.run('HRANDFIELD missing')).toBe('$-1\r\n')
  expect(runner.run('HRANDFIELD missing 3')).toBe('*0\r\n')
  expect(runner.run('HRANDFIELD h 0 WITHVALUES')).toBe('*0\r\n')
})

test.each([
  [10, 4],
  [10, 10],
  [10, 99],
  [600, 4],
  [600, 100],
  [600, 9999],
])('of %d fields, %d different ones', (size, count) => {
  const fields = bulks(withFields(size).run(`HRANDFIELD h ${count}`))
  expect(fields).toHaveLength(Math.min(size, count))
  expect(new Set(fields).size).toBe(fields.length)
})

test.each([10, 600])('of %d fields, each is drawn as often as any other', (size) => {
  const runner = withFields(size)
  const drawn = new Map<string, number>()
  for (let i = 0; i < 200; i++) {
    for (const field of bulks(runner.run(`HRANDFIELD h ${size / 2}`))) drawn.set(field, (drawn.get(field) ?? 0) + 1)
  }
  expect(drawn.size).toBe(size)
  expect(Math.min(...drawn.values())).toBeGreaterThan(50) // 100 expected, with a deviation of 7
  expect(Math.max(...drawn.values())).toBeLessThan(150)
})

test('a negative count draws with repetition', () => {
  const fields = bulks(withFields(2).run('HRANDFIELD h -50'))
  expect(fields).toHaveLength(50)
  expect(new Set(fields)).toEqual(new Set(['f0', 'f1']))
})

test('values follow their fields; in RESP3 each pair is an array', () => {
  const runner = withFields(1)
  expect(runner.run('HRANDFIELD h 1 WITHVALUES')).toBe('*2\r\n$2\r\nf0\r\n$2\r\nv0\r\n')
  expect(runner.run('HRANDFIELD h -2 withvalues')).toBe('*4\r\n$2\r\nf0\r\n$2\r\nv0\r\n$2\r\nf0\r\n$2\r\nv0\r\n')
  expect(runner.run3('HRANDFIELD h 1 WITHVALUES')).toBe('*1\r\n*2\r\n$2\r\nf0\r\n$2\r\nv0\r\n')
  expect(runner.run3('HRANDFIELD h 1')).toBe('*1\r\n$2\r\nf0\r\n')
})

test.each([
  ['HRANDFIELD h x', '-ERR value is not an integer or out of range\r\n'],
  [
    'HRANDFIELD h -9223372036854775808',
    '-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n',
  ],
  ['HRANDFIELD h 4611686018427387904 WITHVALUES', '-ERR value is out of range\r\n'],
  ['HRANDFIELD h -99999999', '-ERR value is out of range\r\n'],
  ['HRANDFIELD h 1 FOO', '-ERR syntax error\r\n'],
  ['HRANDFIELD h 1 WITHVALUES FOO', '-ERR syntax error\r\n'],
])('%s is refused', (command, refusal) => {
  expect(withFields(1).run(command)).toBe(refusal)
})
