import { Slice } from '../base/index.js'
import { StreamId, Type, type StreamValue } from '../values/index.js'
import type { Database } from './database.js'
import type { Keyspace } from './keyspace.js'

/** One entry: what was written, name and value by turns. */
export interface JournalEntry {
  readonly id: string
  readonly words: readonly Buffer[]
}

/**
 * A stream that the server itself writes, in a database that is none of its clients': what is in it is in files, and at
 * followers, like any other key.
 */
export class Journal {
  readonly #keyspace: Keyspace
  readonly #database: number
  readonly #key: Slice

  constructor(keyspace: Keyspace, database: number, name: string) {
    this.#keyspace = keyspace
    this.#database = database
    this.#key = Slice.from(name)
  }

  get exists(): boolean {
    return this.#within((db) => db.find(this.#key) !== 0)
  }

  get length(): number {
    return this.#within((db) => this.#stream(db)?.length ?? 0)
  }

  /**
   * Adds an entry behind all others: names and values by turns. Within a call it is part of what followers hear of that.
   *
   * @throws {OutOfMemory} nothing has changed
   */
  append(words: readonly (Buffer | string)[]): string {
    return this.#within((db) => {
      const stream = db.streamForInsert(this.#key)
      const id = new StreamId()
      id.setMs(this.#keyspace.nowMs)
      if (id.sameMs(stream.lastId) || id.compare(stream.lastId) < 0) id.copy(stream.lastId).increment()
      const texts = words.map((word) => Slice.from(word))
      if (!stream.append(id, { at: (index) => texts[index] }, 0, texts.length)) throw new Error('an entry is too large')
      const text = id.toString()
      this.#keyspace.effects?.add(this.#database, ['XADD', this.#key, text, ...words])
      db.changed('xadd', this.#key)
      return text
    })
  }

  delete(id: string): void {
    this.#within((db) => {
      const stream = db.streamForWrite(this.#key)
      if (stream?.delete(parsed(id)) !== true) return
      stream.renewFirst()
      this.#keyspace.effects?.add(this.#database, ['XDEL', this.#key, id])
      db.changed('xdel', this.#key)
    })
  }

  /** One entry; null where it is not there. */
  read(id: string): JournalEntry | null {
    const [entry] = this.#entries(parsed(id), parsed(id), 1)
    return entry ?? null
  }

  /** The entries behind an ID (null: from the first), at most so many. */
  after(id: string | null, max: number): JournalEntry[] {
    const from = new StreamId()
    if (id !== null && !from.copy(parsed(id)).increment()) return []
    return this.#entries(from, new StreamId().setMax(), max)
  }

  /** Forgets it whole. */
  remove(): void {
    this.#within((db) => {
      if (!db.delete(this.#key)) return
      this.#keyspace.effects?.deleted(this.#database, this.#key)
      db.changed('del', this.#key)
    })
  }

  #entries(from: StreamId, to: StreamId, max: number): JournalEntry[] {
    return this.#within((db) => {
      const entries: JournalEntry[] = []
      const cursor = this.#stream(db)?.walk(from, to)
      while (entries.length < max && cursor?.next() === true) {
        const { entry } = cursor
        const words: Buffer[] = []
        for (let left = entry.fieldCount; left > 0; left--) {
          entry.readPair()
          words.push(entry.field.toBuffer(), entry.value.toBuffer())
        }
        entries.push({ id: entry.id.toString(), words })
      }
      return entries
    })
  }

  /** The stream, looked at by nobody who counts. */
  #stream(db: Database): StreamValue | null {
    const ref = db.find(this.#key)
    return ref === 0 || db.type(ref) !== Type.stream ? null : this.#keyspace.views.streams.open(ref, null)
  }

  /** What a call remembers of its last lookup is not to be mistaken for this one's. */
  #within<T>(job: (db: Database) => T): T {
    const db = this.#keyspace.databases[this.#database]
    db.forget()
    try {
      return job(db)
    } finally {
      db.forget()
    }
  }
}

const parsed = (id: string): StreamId => {
  const [ms, sequence] = id.split('-').map(BigInt)
  const low = (value: bigint): number => Number(BigInt.asIntN(32, value))
  return new StreamId().set(low(ms >> 32n), low(ms), low(sequence >> 32n), low(sequence))
}
