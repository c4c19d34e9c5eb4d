import { errorReply, holdUp, type Clock, type Log, type ReplyError } from '../base/index.js'
import {
  Gate,
  type DurabilityService,
  type ReloadOptions,
  type Replay,
  type SavedHistory,
  type ShutdownOptions,
} from '../command/index.js'
import { fileFailed, snapshotFailed, type Dispatcher } from '../dispatch/index.js'
import type { Keyspace } from '../keyspace/index.js'
import type { InfoSection, LatencyMonitor } from '../observe/index.js'
import {
  AofFolder,
  AppendOnly,
  LoadError,
  Loading,
  Snapshots,
  lockDirectory,
  persistenceLines,
  type DirectoryLock,
  type Files,
  type Images,
} from '../persistence/index.js'
import { BadValue, type Config } from './config/index.js'
import type { BytesBeside } from './file-images.js'
import { FileLoads } from './file-loads.js'
import type { Output } from './output.js'

export interface DurabilityHost {
  readonly clock: Clock
  readonly config: Config
  readonly dispatcher: Dispatcher
  readonly files: Files
  readonly images: Images & { readonly bytesBeside: BytesBeside }
  readonly keyspace: Keyspace
  readonly latency: LatencyMonitor
  readonly log: Log
  readonly output: Output
  /** Whether files are read and written at all. */
  readonly keepsFiles: boolean
  replay(): Replay
  /** A snapshot came with this code of functions. */
  functions(code: readonly Uint8Array[]): void
  /** Whether replicas are being made a snapshot. */
  isImagingForReplicas(): boolean
  /** Whether a primary says what expires. */
  isReplica(): boolean
  /** What is on disk is in place of the dataset. */
  reloaded(): void
  /** A snapshot file says which history it belongs to, before its first key. */
  restored(history: SavedHistory): void
  /** Writes are refused with this while files cannot be written. */
  refuseWrites(refusal: ReplyError): void
  /** What was promised cannot be kept: the process must end. */
  fatal(): void
}

const saveFails = errorReply('')
const saveInProgress = errorReply('Background save already in progress')
const rewriteInProgress = errorReply('Background append only file rewriting already in progress')
const cannotRewrite = errorReply(
  "Can't execute an AOF background rewriting. Please check the server logs for more information.",
)
const otherInProgress = errorReply(
  "Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE " +
    'whenever possible.',
)
const cannotLoad = errorReply('Error trying to load the RDB dump')

/** Joins the persistence room to the server: what is read at the start, what is written while it runs and at its end. */
export class Durability implements DurabilityService {
  readonly loading: Loading
  readonly appendOnly: AppendOnly
  readonly snapshots: Snapshots
  /** Hears that more of the feed is on disk. */
  onSafe: () => void = () => {}
  /** Whether clients are told that files are being loaded. */
  isLoading = false
  flushSleepMicros = 0
  readonly #host: DurabilityHost
  readonly #folder: AofFolder
  readonly #loads: FileLoads
  #lock: DirectoryLock | null = null

