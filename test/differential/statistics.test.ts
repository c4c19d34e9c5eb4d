import { argumentsOf } from '../support/command-line.js'
import { describeWithRedis } from '../support/servers.js'
import { Pair } from './pair.js'
import { scripts } from './scripts/index.js'

/** Counters that depend on nothing but what clients asked. */
const counters = [
  'total_commands_processed',
  'keyspace_hits',
  'keyspace_misses',
  'expired_keys',
  'evicted_keys',
  'total_error_replies',
  'unexpected_error_replies',
  'rejected_connections',
]

/** The lines of INFO without what is measured in time. */
function countsOf(info: string): string[] {
  return info
    .split('\r\n')
    .filter((line) => /^(cmdstat|errorstat)_/.test(line) || counters.includes(line.split(':')[0]))
    .map((line) => line.replace(/usec=\d+,usec_per_call=[\d.]+,/, ''))
    .sort()
}

describeWithRedis('INFO counts what Redis counts', () => {
  let pair: Pair

  beforeAll(async () => {
    pair = await Pair.start(['--slowlog-log-slower-than', '-1'])
  })

  afterAll(() => pair?.stop())

  for (const [group, themes] of Object.entries(scripts)) {
    test.each(Object.entries(themes))(`${group}: %s`, async (_, lines) => {
      const connection = await pair.connect()
      await connection.ask('FLUSHALL')
      await connection.ask('CONFIG RESETSTAT')
      await connection.differences(lines.map(argumentsOf))
      connection.destroy()
      const asking = await pair.connect()
      const [redis, subject] = (await asking.ask('INFO everything')).map(String)
      asking.destroy()
      expect(countsOf(subject)).toEqual(countsOf(redis))
      expect(countsOf(redis).length).toBeGreaterThan(counters.length)
    })
  }
})
