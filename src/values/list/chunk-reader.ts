import { borrowed, equalBytes, type Region, type Slice } from '../../base/index.js'
import { beginCutItems, isString, longCode, readCutItem, readItem, sizeOf, sizeOfCode, type Item } from './item.js'

/*
 * A chunk: some elements of a list in one piece of memory.
 *
 *   header   offsets of the first code, the end of the codes, the first byte of data, the end of the data: 16 bits each;
 *            8 bits: 1 when the chunk is backward; 8 bits: length of the prefix
 *   prefix   what all strings in the chunk begin with, and which their data leave out; most chunks that grow have none
 *   codes    upwards behind that, one byte an element, the oldest end first
 *   data     downwards from the end, the elements' bytes in the same order
 *
 * An element is added at the young end by writing where the two do not meet yet, and taken from either end by moving an
 * offset. In a list that grows at its tail the young end is the chunk's tail; in a backward chunk it is its head. Codes by
 * themselves make finding the n-th element, and elements that are equal to a value, a walk over a few bytes.
 */

export const chunkHeaderBytes = 10
/** The most that the offsets can say, in whole words. */
export const chunkBytesMax = 65_528
/** The longest prefix, and the shortest worth looking for. */
const prefixMax = 255
const prefixMin = 3

/** A view of one chunk at a time, to look at it. Offsets count from its first byte. */
export class ChunkReader {
  region!: Region
  base = 0
  capacity = 0
  /** The head of the list's part is the young end. */
  isBackward = false
  /** The element that the walk is at: offsets of code and data. */
  index = 0
  at = 0
  code = 0
  size = 0
  protected firstCode = 0
  protected endOfCodes = 0
  protected low = 0
  protected high = 0
  protected towardsYoung = true
  protected readonly prefix = borrowed()

  open(region: Region, base: number, capacity: number): this {
    const { view } = region
    this.region = region
    this.base = base
    this.capacity = capacity
    this.firstCode = view.getUint16(base, true)
    this.endOfCodes = view.getUint16(base + 2, true)
    this.low = view.getUint16(base + 4, true)
    this.high = view.getUint16(base + 6, true)
    this.isBackward = region.bytes[base + 8] !== 0
    this.prefix.set(region, base + chunkHeaderBytes, region.bytes[base + 9])
    return this
  }

  /** Where the codes begin when there is no hole before them. */
  protected get codesFrom(): number {
    return chunkHeaderBytes + this.prefix.length
  }

  /** Whether its strings leave out what they all begin with. Nothing can be added to such a chunk. */
  get isCut(): boolean {
    return this.prefix.length > 0
  }

  /** Gives the item the form it has in this chunk; false where it cannot be there. `Item.whole` undoes it. */
  cut(item: Item): boolean {
    const { region, start, length } = this.prefix
    return length === 0 || item.cut(region, start, length)
  }

  get count(): number {
    return this.endOfCodes - this.firstCode
  }

  /** Bytes that its elements need, header and prefix included. */
  get used(): number {
    return this.codesFrom + this.endOfCodes - this.firstCode + this.high - this.low
  }

  // --- walking: `start`, then `next` for each element

  /** Begins before the first element from the head, or from the tail. */
  start(fromHead: boolean): this {
    this.towardsYoung = fromHead !== this.isBackward
    if (this.towardsYoung) {
      this.index = this.firstCode - 1
      this.at = this.high
    } else {
      this.index = this.endOfCodes
      this.at = this.low
    }
    this.size = 0
    return this
  }

  next(): boolean {
    const { bytes, view } = this.region
    const { base } = this
    if (this.towardsYoung) {
      if (++this.index >= this.endOfCodes) return false
      const code = (this.code = bytes[base + this.index])
      this.size = code === longCode ? view.getUint16(base + this.at - 2, true) + 4 : sizeOfCode[code]
      this.at -= this.size
    } else {
      if (--this.index < this.firstCode) return false
      this.at += this.size
      const code = (this.code = bytes[base + this.index])
      this.size = code === longCode ? view.getUint16(base + this.at, true) + 4 : sizeOfCode[code]
    }
    return true
  }

