import { Slice, type Clock } from '../../base/index.js'
import { Expiry, Keyspace } from '../../keyspace/index.js'
import type { ImageSink } from '../image/sink.js'
import { RdbLoader } from '../rdb/loader.js'
import { CommandWriter } from './command-writer.js'

/**
 * Makes commands of a snapshot: loads it key by key into a keyspace beside, and writes each as commands when it is whole.
 * So commands are of one moment as snapshots are, and there is one way to make these. A key takes its memory twice meanwhile.
 */
export class CommandSink implements ImageSink {
  readonly #sink: ImageSink
  readonly #keyspace: Keyspace
  readonly #loader: RdbLoader
  readonly #writer: CommandWriter
  #database = -1

  constructor({ limits, random, databases }: Keyspace, clock: Clock, sink: ImageSink, saysTime: boolean) {
    this.#sink = sink
    this.#keyspace = new Keyspace({ clock, random, limits, databases: databases.length })
    this.#keyspace.expiry = this.#keyspace.expiryOfClients = Expiry.waits
    this.#loader = new RdbLoader(this.#keyspace, { origin: 'preamble', checksum: false })
    this.#writer = new CommandWriter(this.#keyspace)
    if (saysTime) this.#writer.annotate(Math.floor(clock.unixMs() / 1000))
  }

  write(bytes: Buffer): boolean {
    this.#loader.push(bytes)
    this.#writeKeys()
    return this.#hand()
  }

  end(): void {
    this.#loader.end()
    this.#writeKeys()
    this.#hand()
    this.#sink.end()
  }

  failed(reason: Error): void {
    this.#sink.failed(reason)
  }

  #hand(): boolean {
    const bytes = this.#writer.take()
    return bytes.length === 0 || this.#sink.write(bytes)
  }

  /** Writes all keys but the one whose value is still coming, and deletes them. */
  #writeKeys(): void {
    const { unfinished } = this.#loader
    for (const db of this.#keyspace.databases) {
      if (db.size === 0) continue
      const done: Buffer[] = []
      db.forEach((key, ref) => {
        if (unfinished?.db === db && unfinished.key.equals(key)) return
        if (this.#database !== db.index) this.#writer.select((this.#database = db.index))
        this.#writer.write(db, key, ref)
        done.push(key.toBuffer())
      })
      for (const key of done) db.delete(Slice.from(key))
    }
  }
}
