import { Region, systemReason, type Clock, type Log, type Timer } from '../../base/index.js'
import type { LatencyEvent } from '../../observe/index.js'
import type { Descriptor, Files } from '../files.js'
import { Target, WriteBuffer, bytesOf, partsBehind, type Piece } from './write-buffer.js'

/** When what was written is put on the disk itself: before its reply, once a second, or when the system likes. */
export type FsyncPolicy = 'always' | 'everysec' | 'no'

export interface WriterHost {
  readonly files: Files
  readonly clock: Clock
  readonly log: Log
  policy(): FsyncPolicy
  /** Whether the disk is to be spared now: `no-appendfsync-on-rewrite`, while a snapshot is being written. */
  sparesDisk(): boolean
  /** Whether a snapshot is being written: names the event under which a slow write is kept. */
  isImaging(): boolean
  /** More may be safe than before: see `AppendWriter.safe`. */
  becameSafe(): void
  /** What was promised cannot be kept: the process must end. */
  fatal(): void
  took(event: LatencyEvent, ms: number): void
}

/** Up to here the system copies what is written in less time than another thread takes to be asked. */
const directBytesMax = 1 << 18
const everysecMs = 1000
/** A background fsync that takes longer is told of. */
const slowFsyncMs = 2000
const errorLogMs = 30_000

/**
 * Appends to a file what is handed to it in a loop turn, in one write at the turn's end, and has it put on the disk.
 *
 * Positions count the bytes that were ever appended, over all files. Small writes are done at once, which costs less than
 * to ask another thread; large ones, those during an fsync, which would wait for it, and every fsync are done by another
 * thread. Under `always` one fsync at a time covers all that was written before it: what comes meanwhile is written when
 * it is over, and covered by the next one.
 */
export class AppendWriter {
  /** Where the next byte goes, and up to where the system, and the disk, have all. */
  appended = 0
  written = 0
  synced = 0
  /** Failed writes and fsyncs in the system's words, until one succeeds. */
  writeError: string | null = null
  syncError: string | null = null
  /** Times that an fsync was due and the last one not over, for long. */
  delayedSyncs = 0
  readonly #host: WriterHost
  #target: Target | null = null
  /** Position of the first byte of the file at hand, and bytes that it had before. */
  #fileStart = 0
  #fileBytes = 0
  readonly #buffer = new WriteBuffer()
  readonly #retired: Target[] = []
  #isWriting = false
  #isSyncing = false
  #syncStartMs = -Infinity
  #wasDelayed = false
  #syncTimer: Timer | null = null
  #errorLoggedMs = -Infinity
  readonly #drained: (() => void)[] = []

  constructor(host: WriterHost) {
    this.#host = host
  }

  get isOpen(): boolean {
    return this.#target !== null
  }

  /** Bytes of the file at hand, when all is written. */
  get fileBytes(): number {
    return this.#fileBytes + this.appended - this.#fileStart
  }

  /** Bytes that wait to be written. */
  get bufferedBytes(): number {
    return this.appended - this.written
  }

  get isSyncing(): boolean {
    return this.#isSyncing
  }

  /**
   * The position up to which replies may leave: the disk has what stands before it, under `always`; else the system has, so
   * that a process that is killed loses nothing. Where nothing can be written clients are told so, and do not wait.
   */
  get safe(): number {
    const { policy, sparesDisk } = this.#host
    if (policy() === 'always' && !sparesDisk()) return this.synced
    return this.writeError === null ? this.written : this.appended
  }

  /** From now on appends to this file, which has `bytes`; the former one is closed when the disk has all of it. */
  open(descriptor: Descriptor, bytes: number): void {
    this.#retire()
    this.#target = new Target(descriptor, bytes)
    this.#fileStart = this.appended
    this.#fileBytes = bytes
  }

  /** Appends to nothing any more. What waits is still written. */
  close(): void {
    this.#syncTimer?.cancel()
    this.#syncTimer = null
    this.#retire()
    this.#target = null
    this.#pump()
  }