  /** Passes over `count` elements, which must be there. */
  skip(count: number): this {
    while (count-- > 0) this.next()
    return this
  }

  /** Stops at the element of this number from the head, by the shorter way. */
  seek(index: number): this {
    const fromTail = this.count - 1 - index
    if (index <= fromTail) this.start(true).skip(index + 1)
    else this.start(false).skip(fromTail + 1)
    return this
  }

  /** Goes on to the next element that is `item`, over at most `limit` elements; how many it took, or 0 for none. */
  seekEqual(item: Item, limit: number): number {
    const { code, size } = item
    for (let steps = 1; steps <= limit && this.next(); steps++) {
      if (this.code === code && this.size === size && item.equals(this.region, this.base + this.at)) return steps
    }
    return 0
  }

  read(into: Slice): Slice {
    const { region, code, size } = this
    const at = this.base + this.at
    if (this.prefix.length === 0 || !isString(code)) return readItem(region, at, code, size, into)
    beginCutItems(this.prefix)
    return readCutItem(this.prefix.length, region, at, code, size, into)
  }

  /**
   * Calls `visit` with the elements that follow, at most `most`; how many they were. As `next` and `read`, with what the walk
   * is at in variables: these cost half. Then the walk can only be started anew.
   */
  visit(most: number, into: Slice, visit: (element: Slice) => void): number {
    const { region, base, towardsYoung, firstCode, endOfCodes } = this
    const { bytes, view } = region
    const cut = this.prefix.length
    if (cut > 0) beginCutItems(this.prefix)
    let { index, at, size } = this
    for (let visited = 0; visited < most; visited++) {
      let code: number
      if (towardsYoung) {
        if (++index >= endOfCodes) return visited
        code = bytes[base + index]
        size = code === longCode ? view.getUint16(base + at - 2, true) + 4 : sizeOfCode[code]
        at -= size
      } else {
        if (--index < firstCode) return visited
        at += size
        code = bytes[base + index]
        size = code === longCode ? view.getUint16(base + at, true) + 4 : sizeOfCode[code]
      }
      visit(
        cut > 0 && isString(code)
          ? readCutItem(cut, region, base + at, code, size, into)
          : readItem(region, base + at, code, size, into),
      )
    }
    return most
  }

  /** The longest beginning that all its strings have in common, if it pays to keep it once; else of length 0. */
  commonPrefix(into: Slice): Slice {
    const { region, base } = this
    this.startOld()
    let length = -1
    let strings = 0
    while (this.next()) {
      if (!isString(this.code)) continue
      const at = base + this.at + (this.code === longCode ? 2 : 0)
      const own = this.code === longCode ? this.size - 4 : this.size
      strings++
      if (length < 0) {
        length = Math.min(own, prefixMax)
        into.set(region, at, length)
      } else {
        length = Math.min(length, own)
        if (!equalBytes(region, into.start, region, at, length)) {
          let same = 0
          while (region.bytes[into.start + same] === region.bytes[at + same]) same++
          length = same
        }
      }
      if (length < prefixMin) break
    }
    const isWorthIt = length >= prefixMin && length * (strings - 1) > this.used >>> 3
    return into.set(region, into.start, isWorthIt ? length : 0)
  }

  /** Bytes that it needs when its strings leave out a prefix of this length, or none of them. */
  usedWith(prefixLength: number): number {
    const add = this.prefix.length - prefixLength
    let bytes = chunkHeaderBytes + prefixLength
    this.startOld()
    while (this.next()) bytes += 1 + (isString(this.code) ? sizeOf(this.lengthHere() + add) : this.size)
    return bytes
  }

  /** Bytes of the string that the walk is at, as they are here. */
  protected lengthHere(): number {
    return this.code === longCode ? this.size - 4 : this.size
  }

  protected startOld(): void {
    this.towardsYoung = true
    this.index = this.firstCode - 1
    this.at = this.high
    this.size = 0
  }

  /** Bytes that its elements from `from` to before `to` need in a chunk of their own. */
  bytesOf(from: number, to: number): number {
    this.start(true).skip(from)
    let bytes = chunkHeaderBytes + to - from
    for (let i = from; i < to; i++) {
      this.next()
      bytes += this.size
    }
    return bytes
  }
}
