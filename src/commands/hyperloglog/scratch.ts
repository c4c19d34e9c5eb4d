import { Region, Slice, copyBytes } from '../../base/index.js'
import type { Database } from '../../keyspace/index.js'
import {
  Encoding,
  corrupted,
  denseBytes,
  encodingOf,
  headerBytes,
  raiseRegister,
  registerCount,
  setEncoding,
  writeHeader,
} from './layout.js'
import { forEachRun, raiseSparse, sparseValueMax } from './sparse.js'

/** A sparse sketch is grown by three bytes at most before it is found to be too long. */
const roomBytes = 3

/**
 * A sketch taken out of the keyspace to be changed: sparse ones change their length at nearly every step, and a call that
 * meets a corrupted one must leave it as it was.
 */
export class Scratch {
  readonly #slice = new Slice(Region.allocate(0))
  #capacity = 0

  get sketch(): Slice {
    return this.#slice
  }

  get isDense(): boolean {
    return encodingOf(this.#slice) === Encoding.dense
  }

  /** Begins an empty sparse sketch. */
  create(): void {
    const sketch = this.#clear(headerBytes + 2)
    writeHeader(sketch, Encoding.sparse)
    const { bytes } = sketch.region
    bytes[headerBytes] = 0x40 | ((registerCount - 1) >>> 8)
    bytes[headerBytes + 1] = (registerCount - 1) & 0xff
  }

  load(sketch: Slice): void {
    const own = this.#clear(sketch.length)
    copyBytes(sketch.region, sketch.start, own.region, 0, sketch.length)
  }

  /**
   * Raises a register, making the sketch dense where it must be; whether that changed it.
   *
   * @throws {ReplyError} the sketch is corrupted
   */
  raise(index: number, value: number, sparseBytesMax: number): boolean {
    if (!this.isDense) {
      const raised = value > sparseValueMax ? 'full' : raiseSparse(this.#slice, index, value, sparseBytesMax)
      if (raised === 'corrupted') throw corrupted
      if (raised !== 'full') return raised === 'raised'
      this.makeDense()
    }
    return raiseRegister(this.#slice, index, value)
  }

  /** Turns a sparse sketch into a dense one. @throws {ReplyError} it is corrupted */
  makeDense(): void {
    if (this.isDense) return
    const dense = Region.allocate(denseBytes)
    const target = new Slice(dense, 0, denseBytes)
    const isSound = forEachRun(this.#slice, (first, run, value) => {
      if (value > 0) for (let index = first; index < first + run; index++) raiseRegister(target, index, value)
    })
    if (!isSound) throw corrupted
    this.#slice.region.bytes.copy(dense.bytes, 0, 0, headerBytes)
    setEncoding(target, Encoding.dense)
    this.load(target)
  }

  /** Stores the sketch at the entry that the last lookup, of this very key, answered. */
  store(db: Database, ref: number, key: Slice): void {
    const sketch = this.#slice
    const to = db.editStringAt(ref, key, sketch.length)
    copyBytes(sketch.region, 0, to.region, to.start, sketch.length)
  }

  /** Makes room for a sketch of `length` zeroed bytes. */
  #clear(length: number): Slice {
    if (length + roomBytes > this.#capacity) {
      this.#capacity = Math.max(length + roomBytes, denseBytes)
      this.#slice.region = Region.allocate(this.#capacity)
    } else this.#slice.region.bytes.fill(0, 0, length)
    this.#slice.length = length
    return this.#slice
  }
}

export const scratch = new Scratch()
