import type { Region } from '../base/index.js'
import type { RequestsAhead } from '../dispatch/index.js'
import type { Args, RequestParser } from '../resp/index.js'

/**
 * Reads requests that a connection has received and not yet executed, without executing them.
 *
 * It remembers where in the stream it was, so that going on later, when requests were executed and others have come, does
 * not begin at the front again: a long pipeline of waiting requests is looked at once.
 */
export class AheadReader implements RequestsAhead {
  arrivedAtMs = 0
  readonly #parser: RequestParser
  /** When the byte came before which this many bytes of the stream lie. */
  readonly #arrivalOf: (position: number) => number
  #region: Region | null = null
  #at = 0
  #end = 0
  /** Bytes of the stream up to `#end`. */
  #received = 0
  /** Number of the request that begins at `#at`. */
  #request = 0
  /** The last request read: its number, and where in the stream it begins and ends. */
  #last = { request: -1, start: 0, end: 0 }

  constructor(parser: RequestParser, arrivalOf: (position: number) => number) {
    this.#parser = parser
    this.#arrivalOf = arrivalOf
  }

  /** Turns to the bytes from `from` to `end`, with which `received` bytes of the stream end; `request` is the first's number. */
  open(region: Region, from: number, end: number, received: number, request: number): this {
    this.#region = region
    this.#at = from
    this.#end = end
    this.#received = received
    this.#request = request
    return this
  }

  next(): Args | null {
    const { args } = this.#parser
    for (;;) {
      const start = this.#at
      let next: number
      try {
        next = this.#parser.parse(this.#region!, start, this.#end)
      } catch {
        return null // the error is told when its turn comes
      }
      if (next < 0) return null
      this.#at = next
      if (args.count === 0) continue
      const end = this.#position(next)
      this.#last = { request: this.#request++, start: this.#position(start), end }
      this.arrivedAtMs = this.#arrivalOf(end)
      return args
    }
  }

  skip(count: number): void {
    const request = this.#request + count
    const { request: last, start, end } = this.#last
    if (request === last || request === last + 1) {
      this.#at = this.#end - (this.#received - (request === last ? start : end))
      this.#request = request
      return
    }
    while (this.#request < request && this.next() !== null);
  }

  #position(at: number): number {
    return this.#received - (this.#end - at)
  }
}
