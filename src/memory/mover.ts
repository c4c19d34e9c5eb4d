import { copyBytes } from '../base/index.js'
import { classBytes, type Arena, type Ref } from './arena.js'

const unitMask = 0xfffff

/** What a step of moving costs, against one of looking: of `Mover.left`. */
const moveCost = 4

/**
 * Moves pieces out of chunks that are being emptied (`Arena.beginLeaving`). Whoever holds a reference asks for each of
 * them, and keeps the answer.
 *
 * `left` says how much may still be done in this slice: a piece looked at costs 1, a moved one more. Walks end when it is
 * used up, and say where to go on from.
 */
export class Mover {
  readonly arena: Arena
  left = 0
  /** Pieces moved, and pieces that were left where they are, since the start. */
  moved = 0
  kept = 0

  constructor(arena: Arena) {
    this.arena = arena
  }

  /**
   * Where a piece of `bytes` is from now on.
   *
   * @throws {OutOfMemory} nothing has changed
   */
  piece(ref: Ref, bytes: number): Ref {
    const { arena } = this
    this.left--
    if (arena.leaving[ref >>> 20] === 0) {
      this.kept++
      return ref
    }
    const to = arena.allocate(bytes)
    const size = classBytes(bytes)
    copyBytes(arena.regions[ref >>> 20], (ref & unitMask) << 3, arena.regions[to >>> 20], (to & unitMask) << 3, size)
    arena.free(ref, bytes)
    this.moved++
    this.left -= moveCost
    return to
  }
}
