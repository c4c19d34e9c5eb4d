import { borrowed, copyBytes } from '../../base/index.js'
import type { ListValue, ValueGuard } from '../../values/index.js'
import { QuicklistNode, ValueType } from '../rdb/format.js'
import type { ListpackBuilder } from '../rdb/listpack-builder.js'
import type { RdbOutput } from '../rdb/output.js'
import { longElementBytes, type BigContext, type BigValue } from './big-value.js'
import { Blob } from './blob.js'

/** Of a row: see ListValue.chunkRows. */
const rowWords = 3
const alone = -1
/** In the place of a copy: the chunk is written. */
const written = 0

/**
 * A list in chunks: written chunk by chunk, a node each, as its directory was. A chunk that is about to change or to go is
 * copied aside first.
 */
export class BigList implements BigValue {
  readonly type = ValueType.listQuicklist2
  readonly guard: ValueGuard
  readonly #lists: ListValue
  readonly #listpack: ListpackBuilder
  readonly #context: BigContext
  readonly #places: BigContext['places']
  readonly #rows: Int32Array
  #next = 0
  /** By place: the copy of a chunk, or `written`. */
  readonly #handled = new Map<number, number>()
  /** Places of chunks that were made since. */
  readonly #fresh = new Set<number>()
  readonly #bytes = new Map<number, number>()
  #blob: Blob | null = null
  #isOver = false

  /** @param lists a view, turned to the list now, and to chunks of it later on */
  constructor(context: BigContext, lists: ListValue, listpack: ListpackBuilder) {
    this.#context = context
    this.#places = context.places
    this.#lists = lists
    this.#listpack = listpack
    this.#rows = lists.chunkRows()
    context.beside.add(this.#rows.byteLength)
    this.guard = {
      chunks: {
        touch: (place, bytes) => this.#touch(place, bytes),
        made: (place) => this.#fresh.add(place),
      },
    }
  }

  moved(): void {
    // chunks stay where they are
  }

  settle(): void {
    throw new Error('a list in chunks is guarded')
  }

  begin(output: RdbOutput): void {
    output.length(this.#rows.length / rowWords)
  }

  step(output: RdbOutput): boolean {
    if (this.#blob !== null) {
      if (this.#blob.step(output)) return true
      this.#blob.drop()
      this.#blob = null
      this.#passRow()
    } else this.#writeRow(output)
    return this.#next < this.#rows.length || this.#blob !== null
  }

  drop(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#context.beside.add(-this.#rows.byteLength)
    this.#blob?.drop()
    this.#blob = null
    for (const [place, copy] of this.#handled) this.#freeCopy(place, copy)
    this.#handled.clear()
  }

  #writeRow(output: RdbOutput): void {
    const place = this.#rows[this.#next]
    const bytes = this.#rows[this.#next + 2] >>> 0
    const copy = this.#handled.get(place) ?? place
    const isAlone = this.#rows[this.#next + 1] === alone
    if (isAlone && bytes > longElementBytes) {
      output.length(QuicklistNode.plain)
      this.#blob = new Blob(
        this.#places,
        1,
        (_part, into) => {
          const now = this.#handled.get(place) ?? place
          return into.set(this.#places.region(now, bytes), this.#places.base(now, bytes), bytes)
        },
        this.#context.beside,
      )
      return
    }
    const region = this.#places.region(copy, bytes)
    const base = this.#places.base(copy, bytes)
    const listpack = this.#listpack.begin()
    if (isAlone) listpack.text(element.set(region, base, bytes))
    else this.#lists.visitChunk(region, base, bytes, (item) => listpack.text(item))
    output.length(QuicklistNode.packed)
    output.string(listpack.end())
    this.#passRow()
  }

  #passRow(): void {
    const place = this.#rows[this.#next]
    this.#freeCopy(place, this.#handled.get(place) ?? written)
    this.#handled.set(place, written)
    this.#next += rowWords
  }

  #touch(place: number, bytes: number): void {
    if (this.#isOver || this.#handled.has(place) || this.#fresh.has(place)) return
    try {
      this.#copy(place, bytes)
    } catch (error) {
      this.#context.failFor(error)
    }
  }

  #copy(place: number, bytes: number): void {
    const copy = this.#places.allocate(bytes)
    const from = this.#places.base(place, bytes)
    const to = this.#places.region(copy, bytes)
    copyBytes(this.#places.region(place, bytes), from, to, this.#places.base(copy, bytes), bytes)
    this.#handled.set(place, copy)
    this.#bytes.set(place, bytes)
    this.#context.beside.add(bytes)
  }

  #freeCopy(place: number, copy: number): void {
    const bytes = this.#bytes.get(place)
    if (copy === written || bytes === undefined) return
    this.#places.free(copy, bytes)
    this.#bytes.delete(place)
    this.#context.beside.add(-bytes)
  }
}

const element = borrowed()
