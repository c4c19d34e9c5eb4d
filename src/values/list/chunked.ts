import { borrowed, copyBytes, type Slice } from '../../base/index.js'
import { pieceBytesMax, type Mover } from '../../memory/index.js'
import type { Chunk } from './chunk.js'
import { Directory } from './directory.js'
import { ListRemains } from './remains.js'
import { Slots } from './slots.js'

/**
 * A list in chunks: what the ends need costs the same however long it is; elsewhere a look at the directory leads to the
 * chunk. One list at a time: the one that `open` was given last. Values to be written or looked for come in `item`.
 */
export class ChunkedList extends Slots {
  readonly #found = borrowed()
  readonly #marks: number[] = []

  open(record: Slice): void {
    this.guard = null
    this.directory.open(record)
  }

  get length(): number {
    return this.directory.length
  }

  get chunks(): number {
    return this.directory.size
  }

  rows(): Int32Array {
    return this.directory.rows()
  }

  /** Bytes of what the chunks hold. */
  get usedBytes(): number {
    const directory = this.directory
    let bytes = 0
    for (let slot = 0; slot < directory.size; slot++) {
      bytes += directory.isAlone(slot) ? directory.bytes(slot) : this.openSlot(slot).used
    }
    return bytes
  }

  /** Bytes of chunks and directory. */
  get bytes(): number {
    const directory = this.directory
    let bytes = this.places.bytes(directory.rowBytes)
    for (let slot = 0; slot < directory.size; slot++) bytes += this.places.bytes(directory.bytes(slot))
    return bytes
  }

  // --- beginning and end of a list in chunks

  /** Makes a directory, with the elements of `chunk` in it. `settle` says where its record is. @throws {OutOfMemory} */
  create(chunk: Chunk): void {
    const directory = this.directory.create()
    if (chunk.count === 0) return
    try {
      const bytes = chunk.used
      const place = this.places.allocate(bytes)
      chunk.copyTo(this.format(this.other, place, bytes, false))
      directory.insert(0)
      directory.set(0, place, chunk.count, bytes)
      directory.length = chunk.count
    } catch (error) {
      directory.free()
      throw error
    }
  }

  settle(record: Slice): void {
    this.directory.settle(record)
    this.directory.save()
  }

  /** Copies everything; the copy is what is open then. @throws {OutOfMemory} nothing is left behind */
  copy(record: Slice): void {
    const from = new Directory(this.places).open(record)
    const to = this.directory.create()
    try {
      for (let slot = 0; slot < from.size; slot++) {
        const bytes = from.bytes(slot)
        to.insert(slot)
        to.set(slot, 0, 0, 0)
        const place = this.places.allocate(bytes)
        to.set(slot, place, from.count(slot), bytes)
        if (from.isAlone(slot)) to.setAlone(slot, place, bytes)
        const source = this.places.region(from.place(slot), bytes)
        const target = this.places.region(place, bytes)
        const at = this.places.base(from.place(slot), bytes)
        copyBytes(source, at, target, this.places.base(place, bytes), bytes)
      }
    } catch (error) {
      this.discard()
      throw error
    }
    to.length = from.length
  }

  /** Gives back all there is, at once: of a copy that could not be finished. */
  discard(): void {
    const directory = this.directory
    for (let slot = 0; slot < directory.size; slot++) {
      if (directory.bytes(slot) !== 0) this.places.free(directory.place(slot), directory.bytes(slot))
    }
    directory.free()
  }

  release(record: Slice): ListRemains {
    return new ListRemains(this.places, new Directory(this.places).open(record))
  }

  /** As Collection.relocate; the cursor is the number of a slot. */
  relocate(mover: Mover, cursor: number): number {
    const { directory } = this
    if (cursor === 0) directory.relocate(mover)
    let slot = cursor
    while (slot < directory.size) {
      const bytes = directory.bytes(slot)
      if (bytes <= pieceBytesMax) directory.setPlace(slot, mover.piece(directory.place(slot), bytes))
      slot++
      if (mover.left <= 0) break
    }
    return slot < directory.size ? slot : 0
  }