  constructor(host: DurabilityHost) {
    this.#host = host
    const { clock, config, dispatcher, files, images, keyspace, latency, log, output } = host
    const { values } = config
    const took: LatencyMonitor['note'] = (event, ms) => latency.note(event, ms)
    const shared = { files, clock, log, images, processId: process.pid, took }
    this.loading = new Loading(clock, log, () => {})
    this.#folder = new AofFolder({
      files,
      log,
      directory: () => values.dir,
      folderName: values.appenddirname,
      filename: values.appendfilename,
    })
    this.#loads = new FileLoads({
      ...{ files, folder: this.#folder, loading: this.loading, clock, config, keyspace, log },
      replay: () => host.replay(),
      functions: (code) => host.functions(code),
      isReplica: () => host.isReplica(),
      restored: (history) => host.restored(history),
      expired: (db, key) => {
        const { propagation } = dispatcher
        if (propagation.isActive) propagation.deleted(db, key)
      },
    })
    this.appendOnly = new AppendOnly({
      ...shared,
      folder: this.#folder,
      feed: dispatcher.propagation,
      settings: () => ({
        fsync: values.appendfsync,
        sparesDiskWhileImaging: values.noAppendfsyncOnRewrite,
        usesPreamble: values.aofUseRdbPreamble,
        hasTimestamps: values.aofTimestampEnabled,
        keepsHistory: values.aofDisableAutoGc,
        growthPercent: values.autoAofRewritePercentage,
        growthBytesMin: values.autoAofRewriteMinSize,
        syncsOnTheWay: values.aofRewriteIncrementalFsync,
      }),
      wake: () => output.schedule(),
      becameSafe: () => {
        output.release(this.appendOnly.safe)
        this.onSafe()
      },
      statusChanged: () => this.#considerWrites(),
      fatal: () => host.fatal(),
    })
    this.snapshots = new Snapshots({
      ...shared,
      settings: () => ({
        points: values.save,
        directory: values.dir,
        filename: values.dbfilename,
        syncsOnTheWay: values.rdbSaveIncrementalFsync,
      }),
      changes: () => keyspace.changes,
      statusChanged: () => this.#considerWrites(),
    })
    this.#followConfig()
  }

  /** Holds the directory, if anything is to be written there. @throws {LoadError} another server does */
  async lock(): Promise<void> {
    const { save, appendonly, dir } = this.#host.config.values
    if (!this.#host.keepsFiles || (save.length === 0 && !appendonly)) return
    this.#setLoading(true)
    await this.#hold(dir)
  }

  /** Loads what the last process left, clients being told to wait, and begins to append. @throws {LoadError} */
  async load(): Promise<void> {
    const { config, dispatcher, keepsFiles } = this.#host
    if (!keepsFiles) return
    this.#setLoading(true)
    if (config.values.appendonly) {
      dispatcher.propagation.suspend(true)
      try {
        if (await this.#loads.loadAppendOnly()) this.appendOnly.noteLoaded()
      } finally {
        dispatcher.propagation.suspend(false)
      }
    } else await this.#loads.loadSnapshot(this.snapshots.path)
    this.snapshots.noteLoaded()
    if (config.values.appendonly) {
      this.appendOnly.openAtStart()
      void this.appendOnly.deleteHistory()
    }
    this.#setLoading(false)
  }

  /** Some times a second. */
  tick(): void {
    if (this.isLoading) return
    this.appendOnly.tick()
    if (this.#host.keepsFiles) this.snapshots.considerPoints()
    this.appendOnly.considerGrowth()
    this.snapshots.considerSchedule()
  }

  /** The loop turn ends, and replies are about to leave: what must be in the file before is written. */
  endTurn(): void {
    if (this.flushSleepMicros > 0 && this.appendOnly.writer.bufferedBytes > 0) holdUp(this.flushSleepMicros / 1000)
    this.appendOnly.endTurn()
  }

  everySecond(): void {
    this.appendOnly.everySecond()
  }

  /** The section of INFO. */
  get section(): InfoSection {
    const { clock, config } = this.#host
    return {
      name: 'persistence',
      title: 'Persistence',
      lines: () =>
        persistenceLines({
          loading: this.loading,
          snapshots: this.snapshots,
          appendOnly: this.appendOnly,
          isImagingForReplicas: this.#host.isImagingForReplicas(),
          isAppendOnly: config.values.appendonly,
          nowSeconds: Math.floor(clock.unixMs() / 1000),
          image: this.#host.images.bytesBeside,
        }),
    }
  }

  // --- another dataset comes from a primary

  /** @param serves whether clients are served the former one meanwhile */
  loadingFromPrimary(bytes: number | null, serves: boolean): void {
    this.loading.begin(bytes ?? 0, serves)
    this.#setLoading(true, serves)
  }

  loadedFromPrimary(): void {
    this.loading.end()
    this.#setLoading(false)
  }

  /** It has taken the place of the former one, of which files hold changes: they begin anew. */
  replaced(): void {
    this.snapshots.noteLoaded()
    if (this.appendOnly.state === 'off') return
    this.appendOnly.switchOff()
    if (!this.appendOnly.switchOn(true)) {
      this.#host.log.warning('Failed enabling the AOF after successful master synchronization!')
    }
  }

  /** All keys were deleted by FLUSHALL: so are those of the snapshot file, where there are save points. */
  flushed(): void {
    const { config, keepsFiles } = this.#host
    if (config.values.save.length > 0 && keepsFiles && !this.isLoading) this.snapshots.saveNow()
  }

  // --- the end

  /** Settles when the disk has what was appended until now. */
  async drain(): Promise<void> {
    if (this.appendOnly.state !== 'off') await this.appendOnly.writer.drain()
  }

  /** Saves what is to be saved before the server ends, and before it returns; false: it cannot be, and must not end. */
  saveAtEnd({ save, force }: Pick<ShutdownOptions, 'save' | 'force'>): boolean {
    const { config, log } = this.#host
    this.snapshots.cancel()
    if (!this.appendOnly.cancelForShutdown(force)) return false
    if (this.appendOnly.state !== 'off') {
      log.notice('Calling fsync() on the AOF file.')
      this.appendOnly.writer.finish()
    }
    const saves = save === 'save' || (save === 'default' && config.values.save.length > 0)
    if (!saves || this.isLoading || !this.#host.keepsFiles) return true
    log.notice('Saving the final RDB snapshot before exiting.')
    if (this.snapshots.saveNow()) return true
    log.warning(`Error trying to save the DB, ${force ? 'exit anyway.' : "can't exit."}`)
    return force
  }

  /** Puts on the disk what was appended, closes files, and gives the directory back. */
  async close(): Promise<void> {
    this.snapshots.cancel()
    this.appendOnly.cancelForShutdown(true)
    await this.appendOnly.writer.drain()
    this.appendOnly.switchOff()
    await this.#lock?.release()
    this.#lock = null
  }

  // --- DurabilityService

  get lastSaveSeconds(): number {
    return this.snapshots.lastSeconds
  }

  get unsavedChanges(): number {
    return this.snapshots.changes
  }

  save(): void {
    if (this.snapshots.isRunning) throw saveInProgress
    if (!this.snapshots.saveNow()) throw saveFails
  }

  saveInSlices(mayWait: boolean, isInside: boolean): string {
    const { snapshots } = this
    if (snapshots.isRunning || this.#host.isImagingForReplicas()) throw saveInProgress
    if (this.#host.images.isBusy || this.appendOnly.isRewriting || isInside) {
      if (!mayWait && !isInside) throw otherInProgress
      snapshots.isScheduled = true
      return 'Background saving scheduled'
    }
    if (!snapshots.saveInSlices()) throw saveFails
    return 'Background saving started'
  }

  rewrite(isInside: boolean): string {
    const { appendOnly } = this
    if (appendOnly.isUnsettled) throw rewriteInProgress // as INFO has it
    if (this.#host.images.isBusy || isInside) {
      appendOnly.isScheduled = true
      appendOnly.backoff.reset()
      return 'Background append only file rewriting scheduled'
    }
    if (!appendOnly.beginRewrite()) throw cannotRewrite
    return 'Background append only file rewriting started'
  }

  reload({ saves, flushes, merges }: ReloadOptions): void {
    const { dispatcher, keyspace, log } = this.#host
    if (saves && !this.snapshots.saveNow()) throw saveFails
    dispatcher.propagation.suspend(true)
    try {
      if (flushes) keyspace.flushAll()
      if (!this.#loads.loadSnapshotNow(this.snapshots.path, merges)) throw cannotLoad
    } catch (error) {
      if (error instanceof LoadError) throw cannotLoad
      throw error
    } finally {
      dispatcher.propagation.suspend(false)
    }
    this.#host.reloaded()
    log.warning('DB reloaded by DEBUG RELOAD')
  }

  reloadAppendOnly(done: () => void): void {
    void this.appendOnly.writer.drain().then(() => {
      const { dispatcher, keyspace, log } = this.#host
      dispatcher.propagation.suspend(true)
      try {
        keyspace.flushAll()
        this.#folder.readManifest()
        void this.appendOnly.deleteHistory()
        this.#loads.loadAppendOnlyNow()
      } catch (error) {
        if (!(error instanceof LoadError)) throw error
        this.#host.fatal()
        return
      } finally {
        dispatcher.propagation.suspend(false)
      }
      this.snapshots.noteLoaded()
      this.#host.reloaded()
      log.warning('Append Only File loaded by DEBUG LOADAOF')
      done()
    })
  }

  // --- private

  /** @param serves whether clients are served what was there before */
  #setLoading(isLoading: boolean, serves = false): void {
    const { config, dispatcher } = this.#host
    this.isLoading = isLoading && !serves
    config.isLoading = isLoading
    dispatcher.setGate(Gate.loading, this.isLoading)
    dispatcher.setGate(Gate.loadingAside, isLoading && serves)
  }

  /** @throws {LoadError} another server holds it */
  async #hold(directory: string): Promise<void> {
    const lock = await lockDirectory(this.#host.files, directory)
    if (lock === null) {
      throw new LoadError(
        `another server keeps its files in ${directory}; stop it, or give each a directory of its own by dir`,
      )
    }
    await this.#lock?.release()
    this.#lock = lock
  }

  /** Refuses writes while they would be lost, or lets them in again. */
  #considerWrites(): void {
    const { config, dispatcher } = this.#host
    const { stopWritesOnBgsaveError, save } = config.values
    const { problem } = this.appendOnly
    const isSnapshotMissing = stopWritesOnBgsaveError && save.length > 0 && this.snapshots.hasFailed
    if (isSnapshotMissing) this.#host.refuseWrites(snapshotFailed)
    else if (problem !== null) this.#host.refuseWrites(fileFailed(problem))
    dispatcher.setGate(Gate.diskError, isSnapshotMissing || problem !== null)
  }

  #followConfig(): void {
    const { config, dispatcher } = this.#host
    config.onChange('appendonly', (isOn) => {
      if (!isOn) this.appendOnly.switchOff()
      else if (!this.appendOnly.switchOn(!dispatcher.isInTransaction))
        throw new BadValue('Unable to turn on AOF. Check server logs.')
    })
    config.onChange('appendfsync', () => this.appendOnly.policyChanged())
    config.onChange('noAppendfsyncOnRewrite', () => this.appendOnly.policyChanged())
    config.onChange('aofDisableAutoGc', () => this.appendOnly.deleteHistory())
    config.onChange('stopWritesOnBgsaveError', () => this.#considerWrites())
    config.onChange('save', () => this.#considerWrites())
    config.onChange('dir', async (directory) => {
      if (this.#lock === null) return
      await this.#hold(directory).catch((problem: unknown) => {
        throw new BadValue((problem as Error).message)
      })
    })
  }
}
