import type { OriginValue } from '../../keyspace/index.js'
import { platformSignal, type CancelSignal } from '../cancellation.js'
import type { ValueKind } from '../options.js'
import { Unavailable } from '../store.js'
import type { Answer, Ask, ChangeListener, NamePage, OriginStore, Watch, Write, Written } from '../store.js'
import { answerFromBytes, answerFromJson, withDigest } from '../values.js'
import { pageOf } from './listing.js'

/** What a store in the same process may give for a key. */
export type UserValue = string | Uint8Array | Readonly<Record<string, unknown>> | null | undefined

/** What a store in the same process tells of changes. */
export interface UserChanges {
  /** This key changed. */
  changed(key: string): void
  /** Any key may have. */
  changedAll(): void
  /** No more will be told; `subscribe` is called again after a pause. */
  lost(reason: string): void
}

/** An origin in the same process, as applications and tests write it. */
export interface UserStore {
  /**
   * The value of a key; null where it is absent. Bytes or a string; a plain object is a hash's fields, or under
   * `as string` its RFC 8785 text.
   *
   * @param options.signal aborts when the hard timeout has passed
   * @throws anything: the origin is unavailable
   */
  fetch(key: string, options: { readonly signal: AbortSignal }): Promise<UserValue> | UserValue
  /**
   * SHA-256 of the value as ORIGIN.md defines it (of a string its bytes, of a hash its fields as netstrings), as 32
   * bytes or lower-case hex; null where the key is absent; undefined where it is not known. Asked before `fetch` where
   * a copy is held, so that an equal value need not be sent.
   */
  fetchDigest?(
    key: string,
    options: { readonly signal: AbortSignal },
  ): Promise<Uint8Array | string | null | undefined> | Uint8Array | string | null | undefined
  /**
   * Writes a value, for `write: 'through'`: bytes, or a hash's fields.
   *
   * @param options.expected what must be held still, as `fetchDigest` gives it in hex; null: nothing; undefined: anything
   * @returns false where something else is held, and nothing was written
   * @throws anything: it is not known whether it was written
   */
  put?(
    key: string,
    value: Buffer | Readonly<Record<string, Buffer>>,
    options: { readonly expected: string | null | undefined; readonly signal: AbortSignal },
  ): Promise<boolean | void> | boolean | void
  /** Deletes a value, as `put` writes one. */
  delete?(
    key: string,
    options: { readonly expected: string | null | undefined; readonly signal: AbortSignal },
  ): Promise<boolean | void> | boolean | void
  /**
   * Begins to tell of changes, for `validate: 'push'`: every change from when it has returned, or its promise resolved, until
   * what it gave is called.
   *
   * @throws anything: it cannot now, and is called again after a pause
   */
  subscribe?(changes: UserChanges): Promise<() => void> | (() => void)
  /**
   * Keys that it holds, as `fetch` is asked for them, a page at a time, for `ORIGIN WARM`. What is there from the first page
   * to the last is given at least once.
   *
   * @param options.prefix what the keys asked for begin with; others may be given, too
   * @param options.cursor null for the first page; then the `next` of the page before
   * @returns the page, and in `next` what asks for another; null: there is none
   * @throws anything: the page is asked for again after a pause
   */
  list?(options: {
    readonly prefix: string
    readonly cursor: string | object | null
    readonly signal: AbortSignal
  }): Promise<UserPage> | UserPage
}

export interface UserPage {
  readonly keys: readonly string[]
  readonly next?: string | object | null
}

/** Adapts a `UserStore`: one key a request. */
export class ObjectStore implements OriginStore {
  readonly batchMax = 1
  readonly watch?: (listener: ChangeListener) => Promise<Watch>
  readonly write?: (write: Write, signal: CancelSignal) => Promise<Written>
  readonly list?: (prefix: string, cursor: NamePage['next'], signal: CancelSignal) => Promise<NamePage>
  readonly #user: UserStore
  readonly #as: ValueKind
  readonly #valueBytesMax: number

