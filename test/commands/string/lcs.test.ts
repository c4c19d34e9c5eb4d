import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

function withTexts(): CommandRunner {
  const runner = new CommandRunner()
  runner.run('MSET x ohmytext y mynewtext')
  runner.run('HSET h f v')
  return runner
}

const matches =
  '$7\r\nmatches\r\n*2\r\n*2\r\n*2\r\n:4\r\n:7\r\n*2\r\n:5\r\n:8\r\n*2\r\n*2\r\n:2\r\n:3\r\n*2\r\n:0\r\n:1\r\n$3\r\nlen\r\n:6\r\n'

test.each([
  ['LCS x y', '$6\r\nmytext\r\n'],
  ['LCS x y LEN', ':6\r\n'],
  ['LCS x y IDX', `*4\r\n${matches}`],
  [
    'LCS x y IDX MINMATCHLEN 4 WITHMATCHLEN',
    '*4\r\n$7\r\nmatches\r\n*1\r\n*3\r\n*2\r\n:4\r\n:7\r\n*2\r\n:5\r\n:8\r\n:4\r\n$3\r\nlen\r\n:6\r\n',
  ],
  ['LCS x y IDX MINMATCHLEN 9', '*4\r\n$7\r\nmatches\r\n*0\r\n$3\r\nlen\r\n:6\r\n'],
  ['LCS x missing', '$0\r\n\r\n'],
  ['LCS missing missing IDX', '*4\r\n$7\r\nmatches\r\n*0\r\n$3\r\nlen\r\n:0\r\n'],
  ['LCS x h FOO', '-ERR The specified keys must contain string values\r\n'],
  ['LCS x y LEN IDX', '-ERR If you want both the length and indexes, please just use IDX.\r\n'],
  ['LCS x y FOO', '-ERR syntax error\r\n'],
  ['LCS x y MINMATCHLEN', '-ERR syntax error\r\n'],
  ['LCS x y MINMATCHLEN x', '-ERR value is not an integer or out of range\r\n'],
])('%s', (command, reply) => {
  expect(withTexts().run(command)).toBe(reply)
})

test('matches are a map in RESP3', () => {
  expect(withTexts().run3('LCS x y IDX')).toBe(`%2\r\n${matches}`)
})

test('the table may not be larger than proto-max-bulk-len', () => {
  const runner = new CommandRunner()
  runner.config.set('proto-max-bulk-len', '1048576')
  runner.run('SET', 'a', 'a'.repeat(511))
  runner.run('SET', 'b', 'b'.repeat(511))
  expect(runner.run('LCS a b LEN')).toBe(':0\r\n') // 512 * 512 cells of 4 bytes: just as large
  runner.run('APPEND b b')
  expect(runner.run('LCS a b LEN')).toBe(
    '-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len\r\n',
  )
})
