import { createHash } from 'node:crypto'
import { ManualClock, ReplyError, Slice, wrongType } from '../../../src/base/index.js'
import { originCommands } from '../../../src/commands/origin/index.js'
import type { Database } from '../../../src/keyspace/index.js'
import type { Reply } from '../../../src/resp/index.js'
import { DispatchBench, type BenchOptions, type TestClient } from '../../origin/support/dispatch-bench.js'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

class Bench extends DispatchBench {
  readonly time = this.clock as ManualClock
  readonly values: Record<string, string> = { 'user:1': 'Ada' }
  fails = false
  readonly user: TestClient

  constructor(options: Partial<BenchOptions> = {}) {
    super({
      commands: originCommands,
      clock: new ManualClock(),
      config: { 'enable-origin-command': 'local' },
      ...options,
    })
    this.user = this.client()
  }

  bind(options: Record<string, string> = {}): this {
    const fetch = async (key: string): Promise<string | null> => {
      if (this.fails) throw new Error('down')
      return this.values[key] ?? null
    }
    this.bindOrigin({ name: 'users', pattern: 'user:*', store: { fetch }, ...options })
    return this
  }

  async ask(...words: string[]): Promise<Reply> {
    return this.askAs(this.user, ...words)
  }

  async askAs(client: TestClient, ...words: string[]): Promise<Reply> {
    const before = client.replies.length
    client.request(words)
    for (let i = 0; i < 20 && client.replies.length === before; i++) await turn()
    expect(client.replies).toHaveLength(before + 1)
    return client.replies[before]
  }

  /** Sets a plain key. */
  put(key: string, value: string): void {
    this.keyspace.databases[0].setString(Slice.from(key), Slice.from(value))
  }

  has(key: string): boolean {
    return this.keyspace.databases[0].find(Slice.from(key)) !== 0
  }
}

const fieldsOf = (reply: Reply): Record<string, Reply> => {
  const flat = reply as Reply[]
  return Object.fromEntries(flat.filter((_, i) => i % 2 === 0).map((name, i) => [String(name), flat[i * 2 + 1]]))
}

const errorOf = (reply: Reply): string => {
  expect(reply).toBeInstanceOf(ReplyError)
  return (reply as ReplyError).text
}

describe('ORIGIN VALIDATE', () => {
  test('replies what the origin says of the copy', async () => {
    const bench = new Bench().bind({ validate: 'never' })
    expect(await bench.ask('ORIGIN', 'VALIDATE', 'user:1')).toBe('found')
    expect(await bench.ask('ORIGIN', 'VALIDATE', 'user:1')).toBe('not-modified')
    bench.values['user:1'] = 'Grace'
    expect(await bench.ask('ORIGIN', 'VALIDATE', 'user:1')).toBe('found')
    delete bench.values['user:1']
    expect(await bench.ask('ORIGIN', 'VALIDATE', 'user:1')).toBe('absent')
  })

  test('takes no stale copy for an answer', async () => {
    const bench = new Bench().bind({ staleIfError: '1h' })
    await bench.ask('ORIGIN', 'VALIDATE', 'user:1')
    bench.fails = true
    expect(errorOf(await bench.ask('ORIGIN', 'VALIDATE', 'user:1'))).toMatch(/^ORIGINDOWN/)
  })

  test('refuses a key that is not bound', async () => {
    expect(errorOf(await new Bench().ask('ORIGIN', 'VALIDATE', 'x'))).toBe('ERR the key is not bound to an origin')
  })
})

