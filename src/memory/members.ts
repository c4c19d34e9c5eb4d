import { borrowed, copyBytes, equalBytes, type Slice } from '../base/index.js'
import { classBytes, pieceBytesMax, type Arena, type Ref } from './arena.js'
import type { Mover } from './mover.js'

/*
 * A member is nothing but its bytes behind their length, in one piece of the arena:
 *
 *   up to 253 bytes         length (1 byte), bytes
 *   more                    254, length (4 bytes), bytes
 *   more than a piece has   255, length (4 bytes), number of a block (4 bytes)
 */

const long = 254
const elsewhere = 255
const longHeaderBytes = 5
const elsewhereBytes = 9
const shortMax = 253
const longMax = pieceBytesMax - longHeaderBytes
const unitMask = 0xfffff

/**
 * Records of a table that have a key and nothing else: no value, no deadline, no time of access. A member of 20 bytes
 * takes 24 of the arena, where a whole record would take 32.
 */
export class Members {
  readonly arena: Arena
  readonly #own = borrowed()

  constructor(arena: Arena) {
    this.arena = arena
  }

  /** A record of these bytes. @throws {OutOfMemory} nothing has changed */
  create(bytes: Slice): Ref {
    const { length } = bytes
    if (length > longMax) return this.#createElsewhere(bytes)
    const header = length <= shortMax ? 1 : longHeaderBytes
    const ref = this.arena.allocate(header + length)
    const region = this.arena.regions[ref >>> 20]
    const at = (ref & unitMask) << 3
    if (length <= shortMax) region.bytes[at] = length
    else {
      region.bytes[at] = long
      region.view.setUint32(at + 1, length, true)
    }
    copyBytes(bytes.region, bytes.start, region, at + header, length)
    return ref
  }

  #createElsewhere(bytes: Slice): Ref {
    const { arena } = this
    const ref = arena.allocate(elsewhereBytes)
    let block: number
    try {
      block = arena.allocateBlock(bytes.length)
    } catch (error) {
      arena.free(ref, elsewhereBytes)
      throw error
    }
    const region = arena.regions[ref >>> 20]
    const at = (ref & unitMask) << 3
    region.bytes[at] = elsewhere
    region.view.setUint32(at + 1, bytes.length, true)
    region.view.setInt32(at + 5, block, true)
    copyBytes(bytes.region, bytes.start, arena.block(block), 0, bytes.length)
    return ref
  }

  free(ref: Ref): void {
    const { bytes, view } = this.arena.regions[ref >>> 20]
    const at = (ref & unitMask) << 3
    const head = bytes[at]
    if (head === elsewhere) this.arena.freeBlock(view.getInt32(at + 5, true), view.getUint32(at + 1, true))
    this.arena.free(ref, this.#pieceBytes(ref))
  }

  /** Points `into` at the bytes. */
  key(ref: Ref, into: Slice): Slice {
    const region = this.arena.regions[ref >>> 20]
    const at = (ref & unitMask) << 3
    const head = region.bytes[at]
    if (head < long) return into.set(region, at + 1, head)
    const length = region.view.getUint32(at + 1, true)
    if (head === long) return into.set(region, at + longHeaderBytes, length)
    return into.set(this.arena.block(region.view.getInt32(at + 5, true)), 0, length)
  }

  /** Whether the bytes are those of `key`. */
  hasKey(ref: Ref, key: Slice): boolean {
    const { bytes, view } = this.arena.regions[ref >>> 20]
    let at = (ref & unitMask) << 3
    const { length } = key
    if (length > shortMax || bytes[at] !== length) return bytes[at] >= long && this.#hasLongKey(ref, key)
    at++
    const other = key.region.view
    let offset = key.start
    const end = offset + (length & ~3)
    for (; offset < end; at += 4, offset += 4) {
      if (view.getInt32(at, true) !== other.getInt32(offset, true)) return false
    }
    const rest = (length & 3) << 3
    return rest === 0 || ((view.getInt32(at, true) ^ other.getInt32(offset, true)) & ((1 << rest) - 1)) === 0
  }

  #hasLongKey(ref: Ref, key: Slice): boolean {
    const own = this.key(ref, this.#own)
    return own.length === key.length && equalBytes(own.region, own.start, key.region, key.start, key.length)
  }

  /** Bytes that the record takes in the arena, those elsewhere included. */
  bytes(ref: Ref): number {
    const { bytes, view } = this.arena.regions[ref >>> 20]
    const at = (ref & unitMask) << 3
    return classBytes(this.#pieceBytes(ref)) + (bytes[at] === elsewhere ? view.getUint32(at + 1, true) : 0)
  }

  /** Moves the record out of a chunk that is being emptied. Returns its reference. */
  relocate(ref: Ref, mover: Mover): Ref {
    return mover.piece(ref, this.#pieceBytes(ref))
  }

  #pieceBytes(ref: Ref): number {
    const { bytes, view } = this.arena.regions[ref >>> 20]
    const at = (ref & unitMask) << 3
    const head = bytes[at]
    if (head < long) return 1 + head
    return head === long ? longHeaderBytes + view.getUint32(at + 1, true) : elsewhereBytes
  }
}
