import type { ReplyError, Slice } from '../base/index.js'
import type { OriginValue } from '../keyspace/index.js'

/** A key that a call reads, with the bytes it owns. */
export interface SettleKey {
  readonly db: number
  readonly key: Buffer
}

/**
 * Who reads, as far as freshness depends on it. The object that knows it is passed, not the number: to give a fraction to
 * a function costs an allocation.
 */
export interface ReadAt {
  /** Monotonic milliseconds at which the bytes of the call had been read. */
  readonly arrivedAtMs: number
}

/** Who is told when what is held stops being fresh before its time. */
export interface FreshnessObserver {
  /** The copy of a key, or what is known of its absence, is out of date. */
  lapsed(key: Slice): void
  /** Any copy may be. */
  allLapsed(): void
}

/**
 * How dispatch meets the origin engine: before a call runs, its bound keys are settled, so that a handler finds in the
 * keyspace what it may use and never waits itself.
 */
export interface Settling {
  /** Number of routes. Dispatch tests it before anything else; with 0 nothing here is called. */
  readonly routeCount: number

  /** Whether a route binds the key. Allocates nothing. */
  isBound(db: number, key: Slice): boolean

  /**
   * Whether a call that arrived then may use what the keyspace holds under `key` now: the key
   * is not bound, or its copy (or the remembered absence) is fresh for that call, or stale-while-revalidate permits it,
   * in which case the renewal is started behind the reply. Allocates nothing for plain and for fresh keys.
   */
  usable(db: number, key: Slice, read: ReadAt): boolean

  /**
   * Until when (monotonic milliseconds) a copy of what is held under `key` now needs no further asking: Infinity for a key
   * that is not bound, not after now for one that every read asks for.
   */
  freshUntilMs(db: number, key: Slice): number

  /**
   * How a call that arrived then gets at what it uses of a key: by what is held, or by what its settlement brought. In the
   * words of Cache-Status, and how many seconds ago its origin was asked; null for a key that is not bound.
   *
   * @see RFC 9211 (Cache-Status)
   */
  status(db: number, key: Slice, arrivedAtMs: number, settlement: Settlement | null): string | null

  /** Told of copies that stop being fresh earlier than `freshUntilMs` said. */
  observer: FreshnessObserver | null

  /** Whether clients' writes of the key are to be made at its origin: before they are made here, or behind them. */
  writesToOrigin(db: number, key: Slice): boolean

  /**
   * Begins such a write. `onChange` is called, never inside this, when its phase becomes 'ready' or 'answered'.
   *
   * @param key bytes of its own
   */
  beginWrite(db: number, key: Slice, onChange: () => void): OriginWrite

  /**
   * Starts settling keys for one call. `onSettled` is called once, when every key has its outcome or the first refusal
   * is known: in the loop turn of the answer, never inside `settle` itself.
   *
   * @param again the call's earlier settlement, when its keys changed between the answer and its turn to run
   */
  settle(keys: readonly SettleKey[], arrivedAtMs: number, onSettled: () => void, again?: Settlement): Settlement
}

/** What became of the keys of one call. */
export interface Settlement {
  /** How many keys it got an answer for that the call uses: reads of these are no hits. */
  readonly fetched: number
  /** Whether every key has an outcome, or one is refused. */
  readonly done: boolean
  /** Whether more waits to be asked before its keys than their origin is soon asked for: to ask for what comes behind it gains nothing. */
  readonly isBacklogged: boolean
  /** Why the call must fail: the refusal of its first refused key, in the order the keys were given. */
  readonly refusal: ReplyError | null
  /**
   * Whether the call may use this key although `usable` says no: a stale permission still holds for the copy that is
   * there, or its value is served in passing.
   */
  permits(db: number, key: Slice): boolean
  /**
   * Runs the call with the values that are served in passing put in place, and takes them away before it returns,
   * leaving no trace.
   */
  run(job: () => void): void
  /** The call is gone (its client left): nothing is called any more. Requests in flight go on for the others. */
  cancel(): void
}

/**
 * One write of a client to a key whose origin is to have it. The call is rehearsed when it is 'ready', the value it would
 * leave is sent, and the call is run when the origin has taken it; or, where the origin gets it later, at once.
 */
export interface OriginWrite {
  /** 'queued': another write of the key is under way, or it is not known yet what waits for the key. */
  readonly phase: 'queued' | 'ready' | 'sent' | 'answered'
  /** What came of it: 'conflict' where the origin holds something else than was held here. Of 'answered' only. */
  readonly outcome: 'written' | 'conflict' | ReplyError
  /** Whether what is held of the key has not changed since it was sent. */
  readonly isCurrent: boolean
  /**
   * Sends what the call would leave: null is a deletion, 'other' a value that is no string and no hash.
   *
   * @param how.isConditional the value was made of what is held, so that the origin must hold that still
   * @param how.mayDelete whether a deletion was asked for
   * @param how.expireAtMs the deadline that the call gives the key, in Unix milliseconds; null: none; undefined: it leaves it
   * @returns why the origin cannot take it; null where it is on its way, or 'answered' already
   */
  send(
    value: OriginValue | null | 'other',
    how: {
      readonly isConditional: boolean
      readonly mayDelete: boolean
      readonly expireAtMs: number | null | undefined
    },
  ): ReplyError | null
  /**
   * Runs the call with what belongs into the same unit.
   *
   * @throws {unknown} what `job` throws
   */
  run(job: () => void): void
  /** The call was run: what is held now is what the origin took. */
  confirm(): void
  /** What is held is out of date: it is not served before its origin was asked. */
  lapse(): void
  /** After a conflict: 'ready' again. */
  retry(): void
  /** The call is over, or its client gone: the next write of the key has its turn. */
  end(): void
}
