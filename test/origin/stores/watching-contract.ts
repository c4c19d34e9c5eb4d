import { Cancellation } from '../../../src/origin/cancellation.js'
import type { ChangeListener, Watch } from '../../../src/origin/store.js'
import type { OpenOrigin, Origin } from './contract.js'

const signal = new Cancellation()

/** What was heard: names of keys, `*` for any, `lost`. */
export class Heard implements ChangeListener {
  readonly words: string[] = []
  #wake = (): void => undefined

  changed(key: string): void {
    this.#add(key)
  }

  changedAll(): void {
    this.#add('*')
  }

  lost(): void {
    this.#add('lost')
  }

  /** Waits until one of these was heard. */
  async until(...words: string[]): Promise<void> {
    while (!words.some((word) => this.words.includes(word))) await new Promise<void>((wake) => (this.#wake = wake))
  }

  #add(word: string): void {
    this.words.push(word)
    this.#wake()
  }
}

/** What a store that hears of changes promises, over an origin that the test changes. */
export function watchingContract(title: string, open: OpenOrigin): void {
  describe(`${title}: the contract of watches`, () => {
    let origin: Origin
    let heard: Heard
    let watch: Watch

    const begin = async (): Promise<void> => {
      origin = await open({ as: 'string', valueBytesMax: 1000 })
      heard = new Heard()
      watch = await origin.store.watch!(heard, signal)
    }
    afterEach(async () => {
      await watch.close()
      await origin.close()
    })

    const hears = (key: string): boolean => heard.words.some((word) => word === '*' || word === origin.name(key))

    test('every change that was made is told when the watch is proven', async () => {
      await begin()
      for (let i = 0; i < 20; i++) {
        heard.words.length = 0
        await origin.set('k', `v${i}`)
        await watch.prove(signal)
        expect(hears('k')).toBe(true)
      }
      heard.words.length = 0
      await origin.set('k', null)
      await watch.prove(signal)
      expect(hears('k')).toBe(true)
    })

    test('a change is told without being asked for', async () => {
      await begin()
      await origin.set('k', 'v')
      if (watch.proveEveryMs === undefined) await heard.until(origin.name('k'), '*')
      else await watch.prove(signal) // asking is how this one finds changes
      expect(hears('k')).toBe(true)
    })

    test('where nothing changes nothing is told', async () => {
      await begin()
      await watch.prove(signal)
      await watch.prove(signal)
      expect(heard.words).toEqual([])
    })

    test('a watch that was closed tells nothing any more, not even that it is lost', async () => {
      await begin()
      await watch.close()
      await origin.set('k', 'v')
      await expect(watch.prove(signal)).rejects.toThrow(Error)
      expect(heard.words).toEqual([])
    })

    test('an origin that fails loses its watch, which is told once', async () => {
      await begin()
      await origin.breakDown()
      await watch.prove(signal).catch(() => undefined)
      await heard.until('lost')
      await expect(watch.prove(signal)).rejects.toThrow(Error)
      expect(heard.words.filter((word) => word === 'lost')).toHaveLength(1)
      await expect(origin.store.watch!(new Heard(), signal)).rejects.toThrow(Error)
    })
  })
}
