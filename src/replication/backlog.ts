import { Region } from '../base/index.js'

/** A block is the sixteenth part of the backlog, so that dropping one drops little, and no less than this. */
const blockBytesMin = 16 * 1024
const blocksPerBacklog = 16
const blockBytesMax = 1 << 20
/**
 * Blocks that were dropped and are kept to be written again, since the system need not clear those: no more, and no more
 * than a quarter of those in use.
 */
const sparesMax = 8

/** A piece of the stream. Its bytes are written once, and read by all replicas until the block is dropped. */
class Block {
  readonly region: Region
  readonly size: number
  /** Bytes of the stream before this block. */
  start = 0
  used = 0
  /** Writes to sockets that still read it: as long as there are any it is not written again. */
  readers = 0
  isDropped = false

  constructor(size: number) {
    this.region = Region.allocate(size)
    this.size = size
  }
}

/** Bytes of the stream that lie in one piece, and are to be given back by `release`. */
export interface Piece {
  readonly bytes: Buffer
  release(): void
}

/**
 * The last bytes of the replication stream, in blocks that all replicas read from: one copy, however many they are.
 *
 * Offsets count bytes since the history began: a block's `start` is the number of bytes before it. What a replica has not
 * been sent is kept even beyond the configured size, as in Redis, so that a resync that takes long needs no second one.
 */
export class Backlog {
  /** Bytes of the stream so far. */
  #end: number
  #blocks: Block[] = []
  #spares: Block[] = []
  /** Dropped, and still being read. */
  readonly #leaving = new Set<Block>()
  #sizeBytes: number

  /**
   * @param end bytes of the stream before the first one here
   * @param sizeBytes bytes to be kept, at least
   */
  constructor(end: number, sizeBytes: number) {
    this.#end = end
    this.#sizeBytes = sizeBytes
  }

  get end(): number {
    return this.#end
  }

  /** Bytes of the stream before the first one that is still here. */
  get start(): number {
    return this.#blocks.length === 0 ? this.#end : this.#blocks[0].start
  }

  /** Bytes of the stream that are here. */
  get length(): number {
    return this.#end - this.start
  }

  /** Memory that it takes. */
  get memoryBytes(): number {
    let bytes = 0
    for (const { size } of this.#blocks) bytes += size
    for (const { size } of this.#spares) bytes += size
    for (const { size } of this.#leaving) bytes += size
    return bytes
  }

  set sizeBytes(bytes: number) {
    this.#sizeBytes = bytes
  }

  /** Whether what follows the first `offset` bytes of the stream is here. */
  holds(offset: number): boolean {
    return offset >= this.start && offset <= this.#end
  }

  /** Adds bytes `from` to `to` of a region to the stream. */
  append({ bytes }: Region, from: number, to: number): void {
    while (from < to) {
      const block = this.#tail()
      const length = Math.min(to - from, block.size - block.used)
      bytes.copy(block.region.bytes, block.used, from, from + length)
      block.used += length
      this.#end += length
      from += length
    }
  }

  /** What follows the first `offset` bytes of the stream, as far as it lies in one piece; null at its end. */
  read(offset: number): Piece | null {
    if (offset >= this.#end) return null
    const block = this.#blockAt(offset)
    const at = offset - block.start
    block.readers++
    return {
      bytes: block.region.bytes.subarray(at, block.used),
      release: () => {
        block.readers--
        if (block.isDropped) this.#leave(block)
      },
    }
  }

  /**
   * Drops what is too old and nobody needs.
   *
   * @param needed what follows so many bytes of the stream has still to be sent to somebody
   */
  trim(needed: number): void {
    let dropped = 0
    const blocks = this.#blocks
    // never less than what was asked for, and never the block that is being written
    while (dropped < blocks.length - 1) {
      const next = blocks[dropped + 1]
      if (this.#end - next.start < this.#sizeBytes || next.start > needed) break
      blocks[dropped].isDropped = true
      this.#leave(blocks[dropped])
      dropped++
    }
    if (dropped === 0) return
    blocks.splice(0, dropped)
    this.#spares.length = Math.min(this.#spares.length, this.#sparesMost)
  }

  /** Counts the stream anew: it had so many bytes before the first one here. */
  rebase(start: number): void {
    const difference = start - this.start
    this.#end += difference
    for (const block of this.#blocks) block.start += difference
  }

  #tail(): Block {
    const last = this.#blocks.at(-1)
    if (last !== undefined && last.used < last.size) return last
    const size = Math.min(blockBytesMax, Math.max(blockBytesMin, Math.floor(this.#sizeBytes / blocksPerBacklog)))
    const spare = this.#spares.pop()
    const block = spare !== undefined && spare.size === size ? spare : new Block(size)
    block.start = this.#end
    block.used = 0
    block.isDropped = false
    this.#blocks.push(block)
    return block
  }

  #blockAt(offset: number): Block {
    const blocks = this.#blocks
    let low = 0
    let high = blocks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (blocks[middle].start <= offset) low = middle
      else high = middle - 1
    }
    return blocks[low]
  }

  get #sparesMost(): number {
    return Math.min(sparesMax, this.#blocks.length >>> 2)
  }

  /** A block is dropped: it is kept while somebody reads it, and perhaps to be written again. */
  #leave(block: Block): void {
    if (block.readers > 0) {
      this.#leaving.add(block)
      return
    }
    this.#leaving.delete(block)
    if (this.#spares.length < this.#sparesMost && !this.#spares.includes(block)) this.#spares.push(block)
  }
}
