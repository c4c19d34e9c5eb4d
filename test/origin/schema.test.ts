import { ManualClock, Slice } from '../../src/base/index.js'
import type { OriginValue } from '../../src/keyspace/index.js'
import { RouteError } from '../../src/origin/route-error.js'
import { Schema, SchemaWatch } from '../../src/origin/schema.js'
import { Template } from '../../src/origin/template.js'
import { Route } from '../../src/origin/route.js'
import { readOptions, splitOptions } from '../../src/origin/options.js'
import { ControlledStore, found, notModified } from './support/controlled-store.js'
import { Engine } from './support/engine.js'

const person = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string' }, age: { type: 'integer' } },
}

const string = (text: string): OriginValue => ({ kind: 'string', bytes: Buffer.from(text) })
const hash = (fields: Record<string, string>): OriginValue => ({
  kind: 'hash',
  fields: Object.entries(fields).map(([field, value]) => [Buffer.from(field), Buffer.from(value)] as const),
})

const of = (schema: unknown, as: 'string' | 'hash' = 'string'): Schema =>
  new Schema('s.json', as, () => JSON.stringify(schema))

describe('a schema', () => {
  test.each([
    ['{"name":"a","age":3}', null],
    ['{"name":"a","age":"3"}', 'does not satisfy its schema at /age: must be integer'],
    ['{"age":3}', "does not satisfy its schema: must have required property 'name'"],
    ['[]', 'does not satisfy its schema: must be object'],
    ['{"name"', 'is no JSON, as its schema needs'],
    ['', 'is no JSON, as its schema needs'],
  ])('of strings looks at the JSON in them: %s', (text, problem) => {
    expect(of(person).problem(string(text))).toBe(problem)
  })

  test('of bytes that are no text finds no JSON', () => {
    expect(of(true).problem({ kind: 'string', bytes: Buffer.from([0xff]) })).toBe('is no JSON, as its schema needs')
  })

  test('of hashes takes their texts for the numbers that it asks for', () => {
    expect(of(person, 'hash').problem(hash({ name: 'a', age: '3' }))).toBeNull()
    expect(of(person, 'hash').problem(hash({ name: 'a', age: 'x' }))).toBe(
      'does not satisfy its schema at /age: must be integer',
    )
    expect(of({ additionalProperties: false }, 'hash').problem(hash({ __proto__x: '1' }))).toMatch(
      /additional properties/,
    )
  })

  test.each(['https://json-schema.org/draft/2020-12/schema', 'https://json-schema.org/draft/2019-09/schema'])(
    'may be of %s',
    ($schema) => {
      const schema = of({ $schema, dependentRequired: { a: ['b'] } })
      expect(schema.problem(string('{"a":1}'))).toMatch(/must have property b/)
    },
  )

  test('takes format for an annotation', () => {
    expect(of({ type: 'string', format: 'email' }).problem(string('"no address"'))).toBeNull()
  })

  test.each([
    [{ type: 'thing' }, /^schema 's.json' is none: schema is invalid/],
    [{ tpye: 'object' }, /^schema 's.json' is none: strict mode: unknown keyword: "tpye"/],
    [{ $ref: 'https://example.com/other.json' }, /^schema 's.json' is none: can't resolve reference/],
  ])('%j is none', (schema, message) => {
    expect(() => of(schema)).toThrow(message)
  })

  test('that cannot be read is refused by the code alone', () => {
    const missing = (): string => {
      throw Object.assign(new Error('secret'), { code: 'ENOENT' })
    }
    expect(() => new Schema('s.json', 'string', missing)).toThrow(
      new RouteError("schema 's.json' cannot be read (ENOENT)"),
    )
  })
})

describe('a changed file', () => {
  test('is noticed within a second; a broken one is told of once and changes nothing', () => {
    const clock = new ManualClock()
    const log: string[] = []
    let text = '{"type":"integer"}'
    let changes = 0
    const schema = new Schema('s.json', 'string', () => text)
    const watch = new SchemaWatch(
      schema,
      clock,
      { notice: (line) => log.push(line), warning: (line) => log.push(line) },
      () => changes++,
    )
    clock.advance(5000)
    expect(changes).toBe(0)
    text = '{"type":"string"}'
    clock.advance(1000)
    expect(changes).toBe(1)
    expect(schema.problem(string('"a"'))).toBeNull()
    text = '{'
    clock.advance(5000)
    expect(log).toHaveLength(1)
    expect(log[0]).toMatch(/^schema 's.json' is none: .*; the last good one stays in force$/)
    expect(schema.problem(string('"a"'))).toBeNull()
    text = '{"type":"integer"}'
    clock.advance(1000)
    expect(changes).toBe(2)
    watch.close()
    text = 'true'
    clock.advance(5000)
    expect(changes).toBe(2)
  })
})

describe('a route with a schema', () => {
  let text: string
  let engine: Engine
  let store: ControlledStore

  beforeEach(() => {
    text = JSON.stringify(person)
    engine = new Engine({ pattern: 'unused' })
    store = new ControlledStore()
    const route = new Route({
      name: 's',
      pattern: Buffer.from('k*'),
      options: readOptions(splitOptions(['validate', '1h', 'schema', 's.json', 'write', 'local']), (value) => value),
      schema: new Schema('s.json', 'string', () => text),
      store,
      template: new Template('{key}', 'text'),
      written: ['s', 'k*', 'object'],
    })
    engine.resolver.addRoute(route)
  })

  async function answer(
    key: string,
    given: Parameters<ControlledStore['last']['answer']>[0],
  ): Promise<string | undefined> {
    const read = engine.read(key)
    await engine.turn()
    store.last.answer(given)
    await engine.turn()
    return read.reply
  }

  test('refuses a value of its origin that does not satisfy it, counts it, and keeps nothing', async () => {
    expect(await answer('k1', found('{"age":1}'))).toBe(
      "ORIGINVALUE the value of 'k1' at origin 's' does not satisfy its schema: must have required property 'name'",
    )
    expect(engine.held('k1')).toBe('nil')
    expect(engine.resolver.routes.named('s')?.statistics.unfit).toBe(1)
    expect(await answer('k1', found('{"name":"a"}'))).toBe(`'{"name":"a"}'`)
  })

  test('that changes has copies asked for again: by digest where they satisfy it, anew where they do not', async () => {
    await answer('k1', found('{"name":"a"}'))
    await answer('k2', found('{"name":"b","age":2}'))
    text = JSON.stringify({ ...person, required: ['age'] })
    await engine.advance(1000)
    await engine.advance(1)
    expect(await answer('k2', notModified)).toBe(`'{"name":"b","age":2}'`)
    expect(store.last.asks[0].digest).not.toBeNull()
    expect(await answer('k1', found('{"age":5}'))).toBe(`'{"age":5}'`)
    expect(store.last.asks[0].digest).toBeNull()
    expect(engine.read('k1').reply).toBe(`'{"age":5}'`)
  })

  test('a value that was written here, or loaded, is asked for anew if it does not satisfy it', async () => {
    engine.write('k1', 'no JSON')
    expect(await answer('k1', found('{"name":"a"}'))).toBe(`'{"name":"a"}'`)
    expect(store.last.asks[0]).toMatchObject({ digest: null, validator: null })
    expect(engine.held('k1')).toBe(`'{"name":"a"}'`)
    expect(engine.resolver.isBound(0, Slice.from('k1'))).toBe(true)
  })
})
