import { OutOfMemory, Region } from '../base/index.js'

/**
 * A place in the arena: `chunk << 20 | unit`, a unit being 8 bytes. An int32, so it never boxes; 0 is none. 4,096 chunks
 * of 8 MiB make 32 GiB.
 */
export type Ref = number

const chunkBytes = 1 << 23
const unitMask = 0xfffff
const chunksMax = 4096

/** The largest piece that shares a chunk; larger ones are blocks of their own. */
export const pieceBytesMax = 1 << 20

const smallBytesMax = 2048

/** Number of the size class: 8-byte steps up to 2 KiB, then eight steps to each power of two. */
function sizeClass(bytes: number): number {
  if (bytes <= smallBytesMax) return (bytes + 7) >>> 3
  const power = 31 - Math.clz32(bytes - 1)
  const step = power - 3
  return 256 + (power - 11) * 8 + ((bytes - 1 - (1 << power)) >>> step) + 1
}

/** Bytes that a piece of `bytes` takes in truth: the largest of its class. */
export function classBytes(bytes: number): number {
  if (bytes <= smallBytesMax) return (bytes + 7) & ~7
  const power = 31 - Math.clz32(bytes - 1)
  const step = power - 3
  return (1 << power) + ((((bytes - 1 - (1 << power)) >>> step) + 1) << step)
}

/**
 * Off-heap memory in pieces of 8 bytes to 1 MiB, by size class, and in blocks of their own beyond.
 *
 * Chunks are SharedArrayBuffers: V8 does not count them as external memory, so filling gigabytes starts no collection
 * (an ArrayBuffer each 8 MiB costs marking steps of 5 ms), and a later server of several threads can share them.
 * Freed pieces of a class are linked through their first word. Whoever frees says the size, which every structure
 * here knows anyway: a header per piece would cost 8 bytes a key.
 */
export class Arena {
  /** Chunk by number. `regions[ref >>> 20]` holds the piece, at byte `(ref & 0xfffff) << 3`. */
  readonly regions: Region[] = []
  /** How often all of it was forgotten: what was given out before the last time is gone. */
  resets = 0
  #free = new Int32Array(512)
  #next = chunkBytes
  #blocks: (Region | null)[] = []
  #freeBlocks: number[] = []
  #usedBytes = 0
  #blockBytes = 0
  #spare: Region[] = []

  /** Bytes given out, rounded up to size classes, blocks included. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /** Bytes taken from the system: whole chunks as far as they were touched, and blocks. */
  get reservedBytes(): number {
    const chunks = this.regions.length
    return (chunks === 0 ? 0 : (chunks - 1) * chunkBytes + this.#next) + this.#blockBytes
  }

  /**
   * A piece of at least `bytes`, at most `pieceBytesMax`. Its content is whatever was there.
   *
   * @throws {OutOfMemory} the system gives no more, or the references have no number left
   */
  allocate(bytes: number): Ref {
    const size = classBytes(bytes)
    const kind = sizeClass(bytes)
    const head = this.#free[kind]
    if (head !== 0) {
      this.#free[kind] = this.regions[head >>> 20].words[(head & unitMask) << 1]
      this.#usedBytes += size
      return head
    }
    if (this.#next + size > chunkBytes) this.#addChunk()
    const at = this.#next
    this.#usedBytes += size
    this.#next = at + size
    return ((this.regions.length - 1) << 20) | (at >>> 3)
  }

  /** Whether pieces that take `bytes` in all will be had for sure: without asking the system, or out of chunks kept. */
  hasRoom(bytes: number): boolean {
    if (bytes <= chunkBytes - this.#next) return true
    return this.#spare.length > 0 && bytes <= chunkBytes && this.regions.length < chunksMax
  }

  /** Takes back a piece of `bytes`, the number it was asked with or any of the same class. */
  free(ref: Ref, bytes: number): void {
    const kind = sizeClass(bytes)
    this.#usedBytes -= classBytes(bytes)
    this.regions[ref >>> 20].words[(ref & unitMask) << 1] = this.#free[kind]
    this.#free[kind] = ref
  }

  /** Shortens a piece of `from` bytes to `bytes` where it stands: needs no memory, unlike a move to a smaller piece. */
  trim(ref: Ref, from: number, bytes: number): void {
    const size = classBytes(bytes)
    const rest = classBytes(from) - size
    this.#usedBytes -= rest
    this.#release(ref >>> 20, ((ref & unitMask) << 3) + size, rest)
  }

  /**
   * A block of its own for one large value; its number. An ArrayBuffer on purpose: the collector counts it, and so
   * gives 512 MB back to the system soon after they are freed.
   *
   * @throws {OutOfMemory} the system gives no more
   */
  allocateBlock(bytes: number): number {
    const region = Region.allocate(bytes)
    this.#usedBytes += bytes
    this.#blockBytes += bytes
    const id = this.#freeBlocks.pop() ?? this.#blocks.length
    this.#blocks[id] = region
    return id
  }

  block(id: number): Region {
    return this.#blocks[id]!
  }

  freeBlock(id: number, bytes: number): void {
    this.#usedBytes -= bytes
    this.#blockBytes -= bytes
    this.#blocks[id] = null
    this.#freeBlocks.push(id)
  }

  /** Forgets everything at once: no reference given out before may be used again. O(chunks). */
  reset(): void {
    this.resets++
    this.#free.fill(0)
    // a few chunks are kept warm for what comes next; the rest goes back to the system
    this.#spare.push(...this.regions.splice(0, Math.max(0, 8 - this.#spare.length)))
    this.regions.length = 0
    this.#next = chunkBytes
    this.#blocks = []
    this.#freeBlocks = []
    this.#usedBytes = 0
    this.#blockBytes = 0
  }

  #addChunk(): void {
    this.#keepRest()
    if (this.regions.length === chunksMax) throw new OutOfMemory('the arena holds 32 GiB, the most it can name')
    const region = this.#spare.pop() ?? Region.allocate(chunkBytes, SharedArrayBuffer)
    // place 0 of the first chunk stays unused, since reference 0 is none
    this.#next = this.regions.push(region) === 1 ? 8 : 0
  }

  /** Puts what is left of the last chunk on the free lists. */
  #keepRest(): void {
    if (this.regions.length > 0) this.#release(this.regions.length - 1, this.#next, chunkBytes - this.#next)
    this.#next = chunkBytes
  }

  /** Puts `rest` bytes of a chunk on the free lists, in the largest classes that fit. */
  #release(chunk: number, at: number, rest: number): void {
    while (rest >= 8) {
      const bytes = rest <= smallBytesMax ? rest & ~7 : Math.min(floorClassBytes(rest), pieceBytesMax)
      this.#usedBytes += bytes
      this.free((chunk << 20) | (at >>> 3), bytes)
      at += bytes
      rest -= bytes
    }
  }
}

/** The largest class that is not larger than `bytes`, for more than 2 KiB. */
function floorClassBytes(bytes: number): number {
  const power = 31 - Math.clz32(bytes)
  const step = power - 3
  return (1 << power) + (((bytes - (1 << power)) >>> step) << step)
}
