import type { Log } from '../base/index.js'
import { Database, Expiry, type Keyspace } from '../keyspace/index.js'
import { Aux, RdbLoader } from '../persistence/index.js'
import type { Dataset, Loading } from '../replication/index.js'

export interface DatasetParts {
  readonly keyspace: Keyspace
  readonly log: Log
  /** `rdbchecksum` */
  checksum(): boolean
  /** Loading begins, of so many bytes (null: nobody knows); `serves`: calls are not refused meanwhile. */
  begun(bytes: number | null, serves: boolean): void
  /** So many bytes of it are loaded. */
  came(bytes: number): void
  ended(): void
  /** The image came with this code of functions. */
  functions(code: readonly Uint8Array[]): void
  /** Another dataset took the place of the former one: files begin anew. */
  replaced(): void
}

/** The keyspace as replication replaces it. */
export class ReplacedDataset implements Dataset {
  /** An image is loaded beside the dataset: what walks over all databases does not know of it. */
  isLoadingAside = false
  readonly #parts: DatasetParts

  constructor(parts: DatasetParts) {
    this.#parts = parts
  }

  get isEmpty(): boolean {
    return this.#parts.keyspace.databases.every(({ size }) => size === 0)
  }

  flush(): void {
    this.#parts.keyspace.flushAll()
  }

  load(bytes: number | null, { aside, serves }: { readonly aside: boolean; readonly serves: boolean }): Loading {
    const { keyspace } = this.#parts
    this.isLoadingAside = aside
    const databases = aside ? keyspace.databases.map(({ index }) => new Database(keyspace, index)) : null
    this.#parts.begun(bytes, serves)
    return new ImageLoading(this.#parts, databases, () => {
      this.isLoadingAside = false
      this.#parts.ended()
    })
  }

  replaced(): void {
    this.#parts.replaced()
  }
}

class ImageLoading implements Loading {
  readonly #parts: DatasetParts
  readonly #databases: readonly Database[] | null
  readonly #ended: () => void
  readonly #loader: RdbLoader
  readonly #flushes: number
  #streamDatabase = -1
  #isOver = false

  constructor(parts: DatasetParts, databases: readonly Database[] | null, ended: () => void) {
    this.#parts = parts
    this.#databases = databases
    this.#ended = ended
    this.#flushes = parts.keyspace.flushes
    this.#loader = new RdbLoader(parts.keyspace, {
      origin: 'primary',
      checksum: parts.checksum(),
      log: parts.log,
      ...(databases !== null && { databases }),
      onAux: (name, value) => {
        if (name === Aux.replicationDb) this.#streamDatabase = Number(value)
      },
    })
  }

  get isDone(): boolean {
    return this.#loader.isDone
  }

  get rest(): Uint8Array {
    return this.#loader.rest
  }

  get keysLoaded(): number {
    return this.#loader.keysLoaded
  }

  push(bytes: Uint8Array): void {
    const { keyspace } = this.#parts
    // what was loaded aside lay in the memory that a flush of everything drops as a whole
    if (keyspace.flushes !== this.#flushes) throw new Error('keys were flushed while it was loaded')
    keyspace.expiry = Expiry.waits
    try {
      this.#loader.push(bytes)
    } finally {
      keyspace.expiry = keyspace.expiryOfClients
    }
    this.#parts.came(this.#loader.bytesRead)
  }

  finish(): number {
    const { keyspace } = this.#parts
    if (this.#databases !== null) keyspace.imaging?.stop()
    for (const database of this.#databases ?? []) {
      Database.swap(keyspace.databases[database.index], database)
      database.drop()
      keyspace.tellFlushed(database.index)
    }
    keyspace.changes++
    this.#parts.functions(this.#loader.functions)
    this.#end()
    return this.#streamDatabase
  }

  abandon(): void {
    const { keyspace } = this.#parts
    if (this.#isOver) return
    if (this.#databases === null) keyspace.flushAll()
    else if (keyspace.flushes === this.#flushes) for (const database of this.#databases) database.drop()
    this.#end()
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#ended()
  }
}
