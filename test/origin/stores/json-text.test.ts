import { SeededRandom } from '../../../src/base/index.js'
import { ObjectText } from '../../../src/origin/stores/json-text.js'

const edited = (text: string, changes: Record<string, string | null>): string => {
  const object = new ObjectText(text)
  for (const [name, value] of Object.entries(changes)) object.set(name, value)
  return object.toString()
}

describe('the text of an object', () => {
  test.each([
    ['{}', { a: '1' }, '{"a":1}'],
    [' {\n} ', { a: '1' }, ' {"a":1\n} '],
    ['{"a":1}', { a: '2' }, '{"a":2}'],
    ['{"a":1,"b":2}', { a: null }, '{"b":2}'],
    ['{"a":1,"b":2}', { b: null }, '{"a":1}'],
    ['{ "a": 1 }', { a: null }, '{ }'],
    ['{ "a": 1 }', { a: null, b: '2' }, '{ "b": 2 }'],
    ['{\n  "a": 1,\n  "b": 2\n}\n', { c: '3' }, '{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}\n'],
    ['{\n  "a": 1,\n  "b": 2\n}\n', { b: null }, '{\n  "a": 1\n}\n'],
    ['{\n  "a": 1,\n  "b": 2\n}\n', { a: null }, '{\n  "b": 2\n}\n'],
    ['{"a":12345678901234567890,"b":1.0,"c":1e2}', { b: '2.50' }, '{"a":12345678901234567890,"b":2.50,"c":1e2}'],
    ['\ufeff{"a":"\\"},{","b":[{"a":1},"]"]}', { b: '"x"' }, '\ufeff{"a":"\\"},{","b":"x"}'],
    ['{"\\u0061":1,"a\\\\":2}', { a: '3', 'a\\': null }, '{"\\u0061":3}'],
    ['{"__proto__":1}', { ['__proto__']: '2' }, '{"__proto__":2}'],
  ])('%j with %j set is %j', (text, changes, after) => {
    expect(edited(text, changes)).toBe(after)
  })

  test('says which names stand there several times', () => {
    const object = new ObjectText('{"a":1,"b":2,"\\u0061":3}')
    expect([object.isTwice('a'), object.isTwice('b'), object.isTwice('c')]).toEqual([true, false, false])
  })

  test('of any members keeps all that are not changed, character by character', () => {
    const seed = Date.now() % 2 ** 31
    const random = new SeededRandom(seed)
    const oneOf = (choices: readonly string[]): string => choices[random.below(choices.length)]
    const space = (): string => oneOf(['', '', ' ', '\n\t', '\r\n  '])
    const names = ['a', 'é', '', '\\', '"', '},{', '\u{1F600}', '__proto__', '1', 'b c']
    const value = (depth: number): string => {
      const kind = random.below(depth > 2 ? 3 : 5)
      if (kind === 0) return oneOf(['1', '-0.0', '1E+400', '123456789012345678901', 'true', 'null'])
      if (kind < 3) return JSON.stringify(oneOf(names) + oneOf(names))
      const items = Array.from({ length: random.below(4) }, () => space() + value(depth + 1) + space())
      if (kind === 3) return `[${items.join()}]`
      return `{${items.map((item, i) => `${space()}"${i}"${space()}:${item}`).join()}}`
    }
    for (let round = 0; round < 2000; round++) {
      const raw = new Map(names.filter(() => random.below(2) === 0).map((name) => [name, value(0)]))
      const member = ([name, text]: [string, string]): string =>
        `${space()}${JSON.stringify(name)}${space()}:${space()}${text}${space()}`
      const text = `${space()}{${space()}${[...raw].map(member).join()}}${space()}`
      const object = new ObjectText(text)
      for (const name of names) {
        const change = random.below(4)
        if (change > 1) continue
        const after = change === 0 ? null : value(0)
        object.set(name, after)
        if (after === null) raw.delete(name)
        else raw.set(name, after)
      }
      const after = new ObjectText(object.toString())
      const found = Object.fromEntries(after.names.map((name) => [name, after.get(name)]))
      const told = `seed ${seed}, round ${round}: ${text} became ${object.toString()}`
      expect({ told, found }).toEqual({ told, found: Object.fromEntries(raw) })
      expect(Object.keys(JSON.parse(object.toString()) as object).sort()).toEqual([...raw.keys()].sort())
    }
  })
})
