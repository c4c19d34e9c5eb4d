import { Config } from '../../../src/server/config/index.js'
import { ReplyError } from '../../../src/base/index.js'
import { describeWithRedis } from '../../support/servers.js'
import { RealRedis } from './real-redis.js'

/** What is ours, or cannot be the same: where the server listens and lives, and the one directive of ours. */
const ours = new Set(['bind', 'port', 'unixsocket', 'dir', 'enable-origin-command', 'replica-compat'])

const pairs = (flat: readonly string[]): Map<string, string> =>
  new Map(Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]))

describeWithRedis('the same as redis-server', () => {
  let redis: RealRedis

  beforeAll(async () => {
    redis = await RealRedis.start()
  })
  afterAll(() => redis.stop())

  const answer = async (config: Config, ...args: string[]): Promise<string> => {
    const list = Array.from({ length: args.length / 2 }, (_, i) => [args[2 * i], args[2 * i + 1]] as const)
    const outcome = await config.set(list, { local: true })
    return outcome instanceof ReplyError ? `-${outcome.text}` : 'OK'
  }

  test('CONFIG GET * has the same names, and every default the same text', async () => {
    const theirs = pairs((await redis.call('CONFIG', 'GET', '*')) as string[])
    const mine = new Map(new Config().get(['*']))
    for (const name of ours) {
      theirs.delete(name)
      mine.delete(name)
    }
    expect(new Map([...mine].sort())).toEqual(new Map([...theirs].sort()))
  })

  test('hidden directives answer to their full names only', async () => {
    const hidden = ['use-exit-on-panic', 'rdb-key-save-delay', 'key-load-delay', 'watchdog-period']
    hidden.push('loading-process-events-interval-bytes')
    for (const name of hidden) {
      expect(new Config().get([name]).flat()).toEqual(await redis.call('CONFIG', 'GET', name))
    }
    expect(new Config().get(['watchdog-*'])).toEqual([])
  })

  test.each([
    [['maxmemory']],
    [['MaxMemory']],
    [['MAXMEM*', 'maxmemory']],
    [['nothing', 'such']],
    [['maxmemory', 'maxmemory']],
    [['slave-p[a-r]iority', 'replica-priorit?']],
    [['hash-max-*', 'no\\*']],
    [['[^a-z]*', '?z']],
  ])('CONFIG GET %j', async (patterns) => {
    const theirs = pairs((await redis.call('CONFIG', 'GET', ...patterns)) as string[])
    expect(new Map(new Config().get(patterns))).toEqual(theirs)
  })

  /** Each value is set in both; replies, and what CONFIG GET says then, are compared. */
  const values: readonly (readonly [name: string, ...values: string[]])[] = [
    [
      'timeout',
      '0',
      '10',
      '-1',
      '2147483647',
      '2147483648',
      '01',
      '+1',
      ' 1',
      '1 ',
      '',
      'x',
      '1.0',
      '99999999999999999999',
    ],
    ['maxclients', '1', '0', '-1', '4294967296', 'many'],
    [
      'proto-max-bulk-len',
      '1mb',
      '1MB',
      '1m',
      '1048576',
      '1048575',
      '10gB',
      '2tb',
      'mb',
      '',
      '-1',
      '9223372036854775807',
    ],
    ['proto-max-bulk-len', '9223372036854775808', '99999999999999999999999', '8589934592gb', '1 mb', '1kb1'],
    ['maxmemory', '100mb', '18446744073709551615', '18446744073709551616', '0', '1b', '1B', '1k', '1kb', '1G', '-5'],
    ['maxmemory', '17179869184gb', '1e3', '0x10', 'kb'],
    ['maxmemory-clients', '5%', '101%', '100%', '-5%', '%', '0%', '5', '1gb', '05%', 'x%', '18446744073709551615'],
    ['client-query-buffer-limit', '1mb', '1kb', '4gb'],
    ['hash-max-listpack-entries', '-1', '0', '9223372036854775807', '9223372036854775808', '64'],
    ['hash-max-ziplist-value', '128', '1kb', 'x'],
    ['list-max-listpack-size', '-5', '-2147483648', '-2147483649', '8'],
    ['slowlog-log-slower-than', '-1', '-2', '0', '10000'],
    ['slowlog-max-len', '-1', '0', '128'],
    ['repl-backlog-ttl', '-1', '0', '3600'],
    ['active-expire-effort', '0', '1', '10', '11'],
    ['hz', '0', '1', '500', '501', '100000', '-1'],
    ['protected-mode', 'YES', 'no', 'maybe', '', '1'],
    ['loglevel', 'WARNING', 'verbose', 'loud', ''],
    ['maxmemory-samples', '0', '5'],
    ['appendfsync', 'always', 'No', 'never', 'everysec'],
    ['sanitize-dump-payload', 'clients', 'all'],
    ['repl-diskless-load', 'swapdb', 'nowhere'],
    ['acl-pubsub-default', 'allchannels', 'some', 'resetchannels'],
    ['oom-score-adj', 'maybe', 'no'],
    ['shutdown-on-sigint', 'save', 'save nosave', 'force now', 'default now', 'nosave  now', 'later', '', 'default'],
    ['shutdown-on-sigterm', 'NOW', 'force  '],
    [
      'save',
      '900 1',
      '900 1 300 10',
      '',
      '900',
      '0 1',
      '1 -1',
      'x 1',
      '900  1',
      '+5 007',
      ' ',
      '3600 1 300 100 60 10000',
    ],
    ['client-output-buffer-limit', 'normal 1mb 2kb 3', 'replica 1 2 3 slave 4 5 6', 'NORMAL 0 0 0 pubsub 1 1 1', ''],
    ['client-output-buffer-limit', 'master 1 1 1', 'normal 1 1', 'normal x 1 1', 'normal 1 1 -1', 'normal 1 1 x'],
    ['oom-score-adj-values', '0 100', '0 2001 0', '0 a 0', '0 1 2 3', '0 200 800'],
    ['notify-keyspace-events', 'KEA', 'AKE', 'Ez', 'g$lshzxetd', 'g$lshzxetdn', 'An', 'Am', 'KEmn', 'q', 'elKE', ''],
    [
      'latency-tracking-info-percentiles',
      '50 99.99',
      '100',
      '0',
      '100.1',
      '-1',
      'x',
      '1e1',
      '',
      '50.0000001 33.333333',
      'inf',
    ],
    ['requirepass', '\x00\xff"', ''],
    ['masteruser', 'me', ''],
    ['proc-title-template', '{title} {port}', '{nothing}', '{title', '', '{{x', '{server-mode}', '  {listen-addr} '],
    ['cluster-announce-hostname', 'a.b-c', 'a_b', 'x'.repeat(256), ''],
    ['ignore-warnings', 'ARM64-COW-BUG', ''],
    ['port', '-1', '65536'],
    ['databases', '4'],
    ['daemonize', 'yes'],
    ['unixsocketperm', '700'],
    ['replicaof', 'no one'],
    ['slaveof', 'no one'],
    ['dbfilename', 'x.rdb'],
    ['dir', '/'],
    ['Daemonize', 'yes'],
    ['nothing', '1'],
    ['origin-x', '1'],
  ]

  test.each(values)('CONFIG SET %s', async (name, ...texts) => {
    const config = new Config()
    await redis.call('CONFIG', 'SET', ...config.get([name]).flat())
    for (const text of texts) {
      const theirs = await redis.call('CONFIG', 'SET', name, text)
      expect([text, await answer(config, name, text)]).toEqual([text, theirs])
      if (!ours.has(name) && !name.startsWith('d')) {
        expect([text, ...config.get([name]).flat()]).toEqual([text, ...(await redis.call('CONFIG', 'GET', name))])
      }
    }
    await redis.call('CONFIG', 'SET', 'requirepass', '')
  })

  test.each([
    [['timeout', '1', 'timeout', '2']],
    [['timeout', '1', 'TIMEOUT', '2']],
    [['slave-priority', '1', 'replica-priority', '2']],
    [['nothing', '1', 'daemonize', 'yes']],
    [['daemonize', 'yes', 'nothing', '1']],
    [['timeout', '77', 'nothing', '1']],
    [['timeout', '77', 'hz', 'x']],
    [['timeout', '77', 'save', '1', 'hz', '5']],
    [['slave-priority', 'x']],
    [['TIMEOUT', 'x']],
    [['timeout', '78', 'hz', '20']],
  ])('CONFIG SET %j is all or nothing', async (args) => {
    const config = new Config()
    for (const each of ['timeout', 'hz', 'save', 'replica-priority']) {
      const [[, initial]] = config.get([each])
      await redis.call('CONFIG', 'SET', each, initial)
    }
    expect(await answer(config, ...args)).toBe(await redis.call('CONFIG', 'SET', ...args))
    for (const each of ['timeout', 'hz', 'save', 'replica-priority']) {
      expect(config.get([each]).flat()).toEqual(await redis.call('CONFIG', 'GET', each))
    }
  })
})
