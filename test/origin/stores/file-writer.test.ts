import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOfString, ManualClock, systemClock } from '../../../src/base/index.js'
import type { Clock } from '../../../src/base/index.js'
import { FileStore } from '../../../src/origin/stores/file.js'
import { failedWrite, syncFolder } from '../../../src/origin/stores/replace-file.js'
import type { Write, Written } from '../../../src/origin/store.js'

const signal = new AbortController().signal

describe('a file that is written to', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'origin-'))
    path = join(folder, 'origin.json')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const open = (as: 'string' | 'hash' = 'string', clock: Clock = systemClock): FileStore =>
    new FileStore(path, { as, valueBytesMax: 1000, clock })
  const put = (store: FileStore, key: string, text: string | null, more: Partial<Write> = {}): Promise<Written> => {
    const value = text === null ? null : { kind: 'string' as const, bytes: Buffer.from(text) }
    return store.write({ key, value, expected: undefined, validator: null, ...more }, signal)
  }
  const putFields = (key: string, fields: Record<string, string>): Promise<Written> => {
    const value = {
      kind: 'hash' as const,
      fields: Object.entries(fields).map(([name, text]) => [Buffer.from(name), Buffer.from(text)] as [Buffer, Buffer]),
    }
    return open('hash').write({ key, value, expected: undefined, validator: null }, signal)
  }
  const content = (): Promise<string> => readFile(path, 'utf8')

  test('keeps all other members byte for byte, and its rights', async () => {
    await writeFile(path, '{\n  "big": 12345678901234567890,\n  "k" : "v",\n  "real": 1.0, "e":"\\u00e9"\n}\n')
    await chmod(path, 0o604)
    expect(await put(open(), 'k', 'w')).toEqual({ kind: 'written' })
    expect(await content()).toBe('{\n  "big": 12345678901234567890,\n  "k" : "w",\n  "real": 1.0, "e":"\\u00e9"\n}\n')
    expect((await stat(path)).mode & 0o777).toBe(0o604)
    expect(await readdir(folder)).toEqual(['origin.json'])
  })

  test('that cannot be read says of a write that it was not made', async () => {
    await expect(put(open(), 'k', 'v')).rejects.toMatchObject({
      message: 'file cannot be read: ENOENT',
      unwritten: true,
    })
    await writeFile(path, '[]')
    await expect(put(open(), 'k', 'v')).rejects.toMatchObject({ message: 'file holds no JSON object', unwritten: true })
  })

  test.each([
    ['ENOSPC', true],
    ['EROFS', true],
    ['EDQUOT', true],
    ['ENOENT', true],
    ['EMFILE', true],
    ['EIO', false],
  ])('after %s it is %s that nothing was written', (code, unwritten) => {
    const error = Object.assign(new Error('/secret'), { code })
    expect(failedWrite(error)).toMatchObject({ message: `file cannot be written: ${code}`, unwritten, counts: false })
  })

  test('whose folder cannot be synced may have been written', async () => {
    const error = await syncFolder(join(folder, 'none')).catch((reason: unknown) => reason)
    expect(failedWrite(error)).toMatchObject({ message: 'folder cannot be synced: ENOENT', unwritten: false })
  })

  test('keeps a number a number and an object an object, where what is written is one', async () => {
    await writeFile(path, '{"n":1.0,"o":{"a":1},"s":"5","none":null}')
    const store = open()
    for (const [key, text] of Object.entries({ n: '2', o: '{"a":2}', s: '6', none: '7', more: '8' })) {
      await put(store, key, text)
    }
    expect(await content()).toBe('{"n":2,"o":{"a":2},"s":"6","none":"7","more":"8"}')
    await put(store, 'n', '2.0') // reading JSON's 2.0 gives 2
    await put(store, 'o', 'null')
    expect(await content()).toBe('{"n":"2.0","o":"null","s":"6","none":"7","more":"8"}')
  })

  test('is left alone by a write of what it holds already', async () => {
    await writeFile(path, '{"n":12345678901234567890}')
    const before = await stat(path, { bigint: true })
    expect(await put(open(), 'n', '12345678901234567000')).toEqual({ kind: 'written' })
    expect(await put(open(), 'none', null)).toEqual({ kind: 'written' })
    expect((await stat(path, { bigint: true })).ino).toBe(before.ino)
  })

  test('as hash keeps fields that do not change as they are', async () => {
    await writeFile(path, '{"k": {"big": 12345678901234567890, "n": 1.50, "gone": 1, "null": null, "list": [1.0]}}')
    expect(await putFields('k', { big: '12345678901234567000', n: '2', list: '[1]', come: 'new' })).toEqual({
      kind: 'written',
    })
    expect(await content()).toBe(
      '{"k": {"big": 12345678901234567890, "n": 2, "null": null, "list": [1.0], "come": "new"}}',
    )
    await putFields('other', { a: '1' })
    expect(JSON.parse(await content())).toMatchObject({ other: { a: '1' } })
  })

  test('refuses a name that stands there several times, and what JSON cannot hold', async () => {
    const text = '{"k":1,"\\u006b":2,"l":{"a":1,"a":2}}'
    await writeFile(path, text)
    expect(await put(open(), 'k', 'v')).toEqual({ kind: 'refused', reason: 'is there several times in the file' })
    expect(await putFields('l', { a: '1' })).toMatchObject({ kind: 'refused' })
    const bytes = Buffer.from([0xff])
    const value = { kind: 'string', bytes } as const
    expect(await open().write({ key: 'm', value, expected: undefined, validator: null }, signal)).toEqual({
      kind: 'refused',
      reason: 'is no UTF-8, as JSON is',
    })
    expect(await content()).toBe(text)
  })

  test('is not written to through a link', async () => {
    const real = join(folder, 'real.json')
    await writeFile(real, '{"k":"v"}')
    await symlink('real.json', path)
    expect(await put(open(), 'k', 'w')).toMatchObject({ kind: 'refused' })
    expect(await readFile(real, 'utf8')).toBe('{"k":"v"}')
    expect((await lstat(path)).isSymbolicLink()).toBe(true)
  })

  test('that holds garbage is not written to', async () => {
    await writeFile(path, '{"k":')
    await expect(put(open(), 'k', 'v')).rejects.toMatchObject({ message: expect.stringMatching(/^file holds no JSON/) })
    expect(await content()).toBe('{"k":')
  })

  test('takes writes of several stores at once, each of which stays', async () => {
    await writeFile(path, '{}')
    const stores = [open(), open(), open()]
    const names = Array.from({ length: 30 }, (_, i) => `k${i}`)
    await Promise.all(names.map((name, i) => put(stores[i % 3], name, String(i))))
    expect(JSON.parse(await content())).toEqual(Object.fromEntries(names.map((name, i) => [name, String(i)])))
  })

  test('compares with what a write before it, of the same moment, has left', async () => {
    await writeFile(path, '{"k":"1"}')
    const store = open()
    const expected = digestOfString(Buffer.from('1'))
    const outcomes = await Promise.all([put(store, 'k', '2', { expected }), put(store, 'k', '3', { expected })])
    expect(outcomes).toEqual([{ kind: 'written' }, { kind: 'conflict' }])
    expect(await content()).toBe('{"k":"2"}')
  })

  test('that another program changes meanwhile, under the same stamp even, keeps that change', async () => {
    await writeFile(path, '{"k":"1","other":"1"}')
    let looks = 0
    class Meddling extends ManualClock {
      override unixMs(): number {
        if (++looks === 3) writeFileSync(path, '{"k":"1","other":"2"}') // read, and looked at for the last time
        return super.unixMs()
      }
    }
    expect(await put(open('string', new Meddling(Date.now())), 'k', '3')).toEqual({ kind: 'written' })
    expect(await content()).toBe('{"k":"3","other":"2"}')
  })
})
