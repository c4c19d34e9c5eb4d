import { Region, Slice, equalBytes } from '../base/index.js'
import { packedHeaderBytes, setPackedCount, writePacked } from './packed.js'

/** Items that it is given take no more, as they were. */
export const builderBytesMax = 1 << 16
/** Packed they may take so many times as much: a score of 8 bytes may have been one of 2, an integer of 9 has 20 digits. */
const growthMax = 4

const emptySlot = 0

/**
 * Makes the sequence of a small collection whose items are all at hand, for a view to take over whole: item by item it
 * would be moved, and looked through, for each of them.
 */
export class PackedBuilder {
  readonly #region = Region.allocate(builderBytesMax * growthMax)
  /** The sequence so far. */
  readonly sequence = new Slice(this.#region)
  /** Places of keys by their hash: to find one that comes twice. */
  #slots = new Int32Array(64)
  #mask = 0

  /** Begins a sequence of at most so many keys, which as they are take no more than `builderBytesMax`. */
  begin(keys: number): this {
    const size = 1 << (33 - Math.clz32(keys))
    if (size > this.#slots.length) this.#slots = new Int32Array(size)
    else this.#slots.fill(emptySlot, 0, size)
    this.#mask = size - 1
    this.sequence.length = packedHeaderBytes
    return this
  }

  /** Adds a string that none before may be equal to; false, and nothing, where one is. */
  addKey(key: Slice): boolean {
    const place = this.sequence.length
    const slots = this.#slots
    let slot = hashOf(key) & this.#mask
    for (; slots[slot] !== emptySlot; slot = (slot + 1) & this.#mask) if (this.#isAt(slots[slot], key)) return false
    slots[slot] = place
    this.add(key)
    return true
  }

  add(item: Slice): void {
    this.sequence.length = writePacked(this.sequence, this.sequence.length, item)
  }

  /** Adds a score; see packed-scores.ts. */
  addScore(score: number): void {
    this.#region.view.setFloat64(this.sequence.length, score, true)
    this.sequence.length += 8
  }

  /** Ends the sequence, which is good until the next one is begun. @param count what its header says */
  end(count: number): Slice {
    setPackedCount(this.sequence, count)
    return this.sequence
  }

  /** Whether the string at `place` is `key`. */
  #isAt(place: number, key: Slice): boolean {
    const { bytes, view } = this.#region
    const isLong = bytes[place] === 255
    const length = isLong ? view.getUint32(place + 1, true) : bytes[place]
    return length === key.length && equalBytes(this.#region, place + (isLong ? 5 : 1), key.region, key.start, length)
  }
}

/** A quick hash: whoever prepares collisions makes his own few keys slow, no more. */
function hashOf({ region: { view }, start, length }: Slice): number {
  let hash = length
  let at = start
  for (const end = start + (length & ~3); at < end; at += 4)
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1)
  for (const end = start + length; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x85ebca77)
  return hash ^ (hash >>> 15)
}
