import { Region, Slice, copyBytes } from '../../base/index.js'
import type { Call } from '../../command/index.js'
import { Type } from '../../values/index.js'

const star = 42
const dash = 45
const greater = 62
const sharp = 35

/** Index of the first byte that `is` wanted, as C's string functions look for it: none stands behind a NUL. */
function indexOf(text: Slice, from: number, is: (index: number) => boolean): number {
  for (let i = from; i < text.length && text.byte(i) !== 0; i++) if (is(i)) return i
  return -1
}

/** Whether a pattern of BY says anything of the elements: without a star nothing is sorted. */
export const hasStar = (pattern: Slice): boolean => indexOf(pattern, 0, (i) => pattern.byte(i) === star) >= 0

/**
 * What BY and GET name: for each element a key, made by putting the element in the place of the first `*`, and perhaps
 * a field of it, which stands behind the first `->` after that. `#` is the element itself.
 */
export class SortPattern {
  readonly isElement: boolean
  readonly #pattern: Slice
  readonly #star: number
  /** Where the key's part of the pattern ends. */
  readonly #keyEnd: number
  readonly #field: Slice | null
  #key = new Slice(Region.allocate(256))

  constructor(pattern: Slice) {
    this.#pattern = pattern
    this.isElement = pattern.length > 0 && pattern.byte(0) === sharp && (pattern.length === 1 || pattern.byte(1) === 0)
    this.#star = indexOf(pattern, 0, (i) => pattern.byte(i) === star)
    const arrow = this.#star < 0 ? -1 : this.#arrow()
    this.#keyEnd = arrow < 0 ? pattern.length : arrow
    this.#field = arrow < 0 ? null : new Slice(pattern.region, pattern.start + arrow + 2, pattern.length - arrow - 2)
  }

  /** Where `->` stands behind the star with a field behind it, or -1. */
  #arrow(): number {
    const pattern = this.#pattern
    const at = indexOf(pattern, this.#star + 1, (i) => {
      return pattern.byte(i) === dash && i + 1 < pattern.length && pattern.byte(i + 1) === greater
    })
    return at >= 0 && at + 2 < pattern.length && pattern.byte(at + 2) !== 0 ? at : -1
  }

  /** The key that the pattern names for an element, or null for none. The slice is the same each time. */
  keyFor(element: Slice): Slice | null {
    if (this.#star < 0 || this.isElement) return null
    const pattern = this.#pattern
    const length = this.#keyEnd - 1 + element.length
    if (this.#key.region.bytes.length - Region.spareBytes < length) this.#key = new Slice(Region.allocate(length * 2))
    const { region } = this.#key
    copyBytes(pattern.region, pattern.start, region, 0, this.#star)
    copyBytes(element.region, element.start, region, this.#star, element.length)
    const rest = this.#star + element.length
    copyBytes(pattern.region, pattern.start + this.#star + 1, region, rest, length - rest)
    this.#key.length = length
    return this.#key
  }

  /** What the pattern stands for: the element, a string, or a field of a hash; null where there is no such thing. */
  valueFor({ db, keyspace }: Call, element: Slice): Slice | null {
    if (this.isElement) return element
    const key = this.keyFor(element)
    const ref = key === null ? 0 : db.read(key)
    if (ref === 0) return null
    if (this.#field === null) return db.type(ref) === Type.string ? db.stringAt(ref) : null
    return db.type(ref) === Type.hash ? keyspace.views.hashes.open(ref, null).get(this.#field) : null
  }
}
