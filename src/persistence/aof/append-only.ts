import { Correspondence, systemReason, type Clock, type Log, type Region } from '../../base/index.js'
import type { ChangeFeed, ChangeSink } from '../../command/index.js'
import type { LatencyEvent } from '../../observe/index.js'
import type { Files } from '../files.js'
import type { Images } from '../images.js'
import { ImageFileNow } from '../image-file.js'
import { publish } from '../files.js'
import { LoadError } from '../loading.js'
import { Backoff } from './backoff.js'
import type { AofFolder } from './folder.js'
import { Rewrite, type RewriteHost, type RewriteOutcome } from './rewrite.js'
import { AppendWriter, type FsyncPolicy } from './writer.js'

/** What the configuration says now. */
export interface AppendOnlySettings {
  readonly fsync: FsyncPolicy
  readonly sparesDiskWhileImaging: boolean
  readonly usesPreamble: boolean
  readonly hasTimestamps: boolean
  readonly keepsHistory: boolean
  readonly growthPercent: number
  readonly growthBytesMin: number
  readonly syncsOnTheWay: boolean
}

export interface AppendOnlyOptions {
  readonly files: Files
  readonly clock: Clock
  readonly log: Log
  readonly folder: AofFolder
  readonly images: Images
  readonly feed: ChangeFeed
  readonly processId: number
  settings(): AppendOnlySettings
  /** Something was appended: `endTurn` is to be called at the end of the loop turn. */
  wake(): void
  /** More may be safe than before: `safe`. */
  becameSafe(): void
  /** Whether writes are possible may have changed: `problem`. */
  statusChanged(): void
  fatal(): void
  took(event: LatencyEvent, ms: number): void
}

/** Nothing is appended; it will be, when a rewrite has made the base; or it is. */
export type AppendOnlyState = 'off' | 'waiting' | 'on'

/**
 * The append-only file: what changes is appended to its last file, and rewrites replace the ones before it.
 *
 * Switched on while the server runs, it waits for a first rewrite, and appends to a temporary file meanwhile.
 *
 * @see redis 7.0.15, aof.c
 */
export class AppendOnly implements ChangeSink {
  state: AppendOnlyState = 'off'
  readonly writer: AppendWriter
  readonly backoff: Backoff
  /** A rewrite is to begin when nothing else is in its way. */
  isScheduled = false
  lastRewriteFailed = false
  /** Seconds that the last one took; -1 for none. */
  lastRewriteSeconds = -1
  rewrites = 0
  /** The most bytes of memory that the last one took beside the keyspace. */
  lastImageBytes = 0
  /** Bytes of all files but the last, and of all when the last rewrite was done. */
  #earlierBytes = 0
  rewrittenBytes = 0
  #rewrite: Rewrite | null = null
  #annotatedSeconds = 0
  #hadProblem = false
  /** Positions at the ends of loop turns, and what had been fed to followers then. */
  readonly #fed = new Correspondence(-1)
  readonly #options: AppendOnlyOptions
  readonly #rewriteHost: RewriteHost

