import type { Waiter } from '../../src/origin/flight.js'
import { Recent } from '../../src/origin/recent.js'

const waiter = (id: string, rounds = 0): Waiter =>
  ({
    ...{ id, rounds, answer: 'not-modified', permission: null },
    ...{ forward: 'stale', collapsed: false, byPrimary: false },
  }) as Waiter

test('the last read of a key is remembered, whatever came between', () => {
  const recent = new Recent(4)
  recent.note(waiter('0:a', 1), 'ready', null, 10)
  recent.note(waiter('0:b'), 'refused', 'ORIGINDOWN', 11)
  recent.note(waiter('0:a', 2), 'stale', null, 12)
  expect(recent.get('0:a')).toMatchObject({ outcome: 'stale', rounds: 2, refusal: null, atMs: 12 })
  expect(recent.get('0:b')).toMatchObject({ outcome: 'refused', refusal: 'ORIGINDOWN', atMs: 11 })
  expect(recent.get('0:c')).toBeUndefined()
})

test('reads beyond its room are forgotten, the oldest first', () => {
  const recent = new Recent(3)
  for (let i = 0; i < 8; i++) recent.note(waiter(`0:${i}`), 'ready', null, i)
  expect([4, 5, 6, 7].map((i) => recent.get(`0:${i}`)?.atMs)).toEqual([undefined, 5, 6, 7])
})

test('a herd that waited for one key takes one place', () => {
  const recent = new Recent(3)
  recent.note(waiter('0:a'), 'ready', null, 1)
  for (let i = 0; i < 100; i++) recent.note(waiter('0:hot'), 'ready', null, i)
  expect([recent.get('0:a')?.atMs, recent.get('0:hot')?.atMs]).toEqual([1, 99])
})
