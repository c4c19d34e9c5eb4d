import { expect, test } from '@jest/globals'
import { LongDouble, Slice } from '../../src/base/index.js'

const read = (text: string): LongDouble | null => LongDouble.read(Slice.from(text))

// sums as redis-server 7.0.15 prints them on x86-64
test.each([
  ['0.1', '0.2', '0.3'],
  ['0.3', '-0.1', '0.2'],
  ['1.1', '2.2', '3.3'],
  ['3.0e3', '200', '3200'],
  ['1e19', '0.5', '10000000000000000000'],
  ['18446744073709551616', '1', '18446744073709551616'],
  ['18446744073709551617', '0', '18446744073709551616'],
  ['36893488147419103234', '1', '36893488147419103232'],
  ['9007199254740993', '0', '9007199254740993'],
  ['99999999999999999', '0.99999999999999999', '100000000000000000'],
  ['123456789012345678901234567890', '1', '123456789012345678899921813504'],
  ['3.14159265358979323846', '0', '3.14159265358979324'],
  ['-1', '1e-17', '-0.99999999999999999'],
  ['0', '5e-18', '0'],
  ['0', '5.1e-18', '0.00000000000000001'],
  ['0', '-1e-20', '0'],
  ['-0', '0', '0'],
  ['+3', '-3', '0'],
  ['.5', '5.', '5.5'],
  ['0x10', '0X1P-4', '16.0625'],
  ['0x.8', '0x1.8p1', '3.5'],
  ['0e99999', '1', '1'],
  ['1e-4950', '0', '0'],
])('%s and %s are %s', (a, b, sum) => {
  expect(read(a)!.plus(read(b)!)!.toString()).toBe(sum)
})

test.each([
  ...['', ' 1', '1 ', 'x', '.', '-', '--1', '+-1', '1_000', '1,5', '1e', '1e+', '1e5.5', '0x', '0x.', '0x1p', '0b1'],
  ...['nan', '-NaN', 'nan(1)', 'infinit', '1\0'],
  ...['1e4933', '-1e4933', '1.18973149535723176508e4932', '0x1p16384', '1e999999999999999999999'],
  ...['1.8e-4951', '1e-4952', '0x1p-16446', '1e-999999999999999999999', '1'.repeat(5120)],
])('%j is no number', (text) => {
  expect(read(text)).toBeNull()
})

test('numbers at the edges of the format are numbers', () => {
  expect(read('1.18973149535723176502e4932')!.toString()).toHaveLength(4933)
  expect(read('1.9e-4951')).not.toBeNull()
  expect(read('0x1.8p-16446')).not.toBeNull() // above half of the smallest
  expect(read('1'.repeat(4000))).not.toBeNull()
})

test('halves go to the even neighbour', () => {
  const mantissa = (text: string): string => read(text)!.toString()
  expect(mantissa('0x10000000000000001')).toBe((2n ** 64n).toString())
  expect(mantissa('0x10000000000000003')).toBe((2n ** 64n + 4n).toString())
  expect(mantissa('0x10000000000000001.00000001')).toBe((2n ** 64n + 2n).toString())
  expect(mantissa('0x1ffffffffffffffff')).toBe((2n ** 65n).toString())
})

test('no sum is infinite', () => {
  const infinite = read('-Infinity')!
  expect(infinite.isInfinite).toBe(true)
  expect(infinite.plus(read('inf')!)).toBeNull()
  expect(read('1.1e4932')!.plus(read('1.1e4932')!)).toBeNull()
})
