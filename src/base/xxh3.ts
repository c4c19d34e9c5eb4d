import { Region, type Slice } from './bytes.js'
import { multiplyHigh } from './integers.js'

/*
 * XXH3 of 64 bits, without a seed, as Redis's DIGEST has it. Not the digest that origins are asked by.
 * Up to 240 bytes it is some steps of bigints; longer ones are read in stripes of 64 bytes by eight lanes of two int32
 * each, some nanoseconds a lane.
 *
 * See https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 */

const mask = (1n << 64n) - 1n

const prime32 = { first: 0x9e3779b1n, second: 0x85ebca77n, third: 0xc2b2ae3dn }
const prime64 = {
  first: 0x9e3779b185ebca87n,
  second: 0xc2b2ae3d27d4eb4fn,
  third: 0x165667b19e3779f9n,
  fourth: 0x85ebca77c2b2ae63n,
  fifth: 0x27d4eb2f165667c5n,
}
const avalancheMultiplier = 0x165667919e3779f9n
const shortMultiplier = 0x9fb21c651e98df25n

const secretBytes = Buffer.from(
  'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221' +
    'b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8' +
    'a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb' +
    '170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e',
  'hex',
)
const secret = Region.copyOf(secretBytes).view
const secretLength = secretBytes.length
const secretLengthMin = 136

const shortMax = 16
const middleMax = 128
const mediumMax = 240

const laneCount = 8
const stripeLength = 64
const stripesPerBlock = (secretLength - stripeLength) / 8

/** The hash as 16 hexadecimal digits, the highest first. */
export function xxh3Hex(value: Slice): string {
  return xxh3(value).toString(16).padStart(16, '0')
}

export function xxh3(value: Slice): bigint {
  const { length } = value
  if (length <= shortMax) return hashShort(value)
  if (length <= middleMax) return hashMiddle(value)
  if (length <= mediumMax) return hashMedium(value)
  return hashLong(value)
}

const secretAt = (at: number): bigint => secret.getBigUint64(at, true)

function hashShort({ region: { bytes, view }, start, length }: Slice): bigint {
  if (length === 0) return mixLast(secretAt(56) ^ secretAt(64))
  const end = start + length
  if (length <= 3) {
    const combined = (bytes[start] << 16) | (bytes[start + (length >> 1)] << 24) | bytes[end - 1] | (length << 8)
    return mixLast(BigInt((combined ^ secret.getInt32(0, true) ^ secret.getInt32(4, true)) >>> 0))
  }
  if (length <= 8) {
    const input = (BigInt(view.getUint32(start, true)) << 32n) | BigInt(view.getUint32(end - 4, true))
    let hash = input ^ secretAt(8) ^ secretAt(16)
    hash ^= rotate(hash, 49n) ^ rotate(hash, 24n)
    hash = (hash * shortMultiplier) & mask
    hash ^= (hash >> 35n) + BigInt(length)
    hash = (hash * shortMultiplier) & mask
    return hash ^ (hash >> 28n)
  }
  const low = view.getBigUint64(start, true) ^ secretAt(24) ^ secretAt(32)
  const high = view.getBigUint64(end - 8, true) ^ secretAt(40) ^ secretAt(48)
  return avalanche(BigInt(length) + swap(low) + high + fold(low, high))
}

function hashMiddle({ region: { view }, start, length }: Slice): bigint {
  let sum = BigInt(length) * prime64.first
  for (let i = (length - 1) >> 5; i >= 0; i--) {
    sum += mix16(view, start + i * 16, i * 32) + mix16(view, start + length - (i + 1) * 16, i * 32 + 16)
  }
  return avalanche(sum)
}

function hashMedium({ region: { view }, start, length }: Slice): bigint {
  let sum = BigInt(length) * prime64.first
  for (let i = 0; i < 8; i++) sum += mix16(view, start + i * 16, i * 16)
  let last = mix16(view, start + length - 16, secretLengthMin - 17)
  for (let i = 8; i < length >> 4; i++) last += mix16(view, start + i * 16, (i - 8) * 16 + 3)
  return avalanche(avalanche(sum) + last)
}

