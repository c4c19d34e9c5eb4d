import { mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../src/base/index.js'
import { FileStore } from '../../../src/origin/stores/file.js'
import type { Watch } from '../../../src/origin/store.js'
import { Heard } from './watching-contract.js'

const signal = new AbortController().signal

describe('a file that is watched', () => {
  let folder: string
  let path: string
  let store: FileStore
  let heard: Heard
  let watch: Watch
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'origin-'))
    path = join(folder, 'origin.json')
  })
  afterEach(async () => {
    await watch.close()
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })

  const begin = async (content: string): Promise<void> => {
    await writeFile(path, content)
    await listen()
  }
  const listen = async (): Promise<void> => {
    store = new FileStore(path, { as: 'string', valueBytesMax: 100, clock: systemClock })
    heard = new Heard()
    watch = await store.watch(heard)
  }
  const replace = async (content: string): Promise<void> => {
    await writeFile(`${path}.new`, content)
    await rename(`${path}.new`, path)
  }
  const told = async (): Promise<string[]> => {
    await watch.prove(signal)
    return heard.words.splice(0).sort()
  }

  test('tells the members that changed, came or went, and no others', async () => {
    await begin('{"same":[1,{"a":2}],"text":"v","number":1,"gone":null,"__proto__":1}')
    await replace('{"__proto__":2,"number":1.0,"text":"w","same":[1,{"a":2}],"come":true}')
    expect(await told()).toEqual(['__proto__', 'come', 'gone', 'text'])
    await replace('{ "__proto__": 2, "number": 1, "text": "w", "same": [1, {"a": 2}], "come": true }')
    expect(await told()).toEqual([])
  })

  test('tells a value that was there for a while only, if it was read', async () => {
    await begin('{"k":"v"}')
    await replace('{"k":"w"}')
    const [answer] = await store.fetchMany([{ key: 'k', digest: null, validator: null }])
    expect(answer).toMatchObject({ kind: 'found', value: { bytes: Buffer.from('w') } })
    heard.words.length = 0
    await replace('{"k":"v"}')
    expect(await told()).toEqual(['k'])
  })

  test('tells what changed in place', async () => {
    await begin('{"a":"1","b":"2"}')
    await writeFile(path, '{"a":"1","b":"3"}')
    await heard.until('b')
    expect(heard.words).not.toContain('a')
  })

  test('that is truncated and then written says nothing of its members being gone', async () => {
    await begin('{"a":"1","b":"2"}')
    await truncate(path, 0)
    await expect(store.fetchMany([{ key: 'a', digest: null, validator: null }])).rejects.toThrow('no JSON')
    expect(heard.words).toEqual([])
    await writeFile(path, '{"a":"1","b":"3"}')
    expect(await told()).toEqual(['b'])
  })

  test('that still holds garbage when it is proven may hold anything, which is told once', async () => {
    await begin('{"a":"1"}')
    await writeFile(path, '{"a":')
    expect(await told()).toEqual(['*'])
    expect(await told()).toEqual([])
    await writeFile(path, '{"a":"2"}')
    expect(await told()).toEqual(['a'])
    await writeFile(path, '[]')
    expect(await told()).toEqual(['*'])
  })

  test('of more members than are compared in one turn tells each that changed', async () => {
    const members = (value: string): string =>
      JSON.stringify(Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`k${i}`, i % 1000 ? 'same' : value])))
    await begin(members('v'))
    await replace(members('w'))
    expect(await told()).toEqual(['k0', 'k1000', 'k2000'])
  })

  test('that is long tells that any key may have changed', async () => {
    const long = (value: string): string => JSON.stringify({ k: value, padding: 'x'.repeat(9 * 1024 * 1024) })
    await begin(long('v'))
    await replace(long('w'))
    expect(await told()).toEqual(['*'])
  })

  test('whose folder is moved away is lost, though the file is there still', async () => {
    const inner = join(folder, 'inner')
    await mkdir(inner)
    path = join(inner, 'origin.json')
    await begin('{"k":"v"}')
    await rename(inner, join(folder, 'moved'))
    await heard.until('lost')
    await mkdir(inner)
    await writeFile(path, '{"k":"v"}')
    await expect(watch.prove(signal)).rejects.toThrow(Error)
    expect(heard.words).toEqual(['lost'])
  })

  test('that is reached by links is told of when one of them leads elsewhere', async () => {
    await mkdir(join(folder, 'one'))
    await mkdir(join(folder, 'two'))
    await writeFile(join(folder, 'one', 'file'), '{"k":"v"}')
    await writeFile(join(folder, 'two', 'file'), '{"k":"w"}')
    await symlink('one', join(folder, 'current'))
    await symlink('current/file', path)
    await listen()
    await symlink('two', join(folder, 'next'))
    await rename(join(folder, 'next'), join(folder, 'current'))
    await heard.until('k')
    await writeFile(join(folder, 'two', 'file'), '{"k":"x"}') // in a folder that nobody hears of
    heard.words.length = 0
    expect(watch.proveEveryMs).toBeLessThanOrEqual(100)
    expect(await told()).toEqual(['k'])
  })

  test('in a folder that is not there cannot be watched', async () => {
    await begin('{}')
    const other = new FileStore(join(folder, 'none', 'file'), { as: 'string', valueBytesMax: 1, clock: systemClock })
    await expect(other.watch(new Heard())).rejects.toMatchObject({
      message: 'its folder cannot be watched: ENOENT',
      counts: false,
    })
  })
})
