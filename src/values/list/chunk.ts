import { copyBytes, moveBytes, type Region, type Slice } from '../../base/index.js'
import { ChunkReader, chunkHeaderBytes } from './chunk-reader.js'
import { codeOf, isString, longCode, sizeOf, type Item } from './item.js'

/** A view of one chunk at a time, to change it. What changes it ends with `save`. */
export class Chunk extends ChunkReader {
  /** Makes an empty chunk of it. */
  format(region: Region, base: number, capacity: number, isBackward: boolean): this {
    this.region = region
    this.base = base
    this.capacity = capacity
    this.firstCode = this.endOfCodes = chunkHeaderBytes
    this.low = this.high = capacity
    this.isBackward = isBackward
    this.prefix.set(region, base + chunkHeaderBytes, 0)
    this.save()
    return this
  }

  save(): void {
    const { view, bytes } = this.region
    const { base } = this
    view.setUint16(base, this.firstCode, true)
    view.setUint16(base + 2, this.endOfCodes, true)
    view.setUint16(base + 4, this.low, true)
    view.setUint16(base + 6, this.high, true)
    bytes[base + 8] = this.isBackward ? 1 : 0
    bytes[base + 9] = this.prefix.length
  }

  /** Whether there is room for `bytes` more, codes included, made by closing what was left at the old end. */
  makeRoom(bytes: number): boolean {
    if (this.low - this.endOfCodes >= bytes) return true
    if (this.used + bytes > this.capacity) return false
    this.#fit(this.capacity)
    return true
  }

  /** Takes over another place or capacity, which its bytes as they were stand at the beginning of. */
  moveTo(region: Region, base: number, capacity: number): void {
    this.region = region
    this.base = base
    this.prefix.set(region, base + chunkHeaderBytes, this.prefix.length)
    this.#fit(capacity)
  }

