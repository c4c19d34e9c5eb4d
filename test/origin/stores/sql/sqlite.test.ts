import { copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOfString } from '../../../../src/base/index.js'
import type { Answer, Ask } from '../../../../src/origin/store.js'
import { readSqlSearch, readSqlSource } from '../../../../src/origin/stores/sql/source.js'
import { bestSqliteDriver, sqliteDrivers } from '../../../../src/origin/stores/sql/sqlite-drivers.js'
import { SqliteStore } from '../../../../src/origin/stores/sql/sqlite.js'
import { documentedSql } from '../../support/documented-sql.js'
import { openWriter, type Writer } from '../../support/sqlite.js'
import { contract, type OpenOrigin } from '../contract.js'
import { listingContract, namesOf } from '../listing-contract.js'

const signal = new AbortController().signal

/** The thread runs what was built: it cannot load TypeScript. */
const workerUrl = new URL('../../../../dist/src/origin/stores/sql/sqlite-worker.js', import.meta.url)

const drivers = sqliteDrivers(process.cwd())

test('at least one driver is installed for these tests', () => {
  expect(drivers.map(({ name }) => name)).toContain('node-sqlite3-wasm')
})

test('without a driver the error says how to install one', () => {
  expect(() => bestSqliteDriver([])).toThrow(
    'sqlite: origins need Node 22.13 or later, or a driver: npm install better-sqlite3 (or, without a compiler, node-sqlite3-wasm)',
  )
})

