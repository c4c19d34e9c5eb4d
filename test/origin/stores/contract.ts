import { isNativeError } from 'node:util/types'
import { digestOfHash, digestOfString } from '../../../src/base/index.js'
import { Cancellation } from '../../../src/origin/cancellation.js'
import type { ValueKind } from '../../../src/origin/options.js'
import { Unavailable, type Answer, type Ask, type OriginStore } from '../../../src/origin/store.js'

/** An origin that the test can change, seen through the store under test. */
export interface Origin {
  readonly store: OriginStore
  /** What the store's asks call a key. */
  name(key: string): string
  /** Sets a key's value: a string, or a JSON value where the origin holds JSON; null makes it absent. */
  set(key: string, value: unknown): Promise<void>
  /** Why a value without fields is refused under `as hash`, where the origin holds no JSON. */
  readonly noHash?: string
  /** From now on the origin fails. */
  breakDown(): Promise<void>
  close(): Promise<void>
}

export interface OriginSettings {
  readonly as: ValueKind
  readonly valueBytesMax: number
}

export type OpenOrigin = (settings: OriginSettings) => Promise<Origin>

/** Keys that have broken something somewhere. */
export const hostileKeys = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '..',
  '../../etc/passwd',
  'a/b',
  'a?b=c#d',
  '%2e%2e%2f',
  ' ',
  '\u0000',
  'é\u{1F600}',
  '{key}',
  '$(id)',
  "'; DROP TABLE users; --",
  'x'.repeat(2000),
]

const signal = new Cancellation()

/** What a store answers where no part of its origin fails. */
export async function answersOf(store: OriginStore, asks: readonly Ask[]): Promise<Answer[]> {
  return (await store.fetchMany(asks, signal)).map((answer) => {
    if (answer instanceof Unavailable) throw answer
    return answer
  })
}

/**
 * What every store promises (src/origin/store.ts), over an origin that the test changes. A store of your own passes it
 * as these do: `contract('mine', openMine)`.
 */
export function contract(title: string, open: OpenOrigin): void {
  describe(`${title}: the store contract`, () => {
    let origin: Origin

    const begin = async (as: ValueKind = 'string', valueBytesMax = 1000): Promise<void> => {
      origin = await open({ as, valueBytesMax })
    }
    afterEach(() => origin.close())

    const ask = async (key: string, held: Partial<Ask> = {}): Promise<Answer> => {
      const asks = [{ key: origin.name(key), digest: null, validator: null, ...held }]
      const answers = await answersOf(origin.store, asks)
      expect(answers).toHaveLength(1)
      return answers[0]
    }

    const text = (answer: Answer): string => {
      expect(answer.kind).toBe('found')
      const { value } = answer as Extract<Answer, { kind: 'found' }>
      return value.kind === 'string' ? value.bytes.toString() : ''
    }

    test('a key that is there is found, bytes and all', async () => {
      await begin()
      await origin.set('k', 'välue')
      expect(text(await ask('k'))).toBe('välue')
    })

    test('a key that is not there is absent, also once it was there', async () => {
      await begin()
      expect(await ask('k')).toMatchObject({ kind: 'absent' })
      await origin.set('k', 'v')
      expect(text(await ask('k'))).toBe('v')
      await origin.set('k', null)
      expect(await ask('k')).toMatchObject({ kind: 'absent' })
    })

    test('every change made before the call is seen by it', async () => {
      await begin()
      for (let i = 0; i < 20; i++) {
        await origin.set('k', `v${i}`)
        expect(text(await ask('k'))).toBe(`v${i}`)
      }
    })

    test('calls that overlap each see what was there after they began', async () => {
      await begin()
      await origin.set('k', 'old')
      const early = ask('k')
      await origin.set('k', 'new')
      const late = ask('k')
      expect(['old', 'new']).toContain(text(await early))
      expect(text(await late)).toBe('new')
    })

    test('what came with the answer confirms the same value, and no other', async () => {
      await begin()
      await origin.set('k', 'v')
      const answer = (await ask('k')) as Extract<Answer, { kind: 'found' }>
      const digest = digestOfString(Buffer.from('v'))
      expect(answer.digest ?? digest).toEqual(digest)
      const held = { digest, validator: answer.validator ?? null }
      const again = await ask('k', held)
      expect(again.kind === 'not-modified' || text(again) === 'v').toBe(true)
      await origin.set('k', 'w')
      expect(text(await ask('k', held))).toBe('w')
    })

    test('many asks are answered in their order', async () => {
      await begin()
      await origin.set('a', '1')
      await origin.set('c', '3')
      const keys = ['c', 'b', 'a'].slice(0, Math.max(1, origin.store.batchMax))
      const asks = keys.map((key) => ({ key: origin.name(key), digest: null, validator: null }))
      const answers = await answersOf(origin.store, asks)
      expect(answers.map((answer) => (answer.kind === 'found' ? text(answer) : answer.kind))).toEqual(
        ['3', 'absent', '1'].slice(0, keys.length),
      )
    })

    test('as hash an object is its fields: scalars as text, others as RFC 8785 text, null not at all', async () => {
      await begin('hash')
      await origin.set('k', { s: 'text', n: 1.5e3, t: true, o: { b: [1, 'x'], a: null }, no: null })
      const answer = (await ask('k')) as Extract<Answer, { kind: 'found' }>
      expect(answer.kind).toBe('found')
      if (answer.value.kind !== 'hash') throw new Error('no hash')
      const fields = answer.value.fields.map(([field, value]) => [field.toString(), value.toString()])
      expect(Object.fromEntries(fields)).toEqual({ s: 'text', n: '1500', t: 'true', o: '{"a":null,"b":[1,"x"]}' })
      expect(answer.digest ?? digestOfHash(answer.value.fields)).toEqual(digestOfHash(answer.value.fields))
    })

    test('as hash an object without a field is absent, and what is no object is refused', async () => {
      await begin('hash')
      await origin.set('k', {})
      expect(await ask('k')).toMatchObject({ kind: 'absent' })
      await origin.set('k', ['a'])
      const reason = origin.noHash ?? "is no object, as 'as hash' needs, but an array"
      expect(await ask('k')).toEqual({ kind: 'refused', reason })
    })

    test('a value larger than value-bytes-max is refused, one of that size is not', async () => {
      await begin('string', 10)
      await origin.set('k', 'x'.repeat(10))
      expect(text(await ask('k'))).toHaveLength(10)
      await origin.set('k', 'x'.repeat(11))
      expect(await ask('k')).toEqual({ kind: 'refused', reason: 'is larger than value-bytes-max (10 bytes)' })
    })

    test('an empty value is a value', async () => {
      await begin()
      await origin.set('k', '')
      expect(text(await ask('k'))).toBe('')
    })

    test('keys of any kind are found under their own name, and only there', async () => {
      await begin('string', 10_000)
      await origin.set('plain', 'v')
      for (const key of hostileKeys) {
        if (origin.name(key) === '') continue // the origin cannot express it, so it is never asked
        expect(await ask(key)).toMatchObject({ kind: 'absent' })
        await origin.set(key, `value of ${key}`)
        expect(text(await ask(key))).toBe(`value of ${key}`)
      }
      expect(text(await ask('plain'))).toBe('v')
    })

    test('an origin that fails is unavailable: thrown, never answered', async () => {
      await begin()
      await origin.set('k', 'v')
      expect(text(await ask('k'))).toBe('v')
      await origin.breakDown()
      const error = await ask('k').catch((reason: unknown) => reason)
      expect(isNativeError(error)).toBe(true)
      if (error instanceof Unavailable) expect(error.message).not.toContain('\n')
    })
  })
}
