import { ManualClock, Slice } from '../../src/base/index.js'
import { optionNames } from '../../src/origin/options.js'
import { parseRoute, routeFromOptions, type OriginOptions, type RouteContext } from '../../src/origin/parse.js'
import { RouteError } from '../../src/origin/route-error.js'
import type { Route } from '../../src/origin/route.js'
import { masked } from '../../src/origin/secrets.js'
import { dictionaryStore } from '../../src/origin/stores/object.js'
import { SqlServerStore } from '../../src/origin/stores/sql/server-store.js'

const files: Record<string, string> = { './m.js': '', 'token.txt': 'from-file\n', '/etc/ca.pem': 'PEM' }
const context: RouteContext = {
  clock: new ManualClock(),
  baseDirectory: '/base',
  mayLoadCode: true,
  environment: { TOKEN: 'secret-token', LONG: 'secret-token-and-more', HOST: 'api.example' },
  readFile: (path) => {
    if (files[path] === undefined) throw Object.assign(new Error('secret path'), { code: 'ENOENT' })
    return files[path]
  },
}

const parse = (line: string): Route => parseRoute(line.split(' '), context)
const parseWords = (...words: string[]): Route => parseRoute(words, context)
const problem = (make: () => unknown): string => {
  try {
    make()
  } catch (error) {
    expect(error).toBeInstanceOf(RouteError)
    return (error as RouteError).message
  }
  return 'no problem'
}

test('what a directive leaves out has the documented defaults', () => {
  expect(parse('users user:* file:./o.json').options).toEqual({
    as: 'string',
    validation: { mode: 'always' },
    staleWhileRevalidateMs: 0,
    staleIfErrorMs: 600_000,
    refreshAhead: false,
    negativeValidation: { mode: 'always' },
    ttlMs: null,
    write: 'reject',
    softTimeoutMs: 250,
    hardTimeoutMs: 5000,
    maxInFlight: 64,
    queueMax: 10_000,
    pendingMax: 1_000_000,
    breakerFailures: 5,
    breakerPauseMs: 1000,
    valueBytesMax: 67_108_864,
    db: 0,
    persist: true,
    schema: null,
    batch: null,
    webhook: null,
    webhookSecret: null,
    headers: [],
    ca: null,
    cert: null,
    key: null,
  })
})

test('push may have a lifetime behind it, with which refresh-ahead goes', () => {
  const store = { fetch: () => null, subscribe: () => () => undefined }
  const [plain, timed, ahead] = (['push', 'push 10s', 'push 1m'] as const).map((validate, i) =>
    routeFromOptions({ name: 'o', pattern: 'k*', store, validate, refreshAhead: i === 2 }, context),
  )
  expect(plain.options.validation).toMatchObject({ mode: 'push', lifetimeMs: Infinity })
  expect(timed.options.validation).toMatchObject({ mode: 'push', lifetimeMs: 10_000 })
  expect(timed.shownOptions).toEqual(['validate', 'push', '10s', 'refresh-ahead', 'no'])
  expect(ahead.options).toMatchObject({ validation: { lifetimeMs: 60_000 }, refreshAhead: true })
})

test('every option is read, whatever the case of its name', () => {
  const { options } = parse(
    'o k:* https://h/{1} AS hash validate 60s stale-while-revalidate 1s stale-if-error 1h negative-ttl 2s ttl 1d write local ' +
      'soft-timeout 100ms hard-timeout 10 max-in-flight 2 queue-max 3 breaker 7 2s value-bytes-max 1kb db all',
  )
  expect(options).toMatchObject({
    as: 'hash',
    validation: { mode: 'lifetime', lifetimeMs: 60_000 },
    staleWhileRevalidateMs: 1000,
    staleIfErrorMs: 3_600_000,
    negativeValidation: { mode: 'lifetime', lifetimeMs: 2000 },
    ttlMs: 86_400_000,
    write: 'local',
    softTimeoutMs: 100,
    hardTimeoutMs: 10_000,
    maxInFlight: 2,
    queueMax: 3,
    breakerFailures: 7,
    breakerPauseMs: 2000,
    valueBytesMax: 1024,
    db: 'all',
  })
})

