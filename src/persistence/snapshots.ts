import { join } from 'node:path'
import { systemReason, type Clock, type Log } from '../base/index.js'
import type { LatencyEvent } from '../observe/index.js'
import { publish, publishLater, type Files } from './files.js'
import { ImageFile, ImageFileNow } from './image-file.js'
import { KeysDeleted } from './image/sink.js'
import type { Images, RunningImage } from './images.js'

/** A snapshot is made when there were so many changes, and the last one is so many seconds old. */
export interface SavePoint {
  readonly seconds: number
  readonly changes: number
}

export interface SnapshotSettings {
  readonly points: readonly SavePoint[]
  readonly directory: string
  readonly filename: string
  readonly syncsOnTheWay: boolean
}

export interface SnapshotsOptions {
  readonly files: Files
  readonly clock: Clock
  readonly log: Log
  readonly images: Images
  readonly processId: number
  settings(): SnapshotSettings
  /** Changes of the keyspace since the start. */
  changes(): number
  /** Whether writes are possible may have changed: `hasFailed`. */
  statusChanged(): void
  took(event: LatencyEvent, ms: number): void
}

/** Seconds until a save point that failed is tried again. */
const retrySeconds = 5

/**
 * Snapshot files: at once (SAVE), in slices (BGSAVE), and by save points.
 *
 * A snapshot is written under another name, put on the disk, and renamed: under its own name there is always a whole one.
 *
 * @see redis 7.0.15, rdb.c, rdbSave, rdbSaveBackground; server.c, serverCron
 */
export class Snapshots {
  /** Unix seconds of the last snapshot that succeeded; the start counts as one. */
  lastSeconds: number
  /** The last one in slices failed. */
  hasFailed = false
  isScheduled = false
  /** Seconds that the last one in slices took; -1 for none. */
  lastTookSeconds = -1
  saves = 0
  /** The most bytes of memory that the last one in slices took beside the keyspace. */
  lastImageBytes = 0
  #image: RunningImage | null = null
  #file: ImageFile | null = null
  #startSeconds = 0
  #triedSeconds = 0
  #savedChanges = 0
  #changesAtStart = 0
  readonly #options: SnapshotsOptions

  constructor(options: SnapshotsOptions) {
    this.#options = options
    this.lastSeconds = this.#nowSeconds()
  }

  get isRunning(): boolean {
    return this.#file !== null
  }

  get startSeconds(): number {
    return this.#startSeconds
  }

  get progress(): { readonly keysDone: number; readonly keysTotal: number } | null {
    return this.#image
  }

  /** Changes that are in no snapshot. */
  get changes(): number {
    return this.#options.changes() - this.#savedChanges
  }

  get path(): string {
    const { directory, filename } = this.#options.settings()
    return join(directory, filename)
  }

  /** What is in memory is what the files say: nothing has changed since. */
  noteLoaded(): void {
    this.#savedChanges = this.#options.changes()
  }