describe('ORIGIN DIGEST', () => {
  test('is the SHA-256 of what is held, of any string or hash, and null of nothing', async () => {
    const bench = new Bench()
    bench.put('plain', 'abc')
    expect(await bench.ask('ORIGIN', 'DIGEST', 'plain')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
    expect(await bench.ask('ORIGIN', 'DIGEST', 'missing')).toBeNull()
  })

  test.each<[string, (db: Database) => void]>([
    ['set', (db) => void db.setForInsert(Slice.from('user:1')).add(Slice.from('m'))],
    ['list', (db) => void db.listForInsert(Slice.from('user:1')).push(Slice.from('m'), false)],
    ['sorted set', (db) => void db.sortedSetForInsert(Slice.from('user:1')).insert(Slice.from('m'), 1)],
    ['stream', (db) => void db.streamForInsert(Slice.from('user:1'))],
  ])('of a %s there is none: only strings and hashes have one', async (_type, write) => {
    const bench = new Bench().bind({ write: 'local' })
    write(bench.keyspace.databases[0])
    expect(await bench.ask('ORIGIN', 'DIGEST', 'user:1')).toEqual(new ReplyError('WRONGTYPE', wrongType.message))
    expect(fieldsOf(await bench.ask('ORIGIN', 'EXPLAIN', 'user:1'))).toMatchObject({ held: 'copy', digest: null })
  })

  test('of a long value that was written here is taken in pieces', async () => {
    const bench = new Bench()
    bench.put('plain', 'x'.repeat(1_000_000))
    expect(await bench.ask('ORIGIN', 'DIGEST', 'plain')).toBe(
      createHash('sha256').update('x'.repeat(1_000_000)).digest('hex'),
    )
  })

  test('never asks', async () => {
    const bench = new Bench().bind()
    expect(await bench.ask('ORIGIN', 'DIGEST', 'user:1')).toBeNull()
    expect(bench.origins.resolver.routes.all[0].statistics.requests).toBe(0)
  })
})

describe('ORIGIN EXPLAIN', () => {
  test('tells in the words of Cache-Status what is held and how reads go', async () => {
    const bench = new Bench().bind({ validate: '5s' })
    expect(fieldsOf(await bench.ask('ORIGIN', 'EXPLAIN', 'user:1'))).toMatchObject({
      origin: 'users',
      'name-there': 'user:1',
      held: 'nothing',
      'cache-status': 'truedis; fwd=uri-miss',
      'last-cache-status': null,
    })
    await bench.ask('ORIGIN', 'VALIDATE', 'user:1')
    bench.time.advance(2000)
    expect(fieldsOf(await bench.ask('ORIGIN', 'EXPLAIN', 'user:1'))).toMatchObject({
      held: 'copy',
      'age-ms': 2000,
      'cache-status': 'truedis; hit; ttl=3',
      'last-cache-status': 'truedis; fwd=uri-miss; fwd-status=200; stored',
      'last-ms-ago': 2000,
    })
    bench.time.advance(4000)
    expect(fieldsOf(await bench.ask('ORIGIN', 'EXPLAIN', 'user:1'))).toMatchObject({
      'cache-status': 'truedis; fwd=stale; ttl=-1',
    })
    await bench.ask('ORIGIN', 'INVALIDATE', 'KEYS', 'user:1')
    expect(fieldsOf(await bench.ask('ORIGIN', 'EXPLAIN', 'user:1'))).toMatchObject({
      held: 'invalidated copy',
      'cache-status': 'truedis; fwd=stale; detail=invalidated',
    })
  })

  test('tells of a remembered absence, and of a key that is not bound', async () => {
    const bench = new Bench().bind({ validate: '5s' })
    await bench.ask('ORIGIN', 'VALIDATE', 'user:9')
    expect(fieldsOf(await bench.ask('ORIGIN', 'EXPLAIN', 'user:9'))).toMatchObject({ held: 'absence', digest: null })
    expect(fieldsOf(await bench.ask('ORIGIN', 'EXPLAIN', 'plain'))).toEqual({ origin: null })
  })
})

describe('ORIGIN INVALIDATE', () => {
  const filled = async (): Promise<Bench> => {
    const bench = new Bench().bind({ validate: 'never' })
    Object.assign(bench.values, { 'user:2': 'Grace', 'user:x': 'Mary' })
    for (const key of ['user:1', 'user:2', 'user:x', 'user:none']) await bench.ask('ORIGIN', 'VALIDATE', key)
    bench.put('plain', 'v')
    return bench
  }
  const held = async (bench: Bench, key: string): Promise<Reply> =>
    fieldsOf(await bench.ask('ORIGIN', 'EXPLAIN', key)).held

  test('KEYS counts what was held', async () => {
    const bench = await filled()
    expect(await bench.ask('ORIGIN', 'INVALIDATE', 'KEYS', 'user:1', 'user:none', 'user:7')).toBe(2)
    expect(await held(bench, 'user:1')).toBe('invalidated copy')
    expect(await held(bench, 'user:none')).toBe('nothing')
    expect(await held(bench, 'user:2')).toBe('copy')
  })

  test('MATCH takes bound keys of the database only', async () => {
    const bench = await filled()
    expect(await bench.ask('ORIGIN', 'INVALIDATE', 'MATCH', '*[0-9n]*')).toBe(3)
    expect(await held(bench, 'user:x')).toBe('copy')
    expect(await held(bench, 'user:2')).toBe('invalidated copy')
  })

  test('ORIGIN takes all keys of a route', async () => {
    const bench = await filled()
    expect(await bench.ask('ORIGIN', 'INVALIDATE', 'ORIGIN', 'users')).toBe(4)
    expect(errorOf(await bench.ask('ORIGIN', 'INVALIDATE', 'ORIGIN', 'nobody'))).toMatch(/^ERR no such origin 'nobody'/)
  })

  test.each([[['BY', 'x']], [['MATCH', 'a', 'b']]])('refuses %j', async (words) => {
    expect(errorOf(await new Bench().ask('ORIGIN', 'INVALIDATE', ...words))).toBe('ERR syntax error')
  })
})

describe('ORIGIN ADD and DEL', () => {
  const directive = ['users', 'user:*', 'file:./users.json', 'validate', '5s']

  test('ADD binds, and its words are kept as they were written', async () => {
    const bench = new Bench({ environment: { TOKEN: 'secret' } })
    const words = [
      'api',
      'page:*',
      'https://api.example/{1}',
      'header',
      'Authorization: Bearer ${TOKEN}',
      'breaker',
      '5',
      '1s',
    ]
    expect(await bench.ask('ORIGIN', 'ADD', ...words, 'ADOPT', 'yes')).toBe('OK')
    expect(bench.added).toEqual([words])
    const [listed] = (await bench.ask('ORIGIN', 'LIST')) as Reply[]
    expect(fieldsOf(listed)).toEqual({
      name: 'api',
      pattern: 'page:*',
      url: 'https://api.example/{1}',
      options: ['header', 'Authorization: ***', 'breaker', '5', '1s'],
    })
  })

  test('ADD refuses keys that exist, with their number, unless they are adopted', async () => {
    const bench = new Bench()
    bench.put('user:1', 'a')
    bench.put('user:2', 'b')
    bench.put('other', 'c')
    expect(errorOf(await bench.ask('ORIGIN', 'ADD', ...directive))).toBe(
      "ERR origin 'users': 2 keys exist that it would bind; delete them, or 'adopt yes'",
    )
    expect(bench.origins.resolver.routeCount).toBe(0)
    expect(await bench.ask('ORIGIN', 'ADD', ...directive, 'adopt', 'yes')).toBe('OK')
    expect(bench.origins.resolver.routeCount).toBe(1)
    expect(bench.has('user:1')).toBe(true)
  })

  test.each([
    [
      ['users', 'user:*', 'ftp://x'],
      "ERR origin 'users': an origin's URL starts with file:, dir:, http:, https:, sqlite:, postgres:, mysql:, s3:, redis:, rediss:, redis+cluster:, rediss+cluster: or module:, such as file:./origin.json",
    ],
    [[...directive, 'adopt', 'perhaps'], 'ERR adopt is yes or no'],
    [['a b', 'x*', 'file:x'], "ERR origin 'a b': a name is 1 to 64 letters, digits, dots, dashes and underscores"],
  ])('ADD refuses %j', async (words, text) => {
    expect(errorOf(await new Bench().ask('ORIGIN', 'ADD', ...words))).toBe(text)
  })

  test('ADD refuses a name that is taken and a pattern that is shadowed', async () => {
    const bench = new Bench().bind()
    expect(errorOf(await bench.ask('ORIGIN', 'ADD', 'users', 'x*', 'file:x'))).toMatch(
      /^ERR origin 'users' exists already, for 'user:\*'; give the one for 'x\*' another name$/,
    )
    expect(errorOf(await bench.ask('ORIGIN', 'ADD', 'late', 'user:1*', 'file:x'))).toMatch(/would never be asked/)
  })

  test('DEL drops the copies and leaves what was written here', async () => {
    const bench = new Bench().bind({ write: 'local' })
    await bench.ask('ORIGIN', 'VALIDATE', 'user:1')
    bench.put('user:mine', 'v')
    expect(await bench.ask('ORIGIN', 'DEL', 'users')).toBe('OK')
    expect(bench.has('user:1')).toBe(false)
    expect(bench.has('user:mine')).toBe(true)
    expect(bench.removed).toEqual(['users'])
  })

  test('DEL KEEP leaves the copies as plain keys, which a later origin validates anew', async () => {
    const bench = new Bench().bind({ validate: '1h' })
    await bench.ask('ORIGIN', 'VALIDATE', 'user:1')
    expect(await bench.ask('ORIGIN', 'DEL', 'users', 'KEEP')).toBe('OK')
    expect(bench.has('user:1')).toBe(true)
    bench.time.advance(1)
    expect(await bench.ask('ORIGIN', 'ADD', ...directive, 'adopt', 'yes')).toBe('OK')
    expect(fieldsOf(await bench.ask('ORIGIN', 'EXPLAIN', 'user:1'))['cache-status']).toMatch(/fwd=stale/)
  })

  test('DEL refuses a name that nobody has', async () => {
    expect(errorOf(await new Bench().ask('ORIGIN', 'DEL', 'x\r\n'))).toMatch(/^ERR no such origin 'x\?\?'/)
  })

  test.each([
    ['no', '127.0.0.1:5', false],
    ['local', '127.0.0.1:5', true],
    ['local', '10.0.0.1:5', false],
    ['yes', '10.0.0.1:5', true],
  ])('with enable-origin-command %s a client at %s may: %s', async (value, address, may) => {
    const bench = new Bench({ config: { 'enable-origin-command': value } })
    const client = Object.assign(bench.client(), { address })
    const reply = await bench.askAs(client, 'ORIGIN', 'ADD', ...directive)
    if (may) expect(reply).toBe('OK')
    else expect(errorOf(reply)).toMatch(/^ERR ORIGIN ADD and DEL are not allowed from here/)
    expect(errorOf(await bench.askAs(client, 'ORIGIN', 'DEL', 'nobody'))).toMatch(may ? /no such/ : /not allowed/)
  })
})

test('ORIGIN INFO and INFO origin show the figures of each route', async () => {
  const bench = new Bench().bind()
  await bench.ask('ORIGIN', 'VALIDATE', 'user:1')
  await bench.ask('ORIGIN', 'VALIDATE', 'user:none')
  expect(fieldsOf(await bench.ask('ORIGIN', 'INFO', 'users'))).toMatchObject({
    name: 'users',
    url: 'object',
    breaker: 'closed',
    waiting: 0,
    requests: 2,
    fills: 1,
    absent: 1,
  })
  const lines = Object.fromEntries(bench.origins.lines())
  expect(lines).toMatchObject({ origins: 1, negative_entries: 1 })
  expect(lines.origin_users).toMatch(
    /^breaker=closed,failing_ms=0,push=no,waiting=0,in_flight=0,pending_writes=0,dead_letters=0,requests=2,/,
  )
  bench.origins.resetStatistics()
  expect(fieldsOf(await bench.ask('ORIGIN', 'INFO', 'users'))).toMatchObject({ requests: 0, fills: 0 })
})

test('ORIGIN HELP lists every subcommand', async () => {
  const lines = (await new Bench().ask('ORIGIN', 'HELP')) as string[]
  for (const name of [
    'LIST',
    'INFO',
    'EXPLAIN',
    'DIGEST',
    'VALIDATE',
    'INVALIDATE',
    'WARM',
    'RECONCILE',
    'JOBS',
    'CANCEL',
    'ADD',
    'DEL',
    'HELP',
  ]) {
    expect(lines.some((line) => line.startsWith(name))).toBe(true)
  }
})
