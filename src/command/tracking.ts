/** What a client asked for by CLIENT TRACKING ON. */
export interface TrackingOptions {
  /** The client that is told in its place, by id; 0 is none. */
  readonly redirect: number
  /** BCAST: told of every change under its prefixes, whatever it read. */
  readonly isBroadcast: boolean
  /** OPTIN: only reads behind CLIENT CACHING YES are remembered; OPTOUT: all but those behind CLIENT CACHING NO. */
  readonly optIn: boolean
  readonly optOut: boolean
  /** NOLOOP: not told of its own changes. */
  readonly noLoop: boolean
}

/** A client under CLIENT TRACKING ON. */
export class Tracking implements TrackingOptions {
  readonly redirect: number
  readonly isBroadcast: boolean
  readonly optIn: boolean
  readonly optOut: boolean
  readonly noLoop: boolean
  /** Prefixes under BCAST in the order of their bytes; names as latin1, a code unit a byte. */
  prefixes: readonly string[] = []
  /** CLIENT CACHING was said for the request that follows, or for the transaction. */
  caching = false
  /** The client it redirects to is gone, which was found when it should have been told. */
  isBroken = false

  constructor(options: TrackingOptions) {
    this.redirect = options.redirect
    this.isBroadcast = options.isBroadcast
    this.optIn = options.optIn
    this.optOut = options.optOut
    this.noLoop = options.noLoop
  }

  /** Whether the keys of the read at hand are to be remembered. */
  get remembers(): boolean {
    return !this.isBroadcast && (this.optIn ? this.caching : !(this.optOut && this.caching))
  }
}
