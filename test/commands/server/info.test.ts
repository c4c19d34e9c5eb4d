import { Stage, type Actor } from '../stage.js'

let stage: Stage
let actor: Actor

beforeEach(async () => {
  stage = await Stage.open()
  actor = await stage.enter()
})

afterEach(() => stage.close())

const info = (sections = ''): Promise<string> => actor.askText(`INFO ${sections}`.trim())

const titles = (text: string): string[] => text.match(/(?<=^# ).*$/gm) ?? []

/** One section as a dictionary. */
async function figures(section: string): Promise<Record<string, string>> {
  const lines = (await info(section)).split('\r\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(lines.map((line) => line.split(/:(.*)/s).slice(0, 2)))
}

const usual = ['Server', 'Clients', 'Memory', 'Persistence', 'Stats', 'Replication', 'CPU', 'Modules', 'Errorstats', 'Cluster', 'Keyspace'] // prettier-ignore
const all = ['Server', 'Clients', 'Memory', 'Persistence', 'Stats', 'Replication', 'CPU', 'Modules', 'Commandstats', 'Errorstats', 'Latencystats', 'Cluster', 'Keyspace'] // prettier-ignore
const ours = ['Origin']

const redisTitles = (text: string): string[] => titles(text).filter((title) => !ours.includes(title))

test.each([
  ['', usual],
  ['default', usual],
  ['all', all],
  ['everything', all],
  ['ALL nothing', all],
  ['server', ['Server']],
  ['keyspace CPU server cpu', ['Server', 'CPU', 'Keyspace']],
  ['default commandstats', [...usual.slice(0, 8), 'Commandstats', ...usual.slice(8)]],
  ['module_list', ['Modules']],
  ['latencystats', ['Latencystats']],
  ['nothing', []],
])('INFO %s shows its sections in Redis’s order', async (sections, shown) => {
  expect(redisTitles(await info(sections))).toEqual(shown)
})

test('sections are parted by an empty line, lines end as in Redis', async () => {
  expect(await info('cluster modules')).toBe('# Modules\r\n\r\n# Cluster\r\ncluster_enabled:0\r\n')
  expect(await actor.ask('INFO nothing')).toBe('$0\r\n\r\n')
  await actor.ask('HELLO 3')
  expect(await actor.ask('INFO cluster')).toBe('=34\r\ntxt:# Cluster\r\ncluster_enabled:0\r\n\r\n')
})

test('the server says which Redis it is like, and what it is', async () => {
  stage.clock.advance(61_500)
  expect(await figures('server')).toMatchObject({
    redis_version: '7.0.15',
    server_name: 'truedis',
    truedis_version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    redis_mode: 'standalone',
    process_id: String(process.pid),
    run_id: expect.stringMatching(/^[0-9a-f]{40}$/),
    tcp_port: String(stage.server.port),
    server_time_usec: String(stage.clock.unixMicros()),
    uptime_in_seconds: '61',
    uptime_in_days: '0',
    hz: '10',
  })
})

test('clients are counted', async () => {
  const other = await stage.enter()
  await other.ask('PING')
  expect(await figures('clients')).toMatchObject({ connected_clients: '2', maxclients: '10000', blocked_clients: '0' })
})

test('those who wait for an origin are counted among the blocked, and by themselves', async () => {
  let answer: (value: string) => void = () => {}
  const asked = new Promise<string>((resolve) => (answer = resolve))
  const bound = await Stage.open({ origins: [{ name: 'o', pattern: 'o:*', store: { fetch: () => asked } }] })
  const [waiter, looker] = [await bound.enter(), await bound.enter()]
  waiter.send('GET o:1')
  const look = (): Promise<string> => looker.askText('INFO clients')
  while (!/blocked_clients:1\r\nclients_waiting_for_origins:1\r\n/.test(await look()));
  answer('value')
  expect(await waiter.heard()).toBe('$5\r\nvalue\r\n')
  expect(await look()).toMatch(/blocked_clients:0\r\nclients_waiting_for_origins:0\r\n/)
  await bound.close()
})

test('memory is the arena’s, and people can read it', async () => {
  await actor.ask('FLUSHALL')
  await actor.ask(['SET', 'k', 'x'.repeat(100_000)])
  const memory = await figures('memory')
  expect(Number(memory['used_memory'])).toBeGreaterThan(100_000)
  expect(Number(memory['used_memory_dataset'])).toBeGreaterThan(100_000)
  expect(memory['used_memory_human']).toMatch(/^\d+\.\d\dK$/)
  expect(Number(memory['used_memory_peak'])).toBeGreaterThanOrEqual(Number(memory['used_memory']))
  expect(Number(memory['used_memory_rss'])).toBeGreaterThan(1_000_000)
  expect(memory).toMatchObject({ maxmemory: '0', maxmemory_policy: 'noeviction' })
})

test('statistics count commands, hits, errors, and rejected and failed calls by command', async () => {
  await actor.ask('SET k v')
  for (const line of ['GET k', 'GET missing', 'GET', 'HGET k f', 'FOO', 'CLIENT ID']) await actor.ask(line)
  expect(await figures('stats')).toMatchObject({
    total_connections_received: '1',
    total_commands_processed: '5',
    keyspace_hits: '2',
    keyspace_misses: '1',
    total_error_replies: '3',
  })
  expect(await figures('errorstats')).toEqual({ errorstat_ERR: 'count=2', errorstat_WRONGTYPE: 'count=1' })
  expect(await figures('commandstats')).toMatchObject({
    cmdstat_get: 'calls=2,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0',
    cmdstat_hget: 'calls=1,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=1',
    'cmdstat_client|id': 'calls=1,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=0',
  })
})

test('latencies are shown of commands that are timed one by one, where that is switched on', async () => {
  await actor.ask('KEYS *')
  const shown = (await figures('latencystats'))['latency_percentiles_usec_keys']
  expect(shown).toBe('p50=0.000,p99=0.000,p99.9=0.000')
  await actor.ask('CONFIG SET latency-tracking-info-percentiles "10 100"')
  expect((await figures('latencystats'))['latency_percentiles_usec_keys']).toBe('p10=0.000,p100=0.000')
  await actor.ask('CONFIG SET latency-tracking no')
  expect(await figures('latencystats')).toEqual({})
})

test('databases with keys are shown', async () => {
  await actor.ask('MSET a 1 b 2')
  await actor.ask('EXPIRE a 100')
  await actor.ask('SELECT 3')
  await actor.ask('SET c 3')
  expect(await figures('keyspace')).toEqual({
    db0: 'keys=2,expires=1,avg_ttl=0',
    db3: 'keys=1,expires=0,avg_ttl=0',
  })
})

test('it is a primary without replicas that keeps nothing on disk', async () => {
  expect(await figures('replication')).toMatchObject({ role: 'master', connected_slaves: '0', master_repl_offset: '0' })
  expect(await figures('persistence')).toMatchObject({ loading: '0', aof_enabled: '0', rdb_last_bgsave_status: 'ok' })
})
