import { expect, test } from '@jest/globals'
import { integerLength, writeInteger } from '../../src/base/index.js'

const powers = Array.from({ length: 16 }, (_, power) => 10 ** power)
const numbers = [
  0,
  ...powers.flatMap((power) => [power - 1, power, power + 1, power * 3 + 7]),
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
].filter((value) => Number.isSafeInteger(value))

test('a safe integer is written in just the digits that it has', () => {
  for (const value of numbers.flatMap((number) => [number, 0 - number])) {
    const bytes = Buffer.alloc(24, '.')
    const length = integerLength(value)
    writeInteger(bytes, 2, value, length)
    expect(bytes.latin1Slice(0, 2 + length + 1)).toBe(`..${value}.`)
  }
})
