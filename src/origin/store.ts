import type { OriginValue } from '../keyspace/index.js'

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

/** The code that talks to one kind of origin. The contract suite in test/origin/stores holds every one to it. */
export interface OriginStore {
  /** Keys that one `fetchMany` may be asked for. */
  readonly batchMax: number
  /**
   * Reads keys, or confirms the copies held here, in as few round trips as the origin allows.
   *
   * What is answered was held by the origin at some time after the call: nothing read earlier is answered, be it in a
   * cache or in a request of another call that had already left.
   *
   * @param signal aborts when nobody waits any longer; the store then frees what it holds, and may answer or throw
   * @returns one answer for each ask, in their order
   * @throws {Unavailable} no answer for any of them; any other error counts as a failure of transport
   */
  fetchMany(asks: readonly Ask[], signal: AbortSignal): Promise<readonly Answer[]>
  /** Frees connections. No more calls follow. */
  close(): Promise<void>
}

/** The origin failed, as against answered: a stale copy may be served where one is permitted. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
  /** Whether the breaker counts it: transport errors, timeouts, 5xx and 429, but not 401, 403 or garbage. */
  readonly counts: boolean
  /** Whether the origin contradicted itself: what came does not have the digest that it named. */
  readonly mismatch: boolean

  /** @param reason is logged and told to clients: no secrets */
  constructor(reason: string, { counts = true, mismatch = false }: { counts?: boolean; mismatch?: boolean } = {}) {
    super(reason)
    this.counts = counts
    this.mismatch = mismatch
  }
}

/** Longest validator that is kept. */
export const validatorBytesMax = 256
