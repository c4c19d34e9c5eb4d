import { systemReason, type Log } from '../../base/index.js'
import type { Replay } from '../../command/index.js'
import type { Descriptor, Files } from '../files.js'
import { LoadError, type LoadTurn, type Loading } from '../loading.js'
import { BadFile, FileLoad, type SnapshotReader } from './file-load.js'
import type { AofFolder } from './folder.js'

export interface LoaderOptions {
  readonly files: Files
  readonly log: Log
  readonly loading: Loading
  readonly folder: AofFolder
  readonly replay: Replay
  /** A reader of a snapshot that is the beginning of a file. */
  makeReader(): SnapshotReader
  /** `aof-load-truncated` */
  mayTruncate(): boolean
  /** Called before each piece: the time that calls run at moves on. */
  tick(): void
}

/** What was found: nothing at all, only empty files, or something that is in memory now. */
export type LoadOutcome = 'nothing' | 'empty' | 'loaded'

/** Bytes of a file are wanted. */
interface Read {
  readonly file: Descriptor
  readonly into: Uint8Array
  readonly position: number
}

/** That, or a step is done, in which so many keys or requests were loaded. */
type Step = Read | number

/**
 * Loads the files of a manifest, the base first.
 *
 * It goes in steps of about a millisecond, which a caller takes one behind the other (DEBUG LOADAOF) or one in each loop
 * turn, with the reading done by another thread (at the start).
 */
export class AofLoader {
  readonly #options: LoaderOptions

  constructor(options: LoaderOptions) {
    this.#options = options
  }

  /** Loads in steps, one in each loop turn. @throws {LoadError} */
  async load(turn: LoadTurn): Promise<LoadOutcome> {
    const { files } = this.#options
    const run = this.#run()
    let count = 0
    for (;;) {
      const { value, done } = run.next(count)
      if (done === true) return value
      if (typeof value === 'number') await turn(value)
      else {
        const { file, into, position } = value
        count = await new Promise<number>((resolve, reject) => {
          files.readLater(file, into, position, (error, read) => (error === null ? resolve(read) : reject(error)))
        })
      }
    }
  }

  /** Loads all at once. @throws {LoadError} */
  loadNow(): LoadOutcome {
    const run = this.#run()
    let count = 0
    for (;;) {
      const { value, done } = run.next(count)
      if (done === true) return value
      if (typeof value !== 'number') count = this.#options.files.read(value.file, value.into, value.position)
    }
  }

