import { digestOfHash, digestOfString } from '../../../src/base/index.js'
import type { OriginValue } from '../../../src/keyspace/index.js'
import { Cancellation } from '../../../src/origin/cancellation.js'
import type { ValueKind } from '../../../src/origin/options.js'
import type { Answer, Write, Written } from '../../../src/origin/store.js'
import { hostileKeys, type OpenOrigin, type Origin } from './contract.js'

const signal = new Cancellation()

const string = (text: string): OriginValue => ({ kind: 'string', bytes: Buffer.from(text) })
const hash = (fields: Record<string, string>): OriginValue => ({
  kind: 'hash',
  fields: Object.entries(fields).map(([field, value]) => [Buffer.from(field), Buffer.from(value)]),
})

/** What a store that can write promises, over an origin that the test changes behind its back. */
export function writingContract(title: string, open: OpenOrigin): void {
  describe(`${title}: the contract of writes`, () => {
    let origin: Origin

    const begin = async (as: ValueKind = 'string'): Promise<void> => {
      origin = await open({ as, valueBytesMax: 100_000 })
    }
    afterEach(() => origin.close())

    const ask = async (key: string): Promise<Answer> =>
      (await origin.store.fetchMany([{ key: origin.name(key), digest: null, validator: null }], signal))[0] as Answer
    const text = async (key: string): Promise<string> => {
      const answer = await ask(key)
      return answer.kind === 'found' && answer.value.kind === 'string' ? answer.value.bytes.toString() : answer.kind
    }
    const fields = async (key: string): Promise<Record<string, string>> => {
      const answer = await ask(key)
      if (answer.kind !== 'found' || answer.value.kind !== 'hash') return {}
      return Object.fromEntries(answer.value.fields.map(([field, value]) => [field.toString(), value.toString()]))
    }
    const write = (key: string, value: OriginValue | null, more: Partial<Write> = {}): Promise<Written> =>
      origin.store.write!({ key: origin.name(key), value, expected: undefined, validator: null, ...more }, signal)

    /** What an ask says of a key now, as a write's condition: its digest, and its validator. */
    const held = async (key: string): Promise<Partial<Write>> => {
      const answer = await ask(key)
      if (answer.kind !== 'found') return { expected: 'absent' }
      const { value, validator = null } = answer
      const digest = value.kind === 'string' ? digestOfString(value.bytes) : digestOfHash(value.fields)
      return { expected: digest, validator }
    }

    test('a value that is written is what is read then', async () => {
      await begin()
      expect(await write('k', string('välue'))).toMatchObject({ kind: 'written' })
      expect(await text('k')).toBe('välue')
      expect(await write('k', string(''))).toMatchObject({ kind: 'written' })
      expect(await text('k')).toBe('')
    })

    test('what a write says of its version confirms the copy', async () => {
      await begin()
      const written = await write('k', string('v'))
      const validator = written.kind === 'written' ? (written.validator ?? null) : null
      const digest = digestOfString(Buffer.from('v'))
      const [answer] = await origin.store.fetchMany([{ key: origin.name('k'), digest, validator }], signal)
      expect(['not-modified', 'found']).toContain((answer as Answer).kind)
    })

    test('a delete leaves nothing, also where nothing was', async () => {
      await begin()
      await origin.set('k', 'v')
      expect(await write('k', null)).toMatchObject({ kind: 'written' })
      expect(await text('k')).toBe('absent')
      expect(await write('k', null)).toMatchObject({ kind: 'written' })
    })

    test('a write that expects what is there goes through', async () => {
      await begin()
      await origin.set('k', 'v')
      expect(await write('k', string('w'), await held('k'))).toMatchObject({ kind: 'written' })
      expect(await text('k')).toBe('w')
      expect(await write('k', null, await held('k'))).toMatchObject({ kind: 'written' })
      expect(await write('k', string('x'), { expected: 'absent' })).toMatchObject({ kind: 'written' })
      expect(await text('k')).toBe('x')
    })

    test('a write that expects something else is a conflict, and nothing is written', async () => {
      await begin()
      await origin.set('k', 'v')
      const before = await held('k')
      await origin.set('k', 'changed')
      expect(await write('k', string('w'), before)).toEqual({ kind: 'conflict' })
      expect(await write('k', null, before)).toEqual({ kind: 'conflict' })
      expect(await write('k', string('w'), { expected: 'absent' })).toEqual({ kind: 'conflict' })
      expect(await write('k', null, { expected: 'absent' })).toEqual({ kind: 'conflict' })
      expect(await text('k')).toBe('changed')
      await origin.set('k', null)
      expect(await write('k', string('w'), before)).toEqual({ kind: 'conflict' })
      expect(await text('k')).toBe('absent')
    })

    test('of writes that expect the same, one goes through', async () => {
      await begin()
      await origin.set('k', 'v')
      const before = await held('k')
      const values = Array.from({ length: 10 }, (_, i) => `w${i}`)
      const outcomes = await Promise.all(values.map((value) => write('k', string(value), before)))
      const through = values.filter((_, i) => outcomes[i].kind === 'written')
      expect(through).toHaveLength(1)
      expect(outcomes.filter(({ kind }) => kind === 'conflict')).toHaveLength(9)
      expect(await text('k')).toBe(through[0])
    })

    test('of writes at once that expect nothing, the last one is what stays', async () => {
      await begin()
      await Promise.all(['1', '2', '3'].flatMap((i) => [write(`k${i}`, string('a')), write('k', string(i))]))
      expect(await text('k')).toBe('3')
      expect([await text('k1'), await text('k2'), await text('k3')]).toEqual(['a', 'a', 'a'])
    })

    test('a hash is written with all its fields, and without those that it has no longer', async () => {
      await begin('hash')
      expect(await write('k', hash({ a: '1', b: 'two' }))).toMatchObject({ kind: 'written' })
      expect(await fields('k')).toEqual({ a: '1', b: 'two' })
      expect(await write('k', hash({ b: '2', c: '' }), await held('k'))).toMatchObject({ kind: 'written' })
      expect(await fields('k')).toEqual({ b: '2', c: '' })
      const before = await held('k')
      await origin.set('k', { b: '3' })
      expect(await write('k', hash({ d: '4' }), before)).toEqual({ kind: 'conflict' })
      expect(await fields('k')).toEqual({ b: '3' })
    })

    test('keys of any kind are written under their own name, and only there', async () => {
      await begin()
      await origin.set('plain', 'v')
      for (const key of hostileKeys) {
        if (origin.name(key) === '') continue
        expect(await write(key, string(`value of ${key}`), { expected: 'absent' })).toMatchObject({ kind: 'written' })
        expect(await text(key)).toBe(`value of ${key}`)
      }
      expect(await text('plain')).toBe('v')
    })

    test('an origin that fails is unavailable: thrown, never said to be written', async () => {
      await begin()
      await origin.set('k', 'v')
      await origin.breakDown()
      await expect(write('k', string('w'))).rejects.toThrow(Error)
      await expect(write('k', string('w'), { expected: 'absent' })).rejects.toThrow(Error)
    })

    test('a write that nobody waits for any more is not made', async () => {
      await begin()
      const aborted = new Cancellation()
      aborted.abort()
      const value = string('w')
      await expect(
        origin.store.write!({ key: origin.name('k'), value, expected: undefined, validator: null }, aborted),
      ).rejects.toThrow(Error)
      expect(await text('k')).toBe('absent')
    })
  })
}
