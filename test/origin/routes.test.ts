import { globElements, matchGlob, Region, SeededRandom, Slice } from '../../src/base/index.js'
import { RouteTable } from '../../src/origin/routes.js'
import { covers as coversElements } from '../../src/origin/shadow.js'
import { Template } from '../../src/origin/template.js'
import { makeRoute } from './support/engine.js'

const table = (...routes: [name: string, pattern: string, options?: string][]): RouteTable => {
  const made = new RouteTable()
  for (const [name, pattern, options = ''] of routes) made.add(makeRoute({ name, pattern, options }))
  return made
}
const bytes = (text: string): Slice => Slice.from(Buffer.from(text, 'latin1'))

describe('the table of routes', () => {
  const routes = table(
    ['vip', 'user:vip:*'],
    ['users', 'user:*'],
    ['shards', '[ab]*:x'],
    ['exact', 'config'],
    ['second', 'user:*', 'db 1'],
    ['every', 'log\\*?*', 'db all'],
  )
  test.each([
    [0, 'user:vip:1', 'vip'],
    [0, 'user:1', 'users'],
    [0, 'user:', 'users'],
    [0, 'user', null],
    [0, 'a1:x', 'shards'],
    [0, 'b:x', 'shards'],
    [0, 'c:x', null],
    [0, 'config', 'exact'],
    [0, 'config2', null],
    [1, 'user:vip:1', 'second'],
    [1, 'config', null],
    [3, 'log*1', 'every'],
    [3, 'log*', null],
    [0, '', null],
    [0, 'zzz', null],
  ])('in database %d %j is of %j', (db, key, name) => {
    expect(routes.find(db, bytes(key))?.name ?? null).toBe(name)
  })

  test('finds a route exactly where its pattern matches', () => {
    const random = new SeededRandom(11)
    const draw = (from: string, most: number): string =>
      Array.from({ length: 1 + random.below(most) }, () => from[random.below(from.length)]).join('')
    for (let i = 0; i < 3000; i++) {
      const pattern = draw('ab*?[]^\\-', 6)
      const route = makeRoute({ pattern })
      const found = new RouteTable()
      found.add(route)
      for (let j = 0; j < 5; j++) {
        const key = bytes(draw('ab*]\\\xff', 5))
        expect(found.find(0, key) !== null).toBe(matchGlob(route.pattern, key))
      }
    }
  })

  test.each(Array.from({ length: 14 }, (_, length) => length))('a prefix of %i bytes decides to its last', (length) => {
    const prefix = 'abcdefghijklmnop'.slice(0, length)
    const one = table(['one', `${prefix}*`])
    const find = (key: Slice): boolean => one.find(0, key) !== null
    const region = Region.allocate(40)
    region.bytes.write('abcdefghijklmnop', 40 - 16)
    for (let end = 1; end <= 16; end++) expect(find(new Slice(region, 40 - 16, end))).toBe(end >= length)
    for (let i = 0; i < length; i++) {
      expect(find(bytes(`${prefix.slice(0, i)}!${prefix.slice(i + 1)}xyz`))).toBe(false)
    }
  })

  test('of many routes the first that matches is found', () => {
    const random = new SeededRandom(12)
    const draw = (from: string, most: number): string =>
      Array.from({ length: 1 + random.below(most) }, () => from[random.below(from.length)]).join('')
    let found = 0
    for (let i = 0; i < 300; i++) {
      const table = new RouteTable()
      const names: string[] = []
      for (let j = 0; j < 12; j++) {
        const pattern = draw('abc:', 3) + draw('ab?*[', 3) + (random.below(2) === 0 ? '*' : '')
        const route = makeRoute({ name: `${j}`, pattern })
        try {
          table.add(route)
          names.push(route.name)
        } catch {
          // an earlier one covers it
        }
      }
      for (let j = 0; j < 40; j++) {
        const key = bytes(draw('abc:[', 7))
        const first = table.all.find((route) => matchGlob(route.pattern, key)) ?? null
        if (first !== null) found++
        expect(table.find(0, key)?.name ?? null).toBe(first?.name ?? null)
      }
    }
    expect(found).toBeGreaterThan(1000)
  })

  test('a route may go, and another of its name come', () => {
    const routes = table(['a', 'x*'], ['b', 'y*'])
    const [first] = routes.all
    routes.remove(first)
    expect(routes.find(0, bytes('x1'))).toBeNull()
    expect(routes.find(0, bytes('y1'))?.name).toBe('b')
    routes.add(makeRoute({ name: 'a', pattern: 'z*' }))
    expect(routes.count).toBe(2)
  })

  test('refuses a name that is taken, and a pattern that an earlier one leaves nothing to', () => {
    expect(() => table(['a', 'x*'], ['a', 'y*'])).toThrow(
      "origin 'a' exists already, for 'x*'; give the one for 'y*' another name",
    )
    expect(() => table(['a', 'user:*'], ['b', 'user:v*'])).toThrow(
      "pattern 'user:v*' of origin 'b' would never be asked: 'user:*' of origin 'a' takes all its keys; put it before that one",
    )
    expect(() => table(['a', 'user:*', 'db 1'], ['b', 'user:*'])).not.toThrow()
    expect(() => table(['a', 'user:*', 'db all'], ['b', 'user:*', 'db 2'])).toThrow(/would never be asked/)
    expect(() => table(['a', 'user:*', 'db 2'], ['b', 'user:*', 'db all'])).not.toThrow()
  })
})

