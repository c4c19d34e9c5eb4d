import { expect, test } from '@jest/globals'
import { ManualClock } from '../../../src/base/index.js'
import { allCommands } from '../../../src/commands/index.js'
import { DispatchBench } from '../../origin/support/dispatch-bench.js'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function setup(weights: Readonly<Record<string, string>>) {
  const bench = new DispatchBench({ commands: allCommands, clock: new ManualClock() })
  const asked: string[] = []
  const fetch = async (key: string): Promise<string | null> => {
    asked.push(key)
    return weights[key] ?? null
  }
  bench.bindOrigin({ name: 'o', pattern: 'bound:*', store: { fetch }, validate: 'always' })
  const client = bench.client()
  const call = async (...words: string[]): Promise<unknown> => {
    client.request(words)
    for (let i = 0; i < 20 && client.replies.length === 0; i++) await turn()
    return client.replies.shift()
  }
  return { asked, call }
}

test('keys that BY and GET name are settled together, before anything is replied', async () => {
  const { asked, call } = setup({ 'bound:w:a': '3', 'bound:w:b': '1', 'bound:w:c': '2', 'bound:n:b': 'Bea' })
  await call('SADD', 's', 'a', 'b', 'c')
  expect(await call('SORT', 's', 'BY', 'bound:w:*', 'GET', '#', 'GET', 'bound:n:*')).toEqual(
    ['b', 'Bea', 'c', null, 'a', null], // prettier-ignore
  )
  expect(asked.sort()).toEqual(['n:a', 'n:b', 'n:c', 'w:a', 'w:b', 'w:c'].map((name) => `bound:${name}`))
})

test('more keys than a call may be run again for are no trouble', async () => {
  const names = Array.from({ length: 200 }, (_, i) => `m${i}`)
  const { asked, call } = setup(Object.fromEntries(names.map((name, i) => [`bound:${name}`, String(-i)])))
  await call('SADD', 's', ...names)
  expect(await call('SORT_RO', 's', 'BY', 'bound:*')).toEqual([...names].reverse())
  expect(asked).toHaveLength(200)
})

test('a destination whose route forbids writing is refused before anything is asked', async () => {
  const { asked, call } = setup({})
  await call('SADD', 's', '1')
  expect(await call('SORT', 's', 'BY', 'bound:*', 'STORE', 'bound:d')).toMatchObject({ prefix: 'ORIGINREADONLY' })
  expect(asked).toEqual([])
})
