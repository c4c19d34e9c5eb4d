import { CommandRunner } from '../command-runner.js'
import { array, bulk, entry, integer, map } from './replies.js'

function withEntries(count = 5): CommandRunner {
  const runner = new CommandRunner()
  for (let i = 1; i <= count; i++) runner.run(`XADD s ${i}-${i} f ${i} g x`)
  return runner
}

const entries = (...numbers: readonly number[]): string =>
  array(...numbers.map((i) => entry(`${i}-${i}`, 'f', String(i), 'g', 'x')))

test.each([
  ['XRANGE s - +', [1, 2, 3, 4, 5]],
  ['XRANGE s 2 4', [2, 3, 4]],
  ['XRANGE s 2-2 4-4', [2, 3, 4]],
  ['XRANGE s (2-2 (4-4', [3]],
  ['XRANGE s 2-3 4-3', [3]],
  ['XRANGE s - + COUNT 2', [1, 2]],
  ['XRANGE s 6 +', []],
  ['XRANGE s 4 2', []],
  ['XREVRANGE s + -', [5, 4, 3, 2, 1]],
  ['XREVRANGE s 4 2', [4, 3, 2]],
  ['XREVRANGE s (4-4 (2-2', [3]],
  ['XREVRANGE s + - COUNT 2', [5, 4]],
  ['XRANGE missing - +', []],
])('%s', (command, numbers) => {
  expect(withEntries().run(command)).toBe(entries(...numbers))
  expect(withEntries().run3(command)).toBe(entries(...numbers))
})

test.each([
  ['XRANGE s (18446744073709551615-18446744073709551615 +', '-ERR invalid start ID for the interval\r\n'],
  ['XRANGE s - (0-0', '-ERR invalid end ID for the interval\r\n'],
  ['XRANGE s (- +', '-ERR Invalid stream ID specified as stream command argument\r\n'],
  ['XRANGE s - + COUNT', '-ERR syntax error\r\n'],
  ['XRANGE s - + COUNT x', '-ERR value is not an integer or out of range\r\n'],
])('%s is refused', (command, refusal) => {
  expect(withEntries().run(command)).toBe(refusal)
})

test('a count of none is no array', () => {
  const runner = withEntries()
  expect(runner.run('XRANGE s - + COUNT 0')).toBe('*-1\r\n')
  expect(runner.run3('XREVRANGE s + - COUNT -5')).toBe('_\r\n')
})

test('XREAD gives what is behind an ID, by stream: an array of pairs, in RESP3 a map', () => {
  const runner = withEntries(2)
  runner.run('XADD t 1-0 a b')
  const ofS = [bulk('s'), entries(2)]
  const ofT = [bulk('t'), array(entry('1-0', 'a', 'b'))]
  expect(runner.run('XREAD STREAMS s t none 1-1 0 0')).toBe(array(array(...ofS), array(...ofT)))
  expect(runner.run3('XREAD STREAMS s t none 1-1 0 0')).toBe(map(...ofS, ...ofT))
  expect(runner.run('XREAD COUNT 1 STREAMS s 0')).toBe(array(array(bulk('s'), entries(1))))
  expect(runner.run('XREAD STREAMS s $')).toBe('*-1\r\n')
  expect(runner.run3('XREAD STREAMS s 2-2')).toBe('_\r\n')
})

test('XSETID sets what the stream remembers, and never below what it holds', () => {
  const runner = withEntries(3)
  expect(runner.run('XSETID s 3-2')).toBe(
    '-ERR The ID specified in XSETID is smaller than the target stream top item\r\n',
  )
  expect(runner.run('XSETID s 9-0 ENTRIESADDED 2')).toBe(
    '-ERR The entries_added specified in XSETID is smaller than the target stream length\r\n',
  )
  expect(runner.run('XSETID missing 1-1')).toBe('-ERR no such key\r\n')
  expect(runner.run('XSETID s 9-0 ENTRIESADDED 20 MAXDELETEDID 8-0')).toBe('+OK\r\n')
  expect(runner.run('XADD s 9-0 f v')).toMatch(/^-ERR/)
  const info = runner.run('XINFO STREAM s')
  expect(info).toContain(bulk('entries-added') + integer(20))
  expect(info).toContain(bulk('max-deleted-entry-id') + bulk('8-0'))
})
