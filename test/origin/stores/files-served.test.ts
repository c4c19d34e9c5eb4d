import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EmbeddedServer } from '../../../src/server/index.js'
import { until } from '../../replication/support/asking.js'
import { Embedded } from '../../replication/support/embedded.js'

const servers = new Embedded()
let folder: string
let server: EmbeddedServer
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'origin-'))
  server = await servers.start()
})
afterEach(async () => {
  await servers.endAll()
  await rm(folder, { recursive: true, force: true })
})

const call = (...words: string[]): Promise<unknown> => server.call(...(words as [string, ...string[]]))
const figure = async (name: string): Promise<unknown> =>
  ((await call('ORIGIN', 'INFO', 'o')) as Map<string, unknown>).get(name)
const becomes = (key: string, value: string | null): Promise<void> =>
  until(`${key} is ${value}`, async () => (await call('GET', key)) === value)
const isListenedTo = (): Promise<void> => until('it is listened to', async () => (await figure('push')) === 'live')

test('a JSON file is not asked while it does not change, and then for what changed', async () => {
  const path = join(folder, 'origin.json')
  const replace = async (content: string): Promise<void> => {
    await writeFile(`${path}.new`, content)
    await rename(`${path}.new`, path)
  }
  await replace('{"k:1":"a","k:2":"b"}')
  expect(await call('ORIGIN', 'ADD', 'o', 'k:*', `file:${path}`, 'validate', 'push')).toBe('OK')
  await isListenedTo()
  await becomes('k:1', 'a')
  await becomes('k:2', 'b')
  const before = await figure('requests')
  for (let i = 0; i < 20; i++) expect(await call('GET', 'k:2')).toBe('b')
  expect(await figure('requests')).toBe(before)
  await replace('{"k:1":"changed","k:2":"b"}')
  await becomes('k:1', 'changed')
  expect(await call('GET', 'k:2')).toBe('b')
  expect(await figure('pushed')).toBe(1)
  await replace('{"k:2":"b"}')
  await becomes('k:1', null)
})

test('writes through to a JSON file leave its other members as they are, and are read back', async () => {
  const path = join(folder, 'origin.json')
  await writeFile(path, '{"k:1": 12345678901234567890, "k:n": 41}\n')
  await call('ORIGIN', 'ADD', 'o', 'k:*', `file:${path}`, 'validate', 'push', 'write', 'through')
  await isListenedTo()
  expect(await call('INCR', 'k:n')).toBe(42)
  expect(await call('SET', 'k:new', 'text')).toBe('OK')
  expect(await call('APPEND', 'k:new', ' and more')).toBe(13)
  expect(await readFile(path, 'utf8')).toBe('{"k:1": 12345678901234567890, "k:n": 42, "k:new": "text and more"}\n')
  expect(await call('DEL', 'k:n')).toBe(1)
  expect(await readFile(path, 'utf8')).toBe('{"k:1": 12345678901234567890, "k:new": "text and more"}\n')
  await becomes('k:n', null)
  await becomes('k:new', 'text and more')
})

describe('what is wrong with files', () => {
  const lines: string[] = []
  beforeEach(async () => {
    lines.length = 0
    await servers.endAll()
    server = await servers.start({ log: { warning: (line) => lines.push(line) } })
  })
  const refusal = async (...words: string[]): Promise<string> =>
    call(...words).then(
      (reply) => `no error but ${String(reply)}`,
      (error: Error) => error.message,
    )

  test.each(['file', 'dir'])('is logged with the path that %s: means, and clients are not told it', async (scheme) => {
    const path = join(folder, 'none')
    await call('ORIGIN', 'ADD', 'o', 'k:*', `${scheme}:${path}/../none`, 'write', 'through')
    expect(await figure('path')).toBe(path)
    const reading = await refusal('GET', 'k:1')
    expect(reading).toMatch(/^ORIGINDOWN origin 'o' cannot be asked for 'k:1' \((file|folder) cannot be read: ENOENT\)/)
    const writing = await refusal('SET', 'k:1', 'v')
    expect(writing).toMatch(/^ORIGINDOWN .*'k:1' \(.* cannot be read: ENOENT\); nothing was written, try again$/)
    expect(reading + writing).not.toContain(folder)
    expect(lines).toEqual([
      expect.stringMatching(`^origin 'o' \\(${path}\\) fails: (file|folder) cannot be read: ENOENT; serving stale`),
    ])
  })

  test('is logged with its path, too, where its changes are to be told', async () => {
    await call('ORIGIN', 'ADD', 'o', 'k:*', `file:${folder}/none`, 'validate', 'push')
    await until('it is logged', async () => lines.length > 0)
    expect(lines[0]).toContain(`origin 'o' (${folder}/none) does not tell of changes: `)
  })
})

test('a path is not shown that is kept from view in the URL', async () => {
  process.env.TRUEDIS_TEST_FOLDER = folder
  await call('ORIGIN', 'ADD', 'o', 'k:*', 'dir:${TRUEDIS_TEST_FOLDER}/none')
  delete process.env.TRUEDIS_TEST_FOLDER
  expect(await figure('url')).toBe('dir:***/none')
  expect(await figure('path')).toBeUndefined()
})

test('a folder is heard of file by file, and listened to again after another took its place', async () => {
  const pages = join(folder, 'pages')
  await mkdir(pages)
  for (const name of ['1', '2']) await writeFile(join(pages, name), name)
  await call('ORIGIN', 'ADD', 'o', 'k:*', `dir:${pages}`, 'validate', 'push')
  await isListenedTo()
  await becomes('k:1', '1')
  await writeFile(join(pages, '1'), 'changed')
  await becomes('k:1', 'changed')
  await rename(pages, `${pages}.old`)
  await mkdir(pages)
  await writeFile(join(pages, '1'), 'other')
  await becomes('k:1', 'other')
  await isListenedTo()
  await writeFile(join(pages, '1'), 'again')
  await becomes('k:1', 'again')
})
