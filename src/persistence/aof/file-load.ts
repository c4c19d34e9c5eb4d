import { Region, ReplyError } from '../../base/index.js'
import type { Replay } from '../../command/index.js'
import { Progress, RequestParser, type Args } from '../../resp/index.js'

/** Reads a snapshot as its bytes come: RdbLoader. */
export interface SnapshotReader {
  readonly isDone: boolean
  /** What came behind its end. */
  readonly rest: Uint8Array
  readonly keysLoaded: number
  readonly keysExpired: number
  /** @throws it is none */
  push(bytes: Uint8Array): void
  /** No more bytes come. @throws it is not at its end */
  end(): void
}

/** What is wrong with a file. */
export type FileFault = 'format' | 'snapshot' | 'command'

export class BadFile extends Error {
  readonly fault: FileFault
  /** Of the request that is at fault, from the beginning of the file. */
  readonly offset: number

  constructor(fault: FileFault, offset: number, message: string) {
    super(message)
    this.fault = fault
    this.offset = offset
  }
}

/** Bytes that are executed in one step: about a millisecond. */
const stepBytes = 1 << 16
const windowBytes = 1 << 20
const magic = Buffer.from('REDIS')
const ASTERISK = 42
const HASH = 35
const LF = 10
/** Redis's own limit of a line of annotation. */
const annotationBytesMax = 1024

/**
 * Executes one append-only file: perhaps a snapshot, then requests and lines of annotation (`#TS:`), as its bytes come.
 *
 * The file is read into `room`, which `filled` takes note of; then `step` executes a piece at a time.
 */
export class FileLoad {
  /** Offset behind the last request, or transaction, that is whole. */
  validBytes = 0
  #window: Region
  #from = 0
  #end = 0
  /** Offset in the file of the window's first byte. */
  #base = 0
  #progress: Progress | null = null
  readonly #parser = new RequestParser({ bulkBytesMax: 0x7fff_ffff })
  readonly #replay: Replay
  readonly #makeReader: () => SnapshotReader
  readonly #fileBytes: number
  #snapshot: SnapshotReader | null = null
  #snapshotBytes = 0
  #beforeTransaction = 0
  #requests = 0

  /** @param fileBytes what the file has: no request is larger */
  constructor(fileBytes: number, replay: Replay, makeReader: () => SnapshotReader) {
    this.#fileBytes = fileBytes
    this.#window = Region.allocate(Math.min(windowBytes, Math.max(stepBytes, fileBytes)))
    this.#replay = replay
    this.#makeReader = makeReader
  }

  /** Keys of its snapshot, and requests, that were loaded. */
  get loaded(): number {
    return this.#requests + (this.#snapshot?.keysLoaded ?? 0)
  }

  /** Offset up to which the file was read. */
  get bytesRead(): number {
    return this.#base + this.#end
  }

  /** Whether it begins with a snapshot. Known once the first bytes were executed. */
  get hasSnapshot(): boolean {
    return this.#snapshot !== null
  }

  /** Where the next bytes of the file go. */
  get room(): Buffer {
    this.#makeRoom()
    return this.#window.bytes.subarray(this.#end, this.#window.bytes.length - Region.spareBytes)
  }

  filled(bytes: number): void {
    this.#end += bytes
  }