describe.each(drivers)('sqlite by $name', (driver) => {
  let folder: string
  let path: string
  let writer: Writer
  let store: SqliteStore

  const begin = async (): Promise<void> => {
    folder = await mkdtemp(join(tmpdir(), 'origin-'))
    path = join(folder, 'app.db')
    writer = await openWriter(driver, path)
  }
  const end = async (): Promise<void> => {
    await store.close()
    writer.close()
    await rm(folder, { recursive: true, force: true })
  }
  const open = (search: string, as: 'string' | 'hash' = 'string', valueBytesMax = 1000): SqliteStore => {
    const { source, more } = readSqlSearch(search, 'sqlite', ['outbox'])
    const outbox = more.get('outbox')?.split('.') ?? null
    store = new SqliteStore({ driver, path, source, as, valueBytesMax, busyTimeoutMs: 200, outbox }, workerUrl)
    return store
  }
  const name = (key: string): string => (key.includes('\0') ? '' : key)

  const openColumn: OpenOrigin = async ({ as, valueBytesMax }) => {
    await begin()
    writer.run('CREATE TABLE "my table" ("the ""key""" TEXT PRIMARY KEY, v)')
    const search = `table=${encodeURIComponent('my table')}&key=${encodeURIComponent('the "key"')}&value=v`
    return {
      store: open(search, as, valueBytesMax),
      name,
      set: async (key, value) => {
        const text = typeof value === 'string' || value === null ? value : JSON.stringify(value)
        writer.run('INSERT OR REPLACE INTO "my table" VALUES (?, ?)', key, text)
      },
      breakDown: () => rm(path),
      close: end,
    }
  }
  contract('a value column', openColumn)
  listingContract('a value column', openColumn)

  contract('a query', async ({ as, valueBytesMax }) => {
    await begin()
    writer.run('CREATE TABLE kv (k TEXT PRIMARY KEY, v)')
    const query = "SELECT v AS it, '?' FROM kv WHERE k = ? -- one row?"
    return {
      store: open(`query=${encodeURIComponent(query)}&value=it`, as, valueBytesMax),
      name,
      set: async (key, value) => {
        const text = typeof value === 'string' || value === null ? value : JSON.stringify(value)
        writer.run('INSERT OR REPLACE INTO kv VALUES (?, ?)', key, text)
      },
      breakDown: async () => writer.run('DROP TABLE kv'),
      close: end,
    }
  })

  describe('a table', () => {
    beforeEach(async () => {
      await begin()
      writer.run(
        'CREATE TABLE users (username TEXT COLLATE NOCASE, id INTEGER, big, ratio REAL, photo BLOB, gone TEXT)',
      )
      writer.run('CREATE INDEX by_name ON users (username)')
    })
    afterEach(end)

    const add = (username: string, more: { id?: number; big?: bigint; photo?: Buffer } = {}): void => {
      const { id = 1, big = 1n, photo = Buffer.from([0xff, 0]) } = more
      writer.run('INSERT INTO users VALUES (?, ?, ?, 1.5, ?, NULL)', username, id, big, photo)
    }
    const ask = async (key: string, held: Partial<Ask> = {}): Promise<Answer> =>
      (await store.fetchMany([{ key, digest: null, validator: null, ...held }], signal))[0]
    const text = (answer: Answer): string =>
      answer.kind === 'found' && answer.value.kind === 'string' ? answer.value.bytes.toString() : answer.kind

    test('without a value column gives the row as its RFC 8785 text', async () => {
      add('ada', { big: 9007199254740993n })
      open('table=users&key=username')
      const row = '{"big":"9007199254740993","gone":null,"id":1,"photo":"/wA=","ratio":1.5,"username":"ada"}'
      expect(text(await ask('ada'))).toBe(row)
      expect(await ask('ada', { digest: digestOfString(Buffer.from(row)) })).toEqual({ kind: 'not-modified' })
    })

    test('as hash gives its columns, bytes as they are, NULL not at all', async () => {
      add('ada', { id: 7 })
      open('table=main.users&key=username', 'hash')
      const answer = await ask('ada')
      if (answer.kind !== 'found' || answer.value.kind !== 'hash') throw new Error(answer.kind)
      const fields = answer.value.fields.map(([field, value]) => [field.toString(), value.toString('latin1')])
      expect(Object.fromEntries(fields)).toEqual({ username: 'ada', id: '7', big: '1', ratio: '1.5', photo: '\xff\0' })
    })

    test('compares keys as bytes, whatever the collation of their column', async () => {
      add('Ada', { id: 1 })
      add('ada', { id: 2 })
      open('table=users&key=username&value=id')
      expect([text(await ask('ada')), text(await ask('Ada')), text(await ask('ADA'))]).toEqual(['2', '1', 'absent'])
    })

    test('finds numbers by their own text only', async () => {
      add('ada', { id: 7 })
      open('table=users&key=id&value=username')
      expect(text(await ask('7'))).toBe('ada')
      for (const other of ['07', '7.0', ' 7', '7e0']) expect(text(await ask(other))).toBe('absent')
    })

    test('refuses a key of several rows, and answers the others', async () => {
      for (const username of ['twice', 'twice', 'once']) add(username)
      open('table=users&key=username&value=id')
      const answers = await store.fetchMany(
        ['once', 'twice', 'never'].map((key) => ({ key, digest: null, validator: null })),
        signal,
      )
      expect(answers).toEqual([
        expect.objectContaining({ kind: 'found' }),
        { kind: 'refused', reason: 'is in several rows' },
        { kind: 'absent' },
      ])
    })

    test('answers hundreds of keys at once, in their order, also asked twice', async () => {
      for (let i = 0; i < 300; i += 2) add(`user ${i}`, { id: i })
      open('table=users&key=username&value=id')
      const keys = [...Array.from({ length: 254 }, (_, i) => `user ${i}`), 'user 2', 'user 1']
      const answers = await store.fetchMany(
        keys.map((key) => ({ key, digest: null, validator: null })),
        signal,
      )
      expect(answers.map(text)).toEqual(keys.map((key) => (Number(key.slice(5)) % 2 === 0 ? key.slice(5) : 'absent')))
    })

    test('gives text and bytes as they are stored, with NUL and what is no UTF-8', async () => {
      add('bytes', { photo: Buffer.from([1, 0, 0xfe]) })
      writer.run("INSERT INTO users (username, photo) VALUES ('text', CAST(x'610062ff' AS TEXT))")
      open('table=users&key=username&value=photo')
      for (const [key, bytes] of [
        ['bytes', '0100fe'],
        ['text', '610062ff'],
      ]) {
        expect(await ask(key)).toMatchObject({ value: { bytes: Buffer.from(bytes, 'hex') } })
      }
    })

    test.each([
      ['of text', 'CREATE TABLE many (k TEXT COLLATE NOCASE, v)'],
      ['whose keys are its numbers', 'CREATE TABLE many (k INTEGER PRIMARY KEY, v)'],
      ['of any types', 'CREATE TABLE many (k, v)'],
      ['that uses the names of the number', 'CREATE TABLE many (k TEXT, rowid TEXT, oid TEXT)'],
      ['without numbers of its own', 'CREATE TABLE many (k TEXT PRIMARY KEY, v) WITHOUT ROWID'],
      ['that is a view', 'CREATE TABLE base (k, v); CREATE VIEW many AS SELECT k, v FROM base'],
    ])('%s lists all its keys in pages', async (_, sql) => {
      for (const statement of sql.split('; ')) writer.run(statement)
      const into = sql.includes('base') ? 'base' : 'many'
      const columns = sql.includes('oid') ? 'k, oid' : 'k, v'
      writer.run('BEGIN')
      for (let i = 0; i < 2500; i++) writer.run(`INSERT INTO ${into} (${columns}) VALUES (${(i * 7) % 2500}, 'v')`)
      if (sql.includes('(k,')) writer.run(`INSERT INTO ${into} VALUES ('text', 'v'), (NULL, 'v'), (1.5, 'v')`)
      writer.run('COMMIT')
      const names = await namesOf({ store: open('table=many&key=k') })
      const more = sql.includes('(k,') ? ['1.5', 'text'] : []
      expect(names.sort()).toEqual([...Array.from({ length: 2500 }, (_, i) => String(i)), ...more].sort())
    })

    test('a query lists nothing, and says so by having no list', () => {
      expect(open('query=SELECT 1 WHERE ? = 1').list).toBeUndefined()
    })

    test('has nothing under a key with NUL, and asks for the others', async () => {
      add('a')
      open('table=users&key=username&value=id')
      const answers = await store.fetchMany(
        ['a\0', 'a'].map((key) => ({ key, digest: null, validator: null })),
        signal,
      )
      expect(answers.map(text)).toEqual(['absent', '1'])
    })

    test('a name that is no column is an error, not a text', async () => {
      add('nickname')
      open('table=users&key=nickname')
      await expect(ask('nickname')).rejects.toMatchObject({
        message: 'database cannot be read: no such column: t.nickname',
        counts: false,
      })
    })

    test('one value that is no JSON is refused alone', async () => {
      writer.run("INSERT INTO users (username, photo) VALUES ('bad', '{\"a\":'), ('good', '{\"a\":1}')")
      open('table=users&key=username&value=photo', 'hash')
      const asks = ['bad', 'good'].map((key) => ({ key, digest: null, validator: null }))
      expect(await store.fetchMany(asks, signal)).toEqual([
        { kind: 'refused', reason: "holds no JSON, as 'as hash' needs" },
        expect.objectContaining({ kind: 'found' }),
      ])
    })

    test('a query of several rows is refused, one that writes fails', async () => {
      add('twice')
      add('twice')
      open('query=SELECT id FROM users WHERE username = ?;&value=id')
      expect(await ask('twice')).toEqual({ kind: 'refused', reason: 'has several rows in its query' })
      await store.close()
      open('query=DELETE FROM users WHERE username = ? RETURNING id')
      await expect(ask('twice')).rejects.toMatchObject({ name: 'Unavailable' })
    })

    test('a file put in place of the one that is open is read instead', async () => {
      add('ada', { id: 1 })
      open('table=users&key=username&value=id')
      expect(text(await ask('ada'))).toBe('1')
      await copyFile(path, `${path}.new`)
      const other = await openWriter(driver, `${path}.new`)
      other.run('UPDATE users SET id = 2')
      other.close()
      await rename(`${path}.new`, path)
      expect(text(await ask('ada'))).toBe('2')
    })

    test('what is away, or no database, is unavailable without the breaker, and found again once it is there', async () => {
      add('ada')
      await rename(path, `${path}.away`)
      open('table=users&key=username&value=id')
      await expect(ask('ada')).rejects.toMatchObject({ message: 'database cannot be read: ENOENT', counts: false })
      await writeFile(path, 'this is no database, however long it is made to be by these words')
      await expect(ask('ada')).rejects.toMatchObject({
        message: expect.stringMatching(/not a database|malformed|disk I/),
        counts: false,
      })
      await rename(`${path}.away`, path)
      expect(text(await ask('ada'))).toBe('1')
    })

    test('a lock that is not given in time counts for the breaker', async () => {
      add('ada')
      open('table=users&key=username&value=id')
      writer.run('BEGIN EXCLUSIVE')
      await expect(ask('ada')).rejects.toMatchObject({
        message: 'database cannot be read: database is locked',
        counts: true,
      })
      writer.run('COMMIT')
      expect(text(await ask('ada'))).toBe('1')
    })

    const watching = async (): Promise<() => Promise<string[]>> => {
      const heard: string[] = []
      const watch = await store.watch(
        { changed: (key) => heard.push(key), changedAll: () => heard.push('(all)'), lost: () => heard.push('(lost)') },
        signal,
      )
      return async () => {
        await watch.prove(signal)
        return heard.splice(0)
      }
    }

    test("others' commits, and another file, may have changed any key", async () => {
      add('ada')
      open('table=users&key=username')
      const told = await watching()
      expect(await told()).toEqual([])
      add('bob')
      expect(await told()).toEqual(['(all)'])
      expect(await told()).toEqual([])
      await ask('ada')
      expect(await told()).toEqual([])
      await copyFile(path, `${path}.new`)
      await rename(`${path}.new`, path)
      expect(await told()).toEqual(['(all)'])
    })

    test('an outbox tells which keys changed, by the triggers that the documentation gives', async () => {
      for (const statement of documentedSql('SQLite').split(/;\n(?=CREATE)/)) writer.run(statement)
      add('before')
      open('table=users&key=username&outbox=truedis_outbox')
      const told = await watching()
      add('ada')
      add('bob')
      expect(await told()).toEqual(['ada', 'bob'])
      writer.run("UPDATE users SET username = 'eve' WHERE username = 'ada'")
      expect((await told()).sort()).toEqual(['ada', 'eve'])
      writer.run("DELETE FROM users WHERE username = 'bob'")
      writer.run('DELETE FROM truedis_outbox WHERE id < 5')
      expect(await told()).toEqual(['bob'])
      writer.run('DELETE FROM truedis_outbox')
      expect(await told()).toEqual([])
      add('again')
      expect(await told()).toEqual(['again'])
    })

    test('an outbox that is not there is told at once', async () => {
      open('table=users&key=username&outbox=none')
      await expect(watching()).rejects.toMatchObject({ message: 'database cannot be read: no such table: none' })
    })

    test('what nobody waits for any longer is given up, and the next request answered', async () => {
      add('ada')
      open('table=users&key=username&value=id')
      const controller = new AbortController()
      const given = store.fetchMany([{ key: 'ada', digest: null, validator: null }], controller.signal)
      controller.abort()
      await expect(given).rejects.toMatchObject({ message: 'nobody waits', counts: false })
      expect(text(await ask('ada'))).toBe('1')
    })

    test('its thread may be started before there is a file, and ends with the store', async () => {
      const source = readSqlSource('table=users&key=username&value=id', 'sqlite')
      const late = join(folder, 'late.db')
      const options = { driver, path: late, source, as: 'string', valueBytesMax: 100, busyTimeoutMs: 200 } as const
      const started = new SqliteStore({ ...options, outbox: null }, workerUrl)
      expect(started.facts).toEqual({ path: late, driver: driver.name })
      started.start()
      add('ada')
      await copyFile(path, late)
      const [answer] = await started.fetchMany([{ key: 'ada', digest: null, validator: null }], signal)
      expect(text(answer)).toBe('1')
      started.start()
      await started.close()
    })

    test('a thread that fails is replaced by the next request', async () => {
      add('ada')
      const source = readSqlSource('table=users&key=username&value=id', 'sqlite')
      const options = {
        driver,
        path,
        source,
        as: 'string',
        valueBytesMax: 100,
        busyTimeoutMs: 200,
        outbox: null,
      } as const
      store = new SqliteStore(options, new URL('./none.js', import.meta.url))
      for (let i = 0; i < 2; i++)
        await expect(ask('ada')).rejects.toMatchObject({ message: expect.stringMatching(/^its thread/) })
    })
  })
})
