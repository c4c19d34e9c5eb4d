import { OutOfMemory, Region } from '../base/index.js'

/**
 * A place in the arena: `chunk << 20 | unit`, a unit being 8 bytes. An int32, so it never boxes; 0 is none. 4,096 chunks
 * of 8 MiB make 32 GiB.
 */
export type Ref = number

const chunkBytes = 1 << 23
const unitMask = 0xfffff
const chunksMax = 4096
/** Empty chunks that are kept for what comes next; further ones go back to the system. */
const spareChunksMax = 8

/** The largest piece that shares a chunk; larger ones are blocks of their own. */
export const pieceBytesMax = 1 << 20

const smallBytesMax = 2048

/** Bytes that are cut at once for pieces that stand apart: a page of memory. */
const apartBytes = 4096

/** Number of size classes: one more than `sizeClass(pieceBytesMax)`. */
const kinds = 329
/** Where the neighbours of a chunk stand in its lists: see `Arena.#lists`. */
const beforeAt = kinds
const behindAt = 2 * kinds
/** Words of a chunk's lists. */
const listWords = 3 * kinds
/** In the place of the chunk behind: this chunk is not among those that may have a free piece of the class. */
const unlinked = -1

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

/** Stands in for a chunk that was given back. */
const nowhere = Region.allocate(0)

/**
 * Off-heap memory in pieces of 8 bytes to 1 MiB, by size class, and in blocks of their own beyond.
 *
 * Chunks are SharedArrayBuffers: V8 does not count them as external memory, so filling gigabytes starts no collection
 * (an ArrayBuffer each 8 MiB costs marking steps of 5 ms), and a later server of several threads can share them.
 * Freed pieces of a class are linked through their first word, chunk by chunk, so that a chunk in which nothing is left
 * can be given back, and one that is to be emptied can be left out. Whoever frees says the size, which every structure
 * here knows anyway: a header per piece would cost 8 bytes a key.
 */
export class Arena {
  /** Chunk by number. `regions[ref >>> 20]` holds the piece, at byte `(ref & 0xfffff) << 3`. */
  readonly regions: Region[] = []
  /** How often all of it was forgotten: what was given out before the last time is gone. */
  resets = 0
  /** By chunk: 1 while it is being emptied. Nothing is allocated there. */
  readonly leaving = new Uint8Array(chunksMax)
  /** By class: number + 1 of the first chunk that may have a free piece of it; 0 is none. */
  readonly #top = new Int32Array(kinds)
  /**
   * By chunk, and in it by class: its first free piece; then number + 1 of the chunk before it and of the chunk behind it
   * among those that may have one. A chunk whose last piece is taken stays among them until it is asked in vain, so that
   * a piece which comes and goes links nothing.
   */
  #lists = new Int32Array(0)
  /** By chunk: bytes given out. */
  readonly #used = new Int32Array(chunksMax)
  /** The chunk that is being cut, and how far it is. */
  #current = 0
  #next = chunkBytes
  #vacant: number[] = []
  #spare: Region[] = []
  #leavingCount = 0
  #blocks: (Region | null)[] = []
  #freeBlocks: number[] = []
  #usedBytes = 0
  #blockBytes = 0
  /** Bytes of chunks dropped since the start: the system has them back when V8 next collects. */
  droppedBytes = 0