  // --- the ends

  /** Adds the item. @throws {OutOfMemory} nothing has changed */
  push(atHead: boolean): void {
    const directory = this.directory
    const { size: bytes } = this.item
    const slot = atHead ? 0 : directory.size - 1
    if (!this.fitsAnywhere()) this.insertAlone(atHead ? 0 : directory.size)
    else if (directory.size === 0 || directory.isAlone(slot)) this.insertChunk(atHead ? 0 : directory.size, atHead)
    else {
      const chunk = this.openSlot(slot)
      // at its old end a chunk would have to move everything, a cut one be written anew: the list begins another one there
      if (chunk.isBackward === atHead && !chunk.isCut && this.fits(chunk)) {
        this.makeRoom(slot, bytes + 1)
        chunk.push(this.item, atHead)
        chunk.save()
        directory.setCount(slot, chunk.count)
      } else this.insertChunk(atHead ? 0 : directory.size, atHead)
    }
    directory.length++
    directory.save()
  }

  /** The first or the last element. */
  end(fromHead: boolean, into: Slice): Slice {
    const directory = this.directory
    const slot = fromHead ? 0 : directory.size - 1
    if (directory.isAlone(slot)) return this.alone(slot, into)
    const chunk = this.openSlot(slot).start(fromHead)
    chunk.next()
    return chunk.read(into)
  }

  /** Takes away `count` elements, of as many or more, from one end. */
  drop(fromHead: boolean, count: number): void {
    const directory = this.directory
    const chunks = directory.size
    let whole = 0
    for (let left = count; left > 0;) {
      const slot = fromHead ? whole : chunks - 1 - whole
      const inSlot = directory.count(slot)
      if (inSlot > left) {
        const chunk = this.openSlot(slot)
        chunk.drop(fromHead, left)
        chunk.save()
        directory.setCount(slot, chunk.count)
        this.shrink(slot)
        break
      }
      this.freeSlot(slot)
      left -= inSlot
      whole++
    }
    if (whole > 0) directory.remove(fromHead ? 0 : chunks - whole, whole)
    directory.length -= count
    directory.save()
  }

  // --- anywhere

  at(index: number, into: Slice): Slice {
    const slot = this.directory.locate(index)
    if (this.directory.isAlone(slot)) return this.alone(slot, into)
    return this.openSlot(slot).seek(this.directory.inner).read(into)
  }

  /** Calls `visit` with `count` elements from `index` on, towards the tail or towards the head. */
  walk(index: number, count: number, towardsTail: boolean, into: Slice, visit: (element: Slice) => void): void {
    const directory = this.directory
    let slot = directory.locate(index)
    let skip = towardsTail ? directory.inner : directory.count(slot) - 1 - directory.inner
    for (let left = count; left > 0; slot += towardsTail ? 1 : -1) {
      if (directory.isAlone(slot)) {
        visit(this.alone(slot, into))
        left--
        continue
      }
      const chunk = this.openSlot(slot).start(towardsTail).skip(skip)
      skip = 0
      left -= chunk.visit(left, into, visit)
    }
  }

