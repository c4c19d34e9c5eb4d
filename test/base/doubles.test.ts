import {
  Slice,
  formatCoordinate,
  formatDouble,
  formatFixed,
  readDouble,
  readLenientDouble,
  roundEven,
} from '../../src/base/index.js'

// the texts are C's: printf("%.17g"), printf("%.6f"), strtod of glibc

test.each([
  [0, '0'],
  [-0, '-0'],
  [1, '1'],
  [-17, '-17'],
  [0.1, '0.10000000000000001'],
  [-3.5, '-3.5'],
  [1e15, '1000000000000000'],
  [1e16, '10000000000000000'],
  [1e17, '1e+17'],
  [123456789012345680, '1.2345678901234568e+17'],
  [1e20, '1e+20'],
  [1e-4, '0.0001'],
  [1e-5, '1.0000000000000001e-05'],
  [1.5e-7, '1.4999999999999999e-07'],
  [1.7976931348623157e308, '1.7976931348623157e+308'],
  [5e-324, '4.9406564584124654e-324'],
  [12345.678, '12345.678'],
  [Infinity, 'inf'],
  [-Infinity, '-inf'],
  // halfway between two of 17 digits: to the even one
  [1000000000000000.25, '1000000000000000.2'],
  [1000000000000000.75, '1000000000000000.8'],
  [-1000000000000000.25, '-1000000000000000.2'],
])('%d is printed as %s', (value, text) => {
  expect(formatDouble(value)).toBe(text)
})

test.each([
  [0.5, 6, '0.500000'],
  [200.0078125, 6, '200.007812'],
  [200.0234375, 6, '200.023438'],
  [-181, 6, '-181.000000'],
  [1e22, 6, '10000000000000000000000.000000'],
  [Infinity, 6, 'inf'],
])('%d with %i decimals is %s', (value, decimals, text) => {
  expect(formatFixed(value, decimals)).toBe(text)
})

test.each([
  [13.361389338970184, '13.36138933897018433'],
  [0, '0'],
  [-0, '0'],
  [-1e-20, '0'],
  [2.5, '2.5'],
  [-180, '-180'],
])('the coordinate %d is shown as %s', (value, text) => {
  expect(formatCoordinate(value)).toBe(text)
})

test.each([
  ['0', 0],
  ['-0', -0],
  ['-0.0', -0],
  ['1.5', 1.5],
  ['-.5', -0.5],
  ['5.', 5],
  ['+5', 5],
  ['007', 7],
  ['-000000012345', -12345],
  ['999999999999999', 999999999999999],
  ['9007199254740993', 9007199254740992],
  ['0000000000000000000012.50', 12.5],
  ['0.1', 0.1],
  ['123456.789', 123456.789],
  ['3.14159265358979323846', Math.PI],
  ['1e3', 1000],
  ['1E-3', 0.001],
  ['inf', Infinity],
  ['-Infinity', -Infinity],
  ['0x10', 16],
  ['0x1.8p1', 3],
  ['-0x.8', -0.5],
  ['0x1.00000000000008p0', 1],
  ['0x1.00000000000018p0', 1.0000000000000004],
  ['0x1p-1074', 5e-324],
  ['0e999', 0],
  ['1e-320', 1e-320],
])('%s is the score %d', (text, value) => {
  expect(readDouble(Slice.from(text))).toBe(value)
})

test.each([
  '',
  ' 1',
  '1 ',
  'abc',
  'nan',
  '1e',
  '--1',
  '1_0',
  '0b1',
  '1e400',
  '-1e400',
  '1e-400',
  '0x1p5000',
  '1\x00',
  '.',
  '-',
])('%j is no score', (text) => {
  expect(readDouble(Slice.from(text))).toBeNaN()
})

test.each([
  ['', 0],
  [' 1', 1],
  ['1\x00x', 1],
  ['1e400', Infinity],
  ['1e-400', 0],
  ['-inf', -Infinity],
  ['\t-2.5', -2.5],
])('%j is the end %d of a range', (text, value) => {
  expect(readLenientDouble(Slice.from(text))).toBe(value)
})

test.each([' ', '1 ', 'x', 'nan', '(1'])('%j is no end of a range', (text) => {
  expect(readLenientDouble(Slice.from(text))).toBeNaN()
})

test('an end of a range may begin behind a parenthesis', () => {
  expect(readLenientDouble(Slice.from('(5'), 1)).toBe(5)
  expect(readLenientDouble(Slice.from('('), 1)).toBe(0)
  expect(readLenientDouble(Slice.from('( -1.5'), 1)).toBe(-1.5)
})

test.each([
  [0.5, 0],
  [1.5, 2],
  [2.5, 2],
  [-1.5, -2],
  [2.4, 2],
  [2.6, 3],
])('%d rounds to %d', (value, rounded) => {
  expect(roundEven(value)).toBe(rounded)
})

test('nothing is no number, whatever stands behind it', () => {
  for (const behind of ['-4', '4', '.5']) {
    const slice = Slice.from(behind)
    slice.length = 0
    expect(readDouble(slice)).toBeNaN()
    expect(readLenientDouble(slice)).toBe(0)
  }
})
