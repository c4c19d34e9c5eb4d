import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, RunningExample } from './running-example.js'

describe('the users API', () => {
  let directory: string
  let database: string
  let api: RunningExample
  let address: string

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'truedis-users-'))
    database = join(directory, 'users.db')
    api = RunningExample.start('users-api/server.mjs', '--database', database, '--port', '0')
    address = (await api.line(/^users API on (http:\S+),/))[1]
  })
  afterAll(async () => {
    await api.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  const post = (body: object): Promise<Response> =>
    fetch(`${address}/users`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
  async function get(path: string): Promise<{ status: number; body: Record<string, unknown>; how: string | null }> {
    const response = await fetch(`${address}${path}`)
    const body = (await response.json()) as Record<string, unknown>
    return { status: response.status, body, how: response.headers.get('cache-status') }
  }
  /** Somebody new for each test: they share the service. */
  let people = 0
  const somebody = (): { username: string; email: string } => ({ username: `ada${++people}`, email: 'ada@example.com' })
  const confirmed = 'truedis; fwd=stale; fwd-status=304'
  const fetched = 'truedis; fwd=stale; fwd-status=200; stored'

  test('what was posted is in the cache, and its row never moves', async () => {
    const ada = somebody()
    const response = await post(ada)
    expect([response.status, await response.json()]).toEqual([200, ada])
    for (let i = 0; i < 3; i++) {
      expect(await get(`/users/${ada.username}`)).toEqual({ status: 200, body: ada, how: confirmed })
    }
    expect((await get('/health')).body).toMatchObject({ status: 'ok', origin: { not_modified: 3, fills: 0 } })
  })

  test('another program’s change of the table is in the next reply, and one digest costs one row', async () => {
    const ada = somebody()
    await post(ada)
    run('users-api/change.mjs', database, ada.username, 'ada@example.org')
    const changed = { ...ada, email: 'ada@example.org' }
    expect(await get(`/users/${ada.username}`)).toEqual({ status: 200, body: changed, how: fetched })
    expect(await get(`/users/${ada.username}`)).toEqual({ status: 200, body: changed, how: confirmed })
    run('users-api/change.mjs', database, 'grace', 'grace@example.com')
    expect(await get('/users/grace')).toMatchObject({
      status: 200,
      how: 'truedis; fwd=uri-miss; fwd-status=200; stored',
    })
  })

  test('posting again changes the row and the copy', async () => {
    const ada = somebody()
    await post(ada)
    await post({ ...ada, email: 'countess@example.com' })
    expect(await get(`/users/${ada.username}`)).toMatchObject({
      body: { email: 'countess@example.com' },
      how: confirmed,
    })
  })

  test.each([
    [{ username: 'ada' }, "body must have required property 'email'"],
    [{ username: 'ada', email: 'nowhere' }, 'body/email must match format "email"'],
    [{ username: 'Ada Lovelace', email: 'ada@example.com' }, 'body/username must match pattern "^[a-z0-9_-]{1,32}$"'],
  ])('%j is refused with a reason', async (body, message) => {
    const response = await post(body)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ message })
  })

  test('nobody of that name is 404, also for names that nobody may have', async () => {
    expect(await get('/users/nobody')).toMatchObject({ status: 404, body: { message: 'no user nobody' } })
    expect(await get('/users/No%20Body')).toMatchObject({ status: 400 })
  })

  test('while the database is away it serves what it holds, and 503 for the rest', async () => {
    const ada = somebody()
    await post(ada)
    await get(`/users/${ada.username}`)
    renameSync(database, `${database}.away`)
    expect(await get(`/users/${ada.username}`)).toMatchObject({
      status: 200,
      body: ada,
      how: 'truedis; hit; detail=stale-if-error',
    })
    expect(await get('/users/unheard-of')).toMatchObject({ status: 503, body: { code: 'ORIGINDOWN' } })
    expect((await get('/health')).body).toMatchObject({ status: 'serving stale copies' })
    renameSync(`${database}.away`, database)
    expect(await get(`/users/${ada.username}`)).toMatchObject({ status: 200, how: confirmed })
    expect((await get('/health')).body).toMatchObject({ status: 'ok' })
  })

  test('ends when it is asked to', async () => {
    await post(somebody())
    expect(await api.stop()).toBe(0)
  })
})