  constructor(user: UserStore, { as, valueBytesMax }: { as: ValueKind; valueBytesMax: number }) {
    this.#user = user
    this.#as = as
    this.#valueBytesMax = valueBytesMax
    if (user.put !== undefined || user.delete !== undefined)
      this.write = (write, signal) => writeUser(user, write, platformSignal(signal))
    if (user.list !== undefined)
      this.list = (prefix, cursor, signal) => listUser(user, prefix, cursor, platformSignal(signal))
    if (user.subscribe !== undefined) this.watch = (listener) => watchUser(user, listener)
  }

  fetchMany(asks: readonly Ask[], signal: CancelSignal): Promise<readonly Answer[]> {
    return Promise.all(asks.map((ask) => this.#ask(ask, platformSignal(signal))))
  }

  async close(): Promise<void> {}

  async #ask({ key, digest }: Ask, signal: AbortSignal): Promise<Answer> {
    if (digest !== null && this.#user.fetchDigest !== undefined) {
      const theirs = await this.#user.fetchDigest(key, { signal })
      if (theirs === null) return { kind: 'absent' }
      if (theirs !== undefined && digest.equals(digestBytes(theirs))) return { kind: 'not-modified' }
    }
    return withDigest(this.#answer(await this.#user.fetch(key, { signal })))
  }

  #answer(value: UserValue): Answer {
    if (value instanceof Uint8Array) {
      if (this.#as === 'hash') return { kind: 'refused', reason: "is bytes, while 'as hash' needs an object" }
      return answerFromBytes(Buffer.from(value), this.#as, this.#valueBytesMax)
    }
    return answerFromJson(value, this.#as, this.#valueBytesMax)
  }
}

/** What is told in the same process needs no proof: it was told when it happened. */
async function watchUser(user: UserStore, listener: ChangeListener): Promise<Watch> {
  const end = await user.subscribe?.({
    changed: (key) => listener.changed(String(key)),
    changedAll: () => listener.changedAll(),
    lost: () => listener.lost('its store says so'),
  })
  if (typeof end !== 'function') throw new Unavailable('its store has no subscribe that gives a function')
  return { prove: async () => undefined, close: async () => end() }
}

async function listUser(
  user: UserStore,
  prefix: string,
  cursor: NamePage['next'],
  signal: AbortSignal,
): Promise<NamePage> {
  const page = await user.list?.({ prefix, cursor, signal })
  if (!Array.isArray(page?.keys)) throw new Unavailable('its list gave no keys', { counts: false })
  return { names: page.keys.map(String), next: page.next ?? null }
}

async function writeUser(user: UserStore, { key, value, expected }: Write, signal: AbortSignal): Promise<Written> {
  const options = { expected: expected === 'absent' ? null : expected?.toString('hex'), signal }
  let isWritten: boolean | void
  if (value === null) {
    if (user.delete === undefined) return { kind: 'refused', reason: 'cannot be deleted: its store has no delete' }
    isWritten = await user.delete(key, options)
  } else {
    if (user.put === undefined) return { kind: 'refused', reason: 'cannot be written: its store has no put' }
    isWritten = await user.put(key, value.kind === 'string' ? value.bytes : fieldsOf(value), options)
  }
  return { kind: isWritten === false ? 'conflict' : 'written' }
}

function fieldsOf({ fields }: Extract<OriginValue, { kind: 'hash' }>): Record<string, Buffer> {
  return Object.fromEntries(fields.map(([field, bytes]) => [field.toString(), bytes]))
}

function digestBytes(digest: Uint8Array | string): Uint8Array {
  if (typeof digest !== 'string') return digest
  if (!/^[0-9a-f]{64}$/i.test(digest)) throw new Unavailable('fetchDigest gave no SHA-256', { counts: false })
  return Buffer.from(digest, 'hex')
}

async function pageOfKeys(cursor: NamePage['next'], values: object): Promise<UserPage> {
  const { names: keys, next } = await pageOf(cursor, async () => Object.keys(values))
  return { keys, next }
}

/** An origin over a plain dictionary: what stands in it is found, anything else is absent. Change it at any time. */
export function dictionaryStore(values: Readonly<Record<string, UserValue>>): UserStore {
  return {
    fetch: async (key) => (Object.hasOwn(values, key) ? values[key] : null),
    list: ({ cursor }) => pageOfKeys(cursor, values),
  }
}
