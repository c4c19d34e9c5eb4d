import { isUtf8 } from 'node:buffer'
import { createRequire } from 'node:module'
import type { Ajv, AnySchema, Options, ValidateFunction } from 'ajv'
import type { Clock, Log, Timer } from '../base/index.js'
import type { OriginValue } from '../keyspace/index.js'
import type { ValueKind } from './options.js'
import { RouteError } from './route-error.js'
import { codeOf } from './secrets.js'

/** Larger schemas are refused: one is read again every second. */
const schemaBytesMax = 1024 * 1024
const lookAgainMs = 1000

/** Reads the text of a schema: throws what has a code where that fails. */
type ReadText = () => string

/**
 * The JSON Schema that values of a route satisfy: of a string, the JSON in it; of a hash, an object of its fields, whose
 * texts count as the numbers and booleans that the schema asks for. `format` is an annotation, as the specification has it.
 *
 * @see https://json-schema.org/specification
 */
export class Schema {
  readonly #path: string
  readonly #as: ValueKind
  readonly #readText: ReadText
  #text: string
  #check: ValidateFunction

  /**
   * @param path as it may be shown
   * @throws {RouteError} the file cannot be read, or holds no schema
   */
  constructor(path: string, as: ValueKind, readText: ReadText) {
    this.#path = path
    this.#as = as
    this.#readText = readText
    this.#text = this.#read()
    this.#check = this.#compile(this.#text)
  }

  /** What is wrong with a value, in words that show none of it; null: nothing. */
  problem(value: OriginValue): string | null {
    const json = value.kind === 'string' ? jsonOf(value.bytes) : objectOf(value.fields)
    if (json === undefined) return 'is no JSON, as its schema needs'
    if (this.#check(json) === true) return null
    const [error] = this.#check.errors ?? []
    const where = error.instancePath === '' ? '' : ` at ${error.instancePath}`
    return `does not satisfy its schema${where}: ${error.message ?? error.keyword}`
  }

  /** Reads the file again. Returns whether it holds another schema now. @throws {RouteError} it holds none */
  reload(): boolean {
    const text = this.#read()
    if (text === this.#text) return false
    this.#text = text // a broken one is told of once
    this.#check = this.#compile(text)
    return true
  }

  #read(): string {
    try {
      const text = this.#readText()
      if (text.length > schemaBytesMax) throw new RouteError(`schema '${this.#path}' is larger than 1 MiB`)
      return text
    } catch (error) {
      if (error instanceof RouteError) throw error
      throw new RouteError(`schema '${this.#path}' cannot be read (${codeOf(error)})`)
    }
  }

  #compile(text: string): ValidateFunction {
    try {
      const schema = JSON.parse(text) as AnySchema
      const draft = typeof schema === 'object' ? String((schema as { $schema?: unknown }).$schema) : ''
      return new (ajvOf(draft))({ ...options, coerceTypes: this.#as === 'hash' }).compile(schema)
    } catch (error) {
      throw new RouteError(`schema '${this.#path}' is none: ${(error as Error).message.split('\n')[0].slice(0, 200)}`)
    }
  }
}

/** Looks once a second whether a schema's file has changed. A file that is broken, or gone, leaves the last good one in force. */
export class SchemaWatch {
  readonly #schema: Schema
  readonly #clock: Clock
  readonly #log: Pick<Log, 'notice' | 'warning'>
  readonly #changed: () => void
  #timer: Timer
  /** What was wrong when it was last looked at: told of once. */
  #problem = ''

  constructor(schema: Schema, clock: Clock, log: Pick<Log, 'notice' | 'warning'>, changed: () => void) {
    this.#schema = schema
    this.#clock = clock
    this.#log = log
    this.#changed = changed
    this.#timer = this.#later()
  }

  close(): void {
    this.#timer.cancel()
  }

  #later(): Timer {
    return this.#clock.schedule(lookAgainMs, () => this.#look())
  }

  #look(): void {
    this.#timer = this.#later()
    try {
      if (this.#schema.reload()) this.#changed()
      this.#problem = ''
    } catch (error) {
      if (!(error instanceof RouteError)) throw error
      if (error.message !== this.#problem) this.#log.warning(`${error.message}; the last good one stays in force`)
      this.#problem = error.message
    }
  }
}

/** Unknown words are mistakes, and told. */
const options: Options = { validateFormats: false, strictTypes: false, strictRequired: false }

type AjvClass = new (options: Options) => Pick<Ajv, 'compile'>

/** Loaded when a route has a schema: it takes longer than all the rest of a start. */
function ajvOf(draft: string): AjvClass {
  const load = createRequire(import.meta.url)
  if (draft.includes('2020-12')) return (load('ajv/dist/2020.js') as { Ajv2020: AjvClass }).Ajv2020
  if (draft.includes('2019-09')) return (load('ajv/dist/2019.js') as { Ajv2019: AjvClass }).Ajv2019
  return (load('ajv') as { Ajv: AjvClass }).Ajv
}

function jsonOf(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) return undefined
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

const objectOf = (fields: readonly (readonly [Buffer, Buffer])[]): Record<string, string> =>
  Object.fromEntries(fields.map(([field, value]) => [field.toString(), value.toString()]))
