import { join } from 'node:path'
import { unlink } from 'node:fs/promises'
import { Pace, type Region } from '../base/index.js'
import { shown } from './handshake.js'
import { idLength } from './history.js'
import type { Loading, ReplicationHost } from './host.js'
import { ImageFile, piecesOf } from './image-file.js'

/** A file is loaded in pieces of this size, or less, a loop turn each. */
const pieceBytesMost = 1 << 16

export interface FullResyncEvents {
  /** What was there is about to go: nobody can go on from it. */
  replacing(): void
  /** The dataset is loaded; the stream has chosen this database, -1 for none. */
  loaded(database: number, hasMark: boolean): void
  /** It failed; the reason was logged. */
  failed(): void
  /** Reads no more for now, or goes on. */
  hold(on: boolean): void
}

type Way = 'header' | 'disk' | 'parser' | 'mark' | 'loading' | 'over'

/** The whole dataset on its way from the primary: received, to a file or straight into memory, and loaded. */
export class FullResync {
  /** Bytes announced (0: nobody knows; -1: not yet announced) and received, for INFO. */
  totalBytes = -1
  readBytes = 0
  readonly #host: ReplicationHost
  readonly #events: FullResyncEvents
  /** Whether the present dataset is an older state of the one that comes, so that it may be read meanwhile. */
  readonly #isSameHistory: boolean
  #way: Way = 'header'
  #mark: Buffer | null = null
  /** The last bytes that came, where a mark may be. */
  #tail = Buffer.alloc(0)
  #file: ImageFile | null = null
  #loading: Loading | null = null
  /** Whether it is loaded beside the present dataset, and takes its place at the end. */
  #isAside = false
  readonly #pace: Pace

  constructor(host: ReplicationHost, isSameHistory: boolean, events: FullResyncEvents) {
    this.#host = host
    this.#isSameHistory = isSameHistory
    this.#pace = new Pace(host.clock, () => host.settings.keyLoadDelay)
    this.#events = events
  }

  /** Whether lines are wanted, not bytes: the image is still to be announced. */
  get wantsLine(): boolean {
    return this.#way === 'header'
  }

  /** Whether the image is being loaded into the dataset, so that the primary is to be shown that this replica lives. */
  get isLoading(): boolean {
    return this.#loading !== null
  }

