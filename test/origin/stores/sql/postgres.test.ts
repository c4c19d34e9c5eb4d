import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import pg from 'pg'
import { digestOfString } from '../../../../src/base/index.js'
import { RouteError } from '../../../../src/origin/route-error.js'
import type { Ask, OriginStore, Unavailable } from '../../../../src/origin/store.js'
import { openPostgres } from '../../../../src/origin/stores/sql/postgres.js'
import { CuttingProxy } from '../../support/cutting-proxy.js'
import { DatabaseServer, describeWithDatabase } from '../../support/database-server.js'
import { SqlAsking, ask, columnText, fieldsOf, nameInSql, text } from '../../support/sql-asking.js'
import { answersOf, contract, type OpenOrigin } from '../contract.js'
import { listingContract, namesOf } from '../listing-contract.js'

const signal = new AbortController().signal

describeWithDatabase('postgres', 'postgres:', () => {
  let server: DatabaseServer
  let admin: pg.Client
  let store: OriginStore
  const asking = new SqlAsking(openPostgres)
  const fetch = asking.fetch.bind(asking)
  const confirmed = asking.confirmed.bind(asking)

  const connectAdmin = async (): Promise<void> => {
    admin = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'admin', database: 'postgres' })
    admin.on('error', () => undefined)
    await admin.connect()
  }
  beforeAll(async () => {
    server = await DatabaseServer.start('postgres')
    await connectAdmin()
    await admin.query("CREATE ROLE app LOGIN PASSWORD 'se/cr@t'")
  }, 60_000)
  afterAll(async () => {
    await admin.end()
    await server.remove()
  })

  const begin = async (...statements: string[]): Promise<void> => {
    await admin.query('DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO app')
    for (const statement of statements) await admin.query(statement)
    await admin.query('GRANT ALL ON ALL TABLES IN SCHEMA public TO app')
  }
  const openAt = (
    port: number,
    search: string,
    options: string[] = [],
    password = 'se/cr@t',
    database = 'postgres',
  ): OriginStore => {
    const url = `postgres://app:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}?${search}`
    store = asking.open(url, options)
    return store
  }
  const open = (search: string, ...options: string[]): OriginStore => openAt(server.port, search, options)
  const end = (): Promise<void> => store.close()
  const openColumn: OpenOrigin = async ({ as, valueBytesMax }) => {
    await begin('CREATE TABLE "my table" ("the ""key""" text PRIMARY KEY, v text)')
    const search = `table=${encodeURIComponent('my table')}&key=${encodeURIComponent('the "key"')}&value=v`
    return {
      store: open(search, 'as', as, 'value-bytes-max', String(valueBytesMax)),
      name: nameInSql,
      set: async (key, value) => {
        const text = columnText(value)
        await admin.query(
          'INSERT INTO "my table" VALUES ($1, $2) ON CONFLICT ("the ""key""") DO UPDATE SET v = EXCLUDED.v',
          [key, text],
        )
      },
      breakDown: async () => void (await admin.query('DROP TABLE "my table"')),
      close: end,
    }
  }
  contract('a value column', openColumn)
  listingContract('a value column', openColumn)

  contract('a query', async ({ as, valueBytesMax }) => {
    await begin('CREATE TABLE kv (k text PRIMARY KEY, v bytea)')
    const query = "SELECT v AS it, '$1' FROM kv WHERE k = $1 -- one row?"
    return {
      store: open(`query=${encodeURIComponent(query)}&value=it`, 'as', as, 'value-bytes-max', String(valueBytesMax)),
      name: nameInSql,
      set: async (key, value) => {
        const text = columnText(value)
        await admin.query('INSERT INTO kv VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET v = EXCLUDED.v', [
          key,
          text === null ? null : Buffer.from(text),
        ])
      },
      breakDown: async () => void (await admin.query('DROP TABLE kv')),
      close: end,
    }
  })

  describe('a table', () => {
    afterEach(() => end())

    const kinds: readonly (readonly [type: string, literal: string, field: string, json: unknown])[] = [
      ['text', "'tëxt ''x'''", "tÃ«xt 'x'", "tëxt 'x'"],
      ['varchar(9)', "'v'", 'v', 'v'],
      ['char(4)', "'c'", 'c', 'c'],
      ['smallint', '-7', '-7', -7],
      ['bigint', '9007199254740993', '9007199254740993', '9007199254740993'],
      ['numeric(10,2)', '1.50', '1.50', '1.50'],
      ['numeric', "'NaN'", 'NaN', 'NaN'],
      ['double precision', '1.5e-7', '1.5e-07', 1.5e-7],
      ['double precision', "'Infinity'", 'Infinity', 'Infinity'],
      ['real', '0.1', '0.1', 0.1],
      ['boolean', 'true', 'true', true],
      ['bytea', "'\\x00ff'", '\0\xff', 'AP8='],
      ['date', "'2024-02-29'", '2024-02-29', '2024-02-29'],
      ['timestamp', "'2024-02-29 01:02:03.004'", '2024-02-29 01:02:03.004', '2024-02-29 01:02:03.004'],
      ['timestamptz', "'2024-02-29 01:02:03+02'", '2024-02-28 23:02:03+00', '2024-02-28 23:02:03+00'],
      ['interval', "'1 day 2 hours'", '1 day 02:00:00', '1 day 02:00:00'],
      [
        'uuid',
        "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
        'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
        'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      ],
      ['json', '\'{"b": 1,  "a":"\\u0000"}\'', '{"b": 1,  "a":"\\u0000"}', { b: 1, a: '\0' }],
      ['jsonb', '\'{"b":1,"a":[2]}\'', '{"a": [2], "b": 1}', { a: [2], b: 1 }],
      ['int[]', "'{1,NULL,3}'", '{1,NULL,3}', [1, null, 3]],
      ['text[]', '\'{"a b",c}\'', '{"a b",c}', ['a b', 'c']],
      ['inet', "'10.0.0.1/8'", '10.0.0.1/8', '10.0.0.1/8'],
      ['money', '12.5', '$12.50', '$12.50'],
      ['"mood"', "'it''s'", "it's", "it's"],
      ['pair', "'(1,x)'", '(1,x)', { a: 1, b: 'x' }],
      ['int4range', "'[1,3)'", '[1,3)', '[1,3)'],
    ]

    beforeEach(async () => {
      const columns = kinds.map(([type], i) => `"c${i} ""'" ${type}`)
      await begin(
        `CREATE TYPE mood AS ENUM ('it''s')`,
        `CREATE TYPE pair AS (a int, b text)`,
        `CREATE TABLE kinds (k text PRIMARY KEY, ${columns.join(', ')}, gone text)`,
        `INSERT INTO kinds VALUES ('all', ${kinds.map(([, literal]) => literal).join(', ')})`,
        "INSERT INTO kinds (k) VALUES ('none')",
      )
      await admin.query(
        "ALTER ROLE app SET datestyle = 'German'; ALTER ROLE app SET timezone = 'Asia/Tokyo'; ALTER ROLE app SET intervalstyle = iso_8601; ALTER ROLE app SET bytea_output = escape; ALTER ROLE app SET extra_float_digits = -3",
      )
    })

    test('as hash: every type has one text, whatever the role has set, which the database digests as we do', async () => {
      open('table=kinds&key=k', 'as', 'hash')
      const wanted = kinds.map(([, , field], i) => [`c${i} "'`, field])
      expect(fieldsOf(await confirmed('all'))).toEqual({ k: 'all', ...Object.fromEntries(wanted) })
      expect(fieldsOf(await confirmed('none'))).toEqual({ k: 'none' })
    })

    test('as string: the row is JSON, confirmed by a validator', async () => {
      open('table=kinds&key=k')
      const wanted = kinds.map(([, , , json], i) => [`c${i} "'`, json])
      const row = text(await confirmed('all'))
      expect(JSON.parse(row)).toEqual({ k: 'all', gone: null, ...Object.fromEntries(wanted) })
      expect(row.startsWith('{"c0')).toBe(true)
      expect(JSON.parse(text(await confirmed('none')))).toMatchObject({ k: 'none', gone: null })
    })

    test('a value column of any type is its text, or its bytes; NULL is absent', async () => {
      for (const [i, [, , field]] of kinds.entries()) {
        open(`table=kinds&key=k&value=${encodeURIComponent(`c${i} "'`)}`)
        const answer = await confirmed('all')
        expect(answer).toMatchObject({ value: { bytes: Buffer.from(field, 'latin1') } })
        expect(await fetch('none')).toEqual({ kind: 'absent' })
        if (i < kinds.length - 1) await end()
      }
    })

    test('a validator says nothing once a column has another type, though its text is the same', async () => {
      await begin('CREATE TABLE t (k text PRIMARY KEY, n int)', "INSERT INTO t VALUES ('a', 5)")
      open('table=t&key=k')
      const { validator = null } = (await fetch('a')) as { validator?: string }
      await admin.query('ALTER TABLE t ALTER n TYPE text')
      expect(text(await fetch('a', { digest: Buffer.alloc(32), validator }))).toBe('{"k":"a","n":"5"}')
    })
  })

  describe('its keys', () => {
    afterEach(() => end())

    const asks = (...keys: string[]): Ask[] => keys.map((key) => ask(key))
    const texts = async (...keys: string[]): Promise<string[]> => (await answersOf(store, asks(...keys))).map(text)

    test.each([
      ['int', '7', ['07', '7.0', ' 7', '+7', '7e0', '99999999999999', '-2147483649', '--7', '']],
      ['smallint', '-32768', ['32768', '-032768']],
      ['bigint', '9223372036854775807', ['9223372036854775808', '99999999999999999999']],
      ['uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', ['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'a0', '']],
      ['numeric(5,2)', '7.50', ['7.5', 'x', '1e999']],
      ['date', '2024-01-02', ['2024-1-2', '02.01.2024', '2024-99-99', 'infinity']],
      ['bytea', 'k\u00e9y', ['\\x6b', 'k']],
      ['char(5)', 'ab', ['ab ', 'ab   ', 'AB']],
      ['varchar(3)', 'abc', ['abcd', 'ab', 'abc ']],
      ['name', 'abc', ['x'.repeat(100)]],
      ['citext', 'Ada', ['ada', 'ADA']],
      ['text COLLATE nocase', 'Ada', ['ada', 'ADA']],
      ['text COLLATE digits', '01', ['1', '001']],
      ['boolean', 'true', ['t', 'yes', 'TRUE']],
      ['small', '5', ['x', '500']],
    ])('of type %s are found by their own text %s only', async (type, key, others) => {
      await begin(
        'CREATE EXTENSION IF NOT EXISTS citext SCHEMA public',
        "CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
        "CREATE COLLATION digits (provider = icu, locale = 'en-u-kn-true', deterministic = false)",
        'CREATE DOMAIN small AS int CHECK (VALUE < 100)',
        `CREATE TABLE t (k ${type} PRIMARY KEY, v text)`,
      )
      await admin.query(`INSERT INTO t VALUES (${type === 'bytea' ? "convert_to($1, 'UTF8')" : '$1'}, 'it')`, [key])
      open('table=t&key=k&value=v')
      expect(await texts(key, ...others, key)).toEqual(['it', ...others.map(() => 'absent'), 'it'])
    })

    const numbers = Array.from({ length: 2500 }, (_, i) => i)
    const spellings = numbers.map((i) =>
      [...'abcdefghijkl'].map((c, at) => ((i >> at) & 1 ? c.toUpperCase() : c)).join(''),
    )

    test.each([
      ['int', numbers.map((i) => String(i - 1000))],
      ['bigint', numbers.map((i) => String(2n ** 60n + BigInt(i)))],
      ['uuid', numbers.map((i) => `a0eebc99-9c0b-4ef8-bb6d-${String(i).padStart(12, '0')}`)],
      ['numeric(8,2)', numbers.map((i) => `${i}.50`)],
      ['text', numbers.map((i) => `ü${i}`)],
      ['varchar(30) COLLATE "C"', numbers.map((i) => `k${i}`)],
      ['char(9)', numbers.map((i) => `k${i}`)],
      ['bytea', numbers.map((i) => `é${i}`)],
      ['citext', numbers.map((i) => `${i % 2 ? 'k' : 'K'}${i >> 1}`)],
      ['text COLLATE nocase', spellings],
      ['boolean', ['true', 'false']],
    ])('of type %s are listed in pages', async (type, keys) => {
      await begin(
        'CREATE EXTENSION IF NOT EXISTS citext SCHEMA public',
        "CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
        `CREATE TABLE t (k ${type}, v text)`,
        'CREATE INDEX ON t (k)',
      )
      const value = type === 'bytea' ? "convert_to(k, 'UTF8')" : `k::${type.replace(/ COLLATE.*/, '')}`
      await admin.query(`INSERT INTO t SELECT ${value}, 'v' FROM unnest($1::text[]) AS k`, [keys])
      await admin.query("INSERT INTO t VALUES (NULL, 'v')")
      open('table=t&key=k&value=v')
      expect([...new Set(await namesOf({ store }))].sort()).toEqual([...keys].sort())
    })

    test('are listed by their index, a page at a cost of a page', async () => {
      await begin('CREATE TABLE t (k text PRIMARY KEY, v text)')
      await admin.query("INSERT INTO t SELECT 'k' || i, 'v' FROM generate_series(1, 20000) AS i")
      await admin.query('ANALYZE t')
      open('table=t&key=k')
      const { next } = await store.list!('', null, signal)
      expect(next).toEqual(expect.any(String))
      const plan = await admin.query(
        "EXPLAIN SELECT t.k::text, true FROM t AS t WHERE t.k >= 'k5'::text ORDER BY t.k LIMIT 1001",
      )
      expect(JSON.stringify(plan.rows)).toMatch(/Index (Only )?Scan/)
      expect(JSON.stringify(plan.rows)).not.toMatch(/Sort/)
    })

    test('of a query are not listed', () => {
      expect(open('query=SELECT 1 WHERE $1 = 1').list).toBeUndefined()
    })

    test('are parameters: nothing of them is run', async () => {
      await begin('CREATE TABLE t (k text, v text)', "INSERT INTO t VALUES ('a', 'secret')")
      open('table=t&key=k&value=v')
      const hostile = [
        "' OR '1'='1",
        "'; DROP TABLE t; --",
        '$1',
        '{"a"}',
        '{a,b}',
        "a\\' OR true --",
        '%',
        '_',
        '\\x61',
        'NULL',
      ]
      expect(await texts(...hostile)).toEqual(hostile.map(() => 'absent'))
      expect(await texts('a')).toEqual(['secret'])
    })

    test('that are no text of SQL are absent, unasked, beside others', async () => {
      await begin('CREATE TABLE t (k text, v text)', "INSERT INTO t VALUES ('a', '1'), ('\ufffd', 'not it')")
      open('table=t&key=k&value=v')
      expect(await texts('a\0', 'a', '\ud800', 'a')).toEqual(['absent', '1', 'absent', '1'])
    })

    test('of several rows are refused, however many rows, the others answered', async () => {
      await begin(
        'CREATE TABLE t (k text, v text)',
        "INSERT INTO t SELECT 'many', repeat('x', 1000) FROM generate_series(1, 5000)",
        "INSERT INTO t VALUES ('once', '1'), ('half', NULL), ('half', 'x')",
      )
      open('table=t&key=k&value=v')
      const severalRows = { kind: 'refused', reason: 'is in several rows' }
      const answers = await store.fetchMany(asks('once', 'many', 'never', 'half'), signal)
      expect(answers).toEqual([
        expect.objectContaining({ kind: 'found' }),
        severalRows,
        { kind: 'absent' },
        severalRows,
      ])
    })

    test('are asked for by the index, a thousand in one statement', async () => {
      await begin(
        'CREATE TABLE t (k text PRIMARY KEY, v text)',
        "INSERT INTO t SELECT 'user ' || i, repeat('v', 100) || i FROM generate_series(0, 19998, 2) AS i",
        'ANALYZE t',
      )
      open('table=t&key=k&value=v')
      expect(store.batchMax).toBe(1000)
      const keys = Array.from({ length: 10_000 }, (_, i) => `user ${i}`)
      const held = new Map<string, Buffer>()
      for (const round of ['fill', 'validate'] as const) {
        for (let at = 0; at < keys.length; at += store.batchMax) {
          const batch = keys.slice(at, at + store.batchMax)
          const asks = batch.map((key) => ask(key, { digest: held.get(key) ?? null }))
          const answers = await answersOf(store, asks)
          const value = (i: number): string => `${'v'.repeat(100)}${i}`
          const wanted = (i: number): string => (i % 2 === 1 ? 'absent' : round === 'fill' ? value(i) : 'not-modified')
          expect(answers.map(text)).toEqual(batch.map((_, i) => wanted(at + i)))
          for (const [i, key] of batch.entries()) held.set(key, digestOfString(Buffer.from(value(at + i))))
        }
      }
    })

    test('when their values are held here no value is sent, and few bytes', async () => {
      await begin(
        'CREATE TABLE t (k text PRIMARY KEY, v text)',
        "INSERT INTO t SELECT i::text, repeat('v', 10000) FROM generate_series(1, 100) AS i",
      )
      const proxy = await CuttingProxy.start(server.port)
      openAt(proxy.port, 'table=t&key=k&value=v')
      const keys = Array.from({ length: 100 }, (_, i) => String(i + 1))
      const digest = digestOfString(Buffer.from('v'.repeat(10_000)))
      await fetch('1')
      const before = proxy.received
      const answers = await store.fetchMany(
        keys.map((key) => ask(key, { digest: key === '5' ? null : digest })),
        signal,
      )
      expect(answers.filter((answer) => 'kind' in answer && answer.kind === 'not-modified')).toHaveLength(99)
      expect(proxy.received - before).toBeLessThan(10_000 + 100 * 60)
      await proxy.stop()
    })
  })

  describe('its tables and queries', () => {
    afterEach(() => end())

    test('names of any kind are names, in a schema, too', async () => {
      await begin(
        'CREATE SCHEMA IF NOT EXISTS "se""x;"',
        'DROP TABLE IF EXISTS "se""x;"."t\'"',
        'CREATE TABLE "se""x;"."t\'" ("k;--" text, "v\\" text)',
        `INSERT INTO "se""x;"."t'" VALUES ('a', 'it')`,
        'GRANT USAGE ON SCHEMA "se""x;" TO app',
        'GRANT ALL ON ALL TABLES IN SCHEMA "se""x;" TO app',
      )
      open(
        `table=${encodeURIComponent(`se"x;.t'`)}&key=${encodeURIComponent('k;--')}&value=${encodeURIComponent('v\\')}`,
      )
      expect(text(await confirmed('a'))).toBe('it')
      await end()
      open(`table=${encodeURIComponent(`se"x;.t'`)}&key=${encodeURIComponent('k;--')}`, 'as', 'hash')
      expect(fieldsOf(await confirmed('a'))).toEqual({ 'k;--': 'a', 'v\\': 'it' })
    })

    test.each([
      ['ADD more text DEFAULT 7', '{"k":"a","more":"7","v":"1"}'],
      ['RENAME v TO w', '{"k":"a","w":"1"}'],
      ['DROP v', '{"k":"a"}'],
      ['ALTER v TYPE int USING v::int', '{"k":"a","v":1}'],
      ["ALTER v TYPE bytea USING '\\x01'", '{"k":"a","v":"AQ=="}'],
    ])('an ALTER TABLE ... %s is noticed by the next request', async (change, row) => {
      await begin('CREATE TABLE t (k text PRIMARY KEY, v text)', "INSERT INTO t VALUES ('a', '1')")
      open('table=t&key=k')
      const before = await fetch('a')
      await admin.query(`ALTER TABLE t ${change}`)
      expect(text(await fetch('a'))).toBe(row)
      const { validator = null } = before as { validator?: string }
      expect(text(await fetch('a', { validator }))).toBe(row)
      await end()
      open(`query=${encodeURIComponent('SELECT * FROM t WHERE k = $1')}`)
      expect(text(await confirmed('a'))).toBe(row)
      await admin.query('ALTER TABLE t ADD last int')
      expect(text(await confirmed('a'))).toBe(row.replace('"k":"a"', '"k":"a","last":null'))
    })

    test('a query may cast its parameter, and use it twice; what it then refuses is that key', async () => {
      await begin('CREATE TABLE t (id int, v text)', "INSERT INTO t VALUES (1, 'one'), (2, 'two'), (2, 'zwei')")
      open(`query=${encodeURIComponent('SELECT v FROM t WHERE id = $1 AND $1 > 0;')}&value=v`)
      expect(text(await confirmed('1'))).toBe('one')
      expect(await fetch('3')).toEqual({ kind: 'absent' })
      expect(await fetch('2')).toEqual({ kind: 'refused', reason: 'is in several rows' })
      expect(await fetch('x')).toEqual({
        kind: 'refused',
        reason: 'cannot be asked for with its query: it answered (22P02)',
      })
    })

    test('a query only reads', async () => {
      await begin(
        'CREATE TABLE t (k text)',
        "INSERT INTO t VALUES ('a')",
        "CREATE FUNCTION wipe(text) RETURNS text LANGUAGE sql AS 'DELETE FROM t RETURNING k'",
      )
      open(`query=${encodeURIComponent('SELECT wipe($1) AS v')}&value=v`)
      await expect(fetch('a')).rejects.toMatchObject({ message: 'database cannot be read: it answered (25006)' })
      expect((await admin.query('SELECT * FROM t')).rowCount).toBe(1)
    })

    test.each([
      ['table=none&key=k', 'no such table (42P01)'],
      ['table=t&key=none', 'no such column'],
      ['table=t&key=k&value=none', 'no such column'],
      ['table=hidden&key=k', 'permission denied (42501)'],
      ['query=SELECT+$1+FROM', 'bad syntax (42601)'],
    ])('%s: %s, which is nothing for the breaker', async (search, reason) => {
      await begin('CREATE TABLE t (k text)')
      await admin.query('CREATE TABLE hidden (k text)')
      open(search)
      await expect(fetch('a')).rejects.toMatchObject({ message: `database cannot be read: ${reason}`, counts: false })
    })

    test('a value larger than value-bytes-max is not sent', async () => {
      await begin(
        'CREATE TABLE t (k text, a text, b bytea)',
        "INSERT INTO t VALUES ('k', repeat('x', 60), NULL), ('l', repeat('x', 60), repeat('x', 60)::bytea)",
      )
      open('table=t&key=k', 'as', 'hash', 'value-bytes-max', '63')
      expect((await confirmed('k')).kind).toBe('found')
      expect(await fetch('l')).toEqual({ kind: 'refused', reason: 'is larger than value-bytes-max (63 bytes)' })
    })
  })

  describe('its connection', () => {
    let proxy: CuttingProxy
    beforeEach(async () => {
      await begin('CREATE TABLE t (k text PRIMARY KEY, v text)', "INSERT INTO t VALUES ('a', 'the value')")
      proxy = await CuttingProxy.start(server.port)
    })
    afterEach(async () => {
      await end()
      await proxy.stop()
    })
    const backends = async (condition = 'true'): Promise<number> => {
      await admin.query('SELECT pg_stat_clear_snapshot()') // in a transaction it would show the same for ever
      const { rows } = await admin.query(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'truedis' AND ${condition}`,
      )
      return (rows as { n: number }[])[0].n
    }
    const until = async (condition: () => Promise<boolean>): Promise<void> => {
      while (!(await condition())) await new Promise((resolve) => setImmediate(resolve))
    }

    test('cut at any byte gives the value, or nothing', async () => {
      openAt(proxy.port, 'table=t&key=k&value=v')
      expect(text(await fetch('a'))).toBe('the value')
      proxy.cut()
      const before = proxy.received
      expect(text(await fetch('a'))).toBe('the value')
      const whole = proxy.received - before
      for (let at = 0; at < whole + 10; at += 7) {
        proxy.cut()
        proxy.cutAfter(at)
        const outcome = await fetch('a').then(text, (error: Error) => error.name)
        expect(['the value', 'Unavailable']).toContain(outcome)
      }
      proxy.cutAfter(Infinity)
      expect(text(await fetch('a'))).toBe('the value')
    })

    test('lost while it lay idle is not noticed by who asks', async () => {
      openAt(proxy.port, 'table=t&key=k&value=v')
      await Promise.all(Array.from({ length: 8 }, () => fetch('a')))
      for (let i = 0; i < 3; i++) {
        await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'truedis'")
        expect(text(await fetch('a'))).toBe('the value')
      }
    })

    test('survives a restart of the server, and counts for the breaker while that is away', async () => {
      openAt(proxy.port, 'table=t&key=k&value=v')
      expect(text(await fetch('a'))).toBe('the value')
      await server.stop()
      await expect(fetch('a')).rejects.toMatchObject({ name: 'Unavailable', counts: true })
      const write = { key: 'a', value: null, expected: undefined, validator: null }
      await expect(store.write!(write, new AbortController().signal)).rejects.toMatchObject({ unwritten: true })
      await server.start()
      await connectAdmin()
      expect(text(await fetch('a'))).toBe('the value')
    }, 60_000)

    test('is one of max-in-flight at most', async () => {
      open('table=t&key=k&value=v', 'max-in-flight', '3')
      const answers = await Promise.all(Array.from({ length: 50 }, () => fetch('a')))
      expect(new Set(answers.map(text))).toEqual(new Set(['the value']))
      expect(await backends()).toBe(3)
    })

    test('whose request is given up is cancelled at the server', async () => {
      open(`query=${encodeURIComponent('SELECT $1 || pg_sleep(600) AS v')}&value=v`)
      const controller = new AbortController()
      const given = store.fetchMany([ask('a')], controller.signal)
      const failed = expect(given).rejects.toMatchObject({ name: 'Unavailable' })
      await until(async () => (await backends("wait_event = 'PgSleep'")) === 1)
      controller.abort()
      await failed
      await until(async () => (await backends()) === 0)
    })

    test('that waits for a lock is given up, too, and others are answered', async () => {
      open('table=t&key=k&value=v')
      await admin.query('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE')
      const controller = new AbortController()
      const given = store.fetchMany([ask('a')], controller.signal)
      const failed = expect(given).rejects.toMatchObject({ name: 'Unavailable' })
      await until(async () => (await backends("wait_event_type = 'Lock'")) === 1)
      controller.abort()
      await failed
      await admin.query('COMMIT')
      expect(text(await fetch('a'))).toBe('the value')
    })

    test('says nothing of its password when that is wrong', async () => {
      await admin.query("ALTER SYSTEM SET password_encryption = 'scram-sha-256'")
      await writeFile(
        join(server.directory, 'data', 'pg_hba.conf'),
        'host all admin 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n',
      )
      await admin.query('SELECT pg_reload_conf()')
      open('table=t&key=k&value=v')
      await until(
        async () =>
          (await admin.query("SELECT 1 FROM pg_hba_file_rules WHERE auth_method = 'scram-sha-256'")).rowCount === 1,
      )
      expect(text(await fetch('a'))).toBe('the value')
      await end()
      openAt(server.port, 'table=t&key=k', [], 'wr0ng')
      const error = (await fetch('a').catch((reason: unknown) => reason)) as Unavailable
      expect(error).toMatchObject({ message: 'database cannot be read: access denied (28P01)', counts: false })
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/wr0ng|se\/cr@t/)
    })

    test('to a database of another encoding is refused', async () => {
      await admin.query("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
      openAt(server.port, 'table=t&key=k', [], undefined, 'latin')
      await expect(fetch('a')).rejects.toMatchObject({
        message: 'database has the encoding LATIN1, not UTF8',
        counts: false,
      })
    })

    test('is TLS where a certificate authority is given, whose word is needed', async () => {
      openAt(server.port, 'table=t&key=k&value=v', ['ca', 'ca.pem'])
      await expect(fetch('a')).rejects.toMatchObject({ name: 'Unavailable' })
    })
  })

  test.each([
    'postgres://app@localhost?table=t&key=k',
    'postgres://localhost/db?table=t&key=k',
    'postgres://app:p@ss@localhost/db?table=t&key=k',
    'postgres://app:s3cret%zz@localhost/db?table=t&key=k',
    'postgres://app:s3cret@localhost:99999/db?table=t&key=k',
    'postgres:app.db?table=t&key=k',
  ])('%s is refused, without a word of what it holds', (url) => {
    const error = (() => {
      try {
        new SqlAsking(openPostgres).open(url, [])
      } catch (reason) {
        return reason as Error
      }
      return null
    })()
    expect(error).toBeInstanceOf(RouteError)
    expect(error?.message).toMatch(/^its URL is written as postgres:\/\/user:password@host:5432/)
    expect(error?.message).not.toMatch(/s3cret/)
  })

  test.each(['SELECT 1', 'SELECT $2', 'SELECT $1, $2', "SELECT '$1'", 'SELECT :key'])(
    'the query %s has not the one parameter',
    (query) => {
      expect(() => open(`query=${encodeURIComponent(query)}`)).toThrow(
        'has one parameter, $1, which the key is bound to',
      )
    },
  )
})
