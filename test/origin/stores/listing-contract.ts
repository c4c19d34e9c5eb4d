import { Cancellation } from '../../../src/origin/cancellation.js'
import type { NamePage } from '../../../src/origin/store.js'
import { hostileKeys, type OpenOrigin, type Origin } from './contract.js'

const signal = new Cancellation()

/** Every name that a store lists, page by page. */
export async function namesOf({ store }: Pick<Origin, 'store'>, prefix = ''): Promise<string[]> {
  const names: string[] = []
  let cursor: NamePage['next'] = null
  do {
    const page: NamePage = await store.list!(prefix, cursor, signal)
    expect(page.names.length).toBeLessThan(10_000)
    names.push(...page.names)
    cursor = page.next
  } while (cursor !== null)
  return names
}

/** What a store that lists its keys promises, over an origin that the test changes. */
export function listingContract(title: string, open: OpenOrigin): void {
  describe(`${title}: the contract of lists`, () => {
    let origin: Origin
    beforeEach(async () => {
      origin = await open({ as: 'string', valueBytesMax: 10_000 })
    })
    afterEach(() => origin.close())

    const listed = async (prefix?: string): Promise<Set<string>> => new Set(await namesOf(origin, prefix))

    test('an origin that holds nothing lists nothing', async () => {
      expect(await listed()).toEqual(new Set())
    })

    test('every key is listed by its own name, however it is called', async () => {
      const keys = [...hostileKeys.filter((key) => origin.name(key) !== ''), 'a', 'A', 'b'].filter(
        (key) => origin.name(key).length < 200 || origin.name(key) === key,
      )
      for (const key of keys) await origin.set(key, 'v')
      const names = await listed()
      for (const key of keys) expect(names).toContain(origin.name(key))
      expect(names.size).toBe(keys.length)
    })

    test('a key that is gone is listed no more', async () => {
      await origin.set('a', 'v')
      await origin.set('b', 'v')
      await origin.set('a', null)
      expect(await listed()).toEqual(new Set([origin.name('b')]))
    })

    test('every key is listed that begins as asked', async () => {
      const keys = ['user:1', 'user:2', 'use', 'user', 'User:1', 'us%r:1', 'us_r:1', 'user[1]', 'user*', 'other']
      for (const key of keys) await origin.set(key, 'v')
      for (const prefix of ['user', 'us%', 'us_', 'user[', 'user*', 'u\\']) {
        const names = await listed(origin.name(prefix))
        for (const key of keys.filter((key) => key.startsWith(prefix))) expect(names).toContain(origin.name(key))
      }
    })

    test('an origin that fails is unavailable: it is not empty', async () => {
      await origin.set('k', 'v')
      await origin.breakDown()
      await expect(namesOf(origin)).rejects.toThrow(Error)
    })
  })
}
