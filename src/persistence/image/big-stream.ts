import { borrowed, copyBytes, type Slice } from '../../base/index.js'
import type { Ref } from '../../memory/index.js'
import { StreamId, type StreamValue, type ValueGuard } from '../../values/index.js'
import { ValueType } from '../rdb/format.js'
import type { RdbOutput } from '../rdb/output.js'
import { StreamWriter } from '../rdb/stream-writer.js'
import { longElementBytes, type BigContext, type BigValue } from './big-value.js'
import { Blob } from './blob.js'

/** A chunk that was copied aside. */
interface Aside {
  readonly id: StreamId
  readonly place: number
  readonly bytes: number
}

const restPieceBytes = 1 << 15

/**
 * A stream: written chunk by chunk in the order of IDs. A chunk that is about to change or to go is copied aside first. What
 * comes behind the chunks, the groups and their pending entries, is written in one step when the stream begins to wait.
 */
export class BigStream implements BigValue {
  readonly type = ValueType.streamListpacks2
  readonly guard: ValueGuard
  readonly #streams: StreamValue
  readonly #context: BigContext
  readonly #places: BigContext['places']
  readonly #count: number
  readonly #rest: Buffer
  #restAt = 0
  #ref: Ref
  /** Chunks before this ID are written. */
  readonly #next = new StreamId()
  #areChunksDone = false
  #isOver = false
  /** No ID is behind the chunk last written. */
  #isLastWritten = false
  /** In the order of IDs. */
  readonly #asides: Aside[] = []
  readonly #asideIds = new Set<string>()
  /** IDs that chunks begin at which were made since. */
  readonly #fresh = new Set<string>()
  #blob: Blob | null = null
  readonly #id = new StreamId()
  readonly #slice = borrowed()

  /** @param streams a view that may be turned to the stream at any time */
  constructor(context: BigContext, streams: StreamValue, ref: Ref) {
    const { scratch } = context
    this.#context = context
    this.#places = context.places
    this.#streams = streams
    this.#ref = ref
    const stream = streams.open(ref, null)
    this.#count = stream.chunkCount
    scratch.reset()
    new StreamWriter(scratch).writeRest(stream)
    this.#rest = Buffer.from(scratch.region.bytes.subarray(0, scratch.at))
    context.beside.add(this.#rest.length)
    this.guard = {
      stream: {
        touch: (first, chunk) => this.#touch(first, chunk),
        made: (first) => this.#fresh.add(first.toString()),
      },
    }
  }

  moved(ref: Ref): void {
    this.#ref = ref
  }

  settle(): void {
    throw new Error('a stream is guarded')
  }

  begin(output: RdbOutput): void {
    output.length(this.#count)
  }

  step(output: RdbOutput): boolean {
    if (this.#blob !== null) {
      if (this.#blob.step(output)) return true
      this.#blob = null
      this.#dropFirst()
      return true
    }
    if (!this.#areChunksDone) {
      this.#areChunksDone = !this.#writeChunk(output)
      return true
    }
    const end = Math.min(this.#restAt + restPieceBytes, this.#rest.length)
    output.bytes(this.#rest.subarray(this.#restAt, end))
    this.#restAt = end
    return end < this.#rest.length
  }

  drop(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#context.beside.add(-this.#rest.length)
    while (this.#asides.length > 0) this.#dropFirst()
    this.#asideIds.clear()
  }

  /** Writes the next chunk, or begins to; false behind the last. */
  #writeChunk(output: RdbOutput): boolean {
    if (this.#isLastWritten) return false
    const id = this.#id.copy(this.#next)
    const stream = this.#streams.open(this.#ref, null)
    let listpack = stream.chunkFrom(id)
    while (listpack !== null && this.#fresh.has(id.toString())) listpack = id.increment() ? stream.chunkFrom(id) : null
    const [aside] = this.#asides
    if (aside !== undefined && (listpack === null || aside.id.compare(id) <= 0)) {
      this.#writeAside(aside, output)
      return true
    }
    if (listpack === null) return false
    if (listpack.length > longElementBytes) {
      this.#copy(id, listpack)
      return true
    }
    new StreamWriter(output).writeChunk(id, listpack)
    this.#pass(id)
    return true
  }

  #writeAside(aside: Aside, output: RdbOutput): void {
    const { id, place, bytes } = aside
    const read = (_part: number, into: Slice): Slice =>
      into.set(this.#places.region(place, bytes), this.#places.base(place, bytes), bytes)
    this.#pass(id)
    if (bytes > longElementBytes) {
      new StreamWriter(output).writeChunkId(id)
      this.#blob = new Blob(this.#places, 1, read, this.#context.beside)
      return
    }
    new StreamWriter(output).writeChunk(id, read(0, this.#slice))
    this.#dropFirst()
  }

  #dropFirst(): void {
    const { place, bytes } = this.#asides.shift()!
    this.#places.free(place, bytes)
    this.#context.beside.add(-bytes)
  }

  #pass(id: StreamId): void {
    if (!this.#next.copy(id).increment()) this.#isLastWritten = true
  }

  #touch(first: StreamId, chunk: Ref): void {
    if (this.#isOver || this.#areChunksDone || this.#isLastWritten || first.compare(this.#next) < 0) return
    const text = first.toString()
    if (this.#fresh.has(text) || this.#asideIds.has(text)) return
    try {
      this.#copy(first, this.#streams.listpackOf(chunk))
    } catch (error) {
      this.#context.failFor(error)
    }
  }

  #copy(first: StreamId, { region, start, length }: Slice): void {
    const place = this.#places.allocate(length)
    const to = this.#places.region(place, length)
    copyBytes(region, start, to, this.#places.base(place, length), length)
    this.#context.beside.add(length)
    const aside = { id: new StreamId().copy(first), place, bytes: length }
    this.#asideIds.add(first.toString())
    let low = 0
    for (let high = this.#asides.length; low < high;) {
      const middle = (low + high) >>> 1
      if (this.#asides[middle].id.compare(first) < 0) low = middle + 1
      else high = middle
    }
    this.#asides.splice(low, 0, aside)
  }
}
