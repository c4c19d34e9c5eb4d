import { digestOfString } from '../../../src/base/index.js'
import { Cancellation } from '../../../src/origin/cancellation.js'
import { ObjectStore, dictionaryStore, type UserStore, type UserValue } from '../../../src/origin/stores/object.js'
import { contract } from './contract.js'

const signal = new AbortController().signal
const settings = { as: 'string', valueBytesMax: 1000 } as const
const ask = { key: 'k', digest: null, validator: null }

contract('an object in the same process', async (options) => {
  const values = new Map<string, UserValue>()
  let broken = false
  const user: UserStore = {
    fetch: async (key) => {
      if (broken) throw new Error('down')
      return values.get(key) ?? null
    },
  }
  return {
    store: new ObjectStore(user, options),
    name: (key) => key,
    set: async (key, value) => void values.set(key, value as UserValue),
    breakDown: async () => void (broken = true),
    close: async () => {},
  }
})

contract('a dictionary', async (options) => {
  const values: Record<string, UserValue> = {}
  let broken = false
  const dictionary = dictionaryStore(values)
  const user: UserStore = {
    fetch: (key, more) => (broken ? Promise.reject(new Error('down')) : dictionary.fetch(key, more)),
  }
  return {
    store: new ObjectStore(user, options),
    name: (key) => key,
    set: async (key, value) => {
      Object.defineProperty(values, key, { value, configurable: true, writable: true, enumerable: true })
    },
    breakDown: async () => void (broken = true),
    close: async () => {},
  }
})

test('what is called gets a signal of the platform, which aborts when nobody waits', async () => {
  const signals: AbortSignal[] = []
  const user: UserStore = {
    fetch: (_, options) => {
      signals.push(options.signal)
      return null
    },
    put: (_, __, options) => void signals.push(options.signal),
  }
  const store = new ObjectStore(user, settings)
  const cancellation = new Cancellation()
  await store.fetchMany([ask], cancellation)
  await store.write!(
    { key: 'k', value: { kind: 'string', bytes: Buffer.from('v') }, expected: undefined, validator: null },
    cancellation,
  )
  cancellation.abort()
  expect(signals.map((signal) => [signal instanceof AbortSignal, signal.aborted])).toEqual([
    [true, true],
    [true, true],
  ])
})

describe('fetchDigest', () => {
  const digest = digestOfString(Buffer.from('v'))
  const make = (theirs: Uint8Array | string | null | undefined): { store: ObjectStore; fetched: string[] } => {
    const fetched: string[] = []
    const user: UserStore = {
      fetch: async (key) => {
        fetched.push(key)
        return 'v'
      },
      fetchDigest: () => theirs,
    }
    return { store: new ObjectStore(user, settings), fetched }
  }

  test.each([[digest], [digest.toString('hex')]])('an equal one saves the value', async (theirs) => {
    const { store, fetched } = make(theirs)
    expect(await store.fetchMany([{ ...ask, digest }], signal)).toEqual([{ kind: 'not-modified' }])
    expect(fetched).toEqual([])
  })

  test('is not asked for without a copy', async () => {
    const { store, fetched } = make(digest)
    await store.fetchMany([ask], signal)
    expect(fetched).toEqual(['k'])
  })

  test('null is absent, undefined and another one fetch the value', async () => {
    expect(await make(null).store.fetchMany([{ ...ask, digest }], signal)).toEqual([{ kind: 'absent' }])
    for (const theirs of [undefined, digestOfString(Buffer.from('w'))]) {
      const { store, fetched } = make(theirs)
      expect((await store.fetchMany([{ ...ask, digest }], signal))[0].kind).toBe('found')
      expect(fetched).toEqual(['k'])
    }
  })

  test('what is no SHA-256 is garbage', async () => {
    await expect(make('beef').store.fetchMany([{ ...ask, digest }], signal)).rejects.toThrow(/no SHA-256/)
  })
})

test.each<[UserValue | unknown, string, object]>([
  [undefined, 'string', { kind: 'absent' }],
  [{ b: 1, a: 'x' }, 'string', { kind: 'found', value: { kind: 'string', bytes: Buffer.from('{"a":"x","b":1}') } }],
  [Buffer.from([0xff, 0]), 'string', { kind: 'found', value: { kind: 'string', bytes: Buffer.from([0xff, 0]) } }],
  [10n, 'string', { kind: 'refused', reason: 'has no JSON text' }],
  [() => 1, 'string', { kind: 'refused', reason: 'has no JSON text' }],
  ['text', 'hash', { kind: 'refused', reason: "is no object, as 'as hash' needs, but a string" }],
  [Buffer.from('x'), 'hash', { kind: 'refused', reason: "is bytes, while 'as hash' needs an object" }],
])('%p as %s', async (value, as, expected) => {
  const store = new ObjectStore(
    { fetch: () => value as UserValue },
    { as: as as 'string' | 'hash', valueBytesMax: 100 },
  )
  expect(await store.fetchMany([ask], signal)).toMatchObject([expected])
})

test('a nesting that no stack holds is refused, not thrown', async () => {
  let nested: Record<string, unknown> = {}
  for (let i = 0; i < 100_000; i++) nested = { a: nested }
  const store = new ObjectStore({ fetch: () => nested }, settings)
  expect(await store.fetchMany([ask], signal)).toEqual([{ kind: 'refused', reason: 'has no JSON text' }])
})