  /** The line before the image. */
  takeLine(line: string): void {
    const { log } = this.#host
    if (line === '') return // the primary lives, and is still preparing it
    if (line.startsWith('-')) return this.#fail(`MASTER aborted replication with an error: ${shown(line.slice(1))}`)
    const [, length, mark] = /^\$(?:(\d+)|EOF:(.{40,}))$/.exec(line) ?? []
    if (length === undefined && mark === undefined) {
      return this.#fail(
        "Bad protocol from MASTER, the first byte is not '$' " +
          `(we received '${shown(line)}'), are you sure the host and port are right?`,
      )
    }
    if (mark !== undefined) this.#mark = Buffer.from(mark.slice(0, idLength), 'latin1')
    this.totalBytes = mark === undefined ? Number(length) : 0
    const toParser = this.#loadsAtOnce
    const where = toParser ? 'to parser' : 'to disk'
    log.notice(
      mark === undefined
        ? `MASTER <-> REPLICA sync: receiving ${length} bytes from master ${where}`
        : `MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF ${where}`,
    )
    if (toParser) this.#beginLoading()
    else this.#beginFile()
  }

  /** Takes bytes of the image; returns up to where they are. */
  push(region: Region, start: number, end: number): number {
    switch (this.#way) {
      case 'disk':
        return this.#toFile(region, start, end)
      case 'parser':
      case 'mark':
        return this.#toParser(region, start, end)
      default:
        return start
    }
  }

  /** Whether all of it has come, and the connection is not needed until it is loaded. */
  get hasAll(): boolean {
    return this.#way === 'loading'
  }

  /** The connection was lost on the way. */
  lost(reason: string): void {
    if (this.#way === 'parser' || this.#way === 'mark') this.#failLoading('unexpected end of input')
    else this.#fail(`I/O error trying to sync with MASTER: ${reason}`)
  }

  /** It is given up. */
  abandon(): void {
    this.#way = 'over'
    void this.#file?.discard()
    this.#loading?.abandon()
    this.#loading = null
  }

  get #loadsAtOnce(): boolean {
    const { settings, dataset, hasDirectory } = this.#host
    return (
      !hasDirectory ||
      settings.replDisklessLoad === 'swapdb' ||
      (settings.replDisklessLoad === 'on-empty-db' && dataset.isEmpty)
    )
  }

  get #path(): string {
    return join(this.#host.directory, this.#host.settings.dbfilename)
  }

  // --- to a file, and from there

  #beginFile(): void {
    const { clock, directory, processId } = this.#host
    const temporary = join(
      directory,
      `temp-${Math.floor(clock.unixMs() / 1000)}.${clock.unixMicros()}.${processId}.rdb`,
    )
    this.#way = 'disk'
    this.#file = new ImageFile(
      this.#path,
      temporary,
      () => {
        if (this.#way === 'disk') this.#events.hold(false)
      },
      (reason) =>
        this.#fail(
          `Write error or short write writing to the DB dump file needed for MASTER <-> REPLICA synchronization: ${reason}`,
        ),
    )
  }

  #toFile({ bytes }: Region, start: number, end: number): number {
    const left = this.#mark === null ? this.totalBytes - this.readBytes : Infinity
    const length = Math.min(end - start, left)
    const piece = Buffer.from(bytes.subarray(start, start + length))
    this.readBytes += length
    if (!this.#file!.write(piece)) this.#events.hold(true)
    if (this.#mark === null ? length === left : this.#endsWithMark(piece)) this.#received()
    return start + length
  }

  /** Nothing comes behind the mark until this replica has said that it is there. */
  #endsWithMark(piece: Buffer): boolean {
    const tail = piece.length >= idLength ? piece : Buffer.concat([this.#tail, piece])
    this.#tail = Buffer.from(tail.subarray(-idLength))
    return this.#tail.equals(this.#mark!)
  }

  /** All of it is in the file, or on its way there. */
  #received(): void {
    this.#way = 'loading'
    this.#events.hold(true)
    const length = this.readBytes - (this.#mark === null ? 0 : idLength)
    this.#file!.finish(length).then(
      () => this.#loadFile(length),
      (error: unknown) =>
        this.#fail(
          `Failed trying to rename the temp DB into ${this.#host.settings.dbfilename} in MASTER <-> REPLICA ` +
            `synchronization: ${(error as Error).message}`,
        ),
    )
  }

  #loadFile(length: number): void {
    if (this.#way !== 'loading') return
    this.#replace()
    this.#loading = this.#host.dataset.load(length, { aside: false, serves: false })
    this.#loadPieces().catch((error: unknown) => {
      this.#fail(`Failed trying to load the MASTER synchronization DB from disk: ${(error as Error).message}`)
    })
  }

  async #loadPieces(): Promise<void> {
    const pieceBytes = Math.min(pieceBytesMost, this.#host.settings.loadingProcessEventsIntervalBytes)
    for await (const piece of piecesOf(this.#path, pieceBytes)) {
      if (this.#way !== 'loading') return
      this.#pushPaced(piece)
      await new Promise<void>((resolve) => this.#whenPaced(resolve))
    }
    if (this.#way !== 'loading') return
    if (!this.#loading!.isDone) throw new Error('the file ends before the image does')
    this.#finish()
    const { settings, keepsFiles, log } = this.#host
    if (!settings.rdbDelSyncFiles || keepsFiles) return
    log.notice('Removing the RDB file obtained from the master. This replica has persistence disabled')
    await unlink(this.#path).catch(() => undefined)
  }

  // --- straight into memory

  #beginLoading(): void {
    const { settings, dataset, hasDirectory, log } = this.#host
    // without a file to have all of it in first, what is there stays until then too
    this.#isAside = settings.replDisklessLoad === 'swapdb' || (!hasDirectory && !dataset.isEmpty)
    if (!this.#isAside) this.#replace()
    else log.notice('MASTER <-> REPLICA sync: Loading DB in memory')
    const serves = this.#isAside && this.#isSameHistory
    this.#loading = dataset.load(this.#mark === null ? this.totalBytes : null, { aside: this.#isAside, serves })
    this.#way = 'parser'
  }

  #toParser({ bytes }: Region, start: number, end: number): number {
    const left = this.#mark === null ? this.totalBytes - this.readBytes : Infinity
    const length = Math.min(end - start, left)
    const piece = bytes.subarray(start, start + length)
    this.readBytes += length
    if (this.#way === 'mark') this.#tail = Buffer.concat([this.#tail, piece])
    else if (!this.#parse(piece)) return start + length
    if (this.#way === 'mark') return this.#readMark(start + length)
    if (length === left) this.#failLoading('the image is longer than was announced')
    return start + length
  }

  /** Loads a piece; whether it was well. */
  #parse(piece: Uint8Array): boolean {
    const loading = this.#loading!
    try {
      this.#pushPaced(piece)
    } catch (error) {
      this.#failLoading((error as Error).message)
      return false
    }
    if (!loading.isDone) {
      if (this.#pace.waitMs > 0) this.#hold()
      return true
    }
    this.#way = 'mark'
    this.#tail = Buffer.from(loading.rest)
    return true
  }

  /** The image is loaded: behind it stands its mark, if it has one, and then the stream. */
  #readMark(end: number): number {
    const mark = this.#mark
    if (mark === null) {
      if (this.readBytes < this.totalBytes || this.#tail.length > 0) {
        this.#failLoading('the image is shorter than was announced')
      } else this.#finish()
      return end
    }
    if (this.#tail.length < idLength) return end
    if (!this.#tail.subarray(0, idLength).equals(mark)) {
      this.#fail('Replication stream EOF marker is broken')
      return end
    }
    const beyond = this.#tail.length - idLength
    this.#finish()
    return end - beyond
  }

  /** Reads no more until what was loaded is waited for (`key-load-delay`). */
  #hold(): void {
    this.#events.hold(true)
    this.#whenPaced(() => {
      if (this.#way === 'parser') this.#events.hold(false)
    })
  }

  // --- both

  #pushPaced(piece: Uint8Array): void {
    const loading = this.#loading!
    const before = loading.keysLoaded
    loading.push(piece)
    this.#pace.did(loading.keysLoaded - before)
  }

  #whenPaced(job: () => void): void {
    const { waitMs } = this.#pace
    if (waitMs === 0 || this.#way === 'over') job()
    else this.#host.clock.schedule(waitMs, () => this.#whenPaced(job))
  }

  /** What was there goes, since what comes is something else. */
  #replace(): void {
    const { log, dataset } = this.#host
    this.#events.replacing()
    log.notice('MASTER <-> REPLICA sync: Flushing old data')
    dataset.flush()
    log.notice('MASTER <-> REPLICA sync: Loading DB in memory')
  }

  #finish(): void {
    const { log } = this.#host
    if (this.#isAside) {
      this.#events.replacing()
      log.notice('MASTER <-> REPLICA sync: Swapping active DB with loaded DB')
    }
    const database = this.#loading!.finish()
    if (this.#isAside) log.notice('MASTER <-> REPLICA sync: Discarding old DB in background')
    this.#loading = null
    this.#way = 'over'
    this.#events.loaded(database, this.#mark !== null)
  }

  #failLoading(reason: string): void {
    const { log } = this.#host
    log.warning(`Internal error in RDB reading offset ${this.readBytes} -> ${reason}`)
    if (this.#isAside) log.notice('MASTER <-> REPLICA sync: Discarding temporary DB in background')
    this.#fail(`Failed trying to load the MASTER synchronization DB from socket: ${reason}`)
  }

  #fail(reason: string): void {
    if (this.#way === 'over') return
    this.#host.log.warning(reason)
    this.abandon()
    this.#events.failed()
  }
}
