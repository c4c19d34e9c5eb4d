import { fieldOf } from '../../benchmarks/lib/info.js'
import { interleave } from '../../benchmarks/lib/interleave.js'
import { loadHashes, loadRandomValues, loadSortedSet } from '../../benchmarks/lib/loads.js'
import { readOptions } from '../../benchmarks/lib/options.js'
import { residentBytesOf, ticksOf } from '../../benchmarks/lib/process-stats.js'
import { TurnCounts } from '../../benchmarks/lib/probe.js'
import { loadArguments, parseLoad } from '../../benchmarks/lib/redis-benchmark.js'
import { ReplyCounter } from '../../benchmarks/lib/reply-counter.js'
import { Report } from '../../benchmarks/lib/report.js'
import { encode, type RespClient } from '../../benchmarks/lib/resp-client.js'
import { readResults, renderResults, unexplained } from '../../benchmarks/lib/results.js'
import { fillTemplate, showCommand, splitCommand } from '../../benchmarks/lib/servers.js'
import { median, percentile, ratios } from '../../benchmarks/lib/statistics.js'
import { markOf, targets, throughputTarget } from '../../benchmarks/lib/targets.js'
import { Zipf, seeded } from '../../benchmarks/lib/zipf.js'

const benchmarkOutput = ` SET: rps=0.0 (overall: 0.0) avg_msec=-nan (overall: -nan)\r====== SET ======
  20000 requests completed in 0.03 seconds
  50 parallel clients

Latency by percentile distribution:
0.000% <= 0.351 milliseconds (cumulative count 16)
50.000% <= 0.831 milliseconds (cumulative count 10016)
99.805% <= 2.247 milliseconds (cumulative count 19968)
99.902% <= 2.255 milliseconds (cumulative count 19984)
99.951% <= 2.279 milliseconds (cumulative count 20000)
100.000% <= 2.279 milliseconds (cumulative count 20000)

Cumulative distribution of latencies:
0.000% <= 0.103 milliseconds (cumulative count 0)
100.000% <= 3.103 milliseconds (cumulative count 20000)

Summary:
  throughput summary: 666666.69 requests per second
  latency summary (msec):
          avg       min       p50       p95       p99       max
        0.945     0.344     0.831     1.951     2.151     2.279
`

test('the output of redis-benchmark gives rate, percentiles and maximum', () => {
  expect(parseLoad(benchmarkOutput)).toEqual({
    rps: 666666.69,
    p50Ms: 0.831,
    p99Ms: 2.151,
    p999Ms: 2.255,
    maxMs: 2.279,
  })
})

test('an output that broke off is an error, not a number', () => {
  expect(() => parseLoad(benchmarkOutput.slice(0, 600))).toThrow('has no summary')
  expect(() => parseLoad('Error from server: ERR no')).toThrow('Error from server: ERR no')
})

test('a load becomes the arguments of redis-benchmark', () => {
  const load = { test: 'get', requests: 10, pipeline: 16, keys: 100, valueBytes: 3 }
  expect(loadArguments(load).join(' ')).toBe('-c 50 -n 10 -r 100 -P 16 -d 3 -t get')
  expect(loadArguments({ ...load, test: ['GET', 'k'] }).join(' ')).toBe('-c 50 -n 10 -r 100 -P 16 -d 3 GET k')
})

test('a round runs forward and back, and averages the two runs of a side', async () => {
  const order: string[] = []
  const rounds = await interleave(['a', 'b'], 2, async (side) => ({ value: order.push(side) }))
  expect(order.join('')).toBe('abbaabba')
  expect(rounds).toEqual({ a: { value: [2.5, 6.5] }, b: { value: [2.5, 6.5] } })
})

test('ratios are taken within a round', () => {
  expect(ratios([2, 30, 6], [1, 10, 6])).toEqual({ median: 2, min: 1, max: 3 })
  expect(median([4, 1, 3, 2])).toBe(2.5)
})

