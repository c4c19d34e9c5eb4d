import { equalBytes, globElements, matchGlob, Slice } from '../base/index.js'
import type { GlobElement } from '../base/index.js'
import type { ReadAt } from '../command/index.js'
import type { AgeLimit } from '../memory/index.js'
import type { Coverage } from './coverage.js'
import { shownPath } from './errors.js'
import { literalPrefix } from './literal-prefix.js'
import { splitOptions } from './options.js'
import type { RouteOptions } from './options.js'
import { masked } from './secrets.js'
import type { Schema } from './schema.js'
import { RouteStatistics } from './statistics.js'
import { aheadShare } from './refresh-ahead.js'
import type { OriginStore, StoreFacts } from './store.js'
import type { Template } from './template.js'

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte)

/** One `origin` directive: keys of a pattern, the store that holds their truth, and how fresh a copy must be. */
export class Route implements AgeLimit {
  // What every read of a bound key looks at stands first, close together. Numbers have one from the start, or V8 would take
  // these fields for any kind of value.
  /** -1: every database. */
  readonly #db: number = -1
  readonly #prefixBytes: number = 0
  /** The first eight bytes of what every key of the pattern begins with, as two words, and which bits of them count. */
  readonly #head: number = 0
  readonly #headMask: number = 0
  readonly #neck: number = 0
  readonly #neckMask: number = 0
  /** What it begins with beyond those, or null. */
  readonly #rest: Slice | null
  /** Whether the pattern is its prefix and one `*`, so that the prefix alone decides. */
  readonly #prefixDecides: boolean
  readonly statistics = new RouteStatistics()
  /** What its origin told of, where it is asked to tell. */
  readonly coverage: Coverage | null
  /** How long a copy is surely fresh, and not yet to be renewed ahead; -Infinity where that is no matter of a lifetime. */
  readonly #surelyMs: number = -Infinity
  /** Confirmations from before this moment (monotonic) were given to another route, and count for nothing here. */
  sinceMs = -Infinity
  /** Copies that were asked for after this moment need no further look, for the read that was met last. */
  afterMs = -Infinity

  readonly options: RouteOptions
  readonly name: string
  readonly pattern: Slice
  /** What its values satisfy. */
  readonly schema: Schema | null
  readonly store: OriginStore
  /** As it was written, secrets unexpanded: name, pattern, URL (of a store in the same process `object`), options. */
  readonly written: readonly string[]
  readonly #template: Template
  /** The pattern's, for reasoning about it. */
  readonly elements: readonly GlobElement[]
  /** Bytes that keys may have at each place before the pattern's first `*`. */
  readonly #fixed: readonly Uint8Array[]

