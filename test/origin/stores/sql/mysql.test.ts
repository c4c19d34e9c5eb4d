import { inspect } from 'node:util'
import mysql from 'mysql2/promise'
import { digestOfString } from '../../../../src/base/index.js'
import type { OriginStore, Unavailable, Write } from '../../../../src/origin/store.js'
import { openMysql } from '../../../../src/origin/stores/sql/mysql.js'
import { digestOf } from '../../../../src/origin/values.js'
import { CuttingProxy } from '../../support/cutting-proxy.js'
import { DatabaseServer, describeWithDatabase } from '../../support/database-server.js'
import { documentedSql } from '../../support/documented-sql.js'
import { SqlAsking, ask, bytes, columnText, digest, fieldsOf, hash, nameInSql, text } from '../../support/sql-asking.js'
import { answersOf, contract, type OpenOrigin } from '../contract.js'
import { listingContract, namesOf } from '../listing-contract.js'

const signal = new AbortController().signal

describeWithDatabase('mariadb', 'mysql:', () => {
  let server: DatabaseServer
  let admin: mysql.Connection
  let other: mysql.Connection
  let store: OriginStore
  const asking = new SqlAsking(openMysql)
  const fetch = asking.fetch.bind(asking)
  const confirmed = asking.confirmed.bind(asking)
  const texts = asking.texts.bind(asking)

  const connect = async (): Promise<mysql.Connection> => {
    const connection = await mysql.createConnection({
      ...{ host: '127.0.0.1', port: server.port, user: 'root', charset: 'utf8mb4', multipleStatements: true },
    })
    connection.on('error', () => undefined)
    return connection
  }
  beforeAll(async () => {
    // What a server may have set, and must not matter.
    server = await DatabaseServer.start('mariadb', [
      '--autocommit=0',
      '--sql-mode=ANSI',
      '--default-time-zone=+09:00',
      '--max-allowed-packet=1M',
      '--character-set-server=latin1',
    ])
    admin = await connect()
    other = await connect()
    await admin.query("SET autocommit = 1; CREATE USER app@'%' IDENTIFIED BY 'se/cr@t'")
    await other.query('SET autocommit = 1')
  }, 60_000)
  afterAll(async () => {
    admin.destroy()
    other.destroy()
    await server.remove()
  })

  const begin = async (...statements: string[]): Promise<void> => {
    await admin.query(
      'DROP DATABASE IF EXISTS shop; CREATE DATABASE shop CHARACTER SET utf8mb4; USE shop; GRANT ALL ON shop.* TO app',
    )
    await other.query('USE shop')
    for (const statement of statements) await admin.query(statement)
  }
  const openAt = (port: number, search: string, options: string[] = [], password = 'se/cr@t'): OriginStore => {
    const url = `mysql://app:${encodeURIComponent(password)}@127.0.0.1:${port}/shop?${search}`
    store = asking.open(url, options)
    return store
  }
  const open = (search: string, ...options: string[]): OriginStore => openAt(server.port, search, options)
  const end = (): Promise<void> => store.close()
  const openColumn: OpenOrigin = async ({ as, valueBytesMax }) => {
    await begin('CREATE TABLE `my table` (`the "``key``"` text, v longtext, KEY (`the "``key``"` (200)))')
    const search = `table=${encodeURIComponent('my table')}&key=${encodeURIComponent('the "`key`"')}&value=v`
    return {
      store: open(search, 'as', as, 'value-bytes-max', String(valueBytesMax)),
      name: nameInSql,
      set: async (key, value) => {
        const text = columnText(value)
        await admin.query('DELETE FROM `my table` WHERE BINARY `the "``key``"` = BINARY ?', [key])
        await admin.query('INSERT INTO `my table` VALUES (?, ?)', [key, text])
      },
      breakDown: async () => void (await admin.query('DROP TABLE `my table`')),
      close: end,
    }
  }
  contract('a value column', openColumn)
  listingContract('a value column', openColumn)

  contract('a query', async ({ as, valueBytesMax }) => {
    await begin('CREATE TABLE kv (k varbinary(2100), v longblob)')
    const query = "SELECT v AS it, '?' FROM kv WHERE k = ? -- one row?"
    return {
      store: open(`query=${encodeURIComponent(query)}&value=it`, 'as', as, 'value-bytes-max', String(valueBytesMax)),
      name: nameInSql,
      set: async (key, value) => {
        const text = columnText(value)
        await admin.query('DELETE FROM kv WHERE k = ?', [key])
        await admin.query('INSERT INTO kv VALUES (?, ?)', [key, text])
      },
      breakDown: async () => void (await admin.query('DROP TABLE kv')),
      close: end,
    }
  })

  describe('a table', () => {
    afterEach(() => end())

    const kinds: readonly (readonly [type: string, literal: string, field: string, json: unknown])[] = [
      [
        'text CHARACTER SET utf8mb4',
        "'tëxt 😀 \\\\ ''x'''",
        Buffer.from("tëxt 😀 \\ 'x'").toString('latin1'),
        "tëxt 😀 \\ 'x'",
      ],
      ['varchar(9) CHARACTER SET latin1', "'é'", Buffer.from('é').toString('latin1'), 'é'],
      ['char(4)', "'c'", 'c', 'c'],
      ['tinyint(1)', 'true', '1', 1],
      ['bigint', '9007199254740993', '9007199254740993', '9007199254740993'],
      ['bigint unsigned', '18446744073709551615', '18446744073709551615', '18446744073709551615'],
      ['decimal(10,2)', '1.50', '1.50', '1.50'],
      ['double', '1.5e-7', '0.00000015', 1.5e-7],
      ['float', '0.1', '0.1', 0.1],
      ['bit(9)', "b'100000001'", '257', 257],
      ['blob', "x'00ff'", '\0\xff', 'AP8='],
      ['binary(3)', "x'01'", '\x01\0\0', 'AQAA'],
      ['date', "'2024-02-29'", '2024-02-29', '2024-02-29'],
      ['datetime(3)', "'2024-02-29 01:02:03.004'", '2024-02-29 01:02:03.004', '2024-02-29 01:02:03.004'],
      ['timestamp NULL', "'2024-02-29 09:02:03'", '2024-02-29 00:02:03', '2024-02-29 00:02:03'],
      ['time', "'25:00:01'", '25:00:01', '25:00:01'],
      ['year', '2024', '2024', '2024'],
      ["enum('it''s')", "'it''s'", "it's", "it's"],
      ["set('a','b')", "'b,a'", 'a,b', 'a,b'],
      ['json', '\'{"b": 1,  "a":[2]}\'', '{"b": 1,  "a":[2]}', '{"b": 1,  "a":[2]}'],
      ['int(5) zerofill', '7', '00007', '00007'],
      [
        'uuid',
        "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
        'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
        'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      ],
    ]
    const setUp = (): Promise<void> => {
      const columns = kinds.map(([type], i) => `\`c${i} "'\\\` ${type}`)
      return begin(
        `CREATE TABLE kinds (k varchar(20) PRIMARY KEY, ${columns.join(', ')}, gone text)`,
        `SET sql_mode = ''; INSERT INTO kinds VALUES ('all', ${kinds.map(([, literal]) => literal).join(', ')}, NULL)`,
        "INSERT INTO kinds (k) VALUES ('none')",
      )
    }

    test('as hash: every type has one text, which the database digests as we do', async () => {
      await setUp()
      open('table=kinds&key=k', 'as', 'hash')
      const wanted = kinds.map(([, , field], i) => [`c${i} "'\\`, field])
      expect(fieldsOf(await confirmed('all'))).toEqual({ k: 'all', ...Object.fromEntries(wanted) })
      expect(fieldsOf(await confirmed('none'))).toEqual({ k: 'none' })
    })

    test('as string: the row is JSON, confirmed by a validator', async () => {
      await setUp()
      open('table=kinds&key=k')
      const wanted = kinds.map(([, , , json], i) => [`c${i} "'\\`, json])
      expect(JSON.parse(text(await confirmed('all')))).toEqual({ k: 'all', gone: null, ...Object.fromEntries(wanted) })
    })

    test('a value column of any type is its text, or its bytes, by the table as by a query; NULL is absent', async () => {
      await setUp()
      for (const [i, [type, , field]] of kinds.entries()) {
        const column = encodeURIComponent(`c${i} "'\\`)
        open(`table=kinds&key=k&value=${column}`)
        expect(await confirmed('all')).toMatchObject({ value: { bytes: Buffer.from(field, 'latin1') } })
        expect(await fetch('none')).toEqual({ kind: 'absent' })
        await end()
        open(`query=${encodeURIComponent(`SELECT * FROM kinds WHERE k = ?`)}&value=${column}`)
        expect([type, text(await confirmed('all'))]).toEqual([type, Buffer.from(field, 'latin1').toString()])
        if (i < kinds.length - 1) await end()
      }
    })

    test.each([
      ['ADD more varchar(5) DEFAULT 7', '{"k":"a","more":"7","v":"1"}'],
      ['CHANGE v w varchar(9)', '{"k":"a","w":"1"}'],
      ['DROP v', '{"k":"a"}'],
      ['MODIFY v int', '{"k":"a","v":1}'],
      ['MODIFY v blob', '{"k":"a","v":"MQ=="}'],
    ])('an ALTER TABLE ... %s is noticed by the next request', async (change, row) => {
      await begin('CREATE TABLE t (k varchar(9) PRIMARY KEY, v varchar(9))', "INSERT INTO t VALUES ('a', '1')")
      open('table=t&key=k')
      const { validator = null } = (await fetch('a')) as { validator?: string }
      await admin.query(`ALTER TABLE t ${change}`)
      expect(text(await fetch('a', { validator }))).toBe(row)
      await end()
      open(`query=${encodeURIComponent('SELECT * FROM t WHERE k = ?')}`)
      expect(text(await confirmed('a'))).toBe(row)
      await admin.query('ALTER TABLE t ADD last int')
      expect(text(await confirmed('a'))).toBe(row.replace('"k":"a"', '"k":"a","last":null'))
    })

    test('a value that the server cannot put in a packet is refused, not absent', async () => {
      await begin(
        'CREATE TABLE t (k varchar(9), a longtext, b longtext)',
        "INSERT INTO t VALUES ('k', repeat('x', 700000), repeat('y', 700000))",
      )
      open('table=t&key=k', 'as', 'hash')
      expect(await fetch('k')).toMatchObject({ kind: 'refused' })
      expect(await fetch('k', { digest: Buffer.alloc(32) })).toMatchObject({ kind: 'refused' })
      await end()
      open('table=t&key=k', 'as', 'hash', 'value-bytes-max', '63')
      expect(await fetch('k')).toEqual({ kind: 'refused', reason: 'is larger than value-bytes-max (63 bytes)' })
    })
  })

  describe('its keys', () => {
    afterEach(() => end())

    test.each([
      ['int', '7', ['07', '7.0', ' 7', '+7', '7e0', '7abc', '99999999999999', '-2147483649', '']],
      ['tinyint unsigned', '255', ['256', '-1']],
      ['bigint unsigned', '18446744073709551615', ['18446744073709551616']],
      ['decimal(5,2)', '7.50', ['7.5', 'x']],
      ['date', '2024-01-02', ['2024-1-2', '20240102', '2024-99-99']],
      ['varbinary(9)', 'kéy', ['KÉY', 'key']],
      ['char(5)', 'ab', ['ab ', 'AB', 'àb']],
      ['varchar(5) COLLATE utf8mb4_general_ci', 'Ada', ['ada', 'ADA', 'Ada ', 'Adä']],
      ['varchar(5) COLLATE utf8mb4_unicode_ci', 'ß', ['ss', 'SS']],
      ['varchar(5) COLLATE utf8mb4_bin', 'Ada', ['ada', 'Ada ']],
      ['varchar(5) CHARACTER SET latin1 COLLATE latin1_swedish_ci', 'é?', ['E?', 'ee', 'é\u{1F600}', '?']],
      ['varchar(5) CHARACTER SET utf8mb3', 'é', ['\u{1F600}', 'e']],
      ["enum('x','y')", 'x', ['1', 'X']],
    ])('of type %s are found by their own text %s only', async (type, key, others) => {
      await begin(`CREATE TABLE t (k ${type} PRIMARY KEY, v text)`)
      await admin.query("INSERT INTO t VALUES (?, 'it')", [key])
      open('table=t&key=k&value=v')
      expect(await texts(key, ...others, key)).toEqual(['it', ...others.map(() => 'absent'), 'it'])
    })

    const numbers = Array.from({ length: 2500 }, (_, i) => i)
    const spellings = numbers.map((i) =>
      [...'abcdefghijkl'].map((c, at) => ((i >> at) & 1 ? c.toUpperCase() : c)).join(''),
    )

    test.each([
      ['int', numbers.map((i) => String(i - 1000))],
      ['bigint unsigned', numbers.map((i) => String(2n ** 63n + BigInt(i)))],
      ['decimal(8,2)', numbers.map((i) => `${i}.50`)],
      ['varbinary(9)', numbers.map((i) => `é${i}`)],
      ['char(9)', numbers.map((i) => `k${i}`)],
      ['varchar(20) COLLATE utf8mb4_general_ci', spellings],
      ['varchar(20) COLLATE utf8mb4_bin', numbers.map((i) => `ü${i}`)],
      ['varchar(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci', numbers.map((i) => `é${i}`)],
      ['text', numbers.map((i) => `${'x'.repeat(1500)}${i}`)],
      ["enum('x','y')", ['x', 'y']],
    ])('of type %s are listed in pages', async (type, keys) => {
      await begin(`CREATE TABLE t (k ${type}, v text)`)
      for (let i = 0; i < keys.length; i += 500) {
        await admin.query('INSERT INTO t VALUES ?', [keys.slice(i, i + 500).map((key) => [key, 'v'])])
      }
      await admin.query("INSERT INTO t VALUES (NULL, 'v')")
      open('table=t&key=k&value=v')
      expect([...new Set(await namesOf({ store }))].sort()).toEqual([...keys].sort())
    })

    test('of a query are not listed', () => {
      expect(open('query=SELECT 1 WHERE ? = 1').list).toBeUndefined()
    })

    test('are parameters: nothing of them is run', async () => {
      await begin('CREATE TABLE t (k text, v text)', "INSERT INTO t VALUES ('a', 'secret')")
      open('table=t&key=k&value=v')
      const hostile = [
        "' OR '1'='1",
        "'; DROP TABLE t; --",
        '?',
        '[',
        '"]',
        '\\',
        "\\' OR 1=1 -- ",
        '%',
        '_',
        'NULL',
        '$[0]',
        '\u0001',
      ]
      expect(await texts(...hostile)).toEqual(hostile.map(() => 'absent'))
      expect(await texts('a\0', 'a', '\ud800')).toEqual(['absent', 'secret', 'absent'])
      for (const key of hostile) await admin.query('INSERT INTO t VALUES (?, ?)', [key, key])
      expect(await texts(...hostile)).toEqual(hostile)
    })

    test('of several rows are refused, however many rows, the others answered', async () => {
      await begin(
        'CREATE TABLE t (k varchar(20), v text, KEY (k))',
        "INSERT INTO t SELECT 'many', repeat('x', 1000) FROM seq_1_to_5000",
        "INSERT INTO t VALUES ('once', '1'), ('half', NULL), ('half', 'x')",
      )
      open('table=t&key=k&value=v')
      const severalRows = { kind: 'refused', reason: 'is in several rows' }
      const keys = ['once', 'many', 'never', 'half']
      expect(
        await store.fetchMany(
          keys.map((key) => ask(key)),
          signal,
        ),
      ).toEqual([expect.objectContaining({ kind: 'found' }), severalRows, { kind: 'absent' }, severalRows])
    })

    test('are asked for by the index, a thousand in one statement', async () => {
      await begin(
        'CREATE TABLE t (k varchar(20) PRIMARY KEY, v text)',
        "INSERT INTO t SELECT concat('user ', seq), concat(repeat('v', 100), seq) FROM seq_0_to_19998_step_2",
      )
      open('table=t&key=k&value=v')
      const keys = Array.from({ length: 10_000 }, (_, i) => `user ${i}`)
      const value = (i: number): Buffer => Buffer.from(`${'v'.repeat(100)}${i}`)
      for (const isHeld of [false, true]) {
        for (let at = 0; at < keys.length; at += 1000) {
          const batch = keys
            .slice(at, at + 1000)
            .map((key, i) => ask(key, { digest: isHeld ? digestOfString(value(at + i)) : null }))
          const answers = (await answersOf(store, batch)).map(text)
          const wanted = (i: number): string => (i % 2 === 1 ? 'absent' : isHeld ? 'not-modified' : value(i).toString())
          expect(answers).toEqual(batch.map((_, i) => wanted(at + i)))
        }
      }
    })
  })

  describe('its queries and its connection', () => {
    afterEach(() => end())
    const until = async (condition: () => Promise<boolean>): Promise<void> => {
      while (!(await condition())) await new Promise((resolve) => setImmediate(resolve))
    }
    const running = async (): Promise<number> => {
      const [rows] = await admin.query("SELECT COUNT(*) AS n FROM information_schema.processlist WHERE user = 'app'")
      return (rows as { n: number }[])[0].n
    }

    test('a query only reads', async () => {
      await begin(
        'CREATE TABLE t (k text)',
        "INSERT INTO t VALUES ('a')",
        'CREATE FUNCTION wipe(k text) RETURNS int BEGIN DELETE FROM t; RETURN 1; END',
      )
      open(`query=${encodeURIComponent('SELECT wipe(?) AS v')}&value=v`)
      await expect(fetch('a')).rejects.toMatchObject({ name: 'Unavailable', counts: false })
      expect((await admin.query('SELECT * FROM t'))[0]).toHaveLength(1)
    })

    test.each([
      ['table=none&key=k', 'no such table (ER_NO_SUCH_TABLE)'],
      ['table=t&key=none', 'no such column'],
      ['query=SELECT+?+FROM', 'bad syntax (ER_PARSE_ERROR)'],
    ])('%s: %s, which is nothing for the breaker', async (search, reason) => {
      await begin('CREATE TABLE t (k text)')
      open(search)
      await expect(fetch('a')).rejects.toMatchObject({ message: `database cannot be read: ${reason}`, counts: false })
    })

    test('names of any kind are names, in a schema, too', async () => {
      await begin('CREATE TABLE `t\'\\"` (`k;--x` varchar(9), `v\\` text)', "INSERT INTO `t'\\\"` VALUES ('a', 'it')")
      open(
        `table=${encodeURIComponent('shop.t\'\\"')}&key=${encodeURIComponent('k;--x')}&value=${encodeURIComponent('v\\')}`,
      )
      await expect(fetch('a')).resolves.toMatchObject({ kind: 'found' })
    })

    test('cut at any byte gives the value, or nothing', async () => {
      await begin('CREATE TABLE t (k varchar(9), v text)', "INSERT INTO t VALUES ('a', 'the value')")
      const proxy = await CuttingProxy.start(server.port)
      openAt(proxy.port, 'table=t&key=k&value=v')
      expect(text(await fetch('a'))).toBe('the value')
      const whole = proxy.received
      for (let at = 0; at < whole; at += 13) {
        proxy.cut()
        proxy.cutAfter(at)
        const outcome = await fetch('a').then(text, (error: Error) => error.name)
        expect(['the value', 'Unavailable']).toContain(outcome)
      }
      proxy.cutAfter(Infinity)
      expect(text(await fetch('a'))).toBe('the value')
      await proxy.stop()
    })

    test('lost while it lay idle is not noticed by who asks', async () => {
      await begin('CREATE TABLE t (k varchar(9), v text)', "INSERT INTO t VALUES ('a', 'the value')")
      open('table=t&key=k&value=v')
      await Promise.all(Array.from({ length: 8 }, () => fetch('a')))
      for (let i = 0; i < 3; i++) {
        await admin.query('KILL USER app')
        expect(text(await fetch('a'))).toBe('the value')
      }
    })

    test('a request that is given up is cancelled at the server', async () => {
      await begin()
      open(`query=${encodeURIComponent('SELECT CONCAT(?, SLEEP(600)) AS v')}&value=v`)
      const controller = new AbortController()
      const failed = expect(store.fetchMany([ask('a')], controller.signal)).rejects.toMatchObject({
        name: 'Unavailable',
      })
      await until(
        async () =>
          (
            (
              await admin.query(
                "SELECT 1 FROM information_schema.processlist WHERE user = 'app' AND state = 'User sleep'",
              )
            )[0] as unknown[]
          ).length === 1,
      )
      controller.abort()
      await failed
      await until(async () => (await running()) === 0)
    })

    test('says nothing of its password when that is wrong', async () => {
      await begin()
      openAt(server.port, 'table=t&key=k', [], 'wr0ng')
      const error = (await fetch('a').catch((reason: unknown) => reason)) as Unavailable
      expect(error).toMatchObject({
        message: 'database cannot be read: access denied (ER_ACCESS_DENIED_ERROR)',
        counts: false,
      })
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/wr0ng|se\/cr@t/)
    })

    test('survives a restart of the server', async () => {
      await begin('CREATE TABLE t (k varchar(9), v text)', "INSERT INTO t VALUES ('a', 'the value')")
      open('table=t&key=k&value=v')
      expect(text(await fetch('a'))).toBe('the value')
      await server.stop()
      await expect(fetch('a')).rejects.toMatchObject({ name: 'Unavailable', counts: true })
      await server.start()
      admin = await connect()
      other = await connect()
      await admin.query('SET autocommit = 1')
      await other.query('SET autocommit = 1')
      expect(text(await fetch('a'))).toBe('the value')
    }, 60_000)
  })

  describe('a write', () => {
    afterEach(() => end())
    const write = asking.write.bind(asking)
    const all = async (): Promise<unknown> => (await admin.query({ sql: 'SELECT * FROM t', rowsAsArray: true }))[0]

    test('of a value column inserts, updates and deletes, each only where it holds what is expected', async () => {
      await begin('CREATE TABLE t (k varchar(9) PRIMARY KEY, v text)')
      open('table=t&key=k&value=v')
      expect(await write('a', bytes('1'), digest('0'))).toEqual({ kind: 'conflict' })
      expect(await write('a', bytes('1'), 'absent')).toEqual({ kind: 'written' })
      expect(await write('a', bytes('2'), 'absent')).toEqual({ kind: 'conflict' })
      expect(await write('a', bytes('2'), digest('1'))).toEqual({ kind: 'written' })
      expect(await all()).toEqual([['a', '2']])
      expect(await write('a', null, digest('1'))).toEqual({ kind: 'conflict' })
      expect(await write('a', null, digest('2'))).toEqual({ kind: 'written' })
      expect(await write('b', bytes('é'))).toEqual({ kind: 'written' })
      expect(await all()).toEqual([['b', 'é']])
      expect(await write('B', bytes('x'), 'absent')).toMatchObject({ kind: 'refused' })
    })

    test('of a row sets every column, and needs its key among them', async () => {
      await begin('CREATE TABLE t (k varchar(9) PRIMARY KEY, n int, b blob, flags bit(4), twice int AS (n * 2) STORED)')
      open('table=t&key=k', 'as', 'hash')
      const row = { k: 'a', n: '5', twice: '10', flags: '5' }
      expect(await write('a', hash({ n: '5' }))).toMatchObject({ kind: 'refused' })
      expect(await write('a', hash({ ...row, none: '1' }))).toEqual({
        kind: 'refused',
        reason: "has a field 'none' that is no column",
      })
      expect(await write('a', hash(row), 'absent')).toEqual({ kind: 'written' })
      const next = { k: 'a', n: '6', twice: '12', b: '\x01' }
      expect(await write('a', hash(next), digestOf(hash(row)))).toEqual({ kind: 'written' })
      expect(await write('a', hash({ ...next, twice: '13' }))).toMatchObject({ kind: 'refused' })
      expect(await all()).toEqual([['a', 6, Buffer.from([1]), null, 12]])
    })

    test.each([
      ['int', '007', /^would not be held/],
      ['int', 'seven', /^was refused by its database/],
      ['decimal(5,2)', '1.5', /^would not be held/],
      ['varchar(2)', 'abc', /^was refused by its database: it answered \(ER_DATA_TOO_LONG\)/],
      ['varchar(9) UNIQUE', 'taken', /^was refused by its database: it answered \(ER_DUP_ENTRY\)/],
      ['varchar(9) CHARACTER SET latin1', '\u{1F600}', /^was refused by its database/],
    ])('to a column of type %s refuses %j, and leaves all as it was', async (type, value, reason) => {
      await begin(`CREATE TABLE t (k varchar(9) PRIMARY KEY, v ${type})`)
      if (value === 'taken') await admin.query("INSERT INTO t VALUES ('other', 'taken')")
      open('table=t&key=k&value=v')
      const before = await all()
      expect(await write('a', bytes(value), 'absent')).toMatchObject({
        kind: 'refused',
        reason: expect.stringMatching(reason),
      })
      expect(await all()).toEqual(before)
    })

    test('of many at once: of those that expect the same value one wins', async () => {
      await begin('CREATE TABLE t (k varchar(9) PRIMARY KEY, v text)')
      open('table=t&key=k&value=v', 'max-in-flight', '8')
      let held: Write['expected'] = 'absent'
      for (let round = 0; round < 5; round++) {
        const outcomes = await Promise.allSettled(
          Array.from({ length: 16 }, (_, i) => write('a', bytes(`${round}.${i}`), held)),
        )
        const winners = outcomes.flatMap((outcome, i) =>
          outcome.status === 'fulfilled' && outcome.value.kind === 'written' ? [i] : [],
        )
        expect(winners).toHaveLength(1)
        held = digest(`${round}.${winners[0]}`)
        expect(await all()).toEqual([['a', `${round}.${winners[0]}`]])
      }
    })
  })

  describe('changes', () => {
    afterEach(() => end())

    test('are found in an outbox, by the triggers that the documentation gives, in whatever order they commit', async () => {
      await begin('CREATE TABLE users (username varchar(100) PRIMARY KEY, email text)', documentedSql('MySQL'))
      const heard: string[] = []
      const told = async (): Promise<string[]> => {
        await watch.prove(signal)
        return heard.splice(0)
      }
      open('table=users&key=username&outbox=truedis_outbox')
      const listener = {
        changed: (key: string) => void heard.push(key),
        changedAll: () => void heard.push('(all)'),
        lost: () => void heard.push('(lost)'),
      }
      const watch = await (store.watch as NonNullable<OriginStore['watch']>)(listener, signal)
      expect(await told()).toEqual([])
      await admin.query("INSERT INTO users VALUES ('ada', '1'), ('bob', '1')")
      expect(await told()).toEqual(['ada', 'bob'])
      await admin.query("UPDATE users SET username = 'eve' WHERE username = 'ada'")
      expect((await told()).sort()).toEqual(['ada', 'eve'])
      await admin.query("DELETE FROM users WHERE username = 'bob'")
      expect(await told()).toEqual(['bob'])
      await other.query("START TRANSACTION; INSERT INTO users VALUES ('early', '')")
      await admin.query("INSERT INTO users VALUES ('late', '')")
      expect(await told()).toEqual(['late'])
      expect(await told()).toEqual([])
      await other.query('COMMIT')
      expect(await told()).toEqual(['early'])
      await other.query("START TRANSACTION; INSERT INTO users VALUES ('never', ''); ROLLBACK")
      await other.query("START TRANSACTION; INSERT INTO users VALUES ('very late', '')")
      await admin.query("INSERT INTO users VALUES ('after', '')")
      for (let look = 0; look < 105; look++) expect([[], ['after']]).toContainEqual(await told())
      await other.query('COMMIT')
      expect(await told()).toEqual(['very late'])
      await watch.close()
      expect(heard).toEqual([])
    })
  })
})
