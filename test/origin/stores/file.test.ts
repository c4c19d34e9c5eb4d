import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOfString, ManualClock, systemClock } from '../../../src/base/index.js'
import { FileStore } from '../../../src/origin/stores/file.js'
import type { Answer } from '../../../src/origin/store.js'
import { contract, type OpenOrigin } from './contract.js'
import { listingContract, namesOf } from './listing-contract.js'
import { watchingContract } from './watching-contract.js'
import { writingContract } from './writing-contract.js'

const openFile: OpenOrigin = async (settings) => {
  const folder = await mkdtemp(join(tmpdir(), 'origin-'))
  const path = join(folder, 'origin.json')
  const entries = new Map<string, unknown>()
  const write = async (): Promise<void> => {
    const members = [...entries].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
    await writeFile(`${path}.new`, `{${members.join()}}`)
    await rename(`${path}.new`, path)
  }
  await write()
  return {
    store: new FileStore(path, { ...settings, clock: systemClock }),
    name: (key) => key,
    set: async (key, value) => {
      if (value === null) entries.delete(key)
      else entries.set(key, value)
      await write()
    },
    breakDown: () => rm(path),
    close: () => rm(folder, { recursive: true, force: true }),
  }
}
contract('a file', openFile)
writingContract('a file', openFile)
watchingContract('a file', openFile)
listingContract('a file', openFile)

describe('a file', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'origin-'))
    path = join(folder, 'origin.json')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const open = (clock = systemClock): FileStore => new FileStore(path, { as: 'string', valueBytesMax: 100, clock })
  const ask = async (store: FileStore, key = 'k', digest: Buffer | null = null): Promise<Answer> =>
    (await store.fetchMany([{ key, digest, validator: null }]))[0]
  const text = (answer: Answer): string =>
    answer.kind === 'found' && answer.value.kind === 'string' ? answer.value.bytes.toString() : answer.kind

  test.each([
    ['', 'file holds no JSON: see line 1, column 1'],
    ['{"k":', 'file holds no JSON: see line 1, column 6'],
    ['{"secret": 1,\n "k": 2,}', 'file holds no JSON: see line 2, column 9'],
    ['secret', 'file holds no JSON'],
    ['[1]', 'file holds no JSON object'],
    ['null', 'file holds no JSON object'],
    [Buffer.from([0x7b, 0xff, 0x7d]), 'what came is no UTF-8'],
  ])('that holds %j is unavailable', async (content, reason) => {
    await writeFile(path, content)
    await expect(ask(open())).rejects.toMatchObject({ message: reason, counts: false })
  })

  test('that is missing or no file is unavailable, by its error code', async () => {
    await expect(ask(open())).rejects.toMatchObject({ message: 'file cannot be read: ENOENT' })
    await expect(
      ask(new FileStore(folder, { as: 'string', valueBytesMax: 1, clock: systemClock })),
    ).rejects.toMatchObject({
      message: 'file cannot be read: EISDIR',
    })
  })

  test('JSON values are their RFC 8785 text, strings their UTF-8', async () => {
    await writeFile(path, '\ufeff{"s":"ü\\n","o":{"b":1.0,"a":[true,null]},"n":1e2,"no":null}')
    const store = open()
    expect(text(await ask(store, 's'))).toBe('ü\n')
    expect(text(await ask(store, 'o'))).toBe('{"a":[true,null],"b":1}')
    expect(text(await ask(store, 'n'))).toBe('100')
    expect(await ask(store, 'no')).toEqual({ kind: 'absent' })
  })

  test('an equal digest is a confirmation', async () => {
    await writeFile(path, '{"k":"v"}')
    expect(await ask(open(), 'k', digestOfString(Buffer.from('v')))).toEqual({ kind: 'not-modified' })
  })

  test('a settled file is read once for as long as its stamp stays', async () => {
    const clock = new ManualClock(Date.now() + 10_000)
    await writeFile(path, '{"k":"v"}')
    const store = open(clock)
    const [first, second] = [await ask(store), await ask(store)]
    expect(second).toBe(first) // the very answer that was made of the first reading
  })

  test('changes that share a time stamp, in place and of the same size, are all seen', async () => {
    const store = open()
    for (let i = 0; i < 200; i++) {
      await writeFile(path, `{"k":"${i % 10}"}`)
      expect(text(await ask(store))).toBe(String(i % 10))
    }
  })

  test('a file put in place by rename is seen', async () => {
    const store = open(new ManualClock(Date.now() + 10_000))
    await writeFile(path, '{"k":"v"}')
    expect(text(await ask(store))).toBe('v')
    await writeFile(`${path}.new`, '{"k":"w"}')
    await rename(`${path}.new`, path)
    expect(text(await ask(store))).toBe('w')
  })

  test('a thousand keys of one call are answered from one reading', async () => {
    await writeFile(path, '{"k":"v"}')
    const asks = Array.from({ length: 1000 }, (_, i) => ({
      key: i === 500 ? 'k' : `no${i}`,
      digest: null,
      validator: null,
    }))
    const answers = await open().fetchMany(asks)
    expect(answers.filter((answer) => answer.kind === 'absent')).toHaveLength(999)
    expect(text(answers[500])).toBe('v')
  })

  test('lists thousands of members in pages, but for those that are null', async () => {
    const names = Array.from({ length: 2500 }, (_, i) => `k${i}`)
    await writeFile(path, JSON.stringify({ ...Object.fromEntries(names.map((name) => [name, 'v'])), no: null }))
    const store = open()
    expect(await namesOf({ store })).toEqual(names)
    expect((await store.list('', null)).names).toHaveLength(1000)
  })
})
