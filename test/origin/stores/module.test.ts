import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOfString } from '../../../src/base/index.js'
import { ModuleStore } from '../../../src/origin/stores/module.js'
import { contract } from './contract.js'

const signal = new AbortController().signal
const settings = { as: 'string', valueBytesMax: 1000 } as const
const ask = { key: 'k', digest: null, validator: null }

/** Its values stand in a file beside it, as an origin elsewhere would have them; without the file it fails. */
const overFile = `
import { readFileSync } from 'node:fs'
const entries = () => new Map(JSON.parse(readFileSync(new URL('./entries.json', import.meta.url), 'utf8')))
export default { async fetch(key) { return entries().get(key) } }
`

contract('a module', async (options) => {
  const folder = await mkdtemp(join(tmpdir(), 'origin-'))
  const path = join(folder, 'origin.mjs')
  const entries = join(folder, 'entries.json')
  await writeFile(path, overFile)
  await writeFile(entries, '[]')
  return {
    store: new ModuleStore(path, options),
    name: (key) => key,
    set: async (key, value) => {
      const others = (JSON.parse(await readFile(entries, 'utf8')) as [string, unknown][]).filter(
        ([name]) => name !== key,
      )
      await writeFile(entries, JSON.stringify([...others, [key, value]]))
    },
    breakDown: () => rm(entries),
    close: () => rm(folder, { recursive: true, force: true }),
  }
})

describe('a module', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'origin-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const open = async (text: string): Promise<ModuleStore> => {
    const path = join(folder, 'origin.mjs')
    await writeFile(path, text)
    return new ModuleStore(path, settings)
  }

  test('is loaded by the first request, once for all that come together', async () => {
    const store = await open('let loads = 0; loads++; export default { fetch: (key) => `${key} of load ${loads}` }')
    const answers = await Promise.all([1, 2, 3].map(() => store.fetchMany([ask], signal)))
    for (const [answer] of answers) expect(answer).toMatchObject({ value: { bytes: Buffer.from('k of load 1') } })
  })

  test('may confirm by digest, and is told when nobody waits any longer', async () => {
    const digest = digestOfString(Buffer.from('v'))
    const store = await open(`export default {
      fetchDigest: () => '${digest.toString('hex')}',
      fetch: (key, { signal }) => String(signal.aborted),
    }`)
    expect(await store.fetchMany([{ ...ask, digest }], signal)).toEqual([{ kind: 'not-modified' }])
    expect(await store.fetchMany([ask], AbortSignal.abort())).toMatchObject([{ value: { bytes: Buffer.from('true') } }])
  })

  test.each([
    ['export const fetch = () => 1', /^module has no default export with fetch\(key, \{ signal \}\)$/],
    ['export default null', /^module has no default export with fetch/],
    ['throw new TypeError("secret")', /^module cannot be loaded: TypeError$/],
    ['import "./none.mjs"', /^module cannot be loaded: [A-Z_]+$/],
  ])('%j is unavailable, without the breaker and without its words', async (text, message) => {
    const store = await open(text)
    await expect(store.fetchMany([ask], signal)).rejects.toMatchObject({
      name: 'Unavailable',
      message: expect.stringMatching(message),
      counts: false,
    })
  })

  test('closes what it holds when the origin goes', async () => {
    const store = await open(
      'let open = true; export default { fetch: () => String(open), close: () => { open = false } }',
    )
    expect(await store.fetchMany([ask], signal)).toMatchObject([{ value: { bytes: Buffer.from('true') } }])
    await store.close()
    expect(await store.fetchMany([ask], signal)).toMatchObject([{ value: { bytes: Buffer.from('false') } }])
  })
})
