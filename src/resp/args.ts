import { Slice, borrowed, type Region } from '../base/index.js'

/** Beyond this many pooled slices are let go again once a smaller request comes. */
const pooledMax = 4096

const nothing = borrowed()

/** The arguments of one request, the command's name first: pooled slices on bytes that somebody else owns. */
export class Args {
  count = 0
  #slices: Slice[] = []

  at(index: number): Slice {
    return this.#slices[index]
  }

  /** Makes room for `count` slices before they are set. */
  reserve(count: number): void {
    const slices = this.#slices
    while (slices.length < count) slices.push(borrowed())
    if (slices.length > pooledMax && count <= pooledMax) slices.length = pooledMax
  }

  /** Takes over arguments that are bytes of their own. */
  load(values: readonly (Slice | Buffer | string)[]): this {
    this.reserve(values.length)
    this.count = values.length
    for (let i = 0; i < values.length; i++) {
      const value = values[i]
      if (value instanceof Slice) this.#slices[i].set(value.region, value.start, value.length)
      else {
        const own = Slice.from(value as Buffer | string)
        this.#slices[i].set(own.region, own.start, own.length)
      }
    }
    return this
  }

  /** Lets go of a region that is given up, which slices of former requests would keep in memory. */
  release(region: Region): void {
    for (const slice of this.#slices) if (slice.region === region) slice.set(nothing.region, 0, 0)
  }

  /** Copies that the caller owns. */
  toBuffers(): Buffer[] {
    return Array.from({ length: this.count }, (_, i) => this.#slices[i].toBuffer())
  }
}
