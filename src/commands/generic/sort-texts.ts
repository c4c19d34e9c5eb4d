import { Region, Slice, compareBytes, copyBytes } from '../../base/index.js'

/** Byte by byte: short texts are looked through before a native call has begun. */
function hasNul({ region, start, length }: Slice): boolean {
  const { bytes } = region
  for (let at = start; at < start + length; at++) if (bytes[at] === 0) return true
  return false
}

/** Texts one behind the other, by number: what SORT sorts, and what it sorts by. Owns its bytes. */
export class Texts {
  #region = Region.allocate(1024)
  #used = 0
  readonly #starts: number[] = []
  readonly #lengths: number[] = []
  /** Most texts have none, and then none need be looked for. */
  #hasNul = false
  readonly #text = new Slice(this.#region)

  get count(): number {
    return this.#starts.length
  }

  add(text: Slice): void {
    const { region, start, length } = text
    if (this.#used + length > this.#region.bytes.length - Region.spareBytes) this.#grow(length)
    copyBytes(region, start, this.#region, this.#used, length)
    this.#hasNul ||= hasNul(text)
    this.#starts.push(this.#used)
    this.#lengths.push(length)
    this.#used += length
  }

  /** Adds a place where no text is. */
  addNone(): void {
    this.#starts.push(this.#used)
    this.#lengths.push(-1)
  }

  has(index: number): boolean {
    return this.#lengths[index] >= 0
  }

  /** The text at `index`, in a slice that is the same each time. */
  at(index: number): Slice {
    return this.#text.set(this.#region, this.#starts[index], this.#lengths[index])
  }

  /** Order of the bytes of two texts, a prefix first; perhaps only of those before their first NULs. */
  compare(a: number, b: number, upToNul = false): number {
    const region = this.#region
    const start = this.#starts[a]
    const other = this.#starts[b]
    const length = upToNul ? this.#lengthToNul(a) : this.#lengths[a]
    const otherLength = upToNul ? this.#lengthToNul(b) : this.#lengths[b]
    return compareBytes(region, start, length, region, other, otherLength)
  }

  #lengthToNul(index: number): number {
    if (!this.#hasNul) return this.#lengths[index]
    const start = this.#starts[index]
    const nul = this.#region.bytes.subarray(start, start + this.#lengths[index]).indexOf(0)
    return nul < 0 ? this.#lengths[index] : nul
  }

  #grow(bytes: number): void {
    const region = Region.allocate(Math.max(this.#used * 2, this.#used + bytes))
    this.#region.bytes.copy(region.bytes, 0, 0, this.#used)
    this.#region = region
  }
}
