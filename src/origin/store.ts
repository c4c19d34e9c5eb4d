import type { OriginValue } from '../keyspace/index.js'
import type { CancelSignal } from './cancellation.js'

/** One key asked of an origin, with what is known of the copy here. */
export interface Ask {
  /** What the origin calls the key: the route's template, filled in. */
  readonly key: string
  /** SHA-256 of the copy held here; null on a miss. */
  readonly digest: Buffer | null
  /** The origin's own version of exactly the copy held here, as an earlier answer gave it. */
  readonly validator: string | null
}

/** What an origin says of one key. Failure is not an answer: throw `Unavailable`. */
export type Answer =
  | {
      /** The origin holds exactly the bytes that `digest`, or `validator`, of the ask stands for. */
      readonly kind: 'not-modified'
      /** A newer validator for the same bytes. */
      readonly validator?: string
    }
  | {
      readonly kind: 'found'
      readonly value: OriginValue
      /** SHA-256 of the value (ORIGIN.md, Digest), where the store has computed it itself. */
      readonly digest?: Buffer
      /** A strong version of exactly these bytes, up to 256 bytes long. */
      readonly validator?: string
      /** True: it may be served, but not kept. */
      readonly noStore?: boolean
    }
  | { readonly kind: 'absent'; readonly noStore?: boolean }
  | {
      /** This key's value cannot be had or used (size, shape, a 4xx), while the origin is well. */
      readonly kind: 'refused'
      /** Told to the client: no secrets. */
      readonly reason: string
    }

/** Unix milliseconds; null: none; undefined: as it is. */
export type Deadline = number | null | undefined

/** One key to be written at an origin. */
export interface Write {
  /** As in an ask. */
  readonly key: string
  /** The whole new value; null deletes it. */
  readonly value: OriginValue | null
  /**
   * What the origin must hold still, or the write is a conflict: the value of this SHA-256, or none; undefined: whatever it
   * holds. A store whose origin cannot compare looks first, and says so in its docstring.
   */
  readonly expected: Buffer | 'absent' | undefined
  /** When the key is to end, as its client asked: Unix milliseconds; null: never; undefined: its deadline there stays. For origins that have deadlines. */
  readonly expireAtMs?: Deadline
  /** The origin's own version of what it must hold, where one is known. */
  readonly validator: string | null
  /**
   * Of a write without a condition that is tried again when no answer came: it must not be made any more once another write
   * of the key was, as far as the origin can see to that. Whoever can compares with what it holds right before.
   */
  readonly isFenced?: boolean
}

/** What an origin says of a write. */
export type Written =
  | {
      readonly kind: 'written'
      /** A strong version of exactly the bytes written. */
      readonly validator?: string
    }
  /** It holds something else than was expected. Nothing was written. */
  | { readonly kind: 'conflict' }
  /** It will not take this value, or this key. Told to the client: no secrets. */
  | { readonly kind: 'refused'; readonly reason: string }

/** Who hears of changes at an origin. */
export interface ChangeListener {
  /** This key changed, by the name an ask gives it. */
  changed(key: string): void
  /** Any key may have changed. */
  changedAll(): void
  /** Nothing more will be heard; told once. @param reason is logged: no secrets */
  lost(reason: string): void
}

/** A connection on which an origin tells of changes. */
export interface Watch {
  /** How often it wants to be proven: short where that is how changes are found at all. Left out: two seconds. */
  readonly proveEveryMs?: number
  /**
   * Resolves when every change that was made before the call has been told to the listener.
   *
   * @throws {Unavailable} the connection is lost
   */
  prove(signal: CancelSignal): Promise<void>
  close(): Promise<void>
}

/** One page of the names that an origin has. */
export interface NamePage {
  /** As an ask names keys. */
  readonly names: readonly string[]
  /** What asks for the next page: whatever the store makes of it. Null: this was the last. */
  readonly next: string | object | null
}

export interface StoreFacts {
  /** Where it is on this machine: absolute. Not shown where the URL holds what is not to be shown. */
  readonly path?: string
  /** The package that reads it, where there is a choice. */
  readonly driver?: string
}

/** The code that talks to one kind of origin. The contract suite in test/origin/stores holds every one to it. */
export interface OriginStore {
  /** Keys that one `fetchMany` may be asked for. */
  readonly batchMax: number
  /** What its URL does not say of it, for ORIGIN INFO and the log. */
  readonly facts?: StoreFacts
  /** Reads are to come: begins to bring up what takes long. It may be called again. Left out: the first request does. */
  start?(): void
  /** Whether the origin takes keys away at the deadlines of writes. */
  readonly hasDeadlines?: boolean
  /**
   * Reads keys, or confirms the copies held here, in as few round trips as the origin allows.
   *
   * What is answered was held by the origin at some time after the call: nothing read earlier is answered, be it in a
   * cache or in a request of another call that had already left.
   *
   * @param signal aborts when nobody waits any longer; the store then frees what it holds, and may answer or throw
   * @returns one answer for each ask, in their order; where only a part of the origin fails, why in place of its answers
   * @throws {Unavailable} no answer for any of them; any other error counts as a failure of transport
   */
  fetchMany(asks: readonly Ask[], signal: CancelSignal): Promise<readonly (Answer | Unavailable)[]>
  /**
   * Writes one key; left out where the origin cannot be written to.
   *
   * @throws {Unavailable} it is not known whether the write was made, unless it says `unwritten`
   */
  write?(write: Write, signal: CancelSignal): Promise<Written>
  /**
   * Begins to listen for changes; left out where the origin has no way to tell of them. Every change made after it has
   * resolved is told to the listener, until the watch is closed or lost.
   *
   * @throws {Unavailable} it cannot listen now; it is asked again later
   */
  watch?(listener: ChangeListener, signal: CancelSignal): Promise<Watch>
  /**
   * Names of the keys that it holds, a page of some thousand at most; left out where the origin cannot tell.
   *
   * A name that is there from the first page to the last is given at least once. Others may be given, too, and any twice.
   *
   * @param prefix what the names asked for begin with: what begins otherwise may be left out
   * @param cursor null for the first page; then what the page before said
   * @throws {Unavailable} the page may be asked for again
   */
  list?(prefix: string, cursor: NamePage['next'], signal: CancelSignal): Promise<NamePage>
  /** Frees connections. No more calls follow. */
  close(): Promise<void>
}

export type FailureTraits = Pick<Unavailable, 'counts' | 'mismatch' | 'unwritten'>

/** The origin failed, as against answered: a stale copy may be served where one is permitted. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
  /** Whether the breaker counts it: transport errors, timeouts, 5xx and 429, but not 401, 403 or garbage. */
  readonly counts: boolean
  /** Whether the origin contradicted itself: what came does not have the digest that it named. */
  readonly mismatch: boolean
  /** Of a write: whether it is sure that nothing was written. */
  readonly unwritten: boolean

  /** @param reason is logged and told to clients: no secrets */
  constructor(reason: string, { counts = true, mismatch = false, unwritten = false }: Partial<FailureTraits> = {}) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0 // who runs the origin has no use for our stack, and it costs more than all else here
    super(reason)
    Error.stackTraceLimit = stackTraceLimit
    this.counts = counts
    this.mismatch = mismatch
    this.unwritten = unwritten
  }
}

/** Longest validator that is kept. */
export const validatorBytesMax = 256
