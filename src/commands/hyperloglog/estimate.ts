import { int64Min, type Slice } from '../../base/index.js'
import { Encoding, corrupted, encodingOf, headerBytes, registerBits, registerCount, type Estimate } from './layout.js'
import { forEachRun } from './sparse.js'

/** The longest run of zeros that a hash can have, less one. */
const longest = 64 - registerBits
const alphaInfinity = 0.7213475204444817 // 0.5 / ln(2)

const histogram = new Int32Array(64)

/**
 * How many different elements a sketch has seen, by Ertl's improved estimator.
 *
 * @throws {ReplyError} the sketch is corrupted
 * @see https://arxiv.org/abs/1702.01284 (New cardinality estimation algorithms for HyperLogLog sketches)
 */
export function estimate(sketch: Slice): Estimate {
  histogram.fill(0)
  if (encodingOf(sketch) === Encoding.dense) countDense(sketch)
  else {
    const isSound = forEachRun(sketch, (_first, run, value) => {
      histogram[value] += run
    })
    if (!isSound) throw corrupted
  }
  return estimateHistogram()
}

/** The same of registers of a byte each. */
export function estimateRegisters(registers: Uint8Array): Estimate {
  histogram.fill(0)
  for (let i = 0; i < registerCount; i++) histogram[registers[i]]++
  return estimateHistogram()
}

/** Four registers stand in three bytes. */
function countDense({ region: { bytes }, start, length }: Slice): void {
  const end = start + length
  for (let at = start + headerBytes; at < end; at += 3) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16)
    histogram[word & 63]++
    histogram[(word >>> 6) & 63]++
    histogram[(word >>> 12) & 63]++
    histogram[word >>> 18]++
  }
}

function estimateHistogram(): Estimate {
  const m = registerCount
  let z = m * tau((m - histogram[longest + 1]) / m)
  for (let j = longest; j >= 1; j--) z = (z + histogram[j]) * 0.5
  z += m * sigma(histogram[0] / m)
  const count = Math.round((alphaInfinity * m * m) / z)
  if (count <= Number.MAX_SAFE_INTEGER) return count
  // what does not fit in 64 bits is the most negative number, as C's conversion has it
  return count < 2 ** 63 ? BigInt(count) : int64Min
}

function sigma(x: number): number {
  if (x === 1) return Infinity
  let y = 1
  let z = x
  for (let last = NaN; last !== z; y += y) {
    x *= x
    last = z
    z += x * y
  }
  return z
}

function tau(x: number): number {
  if (x === 0 || x === 1) return 0
  let y = 1
  let z = 1 - x
  for (let last = NaN; last !== z;) {
    x = Math.sqrt(x)
    last = z
    y *= 0.5
    z -= (1 - x) * (1 - x) * y
  }
  return z / 3
}