  /**
   * Looks for elements equal to the item among the first `limit` from one end; `visit` hears how many elements lie before
   * each, and says whether to go on.
   */
  search(fromHead: boolean, limit: number, visit: (passed: number) => boolean): void {
    const directory = this.directory
    const chunks = directory.size
    for (let i = 0, passed = 0; i < chunks && passed < limit; i++) {
      const slot = fromHead ? i : chunks - 1 - i
      const count = directory.count(slot)
      this.item.whole()
      if (directory.isAlone(slot)) {
        if (this.item.equalsAlone(this.alone(slot, this.#found)) && !visit(passed)) return
      } else {
        const chunk = this.openSlot(slot).start(fromHead)
        const most = chunk.cut(this.item) ? Math.min(count, limit - passed) : 0
        for (let gone = 0; gone < most;) {
          const steps = chunk.seekEqual(this.item, most - gone)
          if (steps === 0) break
          gone += steps
          if (!visit(passed + gone - 1)) return
        }
      }
      passed += count
    }
  }

  /** Puts the item in the place of an element. @throws {OutOfMemory} nothing has changed */
  set(index: number): void {
    const directory = this.directory
    const slot = directory.locate(index)
    const { inner } = directory
    if (!directory.isAlone(slot) && this.fitsAnywhere()) {
      const chunk = this.uncut(slot).seek(inner)
      const more = this.item.size - chunk.size
      if (chunk.used + more <= this.limits.bytesMax) {
        if (more > 0) {
          this.makeRoom(slot, more)
          chunk.seek(inner)
        }
        chunk.replace(this.item)
        chunk.save()
        return
      }
    }
    this.insert(index)
    this.#remove(index + 1)
  }

  /** Adds the item before an element. @throws {OutOfMemory} nothing has changed */
  insert(index: number): void {
    const directory = this.directory
    const slot = directory.locate(index)
    const { inner } = directory
    if (!this.insertInto(slot, inner)) {
      let before = slot
      if (inner > 0) this.split(before++, inner)
      if (!this.fitsAnywhere()) this.insertAlone(before)
      else if (!this.appendTo(before - 1) && !this.insertInto(before, 0)) this.insertChunk(before, false)
    }
    directory.length++
    directory.save()
  }

  /** Takes away elements equal to the item, at most `most`, from one end on; how many. */
  removeEqual(fromHead: boolean, most: number): number {
    const directory = this.directory
    const chunks = directory.size
    let removed = 0
    let touched = 0
    for (let i = 0; i < chunks && removed < most; i++) {
      const slot = fromHead ? i : chunks - 1 - i
      const gone = this.#removeEqualIn(slot, fromHead, most - removed)
      if (gone > 0) touched = i + 1
      removed += gone
    }
    if (removed === 0) return 0
    directory.length -= removed
    this.#tidy(fromHead ? 0 : chunks - touched, touched)
    directory.save()
    return removed
  }

  // --- private

  #remove(index: number): void {
    const directory = this.directory
    const slot = directory.locate(index)
    if (directory.count(slot) === 1) {
      this.freeSlot(slot)
      directory.remove(slot, 1)
    } else {
      const chunk = this.openSlot(slot).seek(directory.inner)
      chunk.removeMarked([chunk.index])
      chunk.save()
      directory.setCount(slot, chunk.count)
    }
    directory.length--
    directory.save()
  }

  /** As `removeEqual` in one slot, which stays, with no elements, when it loses the last one. */
  #removeEqualIn(slot: number, fromHead: boolean, most: number): number {
    const directory = this.directory
    this.item.whole()
    if (directory.isAlone(slot)) {
      if (!this.item.equalsAlone(this.alone(slot, this.#found))) return 0
      directory.setCount(slot, 0)
      return 1
    }
    const chunk = this.openSlot(slot).start(fromHead)
    if (!chunk.cut(this.item)) return 0
    const marks = this.#marks
    marks.length = 0
    while (marks.length < most && chunk.seekEqual(this.item, Infinity) > 0) marks.push(chunk.index)
    const removed = marks.length
    if (removed === 0) return 0
    chunk.removeMarked(marks)
    chunk.save()
    directory.setCount(slot, chunk.count)
    this.shrink(slot)
    return removed
  }

  /** Gives back the chunks among `count` slots that lost all they had, and joins those that lost much to their neighbours. */
  #tidy(from: number, count: number): void {
    const directory = this.directory
    let kept = from
    for (let slot = from; slot < from + count; slot++) {
      if (directory.count(slot) === 0) {
        this.freeSlot(slot)
        continue
      }
      const place = directory.place(slot)
      const bytes = directory.bytes(slot)
      if (kept > from && this.join(kept - 1, slot)) continue
      if (directory.isAlone(slot)) directory.setAlone(kept, place, bytes)
      else directory.set(kept, place, directory.count(slot), bytes)
      kept++
    }
    if (kept < from + count) directory.remove(kept, from + count - kept)
  }
}
