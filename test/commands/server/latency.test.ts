import { CommandRunner } from '../command-runner.js'
import { Stage, perform, type Dialogue } from '../stage.js'

const dialogues: Record<string, Dialogue> = {
  'LATENCY of a server that was never slow': [
    ['LATENCY LATEST', '*0\r\n'],
    ['LATENCY HISTORY command', '*0\r\n'],
    ['LATENCY RESET', ':0\r\n'],
    ['LATENCY RESET command other', ':0\r\n'],
    ['LATENCY GRAPH "a b"', "-ERR No samples available for event 'a b'\r\n"],
    ['LATENCY GRAPH', "-ERR wrong number of arguments for 'latency|graph' command\r\n"],
    ['LATENCY LATEST x', "-ERR wrong number of arguments for 'latency|latest' command\r\n"],
    ['LATENCY FOO', "-ERR unknown subcommand 'FOO'. Try LATENCY HELP.\r\n"],
    ['LATENCY HISTOGRAM nonsense client|nonsense', '*0\r\n', '%0\r\n'],
  ],
  'LATENCY HISTOGRAM counts the calls of commands and of all subcommands of a container': [
    ['CONFIG RESETSTAT', '+OK\r\n'],
    ['SET a b', '+OK\r\n'],
    ['SET c d', '+OK\r\n'],
    ['CLIENT GETNAME', '$-1\r\n', '_\r\n'],
    [
      'LATENCY HISTOGRAM set nonsense client',
      '*4\r\n$3\r\nset\r\n*4\r\n$5\r\ncalls\r\n:2\r\n$14\r\nhistogram_usec\r\n*2\r\n:1\r\n:2\r\n' +
        '$14\r\nclient|getname\r\n*4\r\n$5\r\ncalls\r\n:1\r\n$14\r\nhistogram_usec\r\n*2\r\n:1\r\n:1\r\n',
      '%2\r\n$3\r\nset\r\n%2\r\n$5\r\ncalls\r\n:2\r\n$14\r\nhistogram_usec\r\n%1\r\n:1\r\n:2\r\n' +
        '$14\r\nclient|getname\r\n%2\r\n$5\r\ncalls\r\n:1\r\n$14\r\nhistogram_usec\r\n%1\r\n:1\r\n:1\r\n',
    ],
  ],
}

describe('LATENCY', () => perform(dialogues))

test('without a name LATENCY HISTOGRAM tells of every command that was called', async () => {
  const stage = await Stage.open()
  const actor = await stage.enter()
  await actor.ask('CONFIG RESETSTAT')
  expect(await actor.ask('LATENCY HISTOGRAM')).toMatch(/^\*2\r\n\$16\r\nconfig\|resetstat\r\n/)
  await actor.ask('CONFIG SET latency-tracking no')
  await actor.ask('CONFIG RESETSTAT')
  expect(await actor.ask('LATENCY HISTOGRAM')).toBe('*0\r\n')
  await stage.close()
})

test('calls in a pipeline are counted too', async () => {
  const stage = await Stage.open()
  const actor = await stage.enter()
  actor.raw.send('CONFIG RESETSTAT\r\nGET a\r\nGET b\r\nGET c\r\n')
  await actor.raw.read(4)
  expect(await actor.ask('LATENCY HISTOGRAM get')).toContain('calls\r\n:3\r\n')
  await stage.close()
})

test('a call without a socket gets maps', async () => {
  const stage = await Stage.open()
  await stage.server.call('SET', 'k', 'v')
  const reply = (await stage.server.call('LATENCY', 'HISTOGRAM', 'set')) as Map<string, Map<string, unknown>>
  expect(reply.get('set')?.get('calls')).toBe(1)
  await stage.close()
})

describe('what took long', () => {
  let runner: CommandRunner

  beforeEach(() => {
    runner = new CommandRunner()
    runner.latency.thresholdMs = 10
    runner.latency.note('command', 50)
    runner.clock.advance(2000)
    runner.latency.note('command', 20)
    runner.latency.note('fast-command', 15)
  })

  const seconds = (): number => Math.floor(runner.clock.unixMs() / 1000)

  test('is its history, its last spike and its graph', () => {
    expect(runner.run('LATENCY HISTORY command')).toBe(
      `*2\r\n*2\r\n:${seconds() - 2}\r\n:50\r\n*2\r\n:${seconds()}\r\n:20\r\n`,
    )
    expect(runner.run('LATENCY HISTORY COMMAND')).toBe('*0\r\n')
    expect(runner.run('LATENCY LATEST')).toBe(
      `*2\r\n*4\r\n$7\r\ncommand\r\n:${seconds()}\r\n:20\r\n:50\r\n` +
        `*4\r\n$12\r\nfast-command\r\n:${seconds()}\r\n:15\r\n:15\r\n`,
    )
    expect(runner.run('LATENCY GRAPH command')).toContain('command - high 50 ms, low 20 ms (all time high 50 ms)\n')
    expect(runner.run3('LATENCY GRAPH command')).toMatch(/^=\d+\r\ntxt:command - /)
  })

  test('is forgotten by name or at once', () => {
    expect(runner.run('LATENCY RESET FAST-COMMAND fast-command')).toBe(':1\r\n')
    expect(runner.run('LATENCY RESET')).toBe(':1\r\n')
    expect(runner.run('LATENCY LATEST')).toBe('*0\r\n')
  })

  test('is told in words, with advice that fits the slow log', () => {
    const told = runner.run('LATENCY DOCTOR')
    expect(told).toContain(
      '1. command: 2 latency spikes (average 35ms, mean deviation 15ms, period 1.00 sec). Worst all time event 50ms.',
    )
    expect(told).toContain('2. fast-command: 1 latency spikes')
    expect(told).not.toContain('CONFIG SET slowlog-log-slower-than')
    runner.slowLog.thresholdMicros = 20_000
    expect(runner.run('LATENCY DOCTOR')).toContain('from 20000 microseconds on')
    runner.slowLog.thresholdMicros = -1
    expect(runner.run('LATENCY DOCTOR')).toContain('The slow log is off: CONFIG SET slowlog-log-slower-than 10000')
  })
})

test('LATENCY DOCTOR says whether anything is watched at all', () => {
  const runner = new CommandRunner()
  expect(runner.run('LATENCY DOCTOR')).toContain('CONFIG SET latency-monitor-threshold')
  runner.latency.thresholdMs = 25
  expect(runner.run('LATENCY DOCTOR')).toContain('Nothing has taken 25 milliseconds or more.')
})
