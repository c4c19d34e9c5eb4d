import { Region, Slice, borrowed } from '../base/index.js'

/** Beyond this many pooled slices are let go again once a smaller request comes. */
const pooledMax = 4096

/** Arguments up to here share a region, which costs more to make than a call to execute; they are never written to again. */
const sharedBytesMax = 4096
const sharedRegionBytes = 64 * 1024

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
      else keep(value, this.#slices[i])
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

let shared = nothing.region
let sharedAt = sharedRegionBytes

/** Points `slice` at a copy of `value` (text as UTF-8) that lives as long as the slice does. */
function keep(value: Buffer | string, slice: Slice): void {
  const length = typeof value === 'string' ? Buffer.byteLength(value) : value.length
  if (length > sharedBytesMax) {
    const own = Slice.from(value)
    slice.set(own.region, 0, length)
    return
  }
  if (sharedAt + length > sharedRegionBytes) {
    shared = Region.allocate(sharedRegionBytes)
    sharedAt = 0
  }
  if (typeof value === 'string') shared.bytes.utf8Write(value, sharedAt, length)
  else shared.bytes.set(value, sharedAt)
  slice.set(shared, sharedAt, length)
  sharedAt += length
}