describe('one pattern covers another', () => {
  const covers = (outer: Slice, inner: Slice): boolean => coversElements(globElements(outer), globElements(inner))

  test.each([
    ['*', 'anything*', true],
    ['a*', 'ab*', true],
    ['ab*', 'a*', false],
    ['a?', 'ab', true],
    ['a[b-d]*', 'ac*x', true],
    ['a[b-d]*', 'ae*', false],
    ['*b*', 'a*b', true],
    ['*b', 'a*b*', false],
    ['a*c', 'abc', true],
    ['*a*a*', '*aa*', true],
    ['*aa*', '*a*a*', false],
    ['?*', '*?', true],
    ['a**', 'a*', true],
    ['x', 'x', true],
    ['a?b*', 'axb*', true],
    ['a[bc]?*', 'a[b-d]x*', false],
    ['x*', 'y[]*', true], // nothing is left to what matches nothing
    ['x[]*', 'x*', false],
  ])('%j covers %j: %j', (outer, inner, expected) => {
    expect(covers(bytes(outer), bytes(inner))).toBe(expected)
  })

  test('and then no key of it is missed; otherwise some key is', () => {
    const random = new SeededRandom(5)
    const draw = (from: string, most: number): string =>
      Array.from({ length: 1 + random.below(most) }, () => from[random.below(from.length)]).join('')
    const keys = ['a', 'b', 'c'].flatMap((x) => [
      x,
      ...['a', 'b', 'c'].flatMap((y) => [x + y, x + y + 'a', x + y + 'b']),
    ])
    for (let i = 0; i < 3000; i++) {
      const [outer, inner] = [bytes(draw('ab?*', 5)), bytes(draw('ab?*', 5))]
      const missed = keys.some((key) => matchGlob(inner, bytes(key)) && !matchGlob(outer, bytes(key)))
      if (covers(outer, inner)) expect(missed).toBe(false)
    }
  })

  test('a pattern made to explode is left undecided in bounded time', () => {
    expect(covers(bytes('*a' + '?'.repeat(40)), bytes('*b' + '?'.repeat(40)))).toBe(false)
  })
})

describe('what an origin calls a key', () => {
  const text = new Template('{key}', 'text')
  const path = new Template('/p/{1}?q={2}', 'path')
  const pattern = bytes('*:*')

  test('as text: its UTF-8; other bytes cannot be expressed', () => {
    expect(text.expand(pattern, Slice.from('ü:1'))).toBe('ü:1')
    expect(text.expand(pattern, bytes('\xff:1'))).toBeNull()
  })

  test('as bytes: any key, each byte by its number', () => {
    expect(new Template('ü:{1}', 'bytes').expand(bytes('k:*'), bytes('k:\xff\x00ä'))).toBe('\xc3\xbc:\xff\x00ä')
  })

  test.each([
    ['{key}', 'user:*', 'user:'],
    ['{key}', '*', ''],
    ['{key}', 'ab', 'ab'],
    ['{key}', 'a?c', 'a'],
    ['app:{key}:{1}', 'u:*', 'app:u:'],
    ['app:{1}', 'u:*', 'app:'],
    ['{1}', 'u:*', ''],
    ['ü{1}', 'u:*', '\xc3\xbc'],
  ])('%j begins alike for all keys of %j: with %j', (template, keys, prefix) => {
    expect(new Template(template, 'bytes').prefix(bytes(keys))).toBe(prefix)
  })

  test.each([
    ['text', '{key}', 'u:*', 'u:ab*', 'u:ab'],
    ['text', '{key}', 'u:*', 'u*', 'u:'],
    ['text', 'x{1}', 'u:*', 'u:ab*', 'xab'],
    ['text', 'x{1}', 'u:*', '*b', 'x'],
    ['text', 'x{1}', 'u:*:z', 'u:ab:z', 'x'],
    ['text', '{1}', '*:*', 'u:ab', ''],
    ['text', '{key}', '*', 'é*', 'é'],
    ['text', '{key}', '*', '\xc3*', ''],
    ['path', '/p/{1}', 'u:*', 'u:a b/*', '/p/a%20b%2F'],
  ] as const)('as %s %j begins for keys of %j that match %j with %j', (style, template, keys, within, prefix) => {
    const match = within === 'é*' ? Slice.from(within) : bytes(within)
    expect(new Template(template, style).prefix(bytes(keys), match)).toBe(prefix)
  })

  test.each([
    ['a:b', '/p/a?q=b'],
    ['a/b:c&d=e', '/p/a%2Fb?q=c%26d%3De'],
    ['ä~-._:?#', '/p/%E4~-._?q=%3F%23'],
    ['%2e:\r\n', '/p/%252e?q=%0D%0A'],
    ['..x:..', '/p/..x?q=..'],
    ['\x00:1', '/p/%00?q=1'],
  ])('as a path %j is %j', (key, name) => {
    expect(path.expand(pattern, bytes(key))).toBe(name)
  })

  test.each(['.:x', '..:x', ':x', `${'x'.repeat(9000)}:x`])('as a path %p names another resource, or none', (key) => {
    expect(path.expand(pattern, bytes(key))).toBeNull()
  })

  test('dots that the template completes to a dot segment are seen', () => {
    expect(new Template('/%2e{1}', 'path').expand(bytes('k*'), bytes('k.'))).toBeNull()
    expect(new Template('/a//{1}/', 'path').expand(bytes('k*'), bytes('k1'))).toBe('/a//1/')
    expect(new Template('/a//{1}/', 'path').expand(bytes('k*'), bytes('k'))).toBeNull()
  })
})
