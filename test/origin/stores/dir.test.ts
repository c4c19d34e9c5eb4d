import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  open as openFile,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOfString, ManualClock, Slice, systemClock } from '../../../src/base/index.js'
import type { Answer, Ask, Write } from '../../../src/origin/store.js'
import { DirStore } from '../../../src/origin/stores/dir.js'
import { Template } from '../../../src/origin/template.js'
import { contract, type OpenOrigin } from './contract.js'
import { listingContract, namesOf } from './listing-contract.js'
import { watchingContract } from './watching-contract.js'
import { writingContract } from './writing-contract.js'

const signal = new AbortController().signal
const pattern = Slice.from('*')
const template = new Template('{1}', 'path', 255)
const nameOf = (key: string): string => template.expand(pattern, Slice.from(key)) ?? ''

const openFolder: OpenOrigin = async (settings) => {
  const folder = await mkdtemp(join(tmpdir(), 'origin-'))
  return {
    store: new DirStore(folder, { ...settings, clock: systemClock }),
    name: nameOf,
    set: async (key, value) => {
      const path = join(folder, nameOf(key))
      if (value === null) return rm(path)
      await writeFile(`${path}.new`, typeof value === 'string' ? value : JSON.stringify(value))
      await rename(`${path}.new`, path)
    },
    breakDown: () => rm(folder, { recursive: true }),
    close: () => rm(folder, { recursive: true, force: true }),
  }
}
contract('a folder', openFolder)
writingContract('a folder', openFolder)
watchingContract('a folder', openFolder)
listingContract('a folder', openFolder)