  /** Forgets what waits, and closes: the file is not wanted any more. */
  abandon(): void {
    this.written += bytesOf(this.#buffer.take())
    this.writeError = null
    if (this.#target !== null) this.#target.isAbandoned = true
    this.close()
  }

  append(from: Region, start: number, end: number): void {
    this.#buffer.append(this.#target!, from, start, end)
    this.appended += end - start
  }

  /** As `append`, of a short line of ASCII. */
  appendText(text: string): void {
    const region = Region.copyOf(Buffer.from(text, 'latin1'))
    this.append(region, 0, text.length)
  }

  /** The loop turn ends: writes what it brought, and has it put on the disk when it is time. */
  endTurn(): void {
    if (this.appended !== this.written || this.written !== this.synced) this.#pump()
  }

  /** Resolves when the disk has all that was appended until now, or an attempt failed. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained.push(resolve)
      this.#pump()
    })
  }

  /**
   * Puts on the disk what was appended since `drain` resolved, before it returns: at the end of the process, when there is no
   * later. A failure is in the log.
   */
  finish(): void {
    if (this.#isWriting || this.#isSyncing || this.written === this.appended || this.#target === null) return
    const { files, log } = this.#host
    while (!this.#buffer.isEmpty) {
      if (!this.#writeNow(this.#buffer.take(1), this.#host.clock.monotonicMs())) return
    }
    try {
      files.sync(this.#target.descriptor)
      this.synced = this.written
    } catch (error) {
      log.warning(`Fail to fsync the AOF file: ${systemReason(error)}.`)
    }
  }

  #retire(): void {
    if (this.#target === null) return
    this.#target.isRetired = true
    this.#retired.push(this.#target)
  }

  #pump(): void {
    const { policy } = this.#host
    while (!this.#isWriting && !this.#buffer.isEmpty) {
      if (this.#isSyncing && policy() === 'always' && this.#drained.length === 0) break // the next fsync covers it
      if (!this.#write()) break
    }
    this.#considerSync()
    this.#host.becameSafe()
    this.#tellDrained()
  }

  // --- writing

  /** Writes the pieces for one file; whether that is done. What is appended meanwhile goes to another piece. */
  #write(): boolean {
    const pieces = this.#buffer.takeOfOne()
    const startMs = this.#host.clock.monotonicMs()
    if (bytesOf(pieces) <= directBytesMax && !this.#isSyncing) return this.#writeNow(pieces, startMs)
    this.#isWriting = true
    this.#writeLater(pieces, 0, startMs)
    return false
  }

  #writeNow(pieces: readonly Piece[], startMs: number): boolean {
    const { files } = this.#host
    let done = 0
    try {
      for (const { region, from, end, target } of pieces) {
        for (let at = from; at < end;) {
          const wrote = files.write(target.descriptor, region.bytes.subarray(at, end))
          at += wrote
          done += wrote
        }
      }
    } catch (error) {
      this.#failed(pieces, done, error)
      return false
    }
    this.#wrote(pieces, startMs)
    return true
  }

  /** @param done bytes of the pieces that were written */
  #writeLater(pieces: readonly Piece[], done: number, startMs: number): void {
    this.#host.files.writeLater(pieces[0].target.descriptor, partsBehind(pieces, done), (error, wrote) => {
      done += wrote
      const expected = bytesOf(pieces)
      if (error === null && done < expected) return this.#writeLater(pieces, done, startMs)
      this.#isWriting = false
      if (error === null) this.#wrote(pieces, startMs)
      else return this.#failed(pieces, done, error)
      this.#pump()
    })
  }

  #wrote(pieces: readonly Piece[], startMs: number): void {
    const { clock, took, log, isImaging } = this.#host
    const bytes = bytesOf(pieces)
    pieces[0].target.bytes += bytes
    this.written += bytes
    this.#buffer.reuse(pieces)
    const ms = clock.monotonicMs() - startMs
    took(this.#isSyncing ? 'aof-write-pending-fsync' : isImaging() ? 'aof-write-active-child' : 'aof-write-alone', ms)
    took('aof-write', ms)
    if (this.writeError === null) return
    this.writeError = null
    log.warning('AOF write error looks solved, Truedis can write again.')
  }

  /** Takes back what was written of the pieces, so that the file ends with a whole unit, and keeps them for another try. */
  #failed(pieces: readonly Piece[], done: number, error: unknown): void {
    const { files, log, policy, fatal } = this.#host
    const { target } = pieces[0]
    if (target.isAbandoned) {
      this.written += bytesOf(pieces)
      return this.#pump()
    }
    const say = this.#mayLog()
    if (done === 0) say(`Error writing to the AOF file: ${systemReason(error)}`)
    else {
      say(`Short write while writing to the AOF file: (nwritten=${done}, expected=${bytesOf(pieces)})`)
      try {
        files.truncate(target.descriptor, target.bytes)
      } catch (problem) {
        say(
          'Could not remove short write from the append-only file.  Truedis may refuse to load the AOF the next time ' +
            `it starts.  ftruncate: ${systemReason(problem)}`,
        )
        pieces = this.#skip(target, pieces, done)
      }
    }
    this.#buffer.putBack(pieces)
    this.writeError = systemReason(error)
    this.#tellDrained(true)
    if (policy() !== 'always') return
    log.warning("Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...")
    fatal()
  }

  /** What is in the file and stays there is not written once more. */
  #skip(target: Target, pieces: readonly Piece[], done: number): readonly Piece[] {
    target.bytes += done
    this.written += done
    for (const piece of pieces) {
      const skipped = Math.min(done, piece.end - piece.from)
      piece.from += skipped
      done -= skipped
    }
    return pieces.filter(({ from, end }) => from < end)
  }