test('replies are counted alike, cut at every byte', () => {
  const replies = Buffer.from('+OK\r\n$3\r\na\r\n\r\n$-1\r\n:12\r\n$0\r\n\r\n-ERR no\r\n+OK\r\n')
  for (let cut = 0; cut <= replies.length; cut++) {
    const counter = new ReplyCounter()
    counter.feed(replies.subarray(0, cut))
    counter.feed(replies.subarray(cut))
    expect([cut, counter.count, counter.firstError]).toEqual([cut, 7, 'ERR no'])
  }
})

test('a reply that the loader cannot count is refused', () => {
  expect(() => new ReplyCounter().feed(Buffer.from('*1\r\n+a\r\n'))).toThrow("type '*'")
})

test('each field of each hash is written once', async () => {
  const written: string[] = []
  const pipeline = async (count: number, requestAt: (index: number) => string): Promise<void> => {
    for (let index = 0; index < count; index++) written.push(requestAt(index))
  }
  await loadHashes({ pipeline } as unknown as RespClient, 2, 200, 20)
  const words = written.map((request) => request.split('\r\n').filter((_, index) => index % 2 === 0 && index > 0))
  expect(written).toHaveLength(4)
  expect(words.map(([name, key]) => `${name} ${key}`)).toEqual([
    'HSET hsh:000000000000',
    'HSET hsh:000000000000',
    'HSET hsh:000000000001',
    'HSET hsh:000000000001',
  ])
  for (const request of words) expect(encode(...request)).toBe(written[words.indexOf(request)])
  const fields = words.slice(0, 2).flatMap((request) => request.slice(2).filter((_, index) => index % 2 === 0))
  expect(new Set(fields).size).toBe(200)
})

test('random values have their length, and differ', async () => {
  const written: string[] = []
  const pipeline = async (count: number, requestAt: (index: number) => string): Promise<void> => {
    for (let index = 0; index < count; index++) written.push(requestAt(index))
  }
  await loadRandomValues({ pipeline } as unknown as RespClient, 200, 64)
  const words = written.map((request) => request.split('\r\n').filter((_, index) => index % 2 === 0 && index > 0))
  for (const [index, request] of written.entries()) expect(encode(...words[index])).toBe(request)
  expect(words[7].slice(0, 2)).toEqual(['SET', 'key:000000000007'])
  expect(words.every(([, , value]) => value.length === 64)).toBe(true)
  expect(new Set(words.map(([, , value]) => value)).size).toBe(200)
})

test('a field of INFO is the whole of its line', () => {
  const info = '# Persistence\r\nrdb_last_bgsave_status:ok\r\nrdb_last_cow_size:4096\r\n'
  expect([fieldOf(info, 'rdb_last_bgsave_status'), fieldOf(info, 'rdb_last_cow_size')]).toEqual(['ok', '4096'])
  expect(() => fieldOf(info, 'last_cow_size')).toThrow('INFO has no last_cow_size')
})

test('a percentile is the value that so many do not exceed', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index)
  expect([50, 99, 99.5, 100].map((percent) => percentile(values, percent))).toEqual([50, 99, 100, 100])
  expect(percentile([], 99)).toBeNaN()
})

test('elements are written a hundred to a request, each once', async () => {
  const written: string[] = []
  const pipeline = async (count: number, requestAt: (index: number) => string): Promise<void> => {
    for (let index = 0; index < count; index++) written.push(requestAt(index))
  }
  await loadSortedSet({ pipeline } as unknown as RespClient, 'z', 250)
  const members = written.flatMap((request) => request.match(/mem:\d+/g) ?? [])
  expect(written.map((request) => request.split('\r\n', 1)[0])).toEqual(['*202', '*202', '*102'])
  expect([members.length, new Set(members).size]).toEqual([250, 250])
})

test('processor ticks and resident memory are read from /proc texts', () => {
  expect(ticksOf('42 (a b) c) S 1 2 3 4 5 6 7 8 9 10 110 22 0 0 20 0 1')).toBe(132)
  expect(residentBytesOf('Name:\tnode\nVmRSS:\t    2048 kB\nThreads:\t1\n')).toBe(2 * 1024 * 1024)
})

