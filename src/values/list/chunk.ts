import type { Region, Slice } from '../../base/index.js'
import { longCode, readItem, sizeOfCode, type Item } from './item.js'

/*
 * A chunk: some elements of a list in one piece of memory.
 *
 *   header   offsets of the first code, the end of the codes, the first byte of data, the end of the data: 16 bits each;
 *            8 bits: 1 when the chunk is backward; 8 bits unused
 *   codes    upwards behind the header, one byte an element, the oldest end first
 *   data     downwards from the end, the elements' bytes in the same order
 *
 * An element is added at the young end by writing where the two do not meet yet, and taken from either end by moving an
 * offset. In a list that grows at its tail the young end is the chunk's tail; in a backward chunk it is its head. Codes by
 * themselves make finding the n-th element, and elements that are equal to a value, a walk over a few bytes.
 */

export const chunkHeaderBytes = 10
/** The most that the offsets can say, in whole words. */
export const chunkBytesMax = 65_528

/** A view of one chunk at a time. Offsets count from its first byte. What changes it ends with `save`. */
export class Chunk {
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
  #first = 0
  #end = 0
  #low = 0
  #high = 0
  #towardsYoung = true

  open(region: Region, base: number, capacity: number): this {
    const { view } = region
    this.region = region
    this.base = base
    this.capacity = capacity
    this.#first = view.getUint16(base, true)
    this.#end = view.getUint16(base + 2, true)
    this.#low = view.getUint16(base + 4, true)
    this.#high = view.getUint16(base + 6, true)
    this.isBackward = region.bytes[base + 8] !== 0
    return this
  }

  /** Makes an empty chunk of it. */
  format(region: Region, base: number, capacity: number, isBackward: boolean): this {
    this.region = region
    this.base = base
    this.capacity = capacity
    this.#first = this.#end = chunkHeaderBytes
    this.#low = this.#high = capacity
    this.isBackward = isBackward
    this.save()
    return this
  }