  /** Puts all it holds together, for a capacity that is enough for it. */
  #fit(capacity: number): void {
    const { base } = this
    const start = this.codesFrom
    if (this.firstCode !== start) {
      moveBytes(this.region, base + start, base + this.firstCode, base + this.endOfCodes)
      this.endOfCodes += start - this.firstCode
      this.firstCode = start
    }
    const low = capacity - (this.high - this.low)
    if (low !== this.low) moveBytes(this.region, base + low, base + this.low, base + this.high)
    this.low = low
    this.high = this.capacity = capacity
  }

  /** Makes the smaller capacity do, before the memory behind it goes. */
  squeeze(capacity: number): void {
    this.#fit(capacity)
    this.save()
  }

  // --- changing: there must be room

  /** Adds an element at the head or the tail. */
  push(item: Item, atHead: boolean): void {
    if (atHead === this.isBackward) {
      this.low -= item.size
      this.region.bytes[this.base + this.endOfCodes++] = item.code
      item.write(this.region, this.base + this.low)
    } else this.#insert(item, this.firstCode, this.high)
  }

  /** Adds an element before the one of number `index` from the head; `count` is behind the last. */
  insert(item: Item, index: number): void {
    if (index === 0 || index === this.count) {
      this.push(item, index === 0)
      return
    }
    const before = this.isBackward ? this.count - index : index
    this.startOld()
    this.skip(before)
    this.#insert(item, this.index + 1, this.at)
  }

  /** Adds an element whose code goes to `index`, and whose data end at `at`. */
  #insert(item: Item, index: number, at: number): void {
    const { bytes } = this.region
    const { base } = this
    const { size } = item
    if (index === this.firstCode && index > this.codesFrom && this.capacity - this.high >= size) {
      // what was taken from the old end left a place
      this.firstCode--
      bytes[base + this.firstCode] = item.code
      item.write(this.region, base + this.high)
      this.high += size
      return
    }
    moveBytes(this.region, base + index + 1, base + index, base + this.endOfCodes)
    bytes[base + index] = item.code
    this.endOfCodes++
    moveBytes(this.region, base + this.low - size, base + this.low, base + at)
    this.low -= size
    item.write(this.region, base + at - size)
  }

  /** Puts `item` in the place of the element that the walk is at. */
  replace(item: Item): void {
    const { bytes } = this.region
    const { base, at } = this
    const more = item.size - this.size
    if (more !== 0) moveBytes(this.region, base + this.low - more, base + this.low, base + at)
    this.low -= more
    bytes[base + this.index] = item.code
    item.write(this.region, base + at - more)
  }

  /** Takes away `count` elements from the head or the tail. */
  drop(fromHead: boolean, count: number): void {
    this.start(fromHead).skip(count)
    if (this.towardsYoung) {
      this.firstCode = this.index + 1
      this.high = this.at
    } else {
      this.endOfCodes = this.index
      this.low = this.at + this.size
    }
  }

  /** Takes away the elements whose codes stand at `marks`, in the order of a walk. */
  removeMarked(marks: number[]): void {
    if (marks.length > 1 && marks[0] > marks[1]) marks.reverse()
    const { base } = this
    this.startOld()
    let codeTo = this.firstCode
    let dataTo = this.high
    let codeFrom = this.firstCode
    let dataFrom = this.high
    // moves what was passed since the last mark; the last run ends with the young end
    const move = (codeEnd: number, dataEnd: number): void => {
      moveBytes(this.region, base + codeTo, base + codeFrom, base + codeEnd)
      codeTo += codeEnd - codeFrom
      const length = dataFrom - dataEnd
      dataTo -= length
      moveBytes(this.region, base + dataTo, base + dataEnd, base + dataFrom)
    }
    for (const mark of marks) {
      this.skip(mark - this.index)
      move(mark, this.at + this.size)
      codeFrom = mark + 1
      dataFrom = this.at
    }
    move(this.endOfCodes, this.low)
    this.endOfCodes = codeTo
    this.low = dataTo
  }

  /** Copies its elements from number `from` to before `to` into an empty chunk with room for them. */
  copyTo(target: Chunk, from = 0, to = this.count): void {
    const young = this.isBackward ? this.count - to : from
    this.startOld()
    const { index, at } = this.skip(young)
    const first = index + 1
    this.skip(to - from)
    target.#fill(this, first, to - from, this.at, at - this.at)
  }

  #fill(source: Chunk, codes: number, count: number, data: number, bytes: number): void {
    this.isBackward = source.isBackward
    this.#setPrefix(source.prefix)
    this.endOfCodes = this.firstCode + count
    this.low = this.high - bytes
    copyBytes(source.region, source.base + codes, this.region, this.base + this.firstCode, count)
    copyBytes(source.region, source.base + data, this.region, this.base + this.low, bytes)
    this.save()
  }

  /** Of an empty chunk. */
  #setPrefix({ region, start, length }: Slice): void {
    const prefix = this.prefix
    copyBytes(region, start, prefix.region, prefix.start, length)
    prefix.length = length
    this.firstCode = this.endOfCodes = this.codesFrom
  }

  /** Copies its elements to an empty chunk, their strings without the prefix: a part of what they have here, or none. */
  recodeTo(target: Chunk, prefix: Slice): void {
    const own = this.prefix
    target.isBackward = this.isBackward
    target.#setPrefix(prefix)
    const skip = prefix.length
    const to = target.region
    this.startOld()
    while (this.next()) {
      const { region, code } = this
      const at = this.base + this.at
      if (!isString(code)) {
        target.low -= this.size
        to.bytes[target.base + target.endOfCodes++] = code
        copyBytes(region, at, to, target.base + target.low, this.size)
        continue
      }
      const here = this.lengthHere()
      const length = own.length + here - skip
      target.low -= sizeOf(length)
      to.bytes[target.base + target.endOfCodes++] = codeOf(length)
      let place = target.base + target.low
      if (codeOf(length) === longCode) {
        to.view.setUint16(place, length, true)
        to.view.setUint16(place + 2 + length, length, true)
        place += 2
      }
      const from = code === longCode ? at + 2 : at
      // one of the two prefixes is none
      if (skip === 0) {
        copyBytes(own.region, own.start, to, place, own.length)
        copyBytes(region, from, to, place + own.length, here)
      } else copyBytes(region, from + skip, to, place, here - skip)
    }
    target.save()
  }

  /** Adds all elements of another chunk behind its own; it must be forward, and neither may have a prefix. */
  append(source: Chunk): void {
    const to = this.region.bytes
    source.start(true)
    while (source.next()) {
      to[this.base + this.endOfCodes++] = source.code
      this.low -= source.size
      copyBytes(source.region, source.base + source.at, this.region, this.base + this.low, source.size)
    }
  }
}
