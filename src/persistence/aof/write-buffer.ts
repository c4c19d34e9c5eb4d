import { Region, copyBytes } from '../../base/index.js'
import type { Descriptor } from '../files.js'

/** Room of one piece of the buffer. A larger unit has a piece of its own. */
const pieceBytes = 1 << 18
/** Pieces kept for later, beside the one in use. */
const sparePieces = 3

/** Where bytes go, and how many bytes it has. */
export class Target {
  readonly descriptor: Descriptor
  bytes: number
  /** Another one took its place: it is closed when the disk has it. */
  isRetired = false
  /** Nobody wants it: what could not be written is forgotten. */
  isAbandoned = false

  constructor(descriptor: Descriptor, bytes: number) {
    this.descriptor = descriptor
    this.bytes = bytes
  }
}

export interface Piece {
  readonly region: Region
  /** Bytes written already, and bytes in it. */
  from: number
  end: number
  readonly target: Target
}

/** What is still to be written, in pieces, each for one file. */
export class WriteBuffer {
  readonly #pieces: Piece[] = []
  readonly #spare: Region[] = []

  get isEmpty(): boolean {
    return this.#pieces.length === 0
  }

  append(target: Target, from: Region, start: number, end: number): void {
    const length = end - start
    const last = this.#pieces.at(-1)
    const piece = last?.target === target && hasRoom(last, length) ? last : this.#addPiece(target, length)
    copyBytes(from, start, piece.region, piece.end, length)
    piece.end += length
  }

  /** Takes out so many pieces; what is appended from now on goes to others. */
  take(count = this.#pieces.length): Piece[] {
    return this.#pieces.splice(0, count)
  }

  /** Takes out the first pieces that are for one file. */
  takeOfOne(): Piece[] {
    const [{ target }] = this.#pieces
    const others = this.#pieces.findIndex((piece) => piece.target !== target)
    return this.take(others === -1 ? this.#pieces.length : others)
  }

  /** Puts pieces that were taken out, and not written, back to the front. */
  putBack(pieces: readonly Piece[]): void {
    this.#pieces.unshift(...pieces)
  }

  /** The pieces were written: their memory serves again. */
  reuse(pieces: readonly Piece[]): void {
    for (const { region } of pieces) {
      const isStandard = region.bytes.length === pieceBytes + Region.spareBytes
      if (isStandard && this.#spare.length < sparePieces) this.#spare.push(region)
    }
  }

  /** Whether something waits for this file. */
  hasFor(target: Target): boolean {
    return this.#pieces.some((piece) => piece.target === target)
  }

  #addPiece(target: Target, length: number): Piece {
    const region = length <= pieceBytes ? (this.#spare.pop() ?? Region.allocate(pieceBytes)) : Region.allocate(length)
    const piece: Piece = { region, from: 0, end: 0, target }
    this.#pieces.push(piece)
    return piece
  }
}

const hasRoom = ({ region, end }: Piece, length: number): boolean =>
  end + length <= region.bytes.length - Region.spareBytes

export const bytesOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { from, end }) => sum + end - from, 0)

/** The bytes of the pieces behind the first `done` ones. */
export function partsBehind(pieces: readonly Piece[], done: number): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (const { region, from, end } of pieces) {
    const skipped = Math.min(done, end - from)
    done -= skipped
    if (from + skipped < end) parts.push(region.bytes.subarray(from + skipped, end))
  }
  return parts
}