describe('a folder', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'origin-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  /** Its files are older than two seconds: what they are is settled. */
  const later = (): ManualClock => new ManualClock(Date.now() + 10_000)
  const open = (clock = systemClock, as: 'string' | 'hash' = 'string'): DirStore =>
    new DirStore(folder, { as, valueBytesMax: 100, clock })
  const ask = async (store: DirStore, key: string, held: Partial<Ask> = {}): Promise<Answer> =>
    (await store.fetchMany([{ key, digest: null, validator: null, ...held }]))[0]
  const text = (answer: Answer): string =>
    answer.kind === 'found' && answer.value.kind === 'string' ? answer.value.bytes.toString('latin1') : answer.kind

  test('gives bytes as they are', async () => {
    await writeFile(join(folder, 'k'), Buffer.from([0xff, 0, 0xfe]))
    expect(text(await ask(open(), 'k'))).toBe('\xff\0\xfe')
  })

  test.each(['', '.', '..', '../k', '/etc/passwd', 'sub/k', '..\\k', 'a\0b'])(
    'is never left by the name %j',
    async (name) => {
      await mkdir(join(folder, 'sub'))
      await writeFile(join(folder, 'sub', 'k'), 'inside')
      await writeFile(join(folder, 'k'), 'beside')
      const store = new DirStore(join(folder, 'sub'), { as: 'string', valueBytesMax: 100, clock: systemClock })
      expect(await ask(store, name)).toEqual({ kind: 'absent' })
    },
  )

  test('follows no link, wherever it leads', async () => {
    await writeFile(join(folder, 'real'), 'v')
    await symlink('real', join(folder, 'inside'))
    await symlink('/etc/passwd', join(folder, 'outside'))
    await symlink('nowhere', join(folder, 'dangling'))
    for (const name of ['inside', 'outside', 'dangling']) {
      expect(await ask(open(), name)).toEqual({ kind: 'refused', reason: 'is a link, which dir: does not follow' })
    }
  })

  test('holds nothing under the name of a folder or a pipe, and waits for neither', async () => {
    await mkdir(join(folder, 'sub'))
    expect(spawnSync('mkfifo', [join(folder, 'pipe')]).status).toBe(0)
    expect(await ask(open(), 'sub')).toEqual({ kind: 'absent' })
    expect(await ask(open(), 'pipe')).toEqual({ kind: 'absent' })
  })

  test('that may itself be a link is what its owner named', async () => {
    await mkdir(join(folder, 'real'))
    await symlink('real', join(folder, 'link'))
    await writeFile(join(folder, 'real', 'k'), 'v')
    const store = new DirStore(join(folder, 'link'), { as: 'string', valueBytesMax: 100, clock: systemClock })
    expect(text(await ask(store, 'k'))).toBe('v')
  })

  test('that is missing, or no folder, is unavailable: its keys are not absent', async () => {
    const none = new DirStore(join(folder, 'none'), { as: 'string', valueBytesMax: 100, clock: systemClock })
    await expect(ask(none, 'k')).rejects.toMatchObject({ message: 'folder cannot be read: ENOENT', counts: false })
    await writeFile(join(folder, 'none'), 'a file')
    await expect(ask(none, 'k')).rejects.toMatchObject({ message: 'file cannot be read: ENOTDIR', counts: false })
  })

  test('confirms a settled file by its stat alone, and gives that stat with the bytes', async () => {
    const path = join(folder, 'k')
    await writeFile(path, 'v')
    const store = open(later())
    const first = await ask(store, 'k')
    if (first.kind !== 'found') throw new Error(first.kind)
    const held = { validator: first.validator ?? null, digest: digestOfString(Buffer.from('other')) }
    expect(await ask(store, 'k', held)).toEqual({ kind: 'not-modified' }) // the digest was never looked at
    await writeFile(path, 'w')
    expect(text(await ask(store, 'k', held))).toBe('w')
  })

  test('reads a file again that is younger than two seconds, whatever its stat says', async () => {
    await writeFile(join(folder, 'k'), 'v')
    const settled = await ask(open(later()), 'k')
    const young = await ask(open(), 'k')
    expect(young).not.toHaveProperty('validator')
    const validator = (settled as { validator?: string }).validator ?? null
    const digest = digestOfString(Buffer.from('v'))
    expect(text(await ask(open(), 'k', { validator, digest: digestOfString(Buffer.from('u')) }))).toBe('v')
    expect(await ask(open(), 'k', { validator, digest })).toEqual({ kind: 'not-modified' })
  })

  test('tells the stat of a file that has become old enough with the confirmation by digest', async () => {
    await writeFile(join(folder, 'k'), 'v')
    const digest = digestOfString(Buffer.from('v'))
    expect(await ask(open(later()), 'k', { digest })).toMatchObject({
      kind: 'not-modified',
      validator: expect.any(String),
    })
  })

  test('is written to by rename: who has the file open keeps what it was, its rights stay, nothing is left over', async () => {
    const path = join(folder, 'k')
    await writeFile(path, 'before')
    await chmod(path, 0o640)
    const reader = await openFile(path)
    const value = { kind: 'string', bytes: Buffer.from('after') } as const
    expect(await open().write({ key: 'k', value, expected: undefined, validator: null }, signal)).toEqual({
      kind: 'written',
    })
    expect(await reader.readFile('utf8')).toBe('before')
    await reader.close()
    expect(text(await ask(open(), 'k'))).toBe('after')
    expect((await stat(path)).mode & 0o777).toBe(0o640)
    expect(await readdir(folder)).toEqual(['k'])
    expect(await open().write({ key: '../k', value, expected: undefined, validator: null }, signal)).toMatchObject({
      kind: 'refused',
    })
  })

  test('keeps of a JSON object that is written to all that stays the same, character by character', async () => {
    const path = join(folder, 'k')
    const before =
      '{\n  "n": 1.0, "big": 12345678901234567890,\n  "ok" : true, "none": null,\n  "list": [1, 2], "s": "x"\n}\n'
    await writeFile(path, before)
    const store = new DirStore(folder, { as: 'hash', valueBytesMax: 1000, clock: systemClock })
    const put = async (changed: Record<string, string>): Promise<string> => {
      const held = await ask(store, 'k')
      if (held.kind !== 'found' || held.value.kind !== 'hash') throw new Error(held.kind)
      const fields = held.value.fields.map(([name, value]): [Buffer, Buffer] => {
        const text = changed[name.toString()]
        return [name, text === undefined ? value : Buffer.from(text)]
      })
      if (changed.new !== undefined) fields.push([Buffer.from('new'), Buffer.from(changed.new)])
      const write: Write = { key: 'k', value: { kind: 'hash', fields }, expected: held.digest, validator: null }
      expect(await store.write(write, signal)).toEqual({ kind: 'written' })
      return readFile(path, 'utf8')
    }
    expect(await put({})).toBe(before)
    const after = before.replace('"s": "x"', '"s": "5", "new": "6"')
    expect(await put({ s: '5', new: '6' })).toBe(after)
    expect(await put({ n: '2', ok: 'no' })).toBe(after.replace('1.0', '2').replace('true', '"no"'))
  })

  test('under as hash takes a write whatever it held, unless that is a condition', async () => {
    const fields: [Buffer, Buffer][] = [[Buffer.from('a'), Buffer.from('1')]]
    const write: Write = { key: 'k', value: { kind: 'hash', fields }, expected: undefined, validator: null }
    for (const content of ['{"a":', '[1]', '', '{"a":2}']) {
      await writeFile(join(folder, 'k'), content)
      expect(await open(systemClock, 'hash').write(write, signal)).toEqual({ kind: 'written' })
      expect(await readFile(join(folder, 'k'), 'utf8')).toBe(content === '{"a":2}' ? '{"a":1}' : '{"a":"1"}')
    }
    await writeFile(join(folder, 'k'), '{"a":1,"a":2}')
    expect(await open(systemClock, 'hash').write(write, signal)).toMatchObject({ kind: 'refused' })
  })

  test('that is missing, or closed, says of a write that it was not made', async () => {
    const none = new DirStore(join(folder, 'none'), { as: 'string', valueBytesMax: 100, clock: systemClock })
    const value = { kind: 'string', bytes: Buffer.from('v') } as const
    for (const write of [
      { key: 'k', value, expected: undefined, validator: null },
      { key: 'k', value, expected: 'absent' as const, validator: null },
      { key: 'k', value: null, expected: undefined, validator: null },
    ]) {
      await expect(none.write(write, signal)).rejects.toMatchObject({
        message: 'folder cannot be read: ENOENT',
        unwritten: true,
      })
    }
    await writeFile(join(folder, 'none'), 'no folder')
    await expect(none.write({ key: 'k', value, expected: undefined, validator: null }, signal)).rejects.toMatchObject({
      message: 'file cannot be written: ENOTDIR',
      unwritten: true,
    })
  })

  test('that may not be entered, or written to, fails whole', async () => {
    await writeFile(join(folder, 'k'), 'v')
    const nobody = 65_534
    const isRoot = process.getuid?.() === 0 // who may do everything
    if (isRoot) await Promise.all([folder, join(folder, 'k')].map((path) => chown(path, nobody, nobody)))
    if (isRoot) process.seteuid?.(nobody)
    try {
      await permissions()
    } finally {
      if (isRoot) process.seteuid?.(0)
      await chmod(folder, 0o700)
    }
  })

  const permissions = async (): Promise<void> => {
    const value = { kind: 'string', bytes: Buffer.from('w') } as const
    const write = (): unknown => open().write({ key: 'k', value, expected: undefined, validator: null }, signal)
    await chmod(folder, 0o500)
    expect(text(await ask(open(), 'k'))).toBe('v')
    await expect(write()).rejects.toMatchObject({ message: 'folder cannot be written to: EACCES', unwritten: true })
    await chmod(folder, 0)
    await expect(ask(open(), 'k')).rejects.toMatchObject({ message: 'folder cannot be entered: EACCES' })
    await chmod(folder, 0o700)
    await chmod(join(folder, 'k'), 0)
    expect(await ask(open(), 'k')).toEqual({ kind: 'refused', reason: 'cannot be read: EACCES' })
    expect(await write()).toEqual({ kind: 'written' })
  }

  test('shows every change in place, of the same size and within one time stamp', async () => {
    const store = open()
    for (let i = 0; i < 200; i++) {
      await writeFile(join(folder, 'k'), String(i % 10))
      expect(text(await ask(store, 'k'))).toBe(String(i % 10))
    }
  })

  test('refuses a file that is too large by its size, before it is read', async () => {
    await writeFile(join(folder, 'k'), '')
    await truncate(join(folder, 'k'), 2 ** 40)
    expect(await ask(open(), 'k')).toEqual({ kind: 'refused', reason: 'is larger than value-bytes-max (100 bytes)' })
  })

  test('under as hash a file that holds no JSON is unavailable: it may be half written', async () => {
    await writeFile(join(folder, 'k'), '{"a":')
    await expect(ask(open(systemClock, 'hash'), 'k')).rejects.toMatchObject({ message: 'what came is no JSON' })
  })

  test('lists thousands of files in pages, and neither folders nor links', async () => {
    const names = Array.from({ length: 1500 }, (_, i) => `k${i}`)
    for (const name of names) writeFileSync(join(folder, name), '')
    await mkdir(join(folder, 'sub'))
    await symlink('k1', join(folder, 'link'))
    expect((await namesOf({ store: open() })).sort()).toEqual(names.sort())
  })
})