test('a command line keeps its quotes, its port and its place for arguments', () => {
  const template = splitCommand('server --port {port} --save "" {extra} \'a b\'')
  expect(template).toEqual(['server', '--port', '{port}', '--save', '', '{extra}', 'a b'])
  expect(fillTemplate(template, 7, ['x', 'y'])).toEqual(['server', '--port', '7', '--save', '', 'x', 'y', 'a b'])
  expect(showCommand(template, ['k:*'])).toBe('server --port <port> --save "" "k:*" "a b"')
  expect(() => fillTemplate(['server'], 7, ['x'])).toThrow('{extra}')
})

test('options name what is wrong with them', () => {
  expect(readOptions(['b', '--quick'], ['a', 'b'])).toMatchObject({ names: ['b'], quick: true, rounds: 1 })
  expect(readOptions([], ['a', 'b'])).toMatchObject({ names: ['a', 'b'], rounds: 5 })
  expect(() => readOptions(['c'], ['a', 'b'])).toThrow('no benchmark called c')
  expect(() => readOptions(['--rounds', '0'], [])).toThrow('--rounds')
  expect(() => readOptions(['--quick', '--write'], [])).toThrow('--quick')
})

test('a goal is reached at its bound', () => {
  expect(markOf(16, targets.loopTurnMs)).toBe('met')
  expect(markOf(16.1, targets.loopTurnMs)).toBe('missed')
  expect(markOf(0.8, targets.validatedReads)).toBe('stretch')
  expect(throughputTarget('GET', 16)).toMatchObject({ direction: 'at least', target: 1.2, stretch: 1.5 })
  expect(throughputTarget('MSET', 1)).toBeNull()
})

test('a run replaces its own section and keeps what others and people wrote', () => {
  const first = renderResults(
    {
      sections: new Map([
        ['b', 'old b'],
        ['a', 'old a'],
      ]),
      whyMissed: '- x: slow disk',
    },
    ['a', 'b'],
  )
  const again = readResults(first)
  expect(again.whyMissed).toBe('- x: slow disk')
  const second = renderResults({ ...again, sections: new Map([...again.sections, ['b', 'new b']]) }, ['a', 'b'])
  expect(second).toBe(first.replace('old b', 'new b'))
  expect(second.indexOf('old a')).toBeLessThan(second.indexOf('new b'))
})

test('a missed target needs a line that names it', () => {
  const report = new Report('title')
  expect(report.judge('GET', 1.1, throughputTarget('GET', 16))).toEqual(['≥ 1.2', '≥ 1.5', '**missed**'])
  report.judge('SET', 1.7, throughputTarget('SET', 16))
  expect(unexplained(report.verdicts, '')).toEqual(['GET'])
  expect(unexplained(report.verdicts, '- GET: why')).toEqual([])
})

test('a Zipf trace repeats itself from its seed and follows its law', () => {
  const draws = (seed: number): number[] => {
    const zipf = new Zipf(1000, 1, seeded(seed))
    return Array.from({ length: 20_000 }, () => zipf.next())
  }
  expect(draws(5)).toEqual(draws(5))
  expect(draws(5)).not.toEqual(draws(6))
  const times = new Array<number>(1000).fill(0)
  for (const item of draws(7)) times[item]++
  // 1 / (1 * H(1000)) of the draws go to the first item, half as many to the second
  expect(times[0] / 20_000).toBeCloseTo(0.1336, 1)
  expect(times[0] / times[1]).toBeGreaterThan(1.7)
  expect(times[0] / times[1]).toBeLessThan(2.3)
})

test('the time that one turn in 10,000 exceeds is found to within a sixteenth of a power of two', () => {
  const turns = new TurnCounts()
  expect(turns.percentile(99.99)).toBe(0)
  for (let i = 0; i < 99_980; i++) turns.add(0.01)
  for (let i = 0; i < 20; i++) turns.add(3)
  expect(turns.percentile(99.99)).toBeCloseTo(3, 0)
  expect(turns.percentile(99)).toBeCloseTo(0.01, 2)
})
