import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

const bulks = (reply: string): string[] => [...reply.matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map((found) => found[1])
const wrongType = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'

function withList(...elements: (string | number)[]): CommandRunner {
  const runner = new CommandRunner()
  runner.run(`RPUSH l ${elements.join(' ')}`)
  runner.events()
  return runner
}

const sorted = (runner: CommandRunner, words: string): string => bulks(runner.run(`SORT ${words}`)).join(' ')

test('numbers by their size, texts by their bytes, both ways', () => {
  const runner = withList(10, 9, -1.5, '1e1', 'inf')
  expect(sorted(runner, 'l')).toBe('-1.5 9 10 1e1 inf') // of equal numbers the lesser text comes first
  expect(sorted(runner, 'l DESC')).toBe('inf 1e1 10 9 -1.5')
  expect(sorted(runner, 'l ALPHA')).toBe('-1.5 10 1e1 9 inf')
  expect(sorted(runner, 'l asc alpha desc')).toBe('inf 9 1e1 10 -1.5')
  expect(bulks(runner.run3('SORT_RO l')).join(' ')).toBe('-1.5 9 10 1e1 inf')
})

test.each([
  ['0 2', '1 2'],
  ['1 2', '2 3'],
  ['3 9', '4 5'],
  ['-3 2', '1 2'],
  ['4 -1', '5'],
  ['0 0', ''],
  ['5 1', ''],
  ['9223372036854775807 9223372036854775807', ''],
])('LIMIT %s of 1 to 5 is "%s"', (limit, expected) => {
  expect(sorted(withList(3, 1, 5, 2, 4), `l LIMIT ${limit}`)).toBe(expected)
  expect(sorted(withList(1, 2, 3, 4, 5), `l BY nothing LIMIT ${limit}`)).toBe(expected)
  expect(sorted(withList(5, 4, 3, 2, 1), `l BY nothing LIMIT ${limit} DESC`)).toBe(expected)
})

test('sets and sorted sets are sorted alike; the latter keep their order under BY nothing', () => {
  const runner = new CommandRunner()
  runner.run('SADD s 3 1 2')
  runner.run('ZADD z 1 30 2 20 3 10')
  expect(sorted(runner, 's')).toBe('1 2 3')
  expect(sorted(runner, 'z')).toBe('10 20 30')
  expect(sorted(runner, 'z BY nothing')).toBe('30 20 10')
  expect(sorted(runner, 'z BY nothing DESC LIMIT 0 2')).toBe('10 20')
  expect(bulks(runner.run('SORT s BY nothing')).sort()).toEqual(['1', '2', '3'])
})

test('BY sorts by strings and fields; elements without one count as 0, or come first', () => {
  const runner = withList('a', 'b', 'c', 'd')
  runner.run('MSET w_a 3 w_b 1 w_c 2')
  expect(sorted(runner, 'l BY w_*')).toBe('d b c a')
  expect(sorted(runner, 'l BY w_* ALPHA DESC')).toBe('a c b d')
  runner.run('HSET h_a f 1')
  runner.run('HSET h_b f 3')
  runner.run('HSET h_c f 2')
  runner.run('SET h_d no-hash')
  expect(sorted(runner, 'l BY h_*->f')).toBe('d a c b')
  expect(sorted(runner, 'l BY h_*->f ALPHA LIMIT 1 2')).toBe('a c')
})

test('GET returns what belongs to each element, and nil where there is nothing', () => {
  const runner = withList(2, 1)
  runner.run('SET o_1 one')
  runner.run('HSET h_2 f two')
  const expected = '*6\r\n$1\r\n1\r\n$3\r\none\r\n$-1\r\n$1\r\n2\r\n$-1\r\n$3\r\ntwo\r\n'
  expect(runner.run('SORT l GET # GET o_* GET h_*->f')).toBe(expected)
  expect(runner.run3('SORT l GET o_*')).toBe('*2\r\n$3\r\none\r\n_\r\n')
  expect(runner.run('SORT l GET constant GET o_*->f LIMIT 0 1')).toBe('*2\r\n$-1\r\n$-1\r\n')
})

test('a pattern has its arrow behind its star, and a field behind its arrow', () => {
  const runner = withList('a')
  runner.run('SET', 'x->a->', 'whole')
  runner.run('HSET', 'x->a', 'f->g', 'field')
  expect(runner.run('SORT l ALPHA GET x->*->')).toBe('*1\r\n$5\r\nwhole\r\n')
  expect(runner.run('SORT l ALPHA GET x->*->f->g')).toBe('*1\r\n$5\r\nfield\r\n')
})

test('STORE makes a list in the place of whatever was there; nothing deletes it', () => {
  const runner = withList(3, 1, 2)
  runner.run('SET d text EX 100')
  runner.run('SET o_2 two')
  runner.events()
  const before = runner.changes
  expect(runner.run('SORT l STORE d')).toBe(':3\r\n')
  expect(runner.run('LRANGE d 0 -1')).toBe('*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n')
  expect(runner.run('TTL d')).toBe(':-1\r\n')
  expect(runner.run('SORT l GET o_* STORE d')).toBe(':3\r\n')
  expect(runner.run('LRANGE d 0 -1')).toBe('*3\r\n$0\r\n\r\n$3\r\ntwo\r\n$0\r\n\r\n')
  expect(runner.run('SORT l STORE l DESC')).toBe(':3\r\n')
  expect(runner.run('LINDEX l 0')).toBe('$1\r\n3\r\n')
  expect(runner.run('SORT missing STORE d')).toBe(':0\r\n')
  expect(runner.run('SORT missing STORE d')).toBe(':0\r\n')
  expect(runner.run('EXISTS d')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 sortstore d', 'db0 sortstore d', 'db0 sortstore l', 'db0 del d'])
  expect(runner.changes - before).toBe(10)
})

test('a set that is stored unsorted is sorted by its bytes', () => {
  const runner = new CommandRunner()
  runner.run('SADD s b c a 10 9')
  runner.run('SORT s BY nothing STORE d')
  expect(bulks(runner.run('LRANGE d 0 -1')).join(' ')).toBe('10 9 a b c')
})

test.each([
  ['1x', false],
  ['', true],
  [' 1', true],
  ['1 ', false],
  ['0x10', true],
  ['nan', false],
  ['-inf', true],
  ['1e400', false],
  ['1e-400', false],
  ['1e-310', false],
  ['0e-400', true],
  ['1\x00x', true],
])('%j as a number', (text, isNumber) => {
  const runner = new CommandRunner()
  runner.run('RPUSH', 'l', text, '5')
  const reply = runner.run('SORT l STORE d')
  expect(reply).toBe(isNumber ? ':2\r\n' : "-ERR One or more scores can't be converted into double\r\n")
  expect(runner.run('EXISTS d')).toBe(isNumber ? ':1\r\n' : ':0\r\n')
})

test('replies are compared up to a NUL, as C’s strcoll does; what is stored byte by byte', () => {
  const runner = new CommandRunner()
  runner.run('RPUSH', 'l', 'a\x00b', 'a\x00a', 'a')
  expect(runner.run('SORT l ALPHA')).toBe('*3\r\n$3\r\na\x00b\r\n$3\r\na\x00a\r\n$1\r\na\r\n')
  runner.run('SORT l ALPHA STORE d')
  expect(runner.run('LRANGE d 0 -1')).toBe('*3\r\n$1\r\na\r\n$3\r\na\x00a\r\n$3\r\na\x00b\r\n')
})

test.each([
  ['SORT text', wrongType],
  ['SORT_RO text', wrongType],
  ['SORT l STORE', '-ERR syntax error\r\n'],
  ['SORT l BY', '-ERR syntax error\r\n'],
  ['SORT l LIMIT 1', '-ERR syntax error\r\n'],
  ['SORT l LIMIT x 1', '-ERR value is not an integer or out of range\r\n'],
  ['SORT l FOO', '-ERR syntax error\r\n'],
  ['SORT_RO l STORE d', '-ERR syntax error\r\n'],
  ['SORT missing', '*0\r\n'],
])('%s', (command, reply) => {
  const runner = withList(1)
  runner.run('SET text v')
  expect(runner.run(command)).toBe(reply)
})
