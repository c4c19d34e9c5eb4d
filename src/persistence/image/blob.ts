import { borrowed, copyBytes, type Slice } from '../../base/index.js'
import type { Places } from '../../values/index.js'
import type { RdbOutput } from '../rdb/output.js'
import type { ByteCount } from './byte-count.js'

/** Bytes written at a time. */
const pieceBytes = 1 << 15

/** Points a slice at one of several strings. */
export type ReadPart = (part: number, into: Slice) => Slice

/** A copy of a string in memory of its own. */
interface Copy {
  readonly place: number
  readonly bytes: number
}

/** Long strings, one after the other, that are written piece by piece as they are; copied aside when they are about to change. */
export class Blob {
  readonly #places: Places
  readonly #count: number
  readonly #read: ReadPart
  #copies: Copy[] | null = null
  #part = 0
  /** Bytes of the part that are written; -1 before its length is. */
  #at = -1
  readonly #slice = borrowed()
  readonly #beside: ByteCount

  constructor(places: Places, count: number, read: ReadPart, beside: ByteCount) {
    this.#beside = beside
    this.#places = places
    this.#count = count
    this.#read = read
  }

  /** Copies what has yet to be written. @throws {OutOfMemory} nothing has changed */
  settle(): void {
    if (this.#copies !== null) return
    const copies: Copy[] = []
    try {
      for (let part = 0; part < this.#count; part++) copies.push(this.#copy(part))
    } catch (error) {
      for (const { place, bytes } of copies) if (bytes > 0) this.#places.free(place, bytes)
      throw error
    }
    this.#copies = copies
    for (const { bytes } of copies) this.#beside.add(bytes)
  }

  #copy(part: number): Copy {
    const { region, start, length } = this.#read(part, this.#slice)
    if (length === 0 || part < this.#part) return { place: 0, bytes: 0 }
    const place = this.#places.allocate(length)
    const to = this.#places.region(place, length)
    copyBytes(region, start, to, this.#places.base(place, length), length)
    return { place, bytes: length }
  }

  #source(part: number): Slice {
    if (this.#copies === null) return this.#read(part, this.#slice)
    const { place, bytes } = this.#copies[part]
    if (bytes === 0) return this.#slice.set(this.#slice.region, 0, 0)
    return this.#slice.set(this.#places.region(place, bytes), this.#places.base(place, bytes), bytes)
  }

  /** Whether any of it is written. */
  get hasBegun(): boolean {
    return this.#part > 0 || this.#at >= 0
  }

  /** Writes a piece; false when all is written. */
  step(output: RdbOutput): boolean {
    if (this.#part === this.#count) return false
    const { region, start, length } = this.#source(this.#part)
    if (this.#at < 0) {
      output.length(length)
      this.#at = 0
    }
    const bytes = Math.min(pieceBytes, length - this.#at)
    output.raw(region, start + this.#at, bytes)
    this.#at += bytes
    if (this.#at < length) return true
    this.#part++
    this.#at = -1
    return this.#part < this.#count
  }

  /** Gives back the copies. */
  drop(): void {
    for (const { place, bytes } of this.#copies ?? []) {
      if (bytes > 0) this.#places.free(place, bytes)
      this.#beside.add(-bytes)
    }
    this.#copies = null
  }
}