test('absences are as fresh as values, and strict permits nothing stale, unless told otherwise', () => {
  expect(parse('o k* file:x validate 5s').options.negativeValidation).toEqual({ mode: 'lifetime', lifetimeMs: 5000 })
  expect(parse('o k* file:x validate strict').options.staleIfErrorMs).toBe(0)
  expect(parse('o k* file:x stale-if-error 1m validate strict').options.staleIfErrorMs).toBe(60_000)
})

test.each([
  ['o k*', /^an origin is written as: origin <name> <pattern> <url>/],
  ['a/b k* file:x', /^origin 'a\/b': a name is 1 to 64 letters/],
  ['o k* x', /an origin's URL starts with file:, .* or module:/],
  ['o k* mysql://h/x', /^origin 'o': its URL is written as mysql:\/\/user:password@host:3306\/database/],
  ['o k* redis+cluster://h/1', /a cluster has no other database than 0/],
  ['o k* file:', /the URL of file: origins names a path, such as file:\.\/origin\.json/],
  ['o k* file://host/x', /its URL names no path on this machine; write file:\.\/origin\.json/],
  ['o k* dir:', /the URL of dir: origins names a path, such as dir:\.\/pages/],
  ['o k* dir:./d/{1}/x', /a dir: origin is one folder: \{1\} is its last part/],
  ['o k* dir:./d#{1}', /a dir: URL names its files as dir:\.\/pages\/\{1\}\.html, without #/],
  ['o k dir:./d', /its URL asks for \{1\}, but pattern 'k' has 0 \*/],
  ['o k* dir:./d header X:y', /option 'header' is for http: and https: origins, not for dir:$/],
  ['o k* sqlite:?table=a&key=b', /the URL of sqlite: origins names a path, such as sqlite:\.\/app\.db\?table=users/],
  ['o k* sqlite:./x.db', /the URL of sqlite: origins is written with \?table=users&key=username/],
  ['o k* sqlite:./x.db?table=a', /is written with \?table=users&key=username/],
  ['o k* sqlite:./x.db?table=a&key=b&colour=red', /is written with \?table=users&key=username/],
  ['o k* sqlite:./x.db?table=a&key=b&query=c', /is written with \?table=users&key=username/],
  ['o k* sqlite:./x.db?table=a&table=b&key=c', /'table' stands once in a sqlite: URL, and not empty/],
  ['o k* sqlite:./x.db?table=a&key=b&value=', /'value' stands once in a sqlite: URL, and not empty/],
  ['o k* sqlite:./x.db?query=SELECT+1', /the query of a sqlite: URL has one parameter, \?, which the key is bound to/],
  ["o k* sqlite:./x.db?query=SELECT+'?'+--+?", /the query of a sqlite: URL has one parameter/],
  ['o k* sqlite:./x.db?query=SELECT+?,?', /the query of a sqlite: URL has one parameter/],
  ['o k* sqlite:./x.db?query=SELECT+?1', /the query of a sqlite: URL has one parameter/],
  ['o k* sqlite:./x.db?query=SELECT+:key', /the query of a sqlite: URL has one parameter/],
  ['o k* module:', /the URL of module: origins names a path, such as module:\.\/origin\.js/],
  ['o k* module:./none.js', /^origin 'o': its module '.*none.js' cannot be read \(ENOENT\)$/],
  ['o k* file:x as list', /as is string or hash, not 'list'/],
  ['o k* file:x as', /option 'as' needs a value/],
  ['o k* file:x breaker 5', /option 'breaker' needs failures and a pause, as in: breaker 5 1s$/],
  ['o k* file:x vaildate 5s', /^origin 'o': unknown option 'vaildate'; did you mean 'validate'\?$/],
  ['k:* file:x validate always', /^origin 'k:\*': a name is 1 to 64 letters/],
  ['o k:[a file:x', /^origin 'o': pattern 'k:\[a' has a \[ without its \]; the character itself is \\\[$/],
  ['o k* file:./users/{1}.json', /is one path, without \{1\}; a file per key is dir:\.\/pages\/\{1\}/],
  ['o k* dir:./users/{id}.json', /a dir: URL names its files by \{key\}, \{1\}, \{2\}/],
  ['o k* file:x colour red', /unknown option 'colour'; options are as, validate,/],
  ['o k* file:x as hash as hash', /option 'as' is given twice/],
  [
    'o k* http://h/{1} validate push',
    /its origin cannot tell of changes; validate always, or a duration such as 5s, or give it a webhook$/,
  ],
  ['o k* file:x validate 0', /validate 0 would never be fresh/],
  ['o k* file:x validate soon', /validate is strict, always, push, never or a duration such as 5s, not 'soon'/],
  ['o k* file:x validate push soon', /unknown option 'soon'/],
  ['o k* file:x refresh-ahead yes', /refresh-ahead needs a lifetime to be ahead of/],
  ['o k* file:x refresh-ahead maybe validate 5s', /refresh-ahead is yes or no, not 'maybe'/],
  ['o k* file:x schema s.json', /schema 's.json' cannot be read \(ENOENT\)/],
  [
    'o k* postgres://u:p@h/d?query=SELECT+$1 write through',
    /its origin cannot be written to; give it 'write reject' or 'local'/,
  ],
  ['o k* https://h/{1}x write sideways', /write is reject or local or through or behind, not 'sideways'/],
  ['o k* file:x ttl 0', /ttl is a duration such as/],
  ['o k* file:x soft-timeout 10s', /soft-timeout may not be longer than hard-timeout/],
  ['o k* file:x max-in-flight 0', /max-in-flight is a whole number from 1/],
  ['o k* file:x queue-max 1.5', /queue-max is a whole number from 0/],
  ['o k* file:x value-bytes-max 1gb', /value-bytes-max is a size such as 64mb, at most 512mb/],
  ['o k* http://h/ validate 5s', /its URL needs \{key\}, or \{1\}/],
  ['o k* http://h/{2}', /its URL asks for \{2\}, but pattern 'k\*' has 1 \*/],
  ['o k* http://{1}.h/x', /an http: origin is written as http:\/\/host:port\/path/],
  ['o k* http://', /an http: origin is written as/],
  ['o k* http://u:50%@h/{1}', /a % in the user or password of its URL is written as %25/],
  ['o k* https://h/{1} cert /etc/ca.pem', /cert and key are given together/],
  ['o k* https://h/{1} ca missing.pem', /ca 'missing.pem' cannot be read \(ENOENT\)/],
  ['o k* http://h/{1} header nonsense', /header is written as "Name: value"/],
  ['o k* http://h/{1} header Host:x', /header Host is set by the store itself/],
])('%j is refused', (line, text) => {
  expect(problem(() => parse(line))).toMatch(text)
})

describe('an option that a kind of origin has no use for is refused, never ignored', () => {
  const places = {
    'file:': 'file:x',
    'dir:': 'dir:./d',
    'http:': 'http://h/{1}',
    'https:': 'https://h/{1}',
    'sqlite:': 'sqlite:./x.db?table=a&key=b',
    'postgres:': 'postgres://u:p@h/d?table=a&key=b',
    'mysql:': 'mysql://u:p@h/d?table=a&key=b',
    's3:': 's3://a-bucket/{1}?region=x',
    'redis:': 'redis://h',
    'rediss:': 'rediss://h',
    'redis+cluster:': 'redis+cluster://h',
    'rediss+cluster:': 'rediss+cluster://h',
    'module:': 'module:./m.js',
  }
  const certain = ['/etc/ca.pem', 'https:, postgres:, mysql:, s3:, rediss: and rediss+cluster:'] as const
  const webOnly = 'http: and https:'
  const options = {
    header: ['X: y', webOnly],
    batch: ['/many', webOnly],
    'webhook-secret': ['0123456789abcdef', webOnly],
    ca: certain,
    key: certain,
    cert: certain,
  } as const
  /** What an option needs beside it. */
  const beside: Readonly<Record<string, string[]>> = {
    'webhook-secret': ['webhook', '7001', '/proof'],
    key: ['cert', '/etc/ca.pem'],
    cert: ['key', '/etc/ca.pem'],
  }

  test.each(Object.entries(places))('%s', (scheme, url) => {
    for (const [option, [value, takers]] of Object.entries(options)) {
      const words = ['o', 'k*', url, option, value, ...(beside[option] ?? [])]
      const isTaken = takers.split(/, | and /).includes(scheme)
      const said = isTaken ? 'no problem' : `origin 'o': option '${option}' is for ${takers} origins, not for ${scheme}`
      expect(problem(() => parseWords(...words))).toBe(said)
    }
  })

  test('a store in the same process', () => {
    const store = { fetch: () => null }
    const make = (more: object): Route => routeFromOptions({ name: 'o', pattern: 'k*', store, ...more }, context)
    expect(problem(() => make({ batch: '/many' }))).toBe(
      "origin 'o': option 'batch' is for http: and https: origins, not for a store in the same process",
    )
    expect(problem(() => make({ webhook: ['7001', '/p'], webhookSecret: '0123456789abcdef' }))).toMatch(/'webhook' is/)
    expect(problem(() => make({ header: 'X: y' }))).toMatch(/'header' is for/)
    expect(problem(() => make({ ca: '/etc/ca.pem' }))).toMatch(/'ca' is for/)
  })

  test('the table names every option that a store of a kind of origin reads', () => {
    const everywhere = [
      ...[
        'as',
        'validate',
        'stale-while-revalidate',
        'refresh-ahead',
        'stale-if-error',
        'negative-ttl',
        'ttl',
        'write',
      ],
      ...['soft-timeout', 'hard-timeout', 'max-in-flight', 'queue-max', 'pending-max', 'breaker', 'value-bytes-max'],
      ...['db', 'persist', 'schema'],
    ]
    expect([...everywhere, ...Object.keys(options), 'webhook'].sort()).toEqual([...optionNames].sort())
  })
})

test.each(['k:[ab]*', 'k:\\[*', 'k:[\\]]', 'k]'])('the pattern %s is a whole glob', (pattern) => {
  expect(parseWords('o', pattern, 'file:x').patternText).toBe(pattern)
})

test('files and modules are named by the whole key, files of a folder by what the first * matched', () => {
  const named = (line: string, key: string): string | null => parse(line).nameOf(Slice.from(key))
  expect(named('o k:* file:x', 'k:1')).toBe('k:1')
  expect(named('o k:* module:./m.js', 'k:1')).toBe('k:1')
  expect(named('o k:* module:./m.js#{1}', 'k:1')).toBe('1')
  expect(named('o k:* dir:./d', 'k:1')).toBe('1')
  expect(named('o k:* dir:./d/{key}.json', 'k:1')).toBe('k%3A1.json')
})

test('postgresql: is postgres:, as libpq has it', () => {
  const url = 'postgresql://u:p@h/d?table=a&key=b'
  expect(parse(`o k* ${url}`).store).toBeInstanceOf(SqlServerStore)
  expect(problem(() => parse(`o k* ${url} batch /many`))).toMatch('not for postgres:')
})

test('keys of SQL are what the first * matched, unless that holds NUL or is no UTF-8', () => {
  const named = (key: string | Buffer): string | null =>
    parse('o k:* sqlite:./x.db?table=a&key=b').nameOf(Slice.from(key as string))
  expect(named("k:o'neill/..")).toBe("o'neill/..")
  expect(named('k:')).toBe('')
  expect(named('k:a\0b')).toBeNull()
  expect(named(Buffer.from([0x6b, 0x3a, 0xff]))).toBeNull()
  expect(parse('o k:* sqlite:./x.db?query=SELECT+?#{key}').nameOf(Slice.from('k:a'))).toBe('k:a')
})

test.each(['.', '..', '', 'x'.repeat(256)])('a folder has no file for the key %j: nothing is asked', (key) => {
  expect(parse('o k:* dir:./d').nameOf(Slice.from(`k:${key}`))).toBeNull()
})

test('a client may not name a module, however good', () => {
  const words = ['o', 'k*', 'module:./m.js']
  expect(problem(() => parseRoute(words, { ...context, mayLoadCode: false }))).toBe(
    "origin 'o': module: origins run code in the server, so only its configuration may name one",
  )
})

test('an empty pattern, and a header with a line break, are refused', () => {
  expect(problem(() => parseWords('o', '', 'file:x'))).toMatch(/the pattern is empty/)
  expect(problem(() => parseWords('o', 'k*', 'http://h/{1}', 'header', 'X: a\r\nY: b'))).toMatch(/header is written as/)
})

describe('secrets', () => {
  test('are filled in from the environment and from files', () => {
    const route = parseWords(
      'o',
      'k*',
      'https://${HOST}/{1}',
      'header',
      'Authorization: Bearer ${TOKEN}',
      'header',
      'X-Key: @token.txt',
    )
    expect(route.options.headers).toEqual([
      ['Authorization', 'Bearer secret-token'],
      ['X-Key', 'from-file'],
    ])
  })

  test('are kept as they were written, and masked where they are shown', () => {
    const words = [
      'o',
      'k*',
      'https://me:pass@${HOST}/{1}',
      'header',
      'A: Bearer ${TOKEN}',
      'ca',
      '@token.txt',
      'validate',
      '5s',
    ]
    files['from-file'] = 'PEM'
    const route = parseRoute(words, context)
    expect(route.written).toEqual(words)
    expect(route.shownUrl).toBe('https://***@***/{1}')
    expect(route.shownOptions).toEqual(['header', 'A: ***', 'ca', '***', 'validate', '5s'])
  })

  test.each([
    ['s3://id:se/c+ret@bucket/a@{1}', 's3://***@bucket/a@{1}'],
    ['s3://bucket/a:b@{1}', 's3://bucket/a:b@{1}'],
    ['redis://:pass@host', 'redis://***@host'],
  ])('of the URL %s are masked', (url, shown) => {
    expect(masked(url, 'url')).toBe(shown)
  })

  test('never stand in an error', () => {
    const message = problem(() => parseWords('o', 'k*', 'file:x', 'validate', '${TOKEN}'))
    expect(message).toBe("origin 'o': option 'validate' cannot be '${TOKEN}', once that is filled in")
    expect(problem(() => parseWords('o', 'k*', '${TOKEN}'))).not.toContain('secret')
  })

  test.each([
    ['a file in place of a path', ['https://h/{1}', 'schema', '@token.txt'], "schema '@token.txt' cannot be read"],
    ['a variable in a path', ['https://h/{1}', 'ca', '${TOKEN}/ca.pem'], "ca '${TOKEN}/ca.pem' cannot be read"],
    ['a file in place of the URL', ['@token.txt'], 'or module:'],
    [
      'one that another one begins',
      ['https://h/{1}', 'header', 'X: ${TOKEN}', 'schema', '${LONG}'],
      "schema '${LONG}'",
    ],
  ])('are taken out of what is said of %s', (_, words, said) => {
    files['token.txt'] = 'token:1\n'
    const message = problem(() => parseWords('o', 'k*', ...words))
    expect(message).toContain(said)
    expect(message).not.toMatch(/secret-token|token:1|-and-more/)
    files['token.txt'] = 'from-file\n'
  })

  test('may be in a file whose name the environment completes', () => {
    files['/run/api.example/token'] = 'elsewhere\n'
    const route = parseWords('o', 'k*', 'https://h/{1}', 'header', 'X: @/run/${HOST}/token')
    expect(route.options.headers).toEqual([['X', 'elsewhere']])
  })

  test('that are missing are named', () => {
    expect(problem(() => parseWords('o', 'k*', 'http://${NO}/{1}'))).toBe(
      "origin 'o': the environment has no 'NO', which url needs",
    )
    expect(problem(() => parseWords('o', 'k*', 'http://h/{1}', 'header', 'X: @none'))).toBe(
      "origin 'o': the secret file 'none' cannot be read (ENOENT)",
    )
  })
})

describe('options of an application', () => {
  const store = dictionaryStore({})
  const make = (options: Partial<OriginOptions>): Route =>
    routeFromOptions({ name: 'o', pattern: 'k:*', ...options } as OriginOptions, context)

  test('say in camelCase what a directive says', () => {
    const route = make({
      url: 'https://h/{1}',
      validate: '5s',
      staleWhileRevalidate: 2,
      breaker: [7, '2s'],
      valueBytesMax: 1024,
      maxInFlight: 3,
      header: { 'X-One': '1', 'X-Two': '2' },
    })
    const same = parseWords(
      ...'o k:* https://h/{1} validate 5s stale-while-revalidate 2 breaker 7 2s value-bytes-max 1024 max-in-flight 3'.split(
        ' ',
      ),
      ...['header', 'X-One: 1', 'header', 'X-Two: 2'],
    )
    expect(route.options).toEqual(same.options)
  })

  test('take a store in the same process', async () => {
    const route = make({ store: dictionaryStore({ 'k:1': 'v' }), validate: 'never' })
    const signal = new AbortController().signal
    const name = route.nameOf(Slice.from('k:1')) ?? ''
    expect(await route.store.fetchMany([{ key: name, digest: null, validator: null }], signal)).toMatchObject([
      { kind: 'found' },
    ])
    expect(route.shownUrl).toBe('object')
    expect(route.shownOptions).toEqual(['validate', 'never'])
  })

  test.each([
    [{}, /^origin 'o': it has either a 'url' or a 'store'$/],
    [{ url: 'file:x', store }, /either a 'url' or a 'store'/],
    [{ store: null }, /its 'store' has no fetch/],
    [{ store: {} }, /its 'store' has no fetch\(key, \{ signal \}\)/],
    [{ store, validat: '5s' }, /^origin 'o': unknown option 'validat'/],
    [{ store, refreshAhead: true }, /refresh-ahead needs a lifetime to be ahead of/],
    [{ store, validate: 'push' }, /its origin cannot tell of changes/],
    [{ store, validate: 'push soon' }, /unknown option 'soon'/],
    [{ url: 'file:x', as: 'list' }, /as is string or hash/],
  ])('%j are refused', (options, text) => {
    expect(problem(() => make(options as Partial<OriginOptions>))).toMatch(text)
  })
})

test.each([
  ['/batch', true],
  ['https://host/batch?x', true],
  ['batch', false],
  ['//other/batch', false],
  ['https://other/batch', false],
  ['/batch#x', false],
])('the batch resource %s is of the same origin: %s', (batch, isFine) => {
  const words = ['o', 'k*', 'https://host/{1}', 'batch', batch]
  if (isFine) expect(parseWords(...words).options.batch).toBe(batch)
  else
    expect(problem(() => parseWords(...words))).toBe("origin 'o': batch is a path at the same origin, such as /batch")
})

test.each([
  ['7001', { host: '127.0.0.1', port: 7001, path: '/' }],
  ['0.0.0.0:7001/hooks/users', { host: '0.0.0.0', port: 7001, path: '/hooks/users' }],
  ['[::1]:7001', { host: '::1', port: 7001, path: '/' }],
])('webhook %s', (place, read) => {
  const words = ['o', 'k*', 'https://host/{1}', 'webhook', place, '/proof', 'webhook-secret', 'x'.repeat(16)]
  const route = parseWords(...words)
  expect(route.options.webhook).toEqual({ ...read, proof: '/proof' })
  expect(route.store.watch).toBeDefined()
  expect(route.shownOptions).toEqual(['webhook', place, '/proof', 'webhook-secret', '***'])
})

test.each([
  ['webhook 7001 /proof', 'webhook and webhook-secret are given together'],
  ['webhook 0 /proof webhook-secret 1234567890123456', /^webhook is a port/],
  ['webhook http://x /proof webhook-secret 1234567890123456', /^webhook is a port/],
  [
    'webhook 7001 proof webhook-secret 1234567890123456',
    "the webhook's proof is a path at the same origin, such as /proof",
  ],
  ['webhook 7001 /proof webhook-secret short', 'webhook-secret has at least 16 bytes'],
  ['validate push', /^its origin cannot tell of changes/],
])('%s is refused', (options, text) => {
  const message = problem(() => parse(`o k* https://host/{1} ${options}`)).replace("origin 'o': ", '')
  expect(message).toMatch(text)
})
