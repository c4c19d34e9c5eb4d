import { Region, type ReplyError } from '../base/index.js'
import type { Replay } from '../command/index.js'
import { Progress, RequestParser, type Args } from '../resp/index.js'

/** Room for what comes in pieces, at least, and the most that is kept while there is nothing in it. */
const keptBytesMin = 1 << 16
const keptBytesMax = 1 << 20
/** What may come beside the end of a large request. */
const readBytes = 1 << 16
/** `proto-max-bulk-len` is the primary's matter: what it has, a replica takes. */
const bulkBytesMax = 0x7fffffff
const LF = 10
const ASTERISK = 42

export interface IncomingStreamOptions {
  readonly replay: Replay
  /** Nothing may be executed now: it is kept until `resume`. */
  isHeld(): boolean
  /** These bytes were executed, from the last such place on: they count, and are handed on. */
  applied(region: Region, start: number, end: number): void
  /** The primary asks how far this replica is, before what it asked by is counted. */
  asked(): void
  /** A request of the primary's was answered with an error. */
  failed(error: ReplyError, args: Args): void
}

/** The primary broke the protocol: the reason, for the log. */
export class BrokenStream extends Error {}

/**
 * Executes what a primary sends, request by request, out of the buffer it was read into.
 *
 * Bytes count when what they say is executed, a transaction as a whole: if the link is cut in the midst, they are asked
 * for again.
 */
export class IncomingStream {
  readonly #options: IncomingStreamOptions
  readonly #parser: RequestParser
  #progress: Progress | null = null
  /** What has come and is not applied: from `#from` to `#end` of `#kept`, the requests before `#parsed` executed. */
  #kept: Region | null = null
  #capacity = 0
  #from = 0
  #parsed = 0
  #end = 0

  constructor(options: IncomingStreamOptions) {
    this.#options = options
    this.#parser = new RequestParser({ bulkBytesMax })
  }

  /** Bytes that have come and are not applied. */
  get pendingBytes(): number {
    return this.#end - this.#from
  }

  /** Takes bytes `start` to `end`, which are used again when it returns. @throws {BrokenStream} */
  push(region: Region, start: number, end: number): void {
    if (this.#end === this.#from) {
      const [applied, parsed] = this.#execute(region, start, start, end)
      if (applied < end) this.#keep(region, applied, parsed, end)
      return
    }
    this.#append(region, start, end)
    this.#executeKept()
  }

  /** Executes what was held. @throws {BrokenStream} */
  resume(): void {
    if (this.#end > this.#from) this.#executeKept()
  }

  /** Forgets what has come and is not applied. */
  reset(): void {
    this.#forget()
    this.#progress = null
  }

  #executeKept(): void {
    const [applied, parsed] = this.#execute(this.#kept!, this.#from, this.#parsed, this.#end)
    this.#from = applied
    this.#parsed = parsed
    if (applied === this.#end) this.#forget()
  }

  /** Executes what is complete behind `parsed`; returns up to where it was applied, and up to where parsed. */
  #execute(region: Region, from: number, parsed: number, end: number): [applied: number, parsed: number] {
    const { replay, applied, asked, failed, isHeld } = this.#options
    const { args } = this.#parser
    let done = from
    const count = (to: number): void => {
      if (to > done) applied(region, done, to)
      done = to
    }
    let whole = from
    while (parsed < end && !isHeld()) {
      const next = this.#parse(region, parsed, end)
      if (next < 0) break
      if (args.count > 0) {
        if (args.at(0).is('REPLCONF')) {
          count(whole)
          if (args.count > 1 && args.at(1).is('GETACK')) asked()
        } else {
          const error = replay.apply(args)
          if (error !== null) failed(error, args)
        }
      }
      parsed = next
      if (!replay.inTransaction) whole = next
    }
    count(whole)
    return [whole, parsed]
  }

  #parse(region: Region, from: number, end: number): number {
    const first = region.bytes[from]
    if (first === LF) {
      this.#parser.args.count = 0 // an empty line says that the link lives
      return from + 1
    }
    if (first !== ASTERISK) throw new BrokenStream('Receiving inline protocol from master, master stream corruption?')
    let next: number
    try {
      next =
        this.#progress === null
          ? this.#parser.parse(region, from, end)
          : this.#parser.resume(this.#progress, region, from, end)
    } catch (error) {
      throw new BrokenStream((error as ReplyError).message)
    }
    if (next < 0) this.#progress ??= new Progress()
    else this.#progress = null
    return next
  }

  #keep(region: Region, from: number, parsed: number, end: number): void {
    this.#from = this.#end = 0
    this.#append(region, from, end)
    this.#parsed = parsed - from
  }

  #append({ bytes }: Region, start: number, end: number): void {
    const length = end - start
    if (this.#kept === null || this.#end + length > this.#capacity) this.#makeRoom(length)
    bytes.copy(this.#kept!.bytes, this.#end, start, end)
    this.#end += length
  }

  #makeRoom(length: number): void {
    const old = this.#kept
    const used = this.#end - this.#from
    if (old !== null && used + length <= this.#capacity >>> 1) old.bytes.copyWithin(0, this.#from, this.#end)
    else {
      // just what a request says it needs once a quarter of it has come, until then twice what there is
      const announced = this.#progress?.needed ?? 0
      const isNear = announced >= used + length && announced <= (used + length) * 4
      this.#capacity = Math.max(keptBytesMin, isNear ? announced + readBytes : (used + length) * 2)
      this.#kept = Region.allocate(this.#capacity)
      if (old !== null) {
        old.bytes.copy(this.#kept.bytes, 0, this.#from, this.#end)
        this.#parser.args.release(old)
      }
    }
    this.#parsed -= this.#from
    this.#end = used
    this.#from = 0
  }

  #forget(): void {
    this.#from = this.#parsed = this.#end = 0
    if (this.#kept === null || this.#capacity <= keptBytesMax) return
    this.#parser.args.release(this.#kept)
    this.#kept = null
    this.#capacity = 0
  }
}
