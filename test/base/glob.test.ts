import { globElements, matchGlob, SeededRandom, Slice } from '../../src/base/index.js'

const bytes = (text: string): Slice => Slice.from(Buffer.from(text, 'latin1'))
const matches = (pattern: string, text: string, fold = false): boolean => matchGlob(bytes(pattern), bytes(text), fold)

const captures = (pattern: string, text: string): string[] | null => {
  const ends: number[] = []
  const value = bytes(text)
  if (!matchGlob(bytes(pattern), value, false, ends)) return null
  const parts: string[] = []
  for (let i = 0; i < ends.length; i += 2) parts.push(value.region.bytes.latin1Slice(ends[i], ends[i + 1]))
  return parts
}

// every line was answered by redis 7.0.15's stringmatchlen
test.each([
  ['*', 'anything', true],
  ['*', '', false],
  ['', '', true],
  ['', 'a', false],
  ['a', '', false],
  ['a*', 'a', true],
  ['a**', 'a', true],
  ['a*b', 'acbb', true],
  ['a*b', 'acbc', false],
  ['*a*b*', 'xxaxxbxx', true],
  ['a?c', 'abc', true],
  ['a?', 'a', false],
  ['h[ae]llo', 'hello', true],
  ['h[^e]llo', 'hello', false],
  ['h[a-b]llo', 'hbllo', true],
  ['h[b-a]llo', 'hbllo', true],
  ['[', 'a', false],
  ['[^', 'a', true],
  ['[a', 'a', true],
  ['[]', ']', false],
  ['[a-', '-', true],
  ['[\\]]', ']', true],
  ['[\\', '\\', true],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['\\', '\\', true],
  ['a\\', 'a', false],
  ['[a-\xff]', '0', true], // ends of a range are signed: 0xff is -1
  ['[a-\xff]', 'b', false],
  ['\x80*', '\x80\x00', true],
])('pattern %j on %j is %j', (pattern, text, expected) => {
  expect(matches(pattern, text)).toBe(expected)
})

test('case is folded on request, but not for an escaped byte of a class', () => {
  expect(matches('USER:*', 'user:1')).toBe(false)
  expect(matches('USER:*', 'user:1', true)).toBe(true)
  expect(matches('[A-C]', 'b', true)).toBe(true)
  expect(matches('[\\A]', 'a', true)).toBe(false)
})

test('each * captures the shortest part that lets the rest match', () => {
  expect(captures('user:*', 'user:1')).toEqual(['1'])
  expect(captures('user:*', 'user:')).toEqual([''])
  expect(captures('*:*', 'a:b:c')).toEqual(['a', 'b:c'])
  expect(captures('*a*b', 'xaybzb')).toEqual(['x', 'ybz'])
  expect(captures('**-?', 'ab-c')).toEqual(['', 'ab'])
  expect(captures('a**', 'a')).toEqual(['', ''])
  expect(captures('plain', 'plain')).toEqual([])
  expect(captures('*b', 'ac')).toBeNull()
})

test('captures and literals together always rebuild the text', () => {
  const random = new SeededRandom(20)
  const draw = (from: string, max: number): string =>
    Array.from({ length: random.below(max) }, () => from[random.below(from.length)]).join('')
  let matched = 0
  for (let i = 0; i < 20_000; i++) {
    const pattern = draw('**ab', 7)
    const text = draw('aab', 9)
    const parts = captures(pattern, text)
    if (parts === null) continue
    matched++
    expect(pattern.replaceAll('*', () => parts.shift() ?? '?')).toBe(text)
  }
  expect(matched).toBeGreaterThan(1000)
})

test('many stars on a long text do not take exponential time', () => {
  expect(matches('a*'.repeat(200) + 'b', 'a'.repeat(20_000))).toBe(false)
})

test('elements name the bytes that each part of a pattern takes', () => {
  const elements = globElements(bytes('a*[x-z]?\\*'))
  expect(elements.map((takes) => (takes === null ? '*' : takes.reduce((sum, one) => sum + one, 0)))).toEqual([
    1,
    '*',
    3,
    256,
    1,
  ])
})