  /** Makes one at once; whether it could be. If not, the log says why. */
  saveNow(): boolean {
    const { files, log, images, settings } = this.#options
    const { directory, filename } = settings()
    this.saves++
    let file: ImageFileNow
    try {
      file = new ImageFileNow(files, this.#temporary)
    } catch (error) {
      log.warning(this.#openFailed(error))
      return false
    }
    try {
      images.writeNow('snapshot', file)
      file.finish()
    } catch (error) {
      log.warning(`Write error saving DB on disk(write): ${systemReason(error)}`)
      return false
    }
    try {
      publish(files, this.#temporary, this.path)
    } catch (error) {
      log.warning(
        `Error moving temp DB file ${this.#temporaryName} on the final destination ${filename} (in server root dir ` +
          `${directory}): ${systemReason(error)}`,
      )
      files.removeLater(this.#temporary, () => {})
      return false
    }
    log.notice('DB saved on disk')
    this.#savedChanges = this.#options.changes()
    this.lastSeconds = this.#nowSeconds()
    this.#setFailed(false)
    return true
  }

  /** Begins one in slices; whether it has begun. If not, and nothing else is in its way, the log says why. */
  saveInSlices(): boolean {
    const { files, log, images, settings, processId, changes } = this.#options
    if (this.isRunning || images.isBusy) return false
    this.saves++
    this.#changesAtStart = changes()
    this.#triedSeconds = this.#startSeconds = this.#nowSeconds()
    this.isScheduled = false
    try {
      this.#file = new ImageFile({
        files,
        path: this.#temporary,
        syncsOnTheWay: settings().syncsOnTheWay,
        resume: () => this.#image?.resume(),
        done: (error) => this.#written(error),
      })
    } catch (error) {
      log.warning(this.#openFailed(error))
      log.warning('Background saving error')
      this.#setFailed(true)
      return false
    }
    this.#image = images.begin('snapshot', this.#file)
    log.notice(`Background saving started by pid ${processId}`)
    return true
  }

  /** Gives up the one that is being made. */
  cancel(): void {
    if (this.#file === null) return
    const { log } = this.#options
    log.warning('There is a child saving an .rdb. Killing it!')
    this.#image?.cancel()
    const file = this.#file
    this.#file = this.#image = null
    file.failed(new Error('the snapshot was given up'))
    this.#options.took('rdb-unlink-temp-file', 0)
  }

  /** Begins one where a save point says so. */
  considerPoints(): void {
    const { images, log, settings } = this.#options
    if (this.isRunning || images.isBusy) return
    const nowSeconds = this.#nowSeconds()
    const { changes } = this
    const due = settings().points.find(
      (point) =>
        changes >= point.changes &&
        nowSeconds - this.lastSeconds > point.seconds &&
        (!this.hasFailed || nowSeconds - this.#triedSeconds > retrySeconds),
    )
    if (due === undefined) return
    log.notice(`${due.changes} changes in ${due.seconds} seconds. Saving...`)
    this.saveInSlices()
  }

  /** Begins one that was scheduled. */
  considerSchedule(): void {
    if (!this.isScheduled || this.isRunning || this.#options.images.isBusy) return
    if (!this.hasFailed || this.#nowSeconds() - this.#triedSeconds > retrySeconds) this.saveInSlices()
  }

  /** All bytes are on the disk, or they could not be. */
  #written(error: Error | null): void {
    if (this.#file === null) return // it was given up
    const { files, log } = this.#options
    if (error !== null) {
      if (error instanceof KeysDeleted) return this.#givenUp()
      log.warning(`Write error saving DB on disk(write): ${systemReason(error)}`)
      this.#image?.cancel()
      return this.#ended(false)
    }
    const { directory, filename } = this.#options.settings()
    const file = this.#file
    publishLater(files, this.#temporary, this.path, (problem) => {
      if (this.#file !== file) return // it was given up meanwhile
      if (problem === null) return this.#ended(true)
      log.warning(
        `Error moving temp DB file ${this.#temporaryName} on the final destination ${filename} (in server root dir ` +
          `${directory}): ${systemReason(problem)}`,
      )
      files.removeLater(this.#temporary, () => {})
      this.#ended(false)
    })
  }

  /** As Redis kills the child that saves when FLUSHALL leaves nothing to be saved: no failure. */
  #givenUp(): void {
    this.#options.log.warning('Background saving terminated: all keys were deleted')
    this.#file = this.#image = null
  }

  #ended(succeeded: boolean): void {
    const { log } = this.#options
    this.lastImageBytes = this.#image?.bytesBesideMost ?? 0
    this.#file = this.#image = null
    this.lastTookSeconds = this.#nowSeconds() - this.#startSeconds
    if (succeeded) {
      log.notice('DB saved on disk')
      log.notice('Background saving terminated with success')
      this.#savedChanges = this.#changesAtStart
      this.lastSeconds = this.#nowSeconds()
    } else log.warning('Background saving error')
    this.#setFailed(!succeeded)
  }

  #setFailed(hasFailed: boolean): void {
    if (this.hasFailed === hasFailed) return
    this.hasFailed = hasFailed
    this.#options.statusChanged()
  }

  get #temporaryName(): string {
    return `temp-${this.#options.processId}.rdb`
  }

  get #temporary(): string {
    return join(this.#options.settings().directory, this.#temporaryName)
  }

  #openFailed(error: unknown): string {
    return (
      `Failed opening the temp RDB file ${this.#temporaryName} (in server root dir ` +
      `${this.#options.settings().directory}) for saving: ${systemReason(error)}`
    )
  }

  #nowSeconds(): number {
    return Math.floor(this.#options.clock.unixMs() / 1000)
  }
}
