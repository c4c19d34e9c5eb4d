import { CommandRunner } from '../command-runner.js'
import { array, bulk, entry } from './replies.js'

const invalidId = '-ERR Invalid stream ID specified as stream command argument\r\n'
const tooSmall = '-ERR The ID specified in XADD is equal or smaller than the target stream top item\r\n'

test('* takes the time, and counts on where time stands still or goes backwards', async () => {
  const runner = new CommandRunner()
  await runner.clock.advance(5_000)
  const now = runner.clock.unixMs()
  expect(runner.run('XADD s * f v')).toBe(bulk(`${now}-0`))
  expect(runner.run('XADD s * f v')).toBe(bulk(`${now}-1`))
  await runner.clock.advance(1)
  expect(runner.run('XADD s * f v')).toBe(bulk(`${now + 1}-0`))
  runner.run(`XADD s ${now + 100}-18446744073709551615 f v`)
  expect(runner.run('XADD s * f v')).toBe(bulk(`${now + 101}-0`))
  expect(runner.changes).toBe(5)
  expect(runner.events()).toEqual(Array.from({ length: 5 }, () => 'db0 xadd s'))
})

test('ms-* counts on within its millisecond', () => {
  const runner = new CommandRunner()
  expect(runner.run('XADD s 0-* f v')).toBe(bulk('0-1'))
  expect(runner.run('XADD s 7-* f v')).toBe(bulk('7-0'))
  expect(runner.run('XADD s 7-* f v')).toBe(bulk('7-1'))
  expect(runner.run('XADD s 6-* f v')).toBe(tooSmall)
  runner.run('XADD s 9-18446744073709551615 f v')
  expect(runner.run('XADD s 9-* f v')).toBe(tooSmall)
})

test.each([
  ['XADD s 0-0 f v', '-ERR The ID specified in XADD must be greater than 0-0\r\n'],
  ['XADD s 5-5 f v', tooSmall],
  ['XADD s 5 f v', tooSmall],
  ['XADD s 5-6 f', "-ERR wrong number of arguments for 'xadd' command\r\n"],
  ['XADD s 5-6 f v g', "-ERR wrong number of arguments for 'xadd' command\r\n"],
  ['XADD s + f v', invalidId],
  ['XADD s x f v', invalidId],
  ['XADD s 18446744073709551616-0 f v', invalidId],
  ['XADD s MAXLEN -1 6-0 f v', '-ERR The MAXLEN argument must be >= 0.\r\n'],
  ['XADD s MAXLEN x 6-0 f v', '-ERR value is not an integer or out of range\r\n'],
  ['XADD s MAXLEN 5 LIMIT 5 6-0 f v', '-ERR syntax error, LIMIT cannot be used without the special ~ option\r\n'],
  ['XADD str 5-6 f v', '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'],
])('%s is refused, and nothing changes', (command, refusal) => {
  const runner = new CommandRunner()
  runner.run('XADD s 5-5 f v')
  runner.run('SET str v')
  const { changes } = runner
  expect(runner.run(command)).toBe(refusal)
  expect(runner.run(command.replace(' s ', ' missing ').replace(/ [0-9x+][^ ]* f.*/, ' x f v'))).toMatch(/^-/)
  expect(runner.run('XRANGE s - +')).toBe(array(entry('5-5', 'f', 'v')))
  expect(runner.run('EXISTS missing')).toBe(':0\r\n')
  expect(runner.changes).toBe(changes)
})

test('the last ID of all can be given, and ends the stream', () => {
  const runner = new CommandRunner()
  runner.run('XADD s 18446744073709551615-18446744073709551615 f v')
  expect(runner.run('XADD s * f v')).toBe(
    '-ERR The stream has exhausted the last possible ID, unable to add more items\r\n',
  )
})

test('NOMKSTREAM makes no stream', () => {
  const runner = new CommandRunner()
  expect(runner.run('XADD s NOMKSTREAM 1-1 f v')).toBe('$-1\r\n')
  expect(runner.run3('XADD s NOMKSTREAM 1-1 f v')).toBe('_\r\n')
  expect(runner.run('EXISTS s')).toBe(':0\r\n')
  runner.run('XADD s 1-1 f v')
  expect(runner.run('XADD s NOMKSTREAM 1-2 f v')).toBe(bulk('1-2'))
})

test('XADD trims after it has added', () => {
  const runner = new CommandRunner()
  for (let i = 1; i <= 5; i++) runner.run(`XADD s ${i}-0 f v`)
  runner.events()
  runner.run('XADD s MAXLEN 2 6-0 f v')
  expect(runner.run('XRANGE s - +')).toBe(array(entry('5-0', 'f', 'v'), entry('6-0', 'f', 'v')))
  runner.run('XADD s MINID = 7 6-1 f v')
  expect(runner.run('XLEN s')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 xadd s', 'db0 xtrim s', 'db0 xadd s', 'db0 xtrim s'])
})

test('approximate trimming takes whole chunks, and LIMIT entries at most', () => {
  const runner = new CommandRunner()
  runner.keyspace.limits.stream.nodeEntriesMax = 10
  for (let i = 1; i <= 100; i++) runner.run(`XADD s ${i}-0 f v`)
  expect(runner.run('XTRIM s MAXLEN ~ 95')).toBe(':0\r\n')
  expect(runner.run('XTRIM s MAXLEN ~ 85')).toBe(':10\r\n')
  expect(runner.run('XTRIM s MAXLEN ~ 0 LIMIT 25')).toBe(':20\r\n')
  expect(runner.run('XTRIM s MINID ~ 55')).toBe(':20\r\n')
  expect(runner.run('XTRIM s MINID 55')).toBe(':4\r\n')
  expect(runner.run('XLEN s')).toBe(':46\r\n')
})

test('of a stream that is deleted to its last entry the key stays', () => {
  const runner = new CommandRunner()
  runner.run('XADD s 1-1 f v')
  expect(runner.run('XDEL s 1-1 2-2')).toBe(':1\r\n')
  expect(runner.run('EXISTS s')).toBe(':1\r\n')
  expect(runner.run('TYPE s')).toBe('+stream\r\n')
  expect(runner.run('XADD s 1-1 f v')).toBe(tooSmall)
  expect(runner.run('DEL s')).toBe(':1\r\n')
})