  #mayLog(): (text: string) => void {
    const nowMs = this.#host.clock.monotonicMs()
    if (nowMs - this.#errorLoggedMs <= errorLogMs) return () => {}
    this.#errorLoggedMs = nowMs
    return (text) => this.#host.log.warning(text)
  }

  // --- fsync

  #considerSync(): void {
    const { policy, sparesDisk, clock } = this.#host
    if (this.#drained.length > 0) return this.#sync()
    if (this.#retired.some((target) => !this.#isWaiting(target))) return this.#sync()
    if (this.written === this.synced || sparesDisk() || policy() === 'no') return
    if (policy() === 'always') return this.#sync()
    const dueMs = this.#syncStartMs + everysecMs - clock.monotonicMs()
    if (dueMs <= 0) this.#syncInBackground()
    else this.#syncTimer ??= clock.schedule(dueMs, () => this.#timeIsUp())
  }

  #timeIsUp(): void {
    this.#syncTimer = null
    this.#pump()
  }

  #syncInBackground(): void {
    if (!this.#isSyncing) return this.#sync()
    // it is looked at again when the one under way is over
    if (this.#wasDelayed || this.#host.clock.monotonicMs() - this.#syncStartMs < slowFsyncMs) return
    this.#wasDelayed = true
    this.delayedSyncs++
    this.#host.log.notice('Asynchronous AOF fsync is taking too long (disk is busy?).')
  }

  #isWaiting(target: Target): boolean {
    return this.#isWriting || this.#buffer.hasFor(target)
  }

  /** Has all files that were written to put on the disk, one behind the other, the one at hand last. */
  #sync(): void {
    if (this.#isSyncing || this.#isWriting) return
    if (this.written === this.synced && this.#retired.length === 0) return
    const done = this.#retired.filter((target) => !this.#isWaiting(target))
    for (const target of done) this.#retired.splice(this.#retired.indexOf(target), 1)
    const targets = this.#target === null || this.written === this.synced ? done : [...done, this.#target]
    if (targets.length === 0) return
    this.#isSyncing = true
    this.#wasDelayed = false
    this.#syncStartMs = this.#host.clock.monotonicMs()
    this.#syncNext(targets, 0, this.written)
  }

  #syncNext(targets: readonly Target[], index: number, position: number): void {
    const { files, policy } = this.#host
    const target = targets[index]
    files.syncLater(target.descriptor, (error) => {
      // one that was retired meanwhile may still be written to
      if (target.isRetired && !this.#retired.includes(target)) files.closeLater(target.descriptor, () => {})
      if (error !== null) return this.#syncFailed(error)
      if (index + 1 < targets.length) return this.#syncNext(targets, index + 1, position)
      this.#isSyncing = false
      this.syncError = null
      this.synced = Math.max(this.synced, position)
      if (policy() === 'always') this.#tookFsync()
      this.#pump()
    })
  }

  #tookFsync(): void {
    const { clock, took } = this.#host
    took('aof-fsync-always', clock.monotonicMs() - this.#syncStartMs)
  }

  #syncFailed(error: Error): void {
    const { log, policy, fatal } = this.#host
    this.#isSyncing = false
    this.syncError = systemReason(error)
    this.#tellDrained(true)
    if (policy() !== 'always') return log.warning(`Fail to fsync the AOF file: ${this.syncError}`)
    log.warning(
      `Can't persist AOF for fsync error when the AOF fsync policy is 'always': ${this.syncError}. Exiting...`,
    )
    fatal()
  }

  /** Tells those who wait that all is done, or that it cannot be done now. */
  #tellDrained(failed = false): void {
    if (this.#drained.length === 0) return
    const isDone = this.written === this.appended && this.synced === this.written && this.#retired.length === 0
    if (!failed && (!isDone || this.#isSyncing || this.#isWriting)) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }
}
