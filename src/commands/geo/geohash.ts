/*
 * Places as scores: longitude and latitude are divided into 2^26 parts each, and the bits of both numbers interleaved,
 * those of the latitude at even positions. 52 bits are exact as a double, and places near each other mostly get numbers
 * near each other.
 *
 * @see redis 7.0.15, geohash.c; https://en.wikipedia.org/wiki/Geohash
 */

/** Degrees. */
export interface Place {
  readonly longitude: number
  readonly latitude: number
}

export interface Range {
  readonly min: number
  readonly max: number
}

/** What Web Mercator (EPSG:3857) can show: the poles cannot be told. */
export const longitudes: Range = { min: -180, max: 180 }
export const latitudes: Range = { min: -85.05112878, max: 85.05112878 }

/** Bits for each of longitude and latitude in a score. */
export const stepsMax = 26

/** Two words of 32 bits, both unsigned. */
export interface Words {
  readonly high: number
  readonly low: number
}

/** Puts a 0 before each of 16 bits. */
function spread(bits: number): number {
  let spread = bits & 0xffff
  spread = (spread | (spread << 8)) & 0x00ff00ff
  spread = (spread | (spread << 4)) & 0x0f0f0f0f
  spread = (spread | (spread << 2)) & 0x33333333
  return (spread | (spread << 1)) & 0x55555555
}

/** Takes the bits at even positions of 32 together. */
function gather(bits: number): number {
  let gathered = bits & 0x55555555
  gathered = (gathered | (gathered >>> 1)) & 0x33333333
  gathered = (gathered | (gathered >>> 2)) & 0x0f0f0f0f
  gathered = (gathered | (gathered >>> 4)) & 0x00ff00ff
  return (gathered | (gathered >>> 8)) & 0xffff
}

/** The interleaved bits of a place, `steps` for each of longitude and latitude. */
export function encode({ longitude, latitude }: Place, steps: number, across = longitudes, up = latitudes): Words {
  const x = ((longitude - across.min) / (across.max - across.min)) * 2 ** steps
  const y = ((latitude - up.min) / (up.max - up.min)) * 2 ** steps
  return {
    high: (spread(y / 0x1_0000) | (spread(x / 0x1_0000) << 1)) >>> 0,
    low: (spread(y) | (spread(x) << 1)) >>> 0,
  }
}

export const toNumber = ({ high, low }: Words): number => high * 0x1_0000_0000 + low

/** The score of a place. */
export const scoreOf = (place: Place): number => toNumber(encode(place, stepsMax))

/** A double as C casts it to 64 bits on x86-64: scores need not come from places. */
function toWords(score: number): Words {
  if (score >= 0 && score < 2 ** 53) {
    const whole = Math.trunc(score)
    return { high: Math.floor(whole / 0x1_0000_0000), low: whole % 0x1_0000_0000 }
  }
  if (score >= 2 ** 64) return { high: 0, low: 0 }
  if (!(score >= -(2 ** 63))) return { high: 0x8000_0000, low: 0 }
  const bits = BigInt.asUintN(64, BigInt(Math.trunc(score)))
  return { high: Number(bits >> 32n), low: Number(bits & 0xffffffffn) }
}

/** The rectangle that some interleaved bits stand for. */
export interface Area {
  readonly longitude: Range
  readonly latitude: Range
}

export function decodeArea({ high, low }: Words, steps: number): Area {
  const y = gather(high) * 0x1_0000 + gather(low)
  const x = gather(high >>> 1) * 0x1_0000 + gather(low >>> 1)
  const parts = 2 ** steps
  const across = longitudes.max - longitudes.min
  const up = latitudes.max - latitudes.min
  return {
    longitude: {
      min: longitudes.min + (x / parts) * across,
      max: longitudes.min + (((x + 1) >>> 0) / parts) * across,
    },
    latitude: {
      min: latitudes.min + (y / parts) * up,
      max: latitudes.min + (((y + 1) >>> 0) / parts) * up,
    },
  }
}

const middle = ({ min, max }: Range, { min: least, max: most }: Range): number =>
  Math.max(least, Math.min(most, (min + max) / 2))

/** The middle of the area that a score stands for. */
export function placeOf(score: number): Place {
  const { longitude, latitude } = decodeArea(toWords(score), stepsMax)
  return { longitude: middle(longitude, longitudes), latitude: middle(latitude, latitudes) }
}

const letters = '0123456789bcdefghjkmnpqrstuvwxyz'
const wholeLatitudes: Range = { min: -90, max: 90 }

/** The geohash that other systems know, of 11 letters: its latitudes reach the poles, and so its bits are others. */
export function geohashText(place: Place): string {
  const { high, low } = encode(place, stepsMax, longitudes, wholeLatitudes)
  let text = ''
  for (let shift = 47; shift > 0; shift -= 5) {
    const bits = shift >= 32 ? high >>> (shift - 32) : (high << (32 - shift)) | (low >>> shift)
    text += letters[bits & 31]
  }
  // 52 bits are two too few for an eleventh letter
  return `${text}0`
}
