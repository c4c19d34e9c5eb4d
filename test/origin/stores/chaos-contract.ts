import { isNativeError } from 'node:util/types'
import { SeededRandom } from '../../../src/base/index.js'
import { Cancellation, type CancelSignal } from '../../../src/origin/cancellation.js'
import type { Answer, Written } from '../../../src/origin/store.js'
import type { ProxyMode } from '../support/tcp-proxy.js'
import type { Origin, OriginSettings } from './contract.js'

/** An origin that the store reaches through a proxy, or several that do alike. */
export interface OriginBehind extends Origin {
  readonly proxy: { mode: ProxyMode; asked(): Promise<void>; release(): void }
}

/** Longer than any reply that is cut in two keeps its meaning. */
const value = (i: number): string => `${i}:${'x'.repeat(200)}`

/** What every store over a network promises while that network fails: an error or what is true, and soon all is well again. */
export function chaosContract(title: string, open: (settings: OriginSettings) => Promise<OriginBehind>): void {
  describe(`${title}: when the network fails`, () => {
    let origin: OriginBehind
    beforeEach(async () => {
      origin = await open({ as: 'string', valueBytesMax: 1000 })
    })
    afterEach(() => origin.close())

    const ask = async (signal: CancelSignal = new Cancellation()): Promise<string> => {
      const [answer] = await origin.store.fetchMany([{ key: origin.name('k'), digest: null, validator: null }], signal)
      return textOf(answer as Answer)
    }
    const write = (text: string, signal: CancelSignal = new Cancellation()): Promise<Written> =>
      origin.store.write!(
        {
          key: origin.name('k'),
          value: { kind: 'string', bytes: Buffer.from(text) },
          expected: undefined,
          validator: null,
        },
        signal,
      )

    /** What is thrown by a call that is given up once the origin was asked, where nothing else ends it. */
    const failing = async (mode: ProxyMode, call: (signal: CancelSignal) => Promise<unknown>): Promise<unknown> => {
      const cancellation = new Cancellation()
      const outcome = call(cancellation).catch((error: unknown) => error)
      if (mode === 'hang') {
        await origin.proxy.asked()
        cancellation.abort()
      }
      return outcome
    }

    test.each(['hang', 'reset', 'garbage', 'half'] as const)(
      '%s: a read throws, and the next one is right',
      async (mode) => {
        await origin.set('k', value(1))
        expect(await ask()).toBe(value(1))
        origin.proxy.mode = mode
        const error = await failing(mode, ask)
        expect(isNativeError(error)).toBe(true)
        expect((error as Error).message).not.toMatch(/\n|SSH/)
        origin.proxy.mode = 'pass'
        await origin.set('k', value(2))
        expect(await ask()).toBe(value(2))
      },
    )

    test('a slow origin is waited for, and each call gets its own answer', async () => {
      await origin.set('k', value(1))
      expect(await ask()).toBe(value(1))
      origin.proxy.mode = 'hold'
      const early = ask()
      await origin.proxy.asked()
      const late = ask()
      await origin.set('k', value(2))
      origin.proxy.release()
      expect([value(1), value(2)]).toContain(await early)
      expect([value(1), value(2)]).toContain(await late)
      expect(await ask()).toBe(value(2))
    })

    test('of calls that wait together one can be given up', async () => {
      await origin.set('k', value(1))
      expect(await ask()).toBe(value(1))
      origin.proxy.mode = 'hold'
      const cancellation = new Cancellation()
      const [given, kept] = [ask(cancellation).catch(() => 'given up'), ask()]
      await origin.proxy.asked()
      cancellation.abort()
      expect(await given).toBe('given up')
      origin.proxy.release()
      expect(await kept).toBe(value(1))
    })

    test('an origin that comes and goes never makes a wrong answer', async () => {
      const seed = Math.floor(Math.random() * 2 ** 31)
      const random = new SeededRandom(seed)
      const modes: ProxyMode[] = ['pass', 'pass', 'reset', 'garbage', 'half']
      try {
        for (let i = 0; i < 60; i++) {
          origin.proxy.mode = 'pass'
          await origin.set('k', value(i))
          origin.proxy.mode = modes[random.below(modes.length)]
          const answer = await ask().catch(() => 'thrown')
          expect([value(i), 'thrown']).toContain(answer)
        }
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error })
      }
    })

    test.each(['hang', 'reset', 'garbage', 'half'] as const)(
      '%s: a write is never said to be made that was not',
      async (mode) => {
        if (origin.store.write === undefined) return
        await origin.set('k', value(1))
        expect(await write(value(2))).toMatchObject({ kind: 'written' })
        origin.proxy.mode = mode
        const outcome = await failing(mode, (signal) => write(value(3), signal))
        origin.proxy.mode = 'pass'
        const held = await ask()
        if (isNativeError(outcome)) expect([value(2), value(3)]).toContain(held)
        else expect([held, (outcome as Written).kind]).toEqual([value(3), 'written'])
        expect(await write(value(4))).toMatchObject({ kind: 'written' })
        expect(await ask()).toBe(value(4))
      },
    )

    test('a watch whose origin hangs cannot be proven', async () => {
      if (origin.store.watch === undefined) return
      const listener = { changed: () => undefined, changedAll: () => undefined, lost: () => undefined }
      const watch = await origin.store.watch(listener, new Cancellation())
      origin.proxy.mode = 'hang'
      expect(isNativeError(await failing('hang', (signal) => watch.prove(signal)))).toBe(true)
      await watch.close()
    })
  })
}

const textOf = (answer: Answer): string =>
  answer.kind === 'found' && answer.value.kind === 'string' ? answer.value.bytes.toString() : answer.kind