  *#run(): Generator<Step, LoadOutcome, number> {
    const { folder, loading, log } = this.#options
    folder.upgrade()
    const names = folder.manifest.loaded.map(({ name }) => name)
    if (names.length === 0) return 'nothing'
    const missing = names.find((name) => !folder.has(name))
    if (missing !== undefined) {
      folder.bytesOf(missing) // says so
      throw new LoadError(`the append-only file ${missing} is named by the manifest and not there`)
    }
    const total = names.reduce((sum, name) => sum + folder.bytesOf(name), 0)
    if (total === 0) return 'empty'
    loading.begin(total)
    try {
      for (const [index, name] of names.entries()) {
        const isBase = index === 0 && folder.manifest.base !== null
        const before = loading.seconds
        yield* this.#loadFile(name, index === names.length - 1)
        const seconds = (Number(loading.seconds) - Number(before)).toFixed(3)
        log.notice(`DB loaded from ${isBase ? 'base' : 'incr'} file ${name}: ${seconds} seconds`)
      }
      log.notice(`DB loaded from append only file: ${loading.seconds} seconds`)
      return 'loaded'
    } finally {
      loading.end()
    }
  }

  /** Loads one file; what is no whole request at its end is cut off, where that is allowed. */
  *#loadFile(name: string, isLast: boolean): Generator<Step, void, number> {
    const { files, folder, replay, log } = this.#options
    const bytes = folder.bytesOf(name)
    if (bytes === 0) return
    let file: Descriptor
    try {
      file = files.open(folder.pathOf(name), 'r')
    } catch (error) {
      throw this.#fatal(`Fatal error: can't open the append log file ${name} for reading: ${systemReason(error)}`)
    }
    replay.reset()
    let reader: SnapshotReader | null = null
    const load = new FileLoad(bytes, replay, () => {
      log.notice(
        this.#isSingle(name) ? 'Reading RDB preamble from AOF file...' : 'Reading RDB base file on AOF loading...',
      )
      return (reader = this.#options.makeReader())
    })
    try {
      yield* this.#execute(load, file)
      if (load.isWhole()) return
      if (load.revertTransaction()) log.warning(`Revert incomplete MULTI/EXEC transaction in AOF file ${name}`)
      this.#cut(name, load.validBytes, isLast)
    } catch (error) {
      if (error instanceof LoadError) throw error
      throw this.#explain(name, error as Error)
    } finally {
      this.#count(reader)
      files.close(file)
      replay.reset()
    }
  }

  *#execute(load: FileLoad, file: Descriptor): Generator<Step, void, number> {
    const { loading, tick } = this.#options
    for (;;) {
      const read = yield { file, into: load.room, position: load.bytesRead }
      if (read === 0) return
      load.filled(read)
      loading.advance(read)
      for (let isMore = true; isMore;) {
        tick()
        const before = load.loaded
        isMore = load.step()
        yield load.loaded - before
      }
    }
  }

  #isSingle(name: string): boolean {
    return name === this.#options.folder.filename
  }

  #count(reader: SnapshotReader | null): void {
    if (reader === null) return
    this.#options.loading.keysLoaded = reader.keysLoaded
    this.#options.loading.keysExpired = reader.keysExpired
  }

  /**
   * Cuts off what is no whole request, where that is allowed. A file that others follow is left as it is, or the next start
   * would take it for whole. @throws {LoadError}
   */
  #cut(name: string, validBytes: number, isLast: boolean): void {
    const { files, folder, log, mayTruncate } = this.#options
    if (!mayTruncate()) {
      throw this.#fatal(
        `Unexpected end of file reading the append only file ${name}. You can: 1) Make a backup of your AOF file, then ` +
          'use ./redis-check-aof --fix <filename.manifest>. 2) Alternatively you can set the ' +
          "'aof-load-truncated' configuration option to yes and restart the server.",
      )
    }
    log.warning(`!!! Warning: short read while loading the AOF file ${name}!!!`)
    if (!isLast) throw this.#fatal('Fatal error: the truncated file is not the last file')
    log.warning(`!!! Truncating the AOF ${name} at offset ${validBytes} !!!`)
    try {
      const file = files.open(folder.pathOf(name), 'r+')
      try {
        files.truncate(file, validBytes)
        files.sync(file)
      } finally {
        files.close(file)
      }
    } catch (error) {
      throw this.#fatal(`Error truncating the AOF file ${name}: ${systemReason(error)}`)
    }
    log.warning(`AOF ${name} loaded anyway because aof-load-truncated is enabled`)
  }

  #explain(name: string, error: Error): LoadError {
    if (!(error instanceof BadFile)) {
      return this.#fatal(`Unrecoverable error reading the append only file ${name}: ${systemReason(error)}`)
    }
    const { fault, offset, message } = error
    if (fault === 'command') {
      return this.#fatal(`Unknown command '${message}' reading the append only file ${name} at offset ${offset}`)
    }
    if (fault === 'snapshot') {
      this.#options.log.warning(message)
      const what = this.#isSingle(name) ? 'the RDB preamble of the AOF file' : 'the RDB base file'
      return this.#fatal(`Error reading ${what} ${name}, AOF loading aborted: ${message}`)
    }
    return this.#fatal(
      `Bad file format reading the append only file ${name} at offset ${offset}: make a backup of your AOF file, then ` +
        'use ./redis-check-aof --fix <filename.manifest>',
    )
  }

  #fatal(text: string): LoadError {
    this.#options.log.warning(text)
    return new LoadError(text)
  }
}
