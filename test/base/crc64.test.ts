import { expect, test } from '@jest/globals'
import { Crc64 } from '../../src/base/index.js'

const polynomial = 0x95ac9329ac4bc9b5n

/** The same sum a bit at a time. */
function slowly(bytes: Uint8Array): string {
  let sum = 0n
  for (const byte of bytes) {
    sum ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) sum = (sum & 1n) === 1n ? (sum >> 1n) ^ polynomial : sum >> 1n
  }
  return sum.toString(16).padStart(16, '0')
}

const bytes = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 167 + (i >> 3) * 29) & 255))

test('the sum of "123456789" is the one that Redis tests its own by', () => {
  expect(new Crc64().update(Buffer.from('123456789')).toString()).toBe('e9c6d914c4b8d9ca')
})

test('sums of every length are what the polynomial says bit by bit', () => {
  for (let length = 0; length <= 40; length++) {
    expect(new Crc64().update(bytes, 0, length).toString()).toBe(slowly(bytes.subarray(0, length)))
  }
  expect(new Crc64().update(bytes).toString()).toBe(slowly(bytes))
})

test('bytes that come in pieces, cut anywhere, make the same sum', () => {
  const whole = new Crc64().update(bytes).toString()
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(new Crc64().update(bytes, 0, cut).update(bytes, cut).toString()).toBe(whole)
  }
})

test('a sum that was written is recognized, and one with a bit changed is not', () => {
  const sum = new Crc64().update(bytes)
  const trailer = Buffer.alloc(9)
  sum.writeTo(trailer, 1)
  expect(trailer.readBigUInt64LE(1).toString(16).padStart(16, '0')).toBe(sum.toString())
  expect(sum.equals(trailer, 1)).toBe(true)
  trailer[8] ^= 1
  expect(sum.equals(trailer, 1)).toBe(false)
  expect(sum.reset().toString()).toBe('0'.repeat(16))
})
