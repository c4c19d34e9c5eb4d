import { ManualClock } from '../../src/base/index.js'
import { command, manyArguments, type Call, type CommandSpec, type Services } from '../../src/command/index.js'
import { Ledger } from '../../src/dispatch/ledger.js'
import { LatencyMonitor, SlowLog, Statistics } from '../../src/observe/index.js'
import { Args } from '../../src/resp/index.js'

const spec = { group: 'generic', since: '0', summary: '', arity: -1, flags: [] } as const
const declare = (more: Omit<CommandSpec, keyof typeof spec> & Partial<CommandSpec>) => command({ ...spec, ...more })

const SHORT = declare({ name: 'SHORT', complexity: 'O(1)' })
const LONG = declare({ name: 'LONG', complexity: 'O(N)' })
const EACH = declare({ name: 'EACH', complexity: 'O(N)', slowFrom: manyArguments })
let isCrowded = false
const CROWD = declare({ name: 'CROWD', complexity: 'O(N)', takesLong: () => isCrowded })

function open() {
  const clock = new ManualClock()
  const statistics = new Statistics()
  const slowLog = new SlowLog()
  const latency = new LatencyMonitor(clock)
  const ledger = new Ledger({ clock, statistics, slowLog, latency, keyspace: { tick() {} } } as unknown as Services)
  const callOf = (called: typeof SHORT, words: number): Call => {
    const args = new Args().load(Array.from({ length: words }, () => Buffer.from(called.name)))
    const client = { address: '127.0.0.1:1', name: '' }
    return { command: called, args, client, wokenBy: null, isInner: false, services: {} } as unknown as Call
  }
  const run = (called: typeof SHORT, ms: number, words = 1, replyBytes = 5): void => {
    const call = callOf(called, words)
    const isTimed = ledger.times(call)
    const startMs = isTimed ? ledger.start() : 0
    clock.advance(ms)
    statistics.calls[called.id]++
    if (isTimed) ledger.took(call, startMs)
    else ledger.passed(call, replyBytes)
  }
  const logged = () => slowLog.latest(10).map(({ args, micros }) => [args[0].toString(), micros])
  return { clock, statistics, slowLog, ledger, run, logged }
}

test('a call that may take long is logged with its own duration, wherever it stands in its batch', () => {
  const { ledger, run, logged, statistics } = open()
  ledger.begin()
  run(LONG, 20)
  run(LONG, 3)
  run(SHORT, 1)
  run(LONG, 30)
  run(SHORT, 1)
  ledger.end()
  expect(logged()).toEqual([
    ['LONG', 30_000],
    ['LONG', 20_000],
  ])
  expect([statistics.micros(LONG.id), statistics.micros(SHORT.id)]).toEqual([53_000, 2000])
})

test('a call that takes no time but for its bytes is logged when these are many, in the midst of a batch too', () => {
  const { ledger, run, logged, statistics, clock } = open()
  ledger.begin()
  run(SHORT, 0.25)
  run(SHORT, 20, 1, 1 << 24)
  run(SHORT, 0.25)
  ledger.lapseSeldom()
  run(SHORT, 30, 1, 1 << 24)
  clock.advance(50)
  ledger.lapse() // nobody knows when the next one begins
  run(SHORT, 20, 1, 1 << 24)
  ledger.end()
  run(SHORT, 20, 1, 1 << 24) // nor here
  expect(logged()).toEqual([
    ['SHORT', 30_000],
    ['SHORT', 20_250],
  ])
  expect(statistics.timedCalls[SHORT.id]).toBe(2)
})

test('what lies between two calls is no part of the second', () => {
  const { clock, ledger, run, logged, statistics } = open()
  ledger.begin()
  run(LONG, 1)
  clock.advance(50)
  ledger.lapse()
  run(LONG, 11)
  ledger.end()
  clock.advance(1000)
  run(LONG, 12) // outside of a batch, as of a client that is woken
  clock.advance(1000)
  run(LONG, 13)
  expect(logged()).toEqual([
    ['LONG', 13_000],
    ['LONG', 12_000],
    ['LONG', 11_000],
  ])
  expect(statistics.timedMicros[LONG.id]).toBe(37_000)
})

test('a call is timed by itself from so many arguments on, or when it says that it may take long', () => {
  const { ledger, run, statistics } = open()
  ledger.begin()
  run(EACH, 1, manyArguments - 1)
  run(CROWD, 1)
  expect([statistics.timedCalls[EACH.id], statistics.timedCalls[CROWD.id]]).toEqual([0, 0])
  run(EACH, 1, manyArguments)
  isCrowded = true
  run(CROWD, 1)
  ledger.end()
  expect([statistics.timedCalls[EACH.id], statistics.timedCalls[CROWD.id]]).toEqual([1, 1])
})

test('a slow log that wants calls of less than a millisecond gets the duration of each', () => {
  const { ledger, run, logged, slowLog } = open()
  slowLog.thresholdMicros = 500
  ledger.begin()
  run(SHORT, 0.5)
  run(SHORT, 0.4)
  run(SHORT, 0.6)
  ledger.end()
  expect(logged()).toEqual([
    ['SHORT', 600],
    ['SHORT', 500],
  ])
})
