import { readFileSync } from 'node:fs'
import { digestOfString, Slice, systemClock } from '../../../src/base/index.js'
import type { OriginValue } from '../../../src/keyspace/index.js'
import { readOptions, splitOptions } from '../../../src/origin/options.js'
import type { Answer, Ask, OriginStore, Write, Written } from '../../../src/origin/store.js'
import type { OpeningContext, OpenStore } from '../../../src/origin/stores/opening.js'
import { answersOf } from '../stores/contract.js'

/** What stores of databases are opened with; files are those of TLS. */
export const sqlContext: OpeningContext = {
  pattern: Slice.from('user:*'),
  clock: systemClock,
  baseDirectory: process.cwd(),
  readFile: (path) => readFileSync(new URL(`./tls/${path}`, import.meta.url), 'utf8'),
  mayLoadCode: false,
}

const signal = new AbortController().signal

/** A key as an ask names it. */
export const nameInSql = (key: string): string => (key.includes('\0') ? '' : key)

/** A value of the store contract as a column of text holds it. */
export const columnText = (value: unknown): string | null =>
  typeof value === 'string' || value === null ? value : JSON.stringify(value)

export const ask = (key: string, held: Partial<Ask> = {}): Ask => ({ key, digest: null, validator: null, ...held })

export function fieldsOf(answer: Answer): Record<string, string> {
  if (answer.kind !== 'found' || answer.value.kind !== 'hash') throw new Error(answer.kind)
  return Object.fromEntries(answer.value.fields.map(([field, value]) => [field.toString(), value.toString('latin1')]))
}

export function text(answer: Answer): string {
  if (answer.kind !== 'found') return answer.kind
  return answer.value.kind === 'string' ? answer.value.bytes.toString() : JSON.stringify(fieldsOf(answer))
}

export const bytes = (value: string | Buffer): OriginValue => ({
  kind: 'string',
  bytes: Buffer.from(value as string),
})

export const hash = (fields: Record<string, string>): OriginValue => ({
  kind: 'hash',
  fields: Object.entries(fields).map(([field, value]) => [Buffer.from(field), Buffer.from(value)]),
})

export const digest = (value: string): Buffer => digestOfString(Buffer.from(value))

/** The store of a test, asked and written to key by key. */
export class SqlAsking {
  readonly #open: OpenStore
  #store: OriginStore | null = null

  constructor(open: OpenStore) {
    this.#open = open
  }

  /** @param options as a directive has them */
  open(url: string, options: readonly string[]): OriginStore {
    const read = readOptions(splitOptions(options), (value) => value)
    this.#store = this.#open(url, read, sqlContext).store
    return this.#store
  }

  get store(): OriginStore {
    if (this.#store === null) throw new Error('no store is open')
    return this.#store
  }

  async fetch(key: string, held: Partial<Ask> = {}): Promise<Answer> {
    return (await answersOf(this.store, [ask(key, held)]))[0]
  }

  async texts(...keys: string[]): Promise<string[]> {
    const asks = keys.map((key) => ask(key))
    return (await answersOf(this.store, asks)).map(text)
  }

  /** The answer to a miss, having seen that the same value is confirmed by what came with it, and nothing else by that. */
  async confirmed(key: string): Promise<Answer> {
    const answer = await this.fetch(key)
    if (answer.kind !== 'found') return answer
    const held = { digest: answer.digest ?? null, validator: answer.validator ?? null }
    expect((await this.fetch(key, held)).kind).toBe('not-modified')
    const other = { digest: Buffer.alloc(32), validator: answer.validator?.replace(/:./, ':!') ?? null }
    expect(await this.fetch(key, other)).toEqual(answer)
    return answer
  }

  write(key: string, value: OriginValue | null, expected?: Write['expected']): Promise<Written> {
    return (this.store.write as NonNullable<OriginStore['write']>)({ key, value, expected, validator: null }, signal)
  }
}
