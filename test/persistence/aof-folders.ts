import { silentLog } from '../../src/base/index.js'
import { datasetDigest } from '../../src/commands/server/dataset-digest.js'
import { ReplayClient } from '../../src/dispatch/index.js'
import { AofFolder, AofLoader, LoadError, Loading, RdbLoader } from '../../src/persistence/index.js'
import { quietServer } from '../dispatch/follower.js'
import type { MemoryFiles } from './memory-files.js'
import { settle } from './settle.js'

const directory = '/data'

export const pathOf = (name: string): string => `${directory}/appendonlydir/${name}`

/** Puts files into a folder of append-only files. */
export function filled(files: MemoryFiles, contents: Readonly<Record<string, Buffer>>): MemoryFiles {
  files.makeDirectory(directory)
  files.makeDirectory(pathOf('').slice(0, -1))
  for (const [name, bytes] of Object.entries(contents)) files.put(pathOf(name), bytes)
  return files
}

/** What came of a load: files as they are afterwards, and the digest of the dataset or the refusal. */
export interface Outcome {
  readonly isLoaded: boolean
  readonly text: string
  readonly all: Record<string, string>
}

/** Loads folders of append-only files into one server, one after the other. */
export class FolderLoads {
  readonly #server = quietServer(undefined, { protoMaxBulkLen: '1mb' }) // no SETRANGE makes gigabytes, as in a server so configured
  readonly #replay = new ReplayClient(1_000_000, this.#server.dispatcher, 0)
  #baseline = -1

  load(files: MemoryFiles, mayTruncate: boolean): Outcome {
    const { keyspace, clock } = this.#server
    const said: string[] = []
    const log = { ...silentLog, warning: (text: string) => void said.push(text) }
    const folder = new AofFolder({
      files,
      log,
      directory: () => directory,
      folderName: 'appendonlydir',
      filename: 'appendonly.aof',
    })
    const loader = new AofLoader({
      files,
      log,
      loading: new Loading(clock, log, () => {}),
      folder,
      replay: this.#replay,
      makeReader: () => new RdbLoader(keyspace, { origin: 'preamble' }),
      mayTruncate: () => mayTruncate,
      tick: () => keyspace.tick(),
    })
    try {
      folder.readManifest()
      loader.loadNow()
      return { isLoaded: true, text: datasetDigest(keyspace), all: files.all }
    } catch (error) {
      if (!(error instanceof LoadError)) throw error
      if (said.length === 0) throw new Error('the log says nothing of it', { cause: error })
      return { isLoaded: false, text: error.message, all: files.all }
    } finally {
      this.#clear()
    }
  }

  #clear(): void {
    const { keyspace } = this.#server
    keyspace.flushAll()
    settle(keyspace)
    const { usedBytes } = keyspace.arena
    if (this.#baseline < 0) this.#baseline = usedBytes
    if (usedBytes !== this.#baseline) throw new Error(`${usedBytes - this.#baseline} bytes are left behind`)
  }
}