  constructor(options: AppendOnlyOptions) {
    this.#options = options
    const { files, clock, log, settings } = options
    this.backoff = new Backoff(clock, log)
    this.writer = new AppendWriter({
      files,
      clock,
      log,
      policy: () => settings().fsync,
      sparesDisk: () => settings().sparesDiskWhileImaging && options.images.isBusy,
      isImaging: () => options.images.isBusy,
      becameSafe: () => {
        this.#noteProblem()
        this.#fed.reach(this.writer.synced)
        options.becameSafe()
      },
      fatal: () => options.fatal(),
      took: (event, ms) => options.took(event, ms),
    })
    this.#rewriteHost = {
      files,
      log,
      folder: options.folder,
      images: options.images,
      processId: options.processId,
      settings,
      openNext: (descriptor) => this.#openNext(descriptor),
      took: (event, ms) => options.took(event, ms),
      ended: (outcome) => this.#rewriteEnded(outcome),
      nowUnixSeconds: () => Math.floor(clock.unixMs() / 1000),
    }
  }

  /** Bytes of all files that would be loaded. */
  get bytes(): number {
    return this.#earlierBytes + (this.writer.isOpen ? this.writer.fileBytes : 0)
  }

  /** Why writes are lost, in the system's words, or null. */
  get problem(): string | null {
    return this.state === 'off' ? null : (this.writer.writeError ?? this.writer.syncError)
  }

  /** The position that must be safe before what is replied now may leave; 0 where nothing must. */
  get required(): number {
    const { appended } = this.writer
    return this.safe < appended ? appended : 0
  }

  /** Up to this position all was done that the policy asks for. */
  get safe(): number {
    return this.state === 'off' ? this.writer.appended : this.writer.safe
  }

  /** Bytes of the feed (`ChangeFeed.bytes`) that the disk has; -1 without a file. For WAITAOF. */
  get fedBytesOnDisk(): number {
    return this.#fed.value
  }

  get #isBusy(): boolean {
    return this.#options.images.isBusy || this.#rewrite !== null || this.#options.folder.isBusy
  }

  get isRewriting(): boolean {
    return this.#rewrite !== null
  }

  /** Whether a rewrite is under way, or what the last one made superfluous is still named. */
  get isUnsettled(): boolean {
    return this.#rewrite !== null || this.#options.folder.isBusy
  }

  /** Unix seconds at which the rewrite under way began. */
  get rewriteStartSeconds(): number {
    return this.#rewrite?.startSeconds ?? 0
  }

  get rewriteProgress(): { readonly keysDone: number; readonly keysTotal: number } | null {
    return this.#rewrite?.progress ?? null
  }

  // --- ChangeSink

  append(region: Region, start: number, end: number): void {
    if (!this.writer.isOpen) return
    if (this.#options.settings().hasTimestamps) this.#annotate()
    this.writer.append(region, start, end)
    this.#options.wake()
  }

  /** The loop turn ends, and replies are about to leave: writes. */
  endTurn(): void {
    const { appended } = this.writer
    if (this.state !== 'off' && this.#fed.lastFirst !== appended) this.#fed.note(appended, this.#options.feed.bytes)
    this.writer.endTurn()
  }

  // --- at the start

  /** What was loaded, for the rules of growth. */
  noteLoaded(): void {
    const { folder } = this.#options
    const { base, loaded } = folder.manifest
    this.#earlierBytes = loaded.reduce((sum, { name }) => sum + folder.bytesOf(name), 0)
    this.rewrittenBytes = base === null ? 0 : folder.bytesOf(base.name)
  }

  /** Opens the last file, or makes the first two, and appends from now on. @throws {LoadError} */
  openAtStart(): void {
    const { folder, log } = this.#options
    try {
      folder.make()
      let { manifest } = folder
      if (manifest.isEmpty) manifest = this.#makeFirstBase()
      const isNew = manifest.last === null
      if (isNew) manifest = manifest.withIncrement(folder.filename)
      const { name } = manifest.last!
      const descriptor = folder.openToAppend(name, false)
      if (manifest !== folder.manifest) folder.writeManifest(manifest)
      const bytes = folder.bytesOf(name)
      if (this.#earlierBytes !== 0) this.#earlierBytes -= bytes
      this.writer.open(descriptor, bytes)
      log.notice(`${isNew ? 'Creating' : 'Opening'} AOF incr file ${name} on server start`)
    } catch (error) {
      throw new LoadError(`the append-only file cannot be opened: ${systemReason(error)}`)
    }
    this.state = 'on'
    this.#options.feed.attach(this, 'file')
  }

  #makeFirstBase(): AofFolder['manifest'] {
    const { files, folder, images, log, processId, settings } = this.#options
    const { usesPreamble } = settings()
    const manifest = folder.manifest.withBase(folder.filename, usesPreamble ? 'rdb' : 'aof', 0)
    const { name } = manifest.base!
    const temporary = folder.pathBeside(`temp-rewriteaof-${processId}.aof`)
    const file = new ImageFileNow(files, temporary)
    images.writeNow(usesPreamble ? 'preamble' : 'commands', file)
    file.finish()
    publish(files, temporary, folder.pathOf(name))
    log.notice(`Creating AOF base file ${name} on server start`)
    this.rewrittenBytes = this.#earlierBytes = folder.bytesOf(name)
    return manifest
  }

  // --- while it runs

  /**
   * Switches it on: begins the rewrite that makes its base, or schedules it.
   *
   * @param mayBegin false within a transaction
   * @returns whether it could be
   */
  switchOn(mayBegin: boolean): boolean {
    const { feed, log } = this.#options
    if (this.state !== 'off') return true
    this.state = 'waiting'
    feed.attach(this, 'file')
    if (this.#rewrite !== null) {
      log.warning(
        'AOF was enabled but there is already an AOF rewriting in background. Stopping background AOF and starting a ' +
          'rewrite now.',
      )
      this.#cancelRewrite()
    }
    if (this.#isBusy || !mayBegin) {
      this.isScheduled = true
      log.warning(
        `AOF was enabled ${mayBegin ? 'but there is already another background operation' : 'during a transaction'}. ` +
          'An AOF background was scheduled to start when possible.',
      )
    } else if (!this.beginRewrite()) {
      log.warning(
        "Truedis needs to enable the AOF but can't trigger a background AOF rewrite operation. Check the above logs for " +
          'more info about the error.',
      )
      this.state = 'off'
      feed.detach(this)
      return false
    }
    this.writer.writeError = this.writer.syncError = null
    this.#noteProblem()
    return true
  }

  /** Switches it off: what was appended is written, and nothing more is. */
  switchOff(): void {
    if (this.state === 'off') return
    this.#cancelRewrite()
    this.#detach()
    void this.writer.drain()
    this.writer.close()
    this.#earlierBytes = 0
    this.#noteProblem()
  }

  /** BGREWRITEAOF, or one that growth asks for. Whether it has begun; if not, the log says why. */
  beginRewrite(): boolean {
    if (this.#isBusy) return false
    this.isScheduled = false
    const rewrite = new Rewrite(this.state, this.#rewriteHost)
    try {
      this.#options.folder.make()
      this.#rewrite = rewrite
      rewrite.start()
    } catch {
      this.#rewrite = null
      this.lastRewriteFailed = true
      return false
    }
    if (!rewrite.isOver) this.rewrites++
    return !rewrite.isOver
  }

  /** Some times a second: begins what was scheduled. */
  tick(): void {
    if (this.isScheduled && !this.#isBusy && !this.backoff.isHolding()) this.beginRewrite()
  }

  /** Begins a rewrite where the files have grown enough. */
  considerGrowth(): void {
    const { growthPercent, growthBytesMin } = this.#options.settings()
    if (this.state !== 'on' || this.#isBusy) return
    if (growthPercent === 0 || this.bytes <= growthBytesMin) return
    const growth = Math.floor((this.bytes * 100) / (this.rewrittenBytes || 1)) - 100
    if (growth < growthPercent || this.backoff.isHolding()) return
    this.#options.log.notice(`Starting automatic rewriting of AOF on ${growth}% growth`)
    this.beginRewrite()
  }

  /** Once a second: tries again what failed. */
  everySecond(): void {
    this.writer.endTurn()
  }

  /** `appendfsync` or what spares the disk has changed: replies may not have to wait any more. */
  policyChanged(): void {
    this.writer.endTurn()
    this.#options.becameSafe()
  }

  /** Deletes what rewrites have made superfluous, unless it is to be kept; settles when the manifest is without it. */
  deleteHistory(): Promise<void> {
    if (this.#options.settings().keepsHistory) return Promise.resolve()
    return new Promise((resolve) => this.#options.folder.deleteHistory(() => resolve()))
  }

  /** Gives the rewrite up, for the process ends. Whether that may be: what it writes may be all there is. */
  cancelForShutdown(isForced: boolean): boolean {
    const { log } = this.#options
    if (this.#rewrite === null) return true
    if (this.state === 'waiting') {
      log.warning(isForced ? 'Writing initial AOF. Exit anyway.' : "Writing initial AOF, can't exit.")
      if (!isForced) return false
    }
    log.warning('There is a child rewriting the AOF. Killing it!')
    this.#cancelRewrite()
    return true
  }

  /** Begins to append again after files were loaded anew into an empty keyspace. */
  reselect(): void {
    this.#options.feed.reselect()
  }

  #detach(): void {
    this.state = 'off'
    this.isScheduled = false
    this.#fed.clear(-1)
    this.#options.feed.detach(this)
  }

  #cancelRewrite(): void {
    this.#rewrite?.cancel()
    this.#rewrite = null
  }

  /** From now on appends to another file: what stands before belongs to what is being rewritten. */
  #openNext(descriptor: number): void {
    this.#earlierBytes = this.bytes
    this.writer.open(descriptor, 0)
    this.writer.endTurn()
    this.#options.feed.reselect()
  }

  #rewriteEnded({ succeeded, isVoid, bytes, imageBytes, startSeconds }: RewriteOutcome): void {
    const { clock } = this.#options
    this.#rewrite = null
    this.lastRewriteFailed = !succeeded && !isVoid
    this.lastImageBytes = imageBytes
    this.lastRewriteSeconds = Math.floor(clock.unixMs() / 1000) - startSeconds
    if (succeeded) {
      this.backoff.reset()
      if (this.state !== 'off') {
        this.#earlierBytes = bytes
        this.rewrittenBytes = this.bytes
        this.state = 'on'
      }
      void this.deleteHistory()
    } else {
      if (isVoid) this.isScheduled = true
      else this.backoff.failed()
      if (this.state === 'waiting') {
        // the temporary file is gone; another one is begun with the next rewrite
        this.writer.abandon()
        this.isScheduled = true
      }
    }
    this.writer.endTurn() // the disk is no longer spared
  }

  /** A line of the second in which what follows was appended, once for each. */
  #annotate(): void {
    const { clock } = this.#options
    const seconds = Math.floor(clock.unixMs() / 1000)
    if (seconds <= this.#annotatedSeconds) return
    this.#annotatedSeconds = seconds
    this.writer.appendText(`#TS:${seconds}\r\n`)
  }

  #noteProblem(): void {
    const has = this.problem !== null
    if (has === this.#hadProblem) return
    this.#hadProblem = has
    this.#options.statusChanged()
  }
}
