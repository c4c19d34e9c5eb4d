import { digestOfHash, digestOfLongHash, digestOfLongString, digestOfString } from '../../src/base/index.js'
import { createHash } from 'node:crypto'

const sha256 = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex')
const field = (name: string, value: string): [Buffer, Buffer] => [
  Buffer.from(name, 'latin1'),
  Buffer.from(value, 'latin1'),
]

test('a string is digested as its bytes', () => {
  expect(digestOfString(Buffer.from('abc')).toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
  expect(digestOfString(Buffer.alloc(0)).toString('hex')).toBe(sha256(''))
})

test('a hash is digested as netstrings of its fields in byte order', () => {
  const digest = digestOfHash([field('name', 'Ada'), field('\xff', ''), field('id', '1')])
  expect(digest.toString('hex')).toBe(sha256('2:id,1:1,4:name,3:Ada,1:\xff,0:,'))
})

test('the order in which fields are given does not matter, where a value ends does', () => {
  const one = digestOfHash([field('a', '1'), field('b', '2')])
  expect(digestOfHash([field('b', '2'), field('a', '1')])).toEqual(one)
  expect(digestOfHash([field('a', '1,1:b,1:2')])).not.toEqual(one)
})

test('long values have the same digest, taken in pieces between which others run', async () => {
  const long = Buffer.alloc(1_000_000, 'x')
  let turns = 0
  let running = true
  const count = (): void => {
    turns++
    if (running) setImmediate(count)
  }
  setImmediate(count)
  expect(await digestOfLongString(long)).toEqual(digestOfString(long))
  expect(turns).toBeGreaterThanOrEqual(3)
  const fields = [field('b', 'x'.repeat(300_000)), field('a', ''), field('c', 'y'.repeat(700_000))]
  turns = 0
  expect(await digestOfLongHash(fields)).toEqual(digestOfHash(fields))
  expect(turns).toBeGreaterThanOrEqual(3)
  running = false
})

test('short values are digested at once', async () => {
  expect(await digestOfLongString(Buffer.from('abc'))).toEqual(digestOfString(Buffer.from('abc')))
  const fields = [field('b', '2'), field('a', '1')]
  expect(await digestOfLongHash(fields)).toEqual(digestOfHash(fields))
})
