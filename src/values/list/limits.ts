import { chunkBytesMax } from './chunk-reader.js'

/** How large the parts of a list get. Changed live by CONFIG SET. */
export interface ListLimits {
  /** `list-max-listpack-size`: -1 to -5 for 4 to 64 KiB, or so many elements in at most 8 KiB. */
  listpackSize: number
}

const standardBytes = 8192
const entriesMax = 0x7fff

/** What `list-max-listpack-size` means for a chunk. */
export class ChunkLimits {
  readonly #limits: ListLimits
  #listpackSize = NaN
  bytesMax = standardBytes
  entriesMax = 0xffff

  constructor(limits: ListLimits) {
    this.#limits = limits
    this.follow()
  }

  /** Takes the limits as they are now. */
  follow(): void {
    const { listpackSize } = this.#limits
    if (listpackSize === this.#listpackSize) return
    this.#listpackSize = listpackSize
    if (listpackSize < 0) {
      this.bytesMax = Math.min(2048 << Math.min(-listpackSize, 5), chunkBytesMax)
      this.entriesMax = 0xffff
    } else {
      this.bytesMax = standardBytes
      this.entriesMax = Math.min(Math.max(listpackSize, 1), entriesMax)
    }
  }

  /** Whether bytes are what ends a chunk, and not the number of elements. */
  get isByBytes(): boolean {
    return this.#listpackSize < 0
  }

  /** The value as lists have it, which Redis cuts to what their 16 bits hold. */
  get effectiveSize(): number {
    return Math.max(-5, Math.min(this.#limits.listpackSize, entriesMax))
  }

  /** Whether a chunk may have so many elements and bytes. */
  allow(entries: number, bytes: number): boolean {
    return entries <= this.entriesMax && bytes <= this.bytesMax
  }
}