  /** Executes a piece of what was read; whether there is more to do without further bytes. @throws {BadFile} */
  step(): boolean {
    if (this.bytesRead < magic.length) return false
    if (this.#base + this.#from === 0 && this.#snapshot === null && this.#isMagic()) this.#snapshot = this.#makeReader()
    if (this.#snapshot?.isDone === false) return this.#readSnapshot(this.#snapshot)
    const until = this.#from + stepBytes
    while (this.#from < this.#end) {
      if (!this.#readOne()) return false
      if (this.#from >= until) return true
    }
    return false
  }

  /**
   * The file is at its end. Whether it ends with a whole request, or transaction; otherwise the file is good up to
   * `validBytes`. @throws {BadFile} its snapshot has no end
   */
  isWhole(): boolean {
    while (this.step());
    if (this.#snapshot?.isDone === false) throw new BadFile('snapshot', this.#snapshotBytes, 'unexpected end of file')
    if (this.#from === 0 && this.#base === 0 && this.#end > 0 && this.#end < magic.length) this.#readShort()
    return this.#from === this.#end && !this.#replay.inTransaction
  }

  /** Whether the file ends between MULTI and EXEC: the transaction is forgotten. */
  revertTransaction(): boolean {
    if (!this.#replay.inTransaction) return false
    this.validBytes = this.#beforeTransaction
    this.#replay.reset(this.#replay.database)
    return true
  }

  /** A file too short for a snapshot's mark: annotation perhaps. */
  #readShort(): void {
    while (this.#from < this.#end && this.#readOne());
  }

  #isMagic(): boolean {
    return this.#window.bytes.subarray(this.#from, this.#from + magic.length).equals(magic)
  }

  /** Hands a piece of the window to the snapshot's reader, and takes back what is behind the snapshot. */
  #readSnapshot(snapshot: SnapshotReader): boolean {
    const to = Math.min(this.#end, this.#from + stepBytes)
    try {
      snapshot.push(this.#window.bytes.subarray(this.#from, to))
    } catch (error) {
      throw new BadFile('snapshot', this.#snapshotBytes, (error as Error).message)
    }
    this.#from = to - (snapshot.isDone ? snapshot.rest.length : 0)
    this.#snapshotBytes = this.validBytes = this.#base + this.#from
    return this.#from < this.#end
  }

  /** Executes the request, or passes over the line, at the beginning of the window; false where it is not complete. */
  #readOne(): boolean {
    const { bytes } = this.#window
    const first = bytes[this.#from]
    if (first === HASH) return this.#passLine()
    if (first !== ASTERISK) throw this.#badFormat()
    const next = this.#parse()
    if (next < 0) return false
    const { args } = this.#parser
    if (args.count === 0) throw this.#badFormat()
    if (args.at(0).is('MULTI') && !this.#replay.inTransaction) this.#beforeTransaction = this.validBytes
    this.#apply(args)
    this.#requests++
    this.#from = next
    this.validBytes = this.#base + next
    return true
  }

  #apply(args: Args): void {
    const refusal = this.#replay.apply(args)
    if (refusal === null || !refusal.message.startsWith('unknown command')) return
    throw new BadFile('command', this.#base + this.#from, args.at(0).toUtf8())
  }

  #parse(): number {
    const parser = this.#parser
    try {
      const next =
        this.#progress === null
          ? parser.parse(this.#window, this.#from, this.#end)
          : parser.resume(this.#progress, this.#window, this.#from, this.#end)
      if (next < 0) this.#progress ??= new Progress()
      else this.#progress = null
      return next
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error
      throw this.#badFormat()
    }
  }

  #passLine(): boolean {
    const at = this.#window.bytes.indexOf(LF, this.#from)
    if (at < 0 || at >= this.#end) {
      if (this.#end - this.#from > annotationBytesMax) throw this.#badFormat()
      return false
    }
    this.#from = at + 1
    if (!this.#replay.inTransaction) this.validBytes = this.#base + this.#from
    return true
  }

  #badFormat(): BadFile {
    return new BadFile('format', this.#base + this.#from, 'bad file format')
  }

  /** What is left moves to the front; the window grows where a request needs more. */
  #makeRoom(): void {
    const left = this.#end - this.#from
    const wanted = Math.max(windowBytes, (this.#progress?.needed ?? 0) + stepBytes, left * 2)
    // whatever a request says of itself, there is no more than the file
    const needed = Math.min(wanted, left + Math.max(stepBytes, this.#fileBytes - this.bytesRead))
    this.#base += this.#from
    if (needed > this.#window.bytes.length - Region.spareBytes) {
      const larger = Region.allocate(needed)
      this.#window.bytes.copy(larger.bytes, 0, this.#from, this.#end)
      this.#window = larger
    } else this.#window.bytes.copyWithin(0, this.#from, this.#end)
    this.#from = 0
    this.#end = left
  }
}
