import { OutOfMemory, Region } from '../base/index.js'

/** Room for requests that come in pieces, at least. */
const roomBytesMin = 1 << 14
/** Room up to this is made as soon as a request says that it needs it, without waiting to see whether it will come. */
const eagerBytesMax = 1 << 20
/** An empty buffer larger than this is given back. */
const emptyRoomBytesMax = 1 << 16

/** What a connection has received and not executed, in room of its own that grows with need and is given back. */
export class KeptBytes {
  /** They stand from `from` to `end` of it; null while there is no room. */
  region: Region | null = null
  from = 0
  end = 0
  #capacity = 0
  /** Something was kept since `shrink` was last asked. */
  #wasUsed = false
  readonly #release: (region: Region) => void

  /** @param release hears of room that is given up: nothing may point at it any more */
  constructor(release: (region: Region) => void) {
    this.#release = release
  }

  get length(): number {
    return this.end - this.from
  }

  /** Room that is not used. */
  get freeBytes(): number {
    return this.#capacity - this.length
  }

  /**
   * Copies the bytes between `start` and `end` behind those that are kept; whether there was memory for that.
   *
   * @param announced bytes that the request at hand says it needs, 0 where it has not said
   */
  append(from: Region, start: number, end: number, announced: number): boolean {
    const length = end - start
    if ((this.region === null || this.end + length > this.#capacity) && !this.#makeRoom(length, announced)) return false
    from.bytes.copy(this.region!.bytes, this.end, start, end)
    this.end += length
    return true
  }

  /** What stands before `from` was executed. */
  advance(from: number): void {
    this.from = from
    if (from < this.end) return
    this.from = this.end = 0
    this.#wasUsed = true // the next large request finds room; without one it is given back
  }

  /** Gives the room back, if it is large or `isIdle`, and was not used since this was last asked. */
  shrink(isIdle: boolean): void {
    const isUnused = this.length === 0 && !this.#wasUsed
    this.#wasUsed = false
    if (isUnused && (this.#capacity > emptyRoomBytesMax || isIdle)) this.giveBack()
  }

  giveBack(): void {
    if (this.region === null) return
    this.#release(this.region)
    this.region = null
    this.#capacity = 0
  }

  /** Whether there is room for `length` bytes more, which is made. */
  #makeRoom(length: number, announced: number): boolean {
    const used = this.length
    const old = this.region
    if (old !== null && used + length <= this.#capacity >>> 1) {
      old.bytes.copyWithin(0, this.from, this.end)
    } else {
      const capacity = capacityFor(used + length, announced)
      const region = roomFor(capacity)
      if (region === null) return false
      if (old !== null) old.bytes.copy(region.bytes, 0, this.from, this.end)
      this.giveBack()
      this.#capacity = capacity
      this.region = region
    }
    this.from = 0
    this.end = used
    return true
  }
}

/**
 * Just what the request says it needs, where that is little, or once a quarter of it has come; until then twice what
 * there is.
 */
function capacityFor(bytes: number, announced: number): number {
  const isLikely = announced <= Math.max(eagerBytesMax, bytes * 4)
  return Math.max(roomBytesMin, announced >= bytes && isLikely ? announced : bytes * 2)
}

function roomFor(bytes: number): Region | null {
  try {
    return Region.allocate(bytes)
  } catch (error) {
    if (error instanceof OutOfMemory) return null
    throw error
  }
}
