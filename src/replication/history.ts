import { secretBytes } from '../base/index.js'

/** Characters of a replication id. */
export const idLength = 40

const noId = '0'.repeat(idLength)

/**
 * Which dataset this is, and how far: the replication id names a history of writes, the offset counts its bytes.
 *
 * A replica that becomes a primary begins a history of its own, and remembers the old one as its second id, up to where it
 * knew it: who followed the same primary, and is no further, can go on here.
 */
export class History {
  id = newId()
  secondId = noId
  /** Number of the first byte that the second history does not share with this one; -1 for none. */
  secondOffset = -1
  /** Bytes of the stream so far. */
  offset = 0

  /** Begins a history that nobody knows. */
  renew(): void {
    this.id = newId()
    this.forgetSecond()
  }

  forgetSecond(): void {
    this.secondId = noId
    this.secondOffset = -1
  }

  /** Goes on under a new id; the present one stays good up to here. */
  shift(): void {
    this.continueAs(newId())
  }

  /** Goes on under `id`, which somebody else gave. */
  continueAs(id: string): void {
    this.secondId = this.id
    this.secondOffset = this.offset + 1
    this.id = id
  }

  /** Takes over a history: from now on this is the dataset of `id` after `offset` bytes. */
  adopt(id: string, offset: number): void {
    this.id = id
    this.offset = offset
    this.forgetSecond()
  }

  /** Whether somebody who followed `id`, and wants the byte of this number next, has the same dataset as we had then. */
  shares(id: string, next: number): boolean {
    const asked = id.toLowerCase()
    return asked === this.id || (asked === this.secondId && next <= this.secondOffset)
  }
}

const newId = (): string => secretBytes(idLength / 2).toString('hex')