  /** Bytes given out, rounded up to size classes, blocks included. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /** Bytes of chunks that hold something, as far as they were touched, and of blocks. */
  get reservedBytes(): number {
    const chunks = this.chunkCount
    return (chunks === 0 ? 0 : (chunks - 1) * chunkBytes + this.#next) + this.#blockBytes
  }

  /** Bytes taken from the system: `reservedBytes`, and empty chunks that are kept. */
  get residentBytes(): number {
    return this.reservedBytes + this.#spare.length * chunkBytes
  }

  /** Number of chunks that hold something or are being cut. */
  get chunkCount(): number {
    return this.regions.length - this.#vacant.length
  }

  /** Number of chunks that are being emptied. */
  get leavingCount(): number {
    return this.#leavingCount
  }

  /** Bytes of blocks. */
  get blockBytes(): number {
    return this.#blockBytes
  }

  /**
   * A piece of at least `bytes`, at most `pieceBytesMax`. Its content is whatever was there.
   *
   * @throws {OutOfMemory} the system gives no more, or the references have no number left
   */
  allocate(bytes: number): Ref {
    const size = classBytes(bytes)
    const kind = sizeClass(bytes)
    for (let top = this.#top[kind]; top !== 0; top = this.#top[kind]) {
      const ref = this.#lists[(top - 1) * listWords + kind]
      if (ref !== 0) return this.#take(top - 1, ref, kind, size)
      this.#unlink(top - 1, kind)
    }
    if (this.#next + size > chunkBytes) this.#addChunk()
    const at = this.#next
    const chunk = this.#current
    this.#usedBytes += size
    this.#used[chunk] += size
    this.#next = at + size
    return (chunk << 20) | (at >>> 3)
  }

  /**
   * As `allocate`, for what belongs to a record and is seldom looked at: cut for many at once, so that the records that
   * are read stand close together.
   *
   * @throws {OutOfMemory} as `allocate`
   */
  allocateApart(bytes: number): Ref {
    const size = classBytes(bytes)
    const kind = sizeClass(bytes)
    if (this.#top[kind] === 0 && this.#next + apartBytes <= chunkBytes) {
      const end = this.#next + apartBytes - size
      for (; this.#next <= end; this.#next += size) {
        this.#put(this.#current, (this.#current << 20) | (this.#next >>> 3), kind)
      }
    }
    return this.allocate(bytes)
  }

  /**
   * Makes sure that pieces that take `bytes` in all will be had, asking the system for a chunk beforehand if need be; false
   * where that is not sure.
   */
  ensureRoom(bytes: number): boolean {
    if (bytes <= chunkBytes - this.#next) return true
    if (bytes >= chunkBytes || this.chunkCount === chunksMax) return false
    if (this.#spare.length > 0) return true
    try {
      this.#spare.push(Region.allocate(chunkBytes, SharedArrayBuffer))
      return true
    } catch (error) {
      if (error instanceof OutOfMemory) return false
      throw error
    }
  }

  /** Takes back a piece of `bytes`, the number it was asked with or any of the same class. */
  free(ref: Ref, bytes: number): void {
    const size = classBytes(bytes)
    const chunk = ref >>> 20
    this.#usedBytes -= size
    this.#put(chunk, ref, sizeClass(bytes))
    if ((this.#used[chunk] -= size) === 0) this.#emptied(chunk)
  }

  /** Shortens a piece of `from` bytes to `bytes` where it stands: needs no memory, unlike a move to a smaller piece. */
  trim(ref: Ref, from: number, bytes: number): void {
    const size = classBytes(bytes)
    const rest = classBytes(from) - size
    this.#usedBytes -= rest
    this.#used[ref >>> 20] -= rest
    this.#cut(ref >>> 20, ((ref & unitMask) << 3) + size, rest)
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
    for (const region of this.regions) if (region !== nowhere) this.#putAside(region)
    this.regions.length = this.#vacant.length = 0
    this.#lists = new Int32Array(0)
    this.#top.fill(0)
    this.#used.fill(0)
    this.leaving.fill(0)
    this.#leavingCount = 0
    this.#current = 0
    this.#next = chunkBytes
    this.#blocks = []
    this.#freeBlocks = []
    this.#usedBytes = 0
    this.#blockBytes = 0
  }

  // --- emptying chunks

  /**
   * Begins to empty the chunks that hold least: pieces there are to be moved by whoever holds their references, and each
   * chunk is given back when the last has left it. Chooses as many as hold `bytesMax` together, and none that is all
   * but full. Returns how many.
   */
  beginLeaving(bytesMax: number): number {
    const sparse: number[] = []
    for (let chunk = 0; chunk < this.regions.length; chunk++) {
      if (this.regions[chunk] === nowhere || this.leaving[chunk] === 1) continue
      const touched = chunk === this.#current ? this.#next : chunkBytes
      if (touched - this.#used[chunk] > chunkBytes >>> 4) sparse.push(chunk)
    }
    sparse.sort((a, b) => this.#used[a] - this.#used[b])
    let bytes = 0
    for (const chunk of sparse) {
      bytes += this.#used[chunk]
      if (bytes > bytesMax && this.#leavingCount > 0) break
      this.#unlinkAll(chunk)
      this.leaving[chunk] = 1
      this.#leavingCount++
      if (chunk === this.#current) this.#cutRest()
    }
    return this.#leavingCount
  }

  /** Takes the chunks that could not be emptied into use again. */
  endLeaving(): void {
    for (let chunk = 0; this.#leavingCount > 0; chunk++) {
      if (this.leaving[chunk] === 0) continue
      this.leaving[chunk] = 0
      this.#leavingCount--
      for (let kind = 0; kind < kinds; kind++) {
        if (this.#lists[chunk * listWords + kind] !== 0) this.#link(chunk, kind)
      }
    }
  }

  /** Drops the empty chunks that are kept. Returns their bytes. */
  purge(): number {
    const bytes = this.#spare.length * chunkBytes
    this.#spare.length = 0
    this.droppedBytes += bytes
    return bytes
  }

  // --- private

  /** Takes `ref`, the first free piece of a class in a chunk. */
  #take(chunk: number, ref: Ref, kind: number, size: number): Ref {
    this.#lists[chunk * listWords + kind] = this.regions[chunk].words[(ref & unitMask) << 1]
    this.#usedBytes += size
    this.#used[chunk] += size
    return ref
  }

  /** Puts a piece on its list. */
  #put(chunk: number, ref: Ref, kind: number): void {
    const lists = this.#lists
    const list = chunk * listWords + kind
    this.regions[chunk].words[(ref & unitMask) << 1] = lists[list]
    lists[list] = ref
    if (this.#top[kind] === chunk + 1 || this.leaving[chunk] !== 0) return
    // to the front: what was freed last is what the processor still has at hand
    if (lists[list + behindAt] !== unlinked) this.#unlink(chunk, kind)
    this.#link(chunk, kind)
  }

  /** Makes a chunk the first of those that have a free piece of a class. */
  #link(chunk: number, kind: number): void {
    const lists = this.#lists
    const list = chunk * listWords + kind
    const top = this.#top[kind]
    lists[list + beforeAt] = 0
    lists[list + behindAt] = top
    if (top !== 0) lists[(top - 1) * listWords + kind + beforeAt] = chunk + 1
    this.#top[kind] = chunk + 1
  }

  #unlink(chunk: number, kind: number): void {
    const lists = this.#lists
    const list = chunk * listWords + kind
    const before = lists[list + beforeAt]
    const behind = lists[list + behindAt]
    if (before === 0) this.#top[kind] = behind
    else lists[(before - 1) * listWords + kind + behindAt] = behind
    if (behind !== 0) lists[(behind - 1) * listWords + kind + beforeAt] = before
    lists[list + behindAt] = unlinked
  }

  #unlinkAll(chunk: number): void {
    const behind = chunk * listWords + behindAt
    for (let kind = 0; kind < kinds; kind++) if (this.#lists[behind + kind] !== unlinked) this.#unlink(chunk, kind)
  }

  /** Nothing is left in a chunk: it is cut anew, or given back. */
  #emptied(chunk: number): void {
    this.#unlinkAll(chunk)
    if (this.leaving[chunk] === 1) {
      this.leaving[chunk] = 0
      this.#leavingCount--
    }
    this.#lists.fill(0, chunk * listWords, chunk * listWords + kinds)
    if (chunk === this.#current) {
      this.#next = chunk === 0 ? 8 : 0
      return
    }
    this.#putAside(this.regions[chunk])
    this.regions[chunk] = nowhere
    this.#vacant.push(chunk)
  }

  #putAside(region: Region): void {
    if (this.#spare.length < spareChunksMax) this.#spare.push(region)
    else this.droppedBytes += chunkBytes
  }

  #addChunk(): void {
    this.#cutRest()
    if (this.#vacant.length === 0 && this.regions.length === chunksMax) {
      throw new OutOfMemory('the arena holds 32 GiB, the most it can name')
    }
    const region = this.#spare.pop() ?? Region.allocate(chunkBytes, SharedArrayBuffer)
    const chunk = this.#vacant.pop() ?? this.regions.length
    this.regions[chunk] = region
    if (this.#lists.length < this.regions.length * listWords) this.#addLists(chunk)
    this.#current = chunk
    // place 0 of the first chunk stays unused, since reference 0 is none
    this.#next = chunk === 0 ? 8 : 0
  }

  /** Makes the lists of a chunk whose number is new, and room for those of as many more as there are. */
  #addLists(chunk: number): void {
    const lists = new Int32Array((chunk + 1) * 2 * listWords)
    lists.set(this.#lists)
    for (let at = this.#lists.length; at < lists.length; at += listWords)
      lists.fill(unlinked, at + behindAt, at + listWords)
    this.#lists = lists
  }

  /** Puts what is left of the chunk that is being cut on the free lists. */
  #cutRest(): void {
    if (this.#next < chunkBytes) this.#cut(this.#current, this.#next, chunkBytes - this.#next)
    this.#next = chunkBytes
  }

  /** Puts `rest` bytes of a chunk on the free lists, in the largest classes that fit. */
  #cut(chunk: number, at: number, rest: number): void {
    while (rest >= 8) {
      const bytes = rest <= smallBytesMax ? rest & ~7 : Math.min(floorClassBytes(rest), pieceBytesMax)
      this.#put(chunk, (chunk << 20) | (at >>> 3), sizeClass(bytes))
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
