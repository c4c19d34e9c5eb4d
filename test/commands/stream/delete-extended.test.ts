import { CommandRunner } from '../command-runner.js'
import { array, integer } from './replies.js'

/** A stream of three, which groups g and h have read. */
function withGroups(): CommandRunner {
  const runner = new CommandRunner()
  for (let i = 1; i <= 3; i++) runner.run(`XADD s ${i}-0 f v`)
  for (const group of ['g', 'h']) {
    runner.run(`XGROUP CREATE s ${group} 0`)
    runner.run(`XREADGROUP GROUP ${group} c STREAMS s >`)
  }
  return runner
}

const integers = (...numbers: readonly number[]): string => array(...numbers.map(integer))

/** How many entries each group has pending, and how many there are. */
const state = (runner: CommandRunner): number[] =>
  ['XPENDING s g', 'XPENDING s h', 'XLEN s'].map((command) => Number(/:(\d+)/.exec(runner.run(command))![1]))

test.each([
  ['XDELEX s IDS 2 1-0 9-9', [1, -1], [3, 3, 2]],
  ['XDELEX s KEEPREF IDS 1 1-0', [1], [3, 3, 2]],
  ['XDELEX s DELREF IDS 2 1-0 2-0', [1, 1], [1, 1, 1]],
  ['XDELEX s ACKED IDS 2 1-0 9-9', [2, -1], [3, 3, 3]],
  ['XDELEX s IDS 1 1-0 DELREF', [1], [2, 2, 2]],
  ['XACKDEL s g IDS 2 1-0 9-9', [1, -1], [2, 3, 2]],
  ['XACKDEL s g DELREF IDS 1 1-0', [1], [2, 2, 2]],
  ['XACKDEL s g ACKED IDS 1 1-0', [2], [2, 3, 3]],
  ['XDELEX missing IDS 2 1-0 2-0', [-1, -1], [3, 3, 3]],
  ['XACKDEL missing g IDS 1 1-0', [-1], [3, 3, 3]],
  ['XACKDEL s nobody IDS 2 1-0 2-0', [-1, -1], [3, 3, 3]],
])('%s', (command, reply, after) => {
  const runner = withGroups()
  expect(runner.run(command)).toBe(integers(...reply))
  expect(state(runner)).toEqual(after)
})

test('ACKED deletes what every group has acknowledged, and not what one has yet to read', () => {
  const runner = withGroups()
  runner.run('XACK s g 1-0')
  expect(runner.run('XACKDEL s h ACKED IDS 1 1-0')).toBe(integers(1))
  runner.run('XADD s 4-0 f v')
  expect(runner.run('XDELEX s ACKED IDS 1 4-0')).toBe(integers(2))
  runner.run('XGROUP DESTROY s g')
  runner.run('XGROUP DESTROY s h')
  expect(runner.run('XDELEX s ACKED IDS 1 4-0')).toBe(integers(1))
})

test('DELREF forgets what is pending and no longer there', () => {
  const runner = withGroups()
  runner.run('XDEL s 1-0')
  expect(runner.run('XDELEX s DELREF IDS 1 1-0')).toBe(integers(-1))
  expect(state(runner)).toEqual([2, 2, 2])
})

test.each([
  ['XDELEX s IDS x 1-0', '-ERR Number of IDs must be a positive integer\r\n'],
  ['XDELEX s IDS 0 1-0', '-ERR Number of IDs must be a positive integer\r\n'],
  ['XDELEX s IDS 3 1-0 2-0', '-ERR The `numids` parameter must match the number of arguments\r\n'],
  ['XDELEX s IDS 1 1-0 2-0', '-ERR syntax error\r\n'],
  ['XDELEX s KEEPREF ACKED IDS 1 1-0', '-ERR syntax error\r\n'],
  ['XACKDEL s g KEEPREF DELREF IDS 1 1-0', '-ERR syntax error\r\n'],
  ['XDELEX s IDS 1 x', '-ERR Invalid stream ID specified as stream command argument\r\n'],
  ['XDELEX str IDS 1 1-0', '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'],
])('%s is refused', (command, refusal) => {
  const runner = withGroups()
  runner.run('SET str v')
  expect(runner.run(command)).toBe(refusal)
  expect(state(runner)).toEqual([3, 3, 3])
})

test('trimming by XADD and XTRIM spares what groups have not acknowledged, or takes it from them', () => {
  const spared = withGroups()
  spared.run('XACK s g 1-0 3-0')
  spared.run('XACK s h 1-0 2-0 3-0')
  expect(spared.run('XTRIM s MAXLEN 0 ACKED')).toBe(':2\r\n')
  expect(state(spared)).toEqual([1, 0, 1])
  spared.run('XADD s MAXLEN = 1 ACKED 4-0 f v')
  expect(state(spared)).toEqual([1, 0, 2])
  spared.run('XADD s DELREF MAXLEN 1 5-0 f v')
  expect(state(spared)).toEqual([0, 0, 1])
  const taken = withGroups()
  expect(taken.run('XTRIM s MINID = 3 DELREF')).toBe(':2\r\n')
  expect(state(taken)).toEqual([1, 1, 1])
  expect(taken.run('XTRIM s MAXLEN 0 KEEPREF')).toBe(':1\r\n')
  expect(state(taken)).toEqual([1, 1, 0])
})

test('approximate trimming looks for acknowledged entries in the chunks that would go', () => {
  const runner = new CommandRunner()
  runner.keyspace.limits.stream.nodeEntriesMax = 3
  for (let i = 1; i <= 9; i++) runner.run(`XADD s ${i}-0 f v`)
  runner.run('XGROUP CREATE s g 0')
  runner.run('XREADGROUP GROUP g c STREAMS s >')
  runner.run('XACK s g 1-0 3-0 4-0 5-0 6-0')
  expect(runner.run('XTRIM s MAXLEN ~ 3 ACKED')).toBe(':5\r\n')
  expect(runner.run('XLEN s')).toBe(':4\r\n')
  expect(runner.run('XINFO STREAM s')).toContain('$15\r\nradix-tree-keys\r\n:2\r\n')
})
