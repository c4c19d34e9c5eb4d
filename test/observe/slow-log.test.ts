import { SlowLog, Statistics, monitorLine, quotedBytes } from '../../src/observe/index.js'

const call = (micros: number, ...args: string[]) => ({
  unixSeconds: 1,
  micros,
  args: args.map((arg) => Buffer.from(arg)),
  address: '127.0.0.1:1',
  clientName: '',
})

describe('the slow log', () => {
  test('keeps what took its threshold or longer, newest first, numbered from the start', () => {
    const log = new SlowLog()
    log.thresholdMicros = 100
    for (const micros of [99, 100, 500]) log.add(call(micros, 'GET'))
    expect(log.latest(10).map(({ id, micros }) => [id, micros])).toEqual([
      [1, 500],
      [0, 100],
    ])
    log.reset()
    log.add(call(100))
    expect(log.latest(10).map(({ id }) => id)).toEqual([2])
  })

  test('a negative threshold keeps nothing', () => {
    const log = new SlowLog()
    log.thresholdMicros = -1
    log.add(call(1e9))
    expect(log.length).toBe(0)
  })

  test('holds no more than it may, at once when that is made less', () => {
    const log = new SlowLog()
    log.thresholdMicros = 0
    log.lengthMax = 3
    for (let micros = 0; micros < 5; micros++) log.add(call(micros))
    expect(log.latest(10).map(({ micros }) => micros)).toEqual([4, 3, 2])
    log.lengthMax = 1
    expect(log.latest(10).map(({ micros }) => micros)).toEqual([4])
    log.lengthMax = 0
    log.add(call(9))
    expect(log.length).toBe(0)
  })

  test('shortens arguments and their number', () => {
    const log = new SlowLog()
    log.thresholdMicros = 0
    log.add(call(1, 'x'.repeat(128), 'y'.repeat(130)))
    expect(log.latest(1)[0].args.map(String)).toEqual(['x'.repeat(128), `${'y'.repeat(128)}... (2 more bytes)`])
    log.add(call(1, ...Array.from({ length: 32 }, (_, i) => String(i))))
    expect(log.latest(1)[0].args).toHaveLength(32)
    expect(String(log.latest(1)[0].args[31])).toBe('31')
    log.add(call(1, ...Array.from({ length: 33 }, (_, i) => String(i))))
    expect(log.latest(1)[0].args).toHaveLength(32)
    expect(String(log.latest(1)[0].args[31])).toBe('... (2 more arguments)')
  })
})

describe('statistics', () => {
  test('calls that were not timed get their share of the time of all those', () => {
    const statistics = new Statistics()
    statistics.calls[1] = 30
    statistics.calls[2] = 11
    statistics.time(2, 500)
    statistics.untimedCalls = 40
    statistics.untimedMicros = 80
    expect([statistics.micros(1), statistics.micros(2), statistics.micros(3)]).toEqual([60, 520, 0])
    expect(statistics.latencies.get(2)?.percentile(50)).toBeGreaterThanOrEqual(500)
  })

  test('distributions are kept only where they are wanted', () => {
    const statistics = new Statistics()
    statistics.tracksLatency = false
    statistics.time(1, 5)
    expect(statistics.latencies.size).toBe(0)
    expect(statistics.timedCalls[1]).toBe(1)
  })

  test('errors are counted by prefix, of no more than 128 kinds', () => {
    const statistics = new Statistics()
    for (let i = 0; i < 200; i++) statistics.countError(`E${i}`)
    statistics.countError('E0')
    expect([statistics.errors.size, statistics.errors.get('E0'), statistics.errorReplies]).toEqual([128, 2, 201])
  })

  test('rates are averages of the last samples', () => {
    const statistics = new Statistics()
    statistics.sample(1_000)
    for (const commands of [100, 300]) {
      statistics.commandsProcessed += commands
      statistics.bytesIn += 1024
      statistics.sample(commands === 100 ? 2_000 : 3_000)
    }
    expect(statistics.rates()).toEqual({ commands: 200, bytesIn: 1024, bytesOut: 0 })
    statistics.reset()
    expect(statistics.rates().commands).toBe(0)
  })
})

describe('a line of MONITOR', () => {
  test('has six digits of microseconds', () => {
    const line = monitorLine({ unixMicros: 1_700_000_000_000_042, db: 3, address: 'unix:/tmp/s', args: [Buffer.from('GET')] }) // prettier-ignore
    expect(line).toBe('1700000000.000042 [3 unix:/tmp/s] "GET"')
  })

  test('quotes every byte so that it can be read back', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    const quoted = quotedBytes(bytes)
    expect(quoted).toMatch(/^"[\x20-\x7e]*"$/)
    const read = quoted.slice(1, -1).replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_, hex?: string, letter = '') => {
      const named: Record<string, string> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b' }
      return hex === undefined ? (named[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16))
    })
    expect(Buffer.from(read, 'latin1')).toEqual(bytes)
  })
})
