import { copyBytes, type Region } from '../../base/index.js'
import type { Arena, Ref } from '../../memory/index.js'
import type { RdbOutput } from '../rdb/output.js'
import type { ByteCount } from './byte-count.js'

const firstBytes = 512
const mostBytes = 1 << 16
const unitMask = 0xfffff

interface Piece {
  readonly ref: Ref
  readonly capacity: number
  used: number
}

/** Bytes in the arena that are written on in the order they came, piece by piece. */
export class KeptBytes {
  readonly #arena: Arena
  #pieces: Piece[] = []
  readonly #beside: ByteCount

  constructor(arena: Arena, beside: ByteCount) {
    this.#arena = arena
    this.#beside = beside
  }

  /** @throws {OutOfMemory} some of them may be there */
  append(from: Region, start: number, length: number): void {
    for (let at = start, left = length; left > 0;) {
      const piece = this.#roomy(left)
      const count = Math.min(left, piece.capacity - piece.used)
      copyBytes(from, at, this.#arena.regions[piece.ref >>> 20], ((piece.ref & unitMask) << 3) + piece.used, count)
      piece.used += count
      at += count
      left -= count
    }
  }

  /** The last piece, or a new one where that is full. */
  #roomy(bytes: number): Piece {
    const last = this.#pieces.at(-1)
    if (last !== undefined && last.used < last.capacity) return last
    const doubled = last === undefined ? firstBytes : last.capacity * 2
    const capacity = Math.min(Math.max(doubled, bytes), mostBytes)
    const piece = { ref: this.#arena.allocate(capacity), capacity, used: 0 }
    this.#pieces.push(piece)
    this.#beside.add(capacity)
    return piece
  }

  /** Writes the next piece and gives it back; false when nothing is left. */
  writeNext(output: RdbOutput): boolean {
    const piece = this.#pieces.shift()
    if (piece === undefined) return false
    output.raw(this.#arena.regions[piece.ref >>> 20], (piece.ref & unitMask) << 3, piece.used)
    this.#free(piece)
    return this.#pieces.length > 0
  }

  /** Gives back all. */
  drop(): void {
    for (const piece of this.#pieces) this.#free(piece)
    this.#pieces = []
  }

  #free({ ref, capacity }: Piece): void {
    this.#arena.free(ref, capacity)
    this.#beside.add(-capacity)
  }
}
