import type { Slice } from '../../../base/index.js'
import { Chunk, StreamId, readIntegerWords, type Int64 } from '../../../values/index.js'
import { RdbError } from '../rdb-error.js'
import { ListpackReader } from './listpack-reader.js'

/** Flags of an entry: deleted, and of the master's fields. */
const flagsMax = 3
const flagDeleted = 1
const flagSameFields = 2

/** Elements of an entry beside its fields and values: flags, two of the ID, the number that ends it. */
const elementsBeside = 4

/** Looks through listpacks of streams: what it lets pass can be read and changed without a further look. */
export class StreamChunkCheck {
  /** Entries of the last one that are not deleted. */
  live = 0
  /** The ID of its last entry. */
  readonly lastId = new StreamId()
  readonly #listpack = new ListpackReader()
  readonly #chunk = new Chunk()
  readonly #integer: Int64 = { high: 0, low: 0 }
  #region!: Slice['region']

  /** @throws {RdbError} it is no chunk of a stream */
  check(master: StreamId, listpack: Slice): void {
    this.#region = listpack.region
    this.#listpack.open(listpack)
    this.live = this.#small()
    const deleted = this.#small()
    const masterFields = this.#small()
    this.#skip(masterFields)
    if (this.#small() !== 0) this.#fail()
    if (this.live === 0) throw new RdbError('a chunk of a stream is empty')
    let deletedSeen = 0
    for (let left = this.live + deleted; left > 0; left--) if (this.#entry(masterFields)) deletedSeen++
    if (deletedSeen !== deleted || this.#listpack.skip()) this.#fail()
    this.#checkIds(master, listpack)
  }

  /** Reads an entry; whether it is deleted. */
  #entry(masterFields: number): boolean {
    const flagsAt = this.#listpack.place
    const flags = this.#small()
    if (flags > flagsMax || this.#region.bytes[flagsAt] !== flags) this.#fail()
    this.#integerAt()
    this.#integerAt()
    const isSame = (flags & flagSameFields) !== 0
    const fields = isSame ? masterFields : this.#small()
    this.#skip(isSame ? fields : fields * 2)
    const elements = elementsBeside - 1 + (isSame ? fields : fields * 2 + 1)
    if (this.#small() !== elements) this.#fail()
    return (flags & flagDeleted) !== 0
  }

  /** IDs must grow from the master's on. */
  #checkIds(master: StreamId, listpack: Slice): void {
    const chunk = this.#chunk.open(listpack, master)
    const { lastId } = this
    for (let isFirst = true; chunk.next(); isFirst = false) {
      if (isFirst ? chunk.id.compare(master) < 0 : chunk.id.compare(lastId) <= 0) this.#fail()
      lastId.copy(chunk.id)
    }
  }

  #skip(count: number): void {
    for (let left = count; left > 0; left--) if (!this.#listpack.skip()) this.#fail()
  }

  /** Reads an integer, whichever. */
  #integerAt(): void {
    const at = this.#listpack.place
    if (!this.#listpack.skip()) this.#fail()
    const type = this.#region.bytes[at]
    if (!(type < 0x80 || (type >= 0xc0 && type < 0xe0) || (type > 0xf0 && type <= 0xf4))) this.#fail()
    readIntegerWords(this.#region, at, this.#integer)
  }

  /** Reads a number of 0 to 2^31 - 1. */
  #small(): number {
    this.#integerAt()
    if (this.#integer.high !== 0 || this.#integer.low < 0) this.#fail()
    return this.#integer.low
  }

  #fail(): never {
    throw new RdbError('a chunk of a stream is not as it should be')
  }
}
