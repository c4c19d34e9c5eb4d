import { basename } from 'node:path'
import { systemReason, type Log } from '../base/index.js'
import { type Descriptor, type Files } from './files.js'
import { LoadError, type LoadTurn, type Loading } from './loading.js'
import type { SnapshotReader } from './aof/file-load.js'

export interface SnapshotLoaderOptions {
  readonly files: Files
  readonly log: Log
  readonly loading: Loading
  /** Bytes loaded between two loop turns, if that is less than it would be anyway. */
  stepBytesMost(): number
  /** Called before each piece: the time that calls run at moves on. */
  tick(): void
}

/** Bytes read in one go, and bytes loaded in one step: about a millisecond. */
const readBytes = 1 << 20
const stepBytesMost = 1 << 16

/** Loads a snapshot file: a piece in each loop turn, or all at once. */
export class SnapshotLoader {
  readonly #options: SnapshotLoaderOptions

  constructor(options: SnapshotLoaderOptions) {
    this.#options = options
  }

  /**
   * @param turn waits for the next loop turn; it is told how many keys were loaded since
   * @returns false where there is no such file. @throws {LoadError}
   */
  async load(path: string, reader: SnapshotReader, turn: LoadTurn): Promise<boolean> {
    const bytes = this.#begin(path)
    if (bytes < 0) return false
    try {
      const file = this.#open(path)
      const buffer = Buffer.allocUnsafe(readBytes)
      try {
        for (let position = 0; !reader.isDone;) {
          const read = await this.#readLater(file, buffer, position)
          const stepBytes = Math.min(stepBytesMost, this.#options.stepBytesMost())
          for (let at = 0; at < read && !reader.isDone; at += stepBytes) {
            const before = reader.keysLoaded
            this.#push(reader, buffer.subarray(at, Math.min(read, at + stepBytes)))
            await turn(reader.keysLoaded - before)
          }
          position += read
          if (read === 0) reader.end()
        }
      } finally {
        this.#options.files.close(file)
      }
    } catch (error) {
      throw this.#explain(path, error)
    } finally {
      this.#count(reader)
      this.#options.loading.end()
    }
    this.#options.log.notice(`DB loaded from disk: ${this.#options.loading.seconds} seconds`)
    return true
  }

  /** @returns false where there is no such file. @throws {LoadError} */
  loadNow(path: string, reader: SnapshotReader): boolean {
    const { files, loading } = this.#options
    if (this.#begin(path) < 0) return false
    try {
      const file = this.#open(path)
      const buffer = Buffer.allocUnsafe(readBytes)
      try {
        for (let position = 0; !reader.isDone;) {
          const read = files.read(file, buffer, position)
          this.#push(reader, buffer.subarray(0, read))
          position += read
          if (read === 0) reader.end()
        }
      } finally {
        files.close(file)
      }
    } catch (error) {
      throw this.#explain(path, error)
    } finally {
      this.#count(reader)
      loading.end()
    }
    return true
  }

  #begin(path: string): number {
    const facts = this.#options.files.look(path)
    if (facts === null) return -1
    this.#options.loading.begin(facts.bytes)
    return facts.bytes
  }

  #open(path: string): Descriptor {
    return this.#options.files.open(path, 'r')
  }

  #readLater(file: Descriptor, into: Buffer, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#options.files.readLater(file, into, position, (error, read) =>
        error === null ? resolve(read) : reject(error),
      )
    })
  }

  #push(reader: SnapshotReader, bytes: Buffer): void {
    this.#options.tick()
    reader.push(bytes)
    this.#options.loading.advance(bytes.length)
  }

  #count(reader: SnapshotReader): void {
    this.#options.loading.keysLoaded = reader.keysLoaded
    this.#options.loading.keysExpired = reader.keysExpired
  }

  #explain(path: string, error: unknown): LoadError {
    const { log } = this.#options
    const isSystems = (error as NodeJS.ErrnoException).code !== undefined
    const reason = isSystems ? systemReason(error) : (error as Error).message
    log.warning(`Fatal error loading the DB: ${reason}. Exiting.`)
    if (!isSystems) log.warning('Terminating server after rdb file reading failure.')
    return new LoadError(`${basename(path)} cannot be loaded: ${reason}`)
  }
}
