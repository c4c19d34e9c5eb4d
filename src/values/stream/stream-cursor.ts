import type { Records } from '../../memory/index.js'
import { Chunk } from './chunk.js'
import { StreamEntries, type StreamLimits } from './entries.js'
import { StreamId } from './stream-id.js'

/**
 * Walks over the entries of a stream between two IDs, in either direction. The stream may lose or get pending entries
 * meanwhile, but no entries.
 */
export class StreamCursor {
  readonly #entries: StreamEntries
  readonly #chunk = new Chunk()
  readonly #from = new StreamId()
  readonly #to = new StreamId()
  #isReverse = false
  #isOver = true

  constructor(records: Records, limits: StreamLimits) {
    this.#entries = new StreamEntries(records, limits)
  }

  /** Begins a walk over the entries whose index's words stand at `at`, both ends included. */
  start(header: DataView, at: number, from: StreamId, to: StreamId, isReverse: boolean): this {
    const { index } = this.#entries.open(header, at)
    this.#from.copy(from)
    this.#to.copy(to)
    this.#isReverse = isReverse
    const isThere = isReverse ? index.seekBack(to) : index.seekBack(from) || index.first()
    this.#isOver = !isThere
    if (isThere) this.#openChunk()
    return this
  }

  /** Goes to the next entry, deleted ones left out; false behind the last. */
  next(): boolean {
    while (!this.#isOver) {
      const chunk = this.#chunk
      if (this.#isReverse ? chunk.previous() : chunk.next()) {
        if (chunk.isDeleted) continue
        if (this.#isReverse ? chunk.id.compare(this.#to) > 0 : chunk.id.compare(this.#from) < 0) continue
        this.#isOver = this.#isReverse ? chunk.id.compare(this.#from) < 0 : chunk.id.compare(this.#to) > 0
        return !this.#isOver
      }
      const { index } = this.#entries
      if (this.#isReverse ? index.previous() : index.next()) this.#openChunk()
      else this.#isOver = true
    }
    return false
  }

  /** The entry gone to: its ID, its fields and values. Good until the next one. */
  get entry(): Chunk {
    return this.#chunk
  }

  #openChunk(): void {
    this.#entries.openChunk(this.#chunk)
    if (this.#isReverse) this.#chunk.toEnd()
  }
}
