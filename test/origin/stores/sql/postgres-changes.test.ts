import pg from 'pg'
import { digestOfString } from '../../../../src/base/index.js'
import type { OriginStore, Watch, Write } from '../../../../src/origin/store.js'
import { openPostgres } from '../../../../src/origin/stores/sql/postgres.js'
import { digestOf } from '../../../../src/origin/values.js'
import { CuttingProxy } from '../../support/cutting-proxy.js'
import { DatabaseServer, describeWithDatabase } from '../../support/database-server.js'
import { documentedSql } from '../../support/documented-sql.js'
import { SqlAsking, bytes, digest, hash } from '../../support/sql-asking.js'

const signal = new AbortController().signal

describeWithDatabase('postgres', 'postgres: writes and changes', () => {
  let server: DatabaseServer
  let admin: pg.Client
  let other: pg.Client
  let store: OriginStore
  const asking = new SqlAsking(openPostgres)

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'admin', database: 'postgres' })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  beforeAll(async () => {
    server = await DatabaseServer.start('postgres')
    admin = await connect()
    other = await connect()
    await admin.query('CREATE ROLE app LOGIN')
  }, 60_000)
  afterAll(async () => {
    await admin.end()
    await other.end()
    await server.remove()
  })
  afterEach(() => store.close())

  const begin = async (...statements: string[]): Promise<void> => {
    await admin.query('DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO app')
    for (const statement of statements) await admin.query(statement)
    await admin.query('GRANT ALL ON ALL TABLES IN SCHEMA public TO app')
    await admin.query('GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO app')
  }
  const open = (search: string, options: string[] = [], port = server.port): OriginStore => {
    const url = `postgres://app@127.0.0.1:${port}/postgres?${search}`
    store = asking.open(url, options)
    return store
  }
  const one = async (sql: string): Promise<unknown> => ((await admin.query(sql)).rows as { it: unknown }[])[0]?.it

  describe('a write', () => {
    const write = asking.write.bind(asking)

    test('of a value column inserts, updates and deletes, each only where it holds what is expected', async () => {
      await begin('CREATE TABLE t (k text PRIMARY KEY, v text)')
      open('table=t&key=k&value=v')
      expect(await write('a', bytes('1'), digest('0'))).toEqual({ kind: 'conflict' })
      expect(await write('a', bytes('1'), 'absent')).toEqual({ kind: 'written' })
      expect(await write('a', bytes('2'), 'absent')).toEqual({ kind: 'conflict' })
      expect(await write('a', bytes('2'), digest('0'))).toEqual({ kind: 'conflict' })
      expect(await write('a', bytes('2'), digest('1'))).toEqual({ kind: 'written' })
      expect(await one("SELECT v AS it FROM t WHERE k = 'a'")).toBe('2')
      expect(await write('a', bytes('3'))).toEqual({ kind: 'written' })
      expect(await write('a', null, digest('2'))).toEqual({ kind: 'conflict' })
      expect(await write('a', null, digest('3'))).toEqual({ kind: 'written' })
      expect(await write('a', null, digest('3'))).toEqual({ kind: 'conflict' })
      expect(await write('a', null, 'absent')).toEqual({ kind: 'written' })
      expect(await write('b', bytes('1'))).toEqual({ kind: 'written' })
      expect(await one('SELECT string_agg(k || v, $$,$$) AS it FROM t')).toBe('b1')
    })

    test('over a row whose value is NULL finds it absent', async () => {
      await begin('CREATE TABLE t (k text PRIMARY KEY, v text, n int)', "INSERT INTO t VALUES ('a', NULL, 7)")
      open('table=t&key=k&value=v')
      expect(await write('a', bytes('1'), 'absent')).toEqual({ kind: 'written' })
      expect(await one("SELECT v || n AS it FROM t WHERE k = 'a'")).toBe('17')
    })

    test('of a row sets every column, and needs its key among them', async () => {
      await begin(
        'CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY, k text PRIMARY KEY, n int, b bytea, twice int GENERATED ALWAYS AS (n * 2) STORED)',
      )
      open('table=t&key=k', ['as', 'hash'])
      const row = { id: '1', k: 'a', n: '5', twice: '10' }
      expect(await write('a', hash({ n: '5' }))).toEqual({
        kind: 'refused',
        reason: "needs its key in the field 'k', since the whole row is the hash",
      })
      expect(await write('a', hash({ ...row, none: '1' }))).toEqual({
        kind: 'refused',
        reason: "has a field 'none' that is no column",
      })
      expect(await write('a', hash(row), 'absent')).toEqual({ kind: 'written' })
      const next = { ...row, n: '6', twice: '12', b: '\x01' }
      expect(await write('a', hash(next), digestOf(hash(row)))).toEqual({
        kind: 'written',
      })
      expect(await write('a', hash(row), digestOf(hash(row)))).toEqual({
        kind: 'conflict',
      })
      expect(await write('a', hash({ ...next, twice: '13' }))).toMatchObject({ kind: 'refused' })
      expect(await one("SELECT n || encode(b, 'hex') AS it FROM t")).toBe('601')
      expect(await write('a', hash(row))).toEqual({ kind: 'written' })
      expect(await one('SELECT b IS NULL AS it FROM t')).toBe(true)
    })

    test.each([
      ['int', '007', 'would not be held by its row as it is: by its type, a default or a trigger'],
      ['int', 'seven', 'was refused by its database: it answered (22P02)'],
      ['numeric(5,2)', '1.5', 'would not be held by its row as it is: by its type, a default or a trigger'],
      ['jsonb', '{"a":1}', 'would not be held by its row as it is: by its type, a default or a trigger'],
      ['varchar(2)', 'abc', 'was refused by its database: it answered (22001)'],
      ['text CHECK (v <> $$no$$)', 'no', 'was refused by its database: it answered (23514)'],
      ['text UNIQUE', 'taken', 'was refused by its database: it answered (23505)'],
      ['text', 'a\0b', "is no text, as its column 'v' needs"],
    ])('to a column of type %s refuses %j, and leaves all as it was', async (type, value, reason) => {
      await begin(`CREATE TABLE t (k text PRIMARY KEY, v ${type})`)
      if (value === 'taken') await admin.query("INSERT INTO t VALUES ('other', 'taken')")
      open('table=t&key=k&value=v')
      expect(await write('a', bytes(value), 'absent')).toEqual({ kind: 'refused', reason })
      expect(await one("SELECT count(*)::int AS it FROM t WHERE k = 'a'")).toBe(0)
      expect(await write('a', null, 'absent')).toEqual({ kind: 'written' })
    })

    test.each([
      ['int', '7', 'x'],
      ['uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'x'],
      ['bytea', 'kéy', null],
      ['date', '2024-01-02', '2024-1-2'],
    ])('to a table whose key is of type %s writes %s', async (type, key, unfit) => {
      await begin(`CREATE TABLE t (k ${type} PRIMARY KEY, v bytea)`)
      open('table=t&key=k&value=v')
      expect(await write(key, bytes(Buffer.from([0, 255])), 'absent')).toEqual({ kind: 'written' })
      expect(await write(key, bytes('2'), digestOfString(Buffer.from([0, 255])))).toEqual({ kind: 'written' })
      expect(await one("SELECT convert_from(v, 'UTF8') AS it FROM t")).toBe('2')
      if (unfit !== null) expect(await write(unfit, bytes('2'), 'absent')).toMatchObject({ kind: 'refused' })
      expect(await write(key, null, digest('2'))).toEqual({ kind: 'written' })
      expect(await one('SELECT count(*)::int AS it FROM t')).toBe(0)
    })

    test('needs a unique key, a table, and a right to write', async () => {
      await begin('CREATE TABLE t (k text, v text, PRIMARY KEY (v, k))', 'CREATE TABLE u (k text PRIMARY KEY, v text)')
      open('table=t&key=k&value=v')
      expect(await write('a', bytes('1'))).toEqual({
        kind: 'refused',
        reason: "needs a unique index on the column 'k' of its own to be written",
      })
      await store.close()
      expect(open('query=SELECT+$1+AS+v&value=v').write).toBeUndefined()
      await store.close()
      expect(open('table=u&key=k&value=v', ['as', 'hash']).write).toBeUndefined()
      await store.close()
      await admin.query('REVOKE ALL ON u FROM app; GRANT SELECT ON u TO app')
      open('table=u&key=k&value=v')
      expect(await write('a', bytes('1'))).toEqual({
        kind: 'refused',
        reason: 'was refused by its database: permission denied (42501)',
      })
    })

    test('of many at once: of those that expect the same value one wins', async () => {
      await begin('CREATE TABLE t (k text PRIMARY KEY, v text)')
      open('table=t&key=k&value=v', ['max-in-flight', '10'])
      let held: Write['expected'] = 'absent'
      for (let round = 0; round < 10; round++) {
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, (_, i) => write('a', bytes(`${round}.${i}`), held)),
        )
        const winners = outcomes.flatMap(({ kind }, i) => (kind === 'written' ? [i] : []))
        expect(winners).toHaveLength(1)
        expect(outcomes.filter(({ kind }) => kind === 'conflict')).toHaveLength(19)
        held = digest(`${round}.${winners[0]}`)
        expect(await one('SELECT v AS it FROM t')).toBe(`${round}.${winners[0]}`)
      }
    })

    test('whose connection is cut at any byte is made once, or not, or not known', async () => {
      await begin('CREATE TABLE t (k text PRIMARY KEY, v text)', "INSERT INTO t VALUES ('a', '0')")
      const proxy = await CuttingProxy.start(server.port)
      open('table=t&key=k&value=v', [], proxy.port)
      let now = '0'
      for (let at = 0; at < 1500; at += 25) {
        proxy.cutAfter(at)
        const next = `${at} `
        const outcome = await write('a', bytes(next), digest(now)).then(
          ({ kind }) => kind,
          (error: Error) => error.name,
        )
        const held = String(await one('SELECT v AS it FROM t'))
        if (outcome === 'written') expect(held).toBe(next)
        else expect([outcome, [now, next].includes(held)]).toEqual(['Unavailable', true])
        now = held
      }
      await proxy.stop()
    })
  })

  describe('changes', () => {
    let watch: Watch
    let heard: string[]
    const listener = {
      changed: (key: string) => void heard.push(key),
      changedAll: () => void heard.push('(all)'),
      lost: (reason: string) => void heard.push(`lost: ${reason}`),
    }
    const begins = async (search: string, port = server.port): Promise<void> => {
      heard = []
      open(search, [], port)
      watch = await (store.watch as NonNullable<OriginStore['watch']>)(listener, signal)
    }
    /** What was told when all from before this call has been. */
    const told = async (): Promise<string[]> => {
      await watch.prove(signal)
      return heard.splice(0)
    }
    const users = 'CREATE TABLE users (username text PRIMARY KEY, email text)'
    afterEach(() => watch.close())

    const everyChange = async (): Promise<void> => {
      expect(await told()).toEqual([])
      await admin.query("INSERT INTO users VALUES ('ada', '1'), ('bob', '1')")
      expect(await told()).toEqual(['ada', 'bob'])
      await admin.query("UPDATE users SET email = '2' WHERE username = 'ada'")
      expect(await told()).toEqual(['ada'])
      await admin.query("UPDATE users SET username = 'eve' WHERE username = 'ada'")
      expect((await told()).sort()).toEqual(['ada', 'eve'])
      await admin.query("DELETE FROM users WHERE username = 'bob'")
      expect(await told()).toEqual(['bob'])
      await admin.query('INSERT INTO users VALUES ($1)', ['x'.repeat(9000)])
      expect(await told()).toHaveLength(1)
      await admin.query("BEGIN; UPDATE users SET email = '3'; ROLLBACK")
      expect(await told()).toEqual([])
      await admin.query('TRUNCATE users')
      expect(await told()).toEqual(['(all)'])
    }

    test('are heard on a channel, by the trigger that the documentation gives', async () => {
      await begin(users, documentedSql('PostgreSQL: LISTEN'))
      await begins('table=users&key=username&notify=users_changed')
      await everyChange()
    })

    test('are found in an outbox, by the trigger that the documentation gives', async () => {
      await begin(users, documentedSql('PostgreSQL: an outbox'))
      await begins('table=users&key=username&outbox=truedis_outbox')
      await everyChange()
    })

    test('of transactions that commit in another order than they began are all found, once', async () => {
      await begin(users, documentedSql('PostgreSQL: an outbox'))
      await other.query("BEGIN; INSERT INTO users VALUES ('early')")
      await admin.query("INSERT INTO users VALUES ('before')")
      await begins('table=users&key=username&outbox=truedis_outbox')
      for (let i = 0; i < 5; i++) {
        await admin.query(`INSERT INTO users VALUES ('late ${i}')`)
        expect(await told()).toEqual([`late ${i}`])
      }
      await other.query("SAVEPOINT a; INSERT INTO users VALUES ('nested')")
      expect(await told()).toEqual([])
      await other.query('COMMIT')
      expect((await told()).sort()).toEqual(['early', 'nested'])
      expect(await told()).toEqual([])
    })

    test('are told as lost, once, when the connection is', async () => {
      await begin(users)
      const proxy = await CuttingProxy.start(server.port)
      await begins('table=users&key=username&notify=c', proxy.port)
      proxy.cut()
      await expect(watch.prove(signal)).rejects.toMatchObject({ name: 'Unavailable' })
      expect(heard).toEqual(['lost: the connection that listens is lost'])
      await proxy.stop()
    })

    test('that nobody waits for any longer are not proven', async () => {
      await begin(users)
      await begins('table=users&key=username&notify=c')
      const controller = new AbortController()
      controller.abort()
      await expect(watch.prove(controller.signal)).rejects.toMatchObject({ message: 'nobody waits' })
      expect(await told()).toEqual([])
    })

    test('cannot be watched without their table', async () => {
      await begin(users)
      await begins('table=users&key=username&notify=c')
      await store.close()
      open('table=users&key=username&outbox=none')
      await expect(store.watch?.(listener, signal)).rejects.toMatchObject({
        message: 'database cannot be watched: no such table (42P01)',
      })
    })
  })
})
