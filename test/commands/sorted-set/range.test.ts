import { expect, test } from '@jest/globals'
import type { Call } from '../../../src/command/index.js'
import { ZRANGE } from '../../../src/commands/sorted-set/range.js'
import { Args } from '../../../src/resp/index.js'
import { CommandRunner } from '../command-runner.js'

const bulks = (reply: string): string =>
  [...reply.matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map((found) => found[1]).join(' ')

/** `z` holds a to e under 1 to 5; `l` a to e under 0; each is small, or large. */
function filled(isLarge: boolean): CommandRunner {
  const runner = new CommandRunner()
  for (const key of ['z', 'l']) {
    if (isLarge) runner.run('ZADD', key, '0', 'x'.repeat(65))
    for (const [i, member] of [...'abcde'].entries()) runner.run(`ZADD ${key} ${key === 'z' ? i + 1 : 0} ${member}`)
    if (isLarge) runner.run('ZREM', key, 'x'.repeat(65))
  }
  runner.events()
  return runner
}

test.each([false, true])('members by rank, by score and by their bytes, both ways (large: %s)', (isLarge) => {
  const runner = filled(isLarge)
  for (const [command, members] of [
    ['ZRANGE z 1 2', 'b c'],
    ['ZRANGE z -2 -1', 'd e'],
    ['ZRANGE z 3 1', ''],
    ['ZRANGE z 0 1 REV', 'e d'],
    ['ZREVRANGE z 1 3', 'd c b'],
    ['ZRANGE z (1 3 BYSCORE', 'b c'],
    ['ZRANGE z inf (3 BYSCORE REV LIMIT 1 5', 'd'],
    ['ZRANGEBYSCORE z 2 4 LIMIT 1 1', 'c'],
    ['ZREVRANGEBYSCORE z +inf -inf LIMIT 0 2', 'e d'],
    ['ZRANGE l [b (d BYLEX', 'b c'],
    ['ZRANGE l + - BYLEX REV LIMIT 3 9', 'b a'],
    ['ZRANGEBYLEX l (c +', 'd e'],
    ['ZREVRANGEBYLEX l (c -', 'b a'],
    ['ZRANGEBYLEX l - + LIMIT -1 2', ''],
    ['ZRANGE missing 0 -1', ''],
  ]) {
    expect([command, bulks(runner.run(command))]).toEqual([command, members])
  }
})

test('scores follow their members; in RESP3 each pair is an array with a double', () => {
  const runner = filled(false)
  expect(runner.run('ZRANGE z 0 0 WITHSCORES')).toBe('*2\r\n$1\r\na\r\n$1\r\n1\r\n')
  expect(runner.run3('ZRANGE z 0 0 WITHSCORES')).toBe('*1\r\n*2\r\n$1\r\na\r\n,1\r\n')
  expect(runner.run3('ZREVRANGEBYSCORE z 5 5 WITHSCORES')).toBe('*1\r\n*2\r\n$1\r\ne\r\n,5\r\n')
  expect(runner.run3('ZRANGE z 0 0')).toBe('*1\r\n$1\r\na\r\n')
})

test.each([
  ['ZRANGE z a b', '-ERR value is not an integer or out of range\r\n'],
  ['ZRANGE z a b BYSCORE', '-ERR min or max is not a float\r\n'],
  ['ZRANGE z a b BYLEX', '-ERR min or max not valid string range item\r\n'],
  ['ZRANGE z 0 1 FOO', '-ERR syntax error\r\n'],
  ['ZRANGE z 0 1 LIMIT 0', '-ERR syntax error\r\n'],
  [
    'ZRANGE z 0 1 LIMIT 0 1',
    '-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX\r\n',
  ],
  ['ZRANGE z - + BYLEX WITHSCORES', '-ERR syntax error, WITHSCORES not supported in combination with BYLEX\r\n'],
  ['ZRANGESTORE d z 0 1 WITHSCORES', '-ERR syntax error\r\n'],
  ['ZCOUNT z x 1', '-ERR min or max is not a float\r\n'],
  ['ZLEXCOUNT z x 1', '-ERR min or max not valid string range item\r\n'],
])('%s is refused', (command, refusal) => {
  expect(filled(false).run(command)).toBe(refusal)
})

test.each([false, true])('ranks and counts (large: %s)', (isLarge) => {
  const runner = filled(isLarge)
  expect(runner.run('ZRANK z c')).toBe(':2\r\n')
  expect(runner.run('ZREVRANK z d')).toBe(':1\r\n')
  expect(runner.run('ZRANK z c WITHSCORE')).toBe('*2\r\n:2\r\n$1\r\n3\r\n')
  expect(runner.run3('ZREVRANK z e withscore')).toBe('*2\r\n:0\r\n,5\r\n')
  expect(runner.run('ZRANK z x')).toBe('$-1\r\n')
  expect(runner.run('ZRANK z x WITHSCORE')).toBe('*-1\r\n')
  expect(runner.run3('ZRANK missing x WITHSCORE')).toBe('_\r\n')
  expect(runner.run('ZRANK z a FOO')).toBe('-ERR syntax error\r\n')
  expect(runner.run('ZRANK z a WITHSCORE 1')).toBe("-ERR wrong number of arguments for 'zrank' command\r\n")
  expect(runner.run('ZCOUNT z (1 4')).toBe(':3\r\n')
  expect(runner.run('ZLEXCOUNT l [b +')).toBe(':4\r\n')
})

test.each([false, true])('ranges are deleted, and the key with the last member (large: %s)', (isLarge) => {
  const runner = filled(isLarge)
  expect(runner.run('ZREMRANGEBYRANK z 0 1')).toBe(':2\r\n')
  expect(runner.run('ZREMRANGEBYSCORE z 3 3')).toBe(':1\r\n')
  expect(runner.run('ZREMRANGEBYSCORE z 7 9')).toBe(':0\r\n')
  expect(runner.run('ZREMRANGEBYLEX l (a (e')).toBe(':3\r\n')
  expect(bulks(runner.run('ZRANGE z 0 -1'))).toBe('d e')
  expect(bulks(runner.run('ZRANGE l 0 -1'))).toBe('a e')
  expect(runner.run('ZREMRANGEBYRANK z 0 -1')).toBe(':2\r\n')
  expect(runner.run('EXISTS z')).toBe(':0\r\n')
  expect(runner.events()).toEqual([
    'db0 zremrangebyrank z',
    'db0 zremrangebyscore z',
    'db0 zremrangebylex l',
    'db0 zremrangebyrank z',
    'db0 del z',
  ])
  expect(runner.changes).toBe((isLarge ? 14 : 10) + 8)
})

test('ZRANGESTORE replaces what is there, deletes it when nothing is in range, and may store a range of itself', () => {
  const runner = filled(false)
  runner.run('SET d text EX 100')
  runner.events()
  expect(runner.run('ZRANGESTORE d z 2 4 BYSCORE LIMIT 1 9')).toBe(':2\r\n')
  expect(bulks(runner.run('ZRANGE d 0 -1 WITHSCORES'))).toBe('c 3 d 4')
  expect(runner.run('TTL d')).toBe(':-1\r\n')
  expect(runner.run('ZRANGESTORE z z 0 0 REV')).toBe(':1\r\n')
  expect(bulks(runner.run('ZRANGE z 0 -1'))).toBe('e')
  expect(runner.run('ZRANGESTORE d z 5 9')).toBe(':0\r\n')
  expect(runner.run('ZRANGESTORE d missing 0 1')).toBe(':0\r\n')
  expect(runner.run('EXISTS d')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 zrangestore d', 'db0 zrangestore z', 'db0 del d'])
})

test.each([
  ['0 9', false],
  ['-10 -1', false],
  ['50000 50031', false],
  ['9 0', false],
  ['0 32', true],
  ['0 -1', true],
  ['-1 5', true],
  ['0 9 WITHSCORES', true],
  ['0 x', true],
])('whether ZRANGE z %s may return many members: %s', (words, expected) => {
  const args = new Args().load(['ZRANGE', 'z', ...words.split(' ')])
  expect(ZRANGE.spec.takesLong?.({ args } as Call)).toBe(expected)
})