  constructor(parts: {
    name: string
    pattern: Buffer
    options: RouteOptions
    schema?: Schema | null
    store: OriginStore
    template: Template
    written: readonly string[]
  }) {
    this.name = parts.name
    this.pattern = Slice.from(parts.pattern)
    this.options = parts.options
    this.schema = parts.schema ?? null
    this.store = parts.store
    this.written = parts.written
    this.#template = parts.template
    const { validation, refreshAhead } = parts.options
    this.coverage = validation.mode === 'push' ? validation.coverage : null
    const timed = validation.mode === 'push' || validation.mode === 'lifetime'
    this.#surelyMs = timed ? validation.lifetimeMs * (refreshAhead ? 1 - aheadShare : 1) : -Infinity
    this.#db = parts.options.db === 'all' ? -1 : parts.options.db
    const elements = globElements(this.pattern)
    const star = elements.indexOf(null)
    this.elements = elements
    this.#fixed = (star < 0 ? elements : elements.slice(0, star)).map((element) =>
      everyByte.filter((byte) => element![byte] === 1),
    )
    const { prefix, rest } = literalPrefix(elements)
    this.#prefixBytes = prefix.length
    ;[this.#head, this.#headMask] = wordOf(prefix, 0)
    ;[this.#neck, this.#neckMask] = wordOf(prefix, 4)
    this.#rest = prefix.length > 8 ? Slice.from(prefix.subarray(8)) : null
    this.#prefixDecides = rest === '*'
  }

  /** Whether the key is this route's, unless an earlier route takes it. Allocates nothing. */
  takes(db: number, key: Slice): boolean {
    if ((this.#db !== db && this.#db !== -1) || key.length < this.#prefixBytes) return false
    const { view } = key.region
    if ((view.getInt32(key.start, true) & this.#headMask) !== this.#head) return false
    if ((view.getInt32(key.start + 4, true) & this.#neckMask) !== this.#neck) return false
    const rest = this.#rest
    if (rest !== null && !equalBytes(key.region, key.start + 8, rest.region, 0, rest.length)) return false
    return this.#prefixDecides || matchGlob(this.pattern, key)
  }

  /** Finds `afterMs` for a read. */
  meet({ arrivedAtMs }: ReadAt): void {
    const afterMs = Math.max(arrivedAtMs - this.#surelyMs, this.sinceMs)
    this.afterMs = this.coverage === null ? afterMs : Math.max(afterMs, this.coverage.afterMs(arrivedAtMs))
  }

  /** How many bytes at a key's start its pattern says something about. */
  get fixedBytes(): number {
    return this.#fixed.length
  }

  /** The bytes that a key of this route may have at this place; null: any, or the key may end before it. */
  bytesAt(at: number): Uint8Array | null {
    return at < this.#fixed.length ? this.#fixed[at] : null
  }

  /** Whether it takes keys of this database. */
  inDatabase(db: number): boolean {
    return this.#db === db || this.#db === -1
  }

  /** Whether it takes keys in every database in which `other` does. */
  spans(other: Route): boolean {
    return this.#db === -1 || this.#db === other.#db
  }

  /** Whether a name there tells which key it is of. */
  get namesKeys(): boolean {
    return this.#template.isInvertible(this.pattern)
  }

  /** The key that the origin calls so; null where it is none of this route's. */
  keyOf(name: string): Slice | null {
    const key = this.#template.invert(this.pattern, name)
    return key !== null && matchGlob(this.pattern, key) ? key : null
  }

  /** What the origin calls the key; null where it cannot express it. */
  nameOf(key: Slice): string | null {
    return this.#template.expand(this.pattern, key)
  }

  /** What the names of all its keys that match begin with. */
  namePrefix(match: Slice | null): string {
    return this.#template.prefix(this.pattern, match ?? this.pattern)
  }

  get patternText(): string {
    return this.pattern.toUtf8()
  }

  /** The URL as it may be shown. */
  get shownUrl(): string {
    return masked(this.written[2], 'url')
  }

  /** What there is to say of its origin beside its URL. */
  get facts(): StoreFacts {
    const { path, ...facts } = this.store.facts ?? {}
    return path === undefined || this.shownUrl !== this.written[2] ? facts : { path, ...facts }
  }

  /** Its name, and where its origin is on this machine, as the log shows it. */
  get place(): string {
    const { path } = this.facts
    return `'${this.name}'${path === undefined ? '' : ` (${shownPath(path)})`}`
  }

  /** The options as they may be shown: name, value, name, value... */
  get shownOptions(): string[] {
    const options = splitOptions(this.written.slice(3))
    return options.flatMap(({ name, values }) => [name, ...values.map((value) => masked(value, name))])
  }
}

/** Four bytes of a prefix as a word, those beyond its end 0, and the mask of those within. */
function wordOf(prefix: Buffer, at: number): [word: number, mask: number] {
  const bytes = Buffer.alloc(4)
  const mask = Buffer.alloc(4)
  const part = prefix.subarray(at, at + 4)
  bytes.set(part)
  mask.fill(0xff, 0, part.length)
  return [bytes.readInt32LE(), mask.readInt32LE()]
}
