import { Pace, type Clock, type Log, type Slice } from '../base/index.js'
import type { Replay, SavedHistory } from '../command/index.js'
import type { Keyspace } from '../keyspace/index.js'
import {
  type AofFolder,
  AofLoader,
  Aux,
  RdbLoader,
  type RdbLoaderOptions,
  SnapshotLoader,
  type Files,
  type Loading,
  type LoadTurn,
} from '../persistence/index.js'
import type { Config } from './config/index.js'

export interface FileLoadsParts {
  readonly clock: Clock
  readonly config: Config
  readonly files: Files
  readonly folder: AofFolder
  readonly keyspace: Keyspace
  readonly loading: Loading
  readonly log: Log
  replay(): Replay
  /** A snapshot came with this code of functions. */
  functions(code: readonly Uint8Array[]): void
  /** Whether a primary says what expires. */
  isReplica(): boolean
  /** A snapshot file says which history it belongs to, before its first key. */
  restored(history: SavedHistory): void
  /** A key of it was past its deadline, and is left out: whoever followed the last process has it still. */
  expired(db: number, key: Slice): void
}

/** Loads what files hold: at the start, a piece each loop turn, or at once. */
export class FileLoads {
  readonly #host: FileLoadsParts
  /** Of the snapshot file that is read at the start. */
  readonly #history = { id: '', offset: -1, database: -1 }

  constructor(host: FileLoadsParts) {
    this.#host = host
  }

  /** @throws {LoadError} */
  async loadSnapshot(path: string): Promise<void> {
    const host = this.#host
    const reader = this.#reader(host.isReplica() ? 'primary' : 'file', false, {
      onAux: (name, value) => this.#noteHistory(name, value),
      onExpired: (db, key) => host.expired(db.index, key),
    })
    if (await this.#snapshotLoader().load(path, reader, this.#turns())) host.functions(reader.functions)
  }

  #noteHistory(name: string, value: string): void {
    const history = this.#history
    if (name === Aux.replicationId) history.id = value
    else if (name === Aux.replicationOffset) history.offset = Number(value)
    else if (name === Aux.replicationDb) history.database = Number(value)
    else return
    if (history.id !== '' && history.offset !== -1 && history.database !== -1) this.#host.restored(history)
  }

  /** Whether there was something to be loaded. @throws {LoadError} */
  async loadAppendOnly(): Promise<boolean> {
    this.#host.folder.readManifest()
    let reader: RdbLoader | null = null
    const loader = this.#aofLoader(() => (reader = this.#reader('preamble')))
    if ((await loader.load(this.#turns())) !== 'loaded') return false
    this.#host.functions((reader as RdbLoader | null)?.functions ?? [])
    return true
  }

  /** Before it returns; whether there was a file. @param merges keys of the file replace those that are there. @throws {LoadError} */
  loadSnapshotNow(path: string, merges: boolean): boolean {
    return this.#snapshotLoader().loadNow(path, this.#reader('file', merges))
  }

  /** Before it returns, by the manifest that was read last. @throws {LoadError} */
  loadAppendOnlyNow(): void {
    this.#aofLoader(() => this.#reader('preamble')).loadNow()
  }

  #aofLoader(makeReader: () => RdbLoader): AofLoader {
    const { config, files, folder, keyspace, loading, log } = this.#host
    return new AofLoader({
      files,
      log,
      loading,
      folder,
      replay: this.#host.replay(),
      makeReader,
      mayTruncate: () => config.values.aofLoadTruncated,
      tick: () => keyspace.tick(),
    })
  }

  /** Loads go on in the next loop turn, or later under `key-load-delay`. */
  #turns(): LoadTurn {
    const { clock, config } = this.#host
    const pace = new Pace(clock, () => config.values.keyLoadDelay)
    return async (loaded) => {
      pace.did(loaded)
      for (let ms = pace.waitMs; ms > 0; ms = pace.waitMs) {
        await new Promise<void>((resolve) => void clock.schedule(ms, resolve))
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  #snapshotLoader(): SnapshotLoader {
    const { config, files, keyspace, loading, log } = this.#host
    return new SnapshotLoader({
      files,
      log,
      loading,
      stepBytesMost: () => config.values.loadingProcessEventsIntervalBytes,
      tick: () => keyspace.tick(),
    })
  }

  #reader(
    origin: RdbLoaderOptions['origin'],
    replaces = false,
    events: Pick<RdbLoaderOptions, 'onAux' | 'onExpired'> = {},
  ): RdbLoader {
    const { config, keyspace, log } = this.#host
    return new RdbLoader(keyspace, { origin, checksum: config.values.rdbchecksum, replaces, log, ...events })
  }
}
