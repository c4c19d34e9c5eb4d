import pg from 'pg'
import { DatabaseServer, describeWithDatabase } from '../origin/support/database-server.js'
import { run } from './running-example.js'

describeWithDatabase('postgres', 'a cache of PostgreSQL query results', () => {
  let server: DatabaseServer
  beforeAll(async () => {
    server = await DatabaseServer.start('postgres')
  }, 60_000)
  afterAll(() => server.remove())

  test('asks once for a herd, seldom while a result is fresh, and lets no reader wait for a new one', async () => {
    const [directly, herd, fresh, changed] = run(
      'query-cache/report.mjs',
      `postgres://admin@127.0.0.1:${server.port}/postgres`,
    ).split('\n')
    expect(directly).toMatch(/^PostgreSQL takes [\d.]+ ms for a report\.$/)
    expect(herd).toBe('5000 readers at once, nothing cached: 20 statements.')
    const [, statements] = /^5000 more reads: [\d.]+ ms each, (\d+) statements\.$/.exec(fresh)!
    expect(Number(statements)).toBeLessThan(500) // 20 a second, however slow the machine is
    expect(changed).toMatch(
      /^An order changes shop1's revenue from 100000 to 1100000: seen after \d+ ms and \d+ reads, 0 of which waited; [1-9]\d* statements\.$/,
    )
    const admin = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'admin', database: 'postgres' })
    await admin.connect()
    const left = await admin.query("SELECT 1 FROM pg_tables WHERE tablename LIKE 'truedis%'")
    await admin.end()
    expect(left.rows).toEqual([])
  }, 120_000)

  test('without a database it says what to give it', () => {
    expect(() => run('query-cache/report.mjs')).toThrow(/usage: node report.mjs postgres:/)
  })
})
