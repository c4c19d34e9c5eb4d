import { History } from '../../src/replication/index.js'

test('a promoted replica goes on under a new id, and shares the old one up to where it knew it', () => {
  const history = new History()
  history.adopt('a'.repeat(40), 500)
  history.shift()
  expect(history.id).toMatch(/^[0-9a-f]{40}$/)
  expect(history.id).not.toBe('a'.repeat(40))
  expect(history.secondId).toBe('a'.repeat(40))
  expect(history.secondOffset).toBe(501)
  expect(history.shares('a'.repeat(40), 501)).toBe(true)
  expect(history.shares('A'.repeat(40), 12)).toBe(true) // ids are compared without their case, as in Redis
  expect(history.shares('a'.repeat(40), 502)).toBe(false)
  expect(history.shares(history.id, 10_000)).toBe(true)
  expect(history.shares('b'.repeat(40), 1)).toBe(false)
})

test('a new history is shared with nobody', () => {
  const history = new History()
  const before = history.id
  history.shift()
  history.renew()
  expect(history.shares(before, 1)).toBe(false)
  expect(history.secondId).toBe('0'.repeat(40))
  expect(history.secondOffset).toBe(-1)
})