// --- long ones

/** The lanes: the lower half of each, then its upper half. */
const lanes = new Int32Array(laneCount * 2)
const firstLanes = [
  prime32.third,
  prime64.first,
  prime64.second,
  prime64.third,
  prime64.fourth,
  prime32.second,
  prime64.fifth,
  prime32.first,
]
const laneMultiplier = Number(prime32.first) | 0

function hashLong({ region: { view }, start, length }: Slice): bigint {
  firstLanes.forEach((lane, i) => {
    lanes[i * 2] = Number(lane & 0xffffffffn)
    lanes[i * 2 + 1] = Number(lane >> 32n)
  })
  const stripes = Math.floor((length - 1) / stripeLength)
  for (let stripe = 0; stripe < stripes; stripe++) {
    const place = stripe % stripesPerBlock
    addStripe(view, start + stripe * stripeLength, place * 8)
    if (place === stripesPerBlock - 1) scramble()
  }
  addStripe(view, start + length - stripeLength, secretLength - stripeLength - 7)
  let hash = BigInt(length) * prime64.first
  for (let i = 0; i < laneCount; i += 2) {
    hash += fold(lane(i) ^ secretAt(11 + i * 8), lane(i + 1) ^ secretAt(19 + i * 8))
  }
  return avalanche(hash)
}

function addStripe(view: DataView, at: number, secretFrom: number): void {
  for (let i = 0; i < laneCount * 2; i += 2) {
    const low = view.getInt32(at + i * 4, true)
    const high = view.getInt32(at + i * 4 + 4, true)
    const keyedLow = low ^ secret.getInt32(secretFrom + i * 4, true)
    const keyedHigh = high ^ secret.getInt32(secretFrom + i * 4 + 4, true)
    add(i ^ 2, low, high)
    add(i, Math.imul(keyedLow, keyedHigh), multiplyHigh(keyedLow, keyedHigh))
  }
}

function add(at: number, low: number, high: number): void {
  const sum = (lanes[at] >>> 0) + (low >>> 0)
  lanes[at] = sum
  lanes[at + 1] += high + (sum > 0xffffffff ? 1 : 0)
}

function scramble(): void {
  for (let i = 0; i < laneCount * 2; i += 2) {
    const from = secretLength - stripeLength + i * 4
    const low = lanes[i] ^ (lanes[i + 1] >>> 15) ^ secret.getInt32(from, true)
    const high = lanes[i + 1] ^ secret.getInt32(from + 4, true)
    lanes[i] = Math.imul(low, laneMultiplier)
    lanes[i + 1] = Math.imul(high, laneMultiplier) + multiplyHigh(low, laneMultiplier)
  }
}

const lane = (i: number): bigint => (BigInt(lanes[i * 2 + 1] >>> 0) << 32n) | BigInt(lanes[i * 2] >>> 0)

// --- steps

const mix16 = (view: DataView, at: number, secretFrom: number): bigint =>
  fold(view.getBigUint64(at, true) ^ secretAt(secretFrom), view.getBigUint64(at + 8, true) ^ secretAt(secretFrom + 8))

/** Both halves of a product of 128 bits, one over the other. */
function fold(a: bigint, b: bigint): bigint {
  const product = a * b
  return (product & mask) ^ (product >> 64n)
}

function avalanche(sum: bigint): bigint {
  let hash = sum & mask
  hash ^= hash >> 37n
  hash = (hash * avalancheMultiplier) & mask
  return hash ^ (hash >> 32n)
}

/** XXH64's own last steps, which the shortest inputs take. */
function mixLast(input: bigint): bigint {
  let hash = input ^ (input >> 33n)
  hash = (hash * prime64.second) & mask
  hash ^= hash >> 29n
  hash = (hash * prime64.third) & mask
  return hash ^ (hash >> 32n)
}

const rotate = (hash: bigint, bits: bigint): bigint => ((hash << bits) | (hash >> (64n - bits))) & mask

const swapped = new DataView(new ArrayBuffer(8))

function swap(hash: bigint): bigint {
  swapped.setBigUint64(0, hash, true)
  return swapped.getBigUint64(0)
}