  save(): void {
    const { view, bytes } = this.region
    const { base } = this
    view.setUint16(base, this.#first, true)
    view.setUint16(base + 2, this.#end, true)
    view.setUint16(base + 4, this.#low, true)
    view.setUint16(base + 6, this.#high, true)
    bytes[base + 8] = this.isBackward ? 1 : 0
    bytes[base + 9] = 0
  }

  get count(): number {
    return this.#end - this.#first
  }

  /** Bytes that its elements would need, the header included. */
  get used(): number {
    return chunkHeaderBytes + this.#end - this.#first + this.#high - this.#low
  }

  /** Whether there is room for `bytes` more, codes included, made by closing what was left at the old end. */
  makeRoom(bytes: number): boolean {
    if (this.#low - this.#end >= bytes) return true
    if (this.used + bytes > this.capacity) return false
    this.#fit(this.capacity)
    return true
  }

  /** Takes over another place or capacity, which its bytes as they were stand at the beginning of. */
  moveTo(region: Region, base: number, capacity: number): void {
    this.region = region
    this.base = base
    this.#fit(capacity)
  }

  /** Puts all it holds together, for a capacity that is enough for it. */
  #fit(capacity: number): void {
    const { bytes } = this.region
    const { base } = this
    if (this.#first !== chunkHeaderBytes) {
      bytes.copyWithin(base + chunkHeaderBytes, base + this.#first, base + this.#end)
      this.#end += chunkHeaderBytes - this.#first
      this.#first = chunkHeaderBytes
    }
    const low = capacity - (this.#high - this.#low)
    if (low !== this.#low) bytes.copyWithin(base + low, base + this.#low, base + this.#high)
    this.#low = low
    this.#high = this.capacity = capacity
  }

  /** Makes the smaller capacity do, before the memory behind it goes. */
  squeeze(capacity: number): void {
    this.#fit(capacity)
    this.save()
  }

  // --- walking: `start`, then `next` for each element

  /** Begins before the first element from the head, or from the tail. */
  start(fromHead: boolean): this {
    this.#towardsYoung = fromHead !== this.isBackward
    if (this.#towardsYoung) {
      this.index = this.#first - 1
      this.at = this.#high
    } else {
      this.index = this.#end
      this.at = this.#low
    }
    this.size = 0
    return this
  }

  next(): boolean {
    const { bytes, view } = this.region
    const { base } = this
    if (this.#towardsYoung) {
      if (++this.index >= this.#end) return false
      const code = (this.code = bytes[base + this.index])
      this.size = code === longCode ? view.getUint16(base + this.at - 2, true) + 4 : sizeOfCode[code]
      this.at -= this.size
    } else {
      if (--this.index < this.#first) return false
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
    return readItem(this.region, this.base + this.at, this.code, this.size, into)
  }

  // --- changing: there must be room

  /** Adds an element at the head or the tail. */
  push(item: Item, atHead: boolean): void {
    if (atHead === this.isBackward) {
      this.#low -= item.size
      this.region.bytes[this.base + this.#end++] = item.code
      item.write(this.region, this.base + this.#low)
    } else this.#insert(item, this.#first, this.#high)
  }

  /** Adds an element before the one of number `index` from the head; `count` is behind the last. */
  insert(item: Item, index: number): void {
    if (index === 0 || index === this.count) {
      this.push(item, index === 0)
      return
    }
    const before = this.isBackward ? this.count - index : index
    this.#towardsYoung = true
    this.index = this.#first - 1
    this.at = this.#high
    this.skip(before)
    this.#insert(item, this.index + 1, this.at)
  }

  /** Adds an element whose code goes to `index`, and whose data end at `at`. */
  #insert(item: Item, index: number, at: number): void {
    const { bytes } = this.region
    const { base } = this
    const { size } = item
    if (index === this.#first && index > chunkHeaderBytes && this.capacity - this.#high >= size) {
      // what was taken from the old end left a place
      this.#first--
      bytes[base + this.#first] = item.code
      item.write(this.region, base + this.#high)
      this.#high += size
      return
    }
    bytes.copyWithin(base + index + 1, base + index, base + this.#end)
    bytes[base + index] = item.code
    this.#end++
    bytes.copyWithin(base + this.#low - size, base + this.#low, base + at)
    this.#low -= size
    item.write(this.region, base + at - size)
  }

  /** Puts `item` in the place of the element that the walk is at. */
  replace(item: Item): void {
    const { bytes } = this.region
    const { base, at } = this
    const more = item.size - this.size
    if (more !== 0) bytes.copyWithin(base + this.#low - more, base + this.#low, base + at)
    this.#low -= more
    bytes[base + this.index] = item.code
    item.write(this.region, base + at - more)
  }

  /** Takes away `count` elements from the head or the tail. */
  drop(fromHead: boolean, count: number): void {
    this.start(fromHead).skip(count)
    if (this.#towardsYoung) {
      this.#first = this.index + 1
      this.#high = this.at
    } else {
      this.#end = this.index
      this.#low = this.at + this.size
    }
  }

  /** Takes away the elements whose codes stand at `marks`, in the order of a walk. */
  removeMarked(marks: number[]): void {
    if (marks.length > 1 && marks[0] > marks[1]) marks.reverse()
    const { bytes } = this.region
    const { base } = this
    this.#towardsYoung = true
    this.index = this.#first - 1
    this.at = this.#high
    this.size = 0
    let codeTo = this.#first
    let dataTo = this.#high
    let codeFrom = this.#first
    let dataFrom = this.#high
    // moves what was passed since the last mark; the last run ends with the young end
    const move = (codeEnd: number, dataEnd: number): void => {
      bytes.copyWithin(base + codeTo, base + codeFrom, base + codeEnd)
      codeTo += codeEnd - codeFrom
      const length = dataFrom - dataEnd
      dataTo -= length
      bytes.copyWithin(base + dataTo, base + dataEnd, base + dataFrom)
    }
    for (const mark of marks) {
      this.skip(mark - this.index)
      move(mark, this.at + this.size)
      codeFrom = mark + 1
      dataFrom = this.at
    }
    move(this.#end, this.#low)
    this.#end = codeTo
    this.#low = dataTo
  }

  /** Copies its elements from number `from` to before `to` into an empty chunk with room for them. */
  copyTo(target: Chunk, from = 0, to = this.count): void {
    const young = this.isBackward ? this.count - to : from
    this.#towardsYoung = true
    this.index = this.#first - 1
    this.at = this.#high
    const { index, at } = this.skip(young)
    const first = index + 1
    this.skip(to - from)
    target.#fill(this, first, to - from, this.at, at - this.at)
  }

  #fill(source: Chunk, codes: number, count: number, data: number, bytes: number): void {
    const from = source.region.bytes
    this.isBackward = source.isBackward
    this.#end = this.#first + count
    this.#low = this.#high - bytes
    from.copy(this.region.bytes, this.base + this.#first, source.base + codes, source.base + codes + count)
    from.copy(this.region.bytes, this.base + this.#low, source.base + data, source.base + data + bytes)
    this.save()
  }

  /** Adds all elements of another chunk behind its own; it must be forward. */
  append(source: Chunk): void {
    const to = this.region.bytes
    const from = source.region.bytes
    source.start(true)
    while (source.next()) {
      to[this.base + this.#end++] = source.code
      this.#low -= source.size
      from.copy(to, this.base + this.#low, source.base + source.at, source.base + source.at + source.size)
    }
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
