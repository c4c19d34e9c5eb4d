import { earthRadius, distance, latitudeDistance, toDegrees, toRadians } from './distance.js'
import {
  decodeArea,
  encode,
  latitudes,
  longitudes,
  stepsMax,
  type Area,
  type Place,
  type Range,
  type Words,
} from './geohash.js'

/** What is searched, around a place: a circle, or a rectangle by its sides. Sizes are in a unit of `unitMetres`. */
export interface Shape {
  readonly center: Place
  readonly unitMetres: number
  readonly size: { readonly radius: number } | { readonly width: number; readonly height: number }
}

/** A square of the grid of `steps`. */
interface Square {
  readonly bits: bigint
  readonly steps: number
}

/** From the equator, Web Mercator's half of the earth's circumference in metres. */
const mercatorMax = 20037726.37

/** The distance of a place from the middle of a shape, or -1 when it is outside. */
export function distanceWithin({ center, unitMetres, size }: Shape, place: Place): number {
  if ('radius' in size) {
    const away = distance(center, place)
    return away > size.radius * unitMetres ? -1 : away
  }
  if (latitudeDistance(place.latitude, center.latitude) > (size.height * unitMetres) / 2) return -1
  const beside = { longitude: center.longitude, latitude: place.latitude }
  if (distance(place, beside) > (size.width * unitMetres) / 2) return -1
  return distance(center, place)
}

/** Steps of a grid whose squares are large enough that nine of them cover a circle. */
function stepsFor(metres: number, latitude: number): number {
  if (metres === 0) return stepsMax
  let steps = 1
  for (let reach = metres; reach < mercatorMax; reach *= 2) steps++
  steps -= 2
  // squares get narrower towards the poles
  const away = Math.abs(latitude)
  if (away > 66) steps--
  if (away > 80) steps--
  return Math.max(1, Math.min(stepsMax, steps))
}

/** Least and greatest longitudes and latitudes of a shape; beyond those of the earth where it reaches so far. */
function boundsOf({ center, unitMetres, size }: Shape): Area {
  const { longitude, latitude } = center
  const height = unitMetres * ('radius' in size ? size.radius : size.height / 2)
  const width = unitMetres * ('radius' in size ? size.radius : size.width / 2)
  const up = toDegrees(height / earthRadius)
  const edge = latitude < 0 ? latitude - up : latitude + up
  const across = toDegrees(width / earthRadius / Math.cos(toRadians(edge)))
  return {
    longitude: { min: longitude - across, max: longitude + across },
    latitude: { min: latitude - up, max: latitude + up },
  }
}

const evenBits = 0x5555555555555555n
const oddBits = 0xaaaaaaaaaaaaaaaan

/** The bits at `own` positions counted up or down by one, among those of `steps`; `others` stay. */
function shifted(bits: bigint, steps: number, own: bigint, others: bigint, by: -1 | 0 | 1): bigint {
  if (by === 0) return bits
  const unused = BigInt(64 - steps * 2)
  const fill = others >> unused
  const mine = bits & own
  const moved = by > 0 ? mine + fill + 1n : (mine | fill) - (fill + 1n)
  return (moved & (own >> unused)) | (bits & others)
}

function neighbor({ bits, steps }: Square, east: -1 | 0 | 1, north: -1 | 0 | 1): Square {
  return { bits: shifted(shifted(bits, steps, oddBits, evenBits, east), steps, evenBits, oddBits, north), steps }
}

const wordsOf = (bits: bigint): Words => ({ high: Number(bits >> 32n), low: Number(bits & 0xffffffffn) })

const areaOf = ({ bits, steps }: Square): Area => decodeArea(wordsOf(bits), steps)

function squareAt(place: Place, steps: number): Square {
  const { high, low } = encode(place, steps, longitudes, latitudes)
  return { bits: (BigInt(high) << 32n) | BigInt(low), steps }
}

/** Whether a square's neighbours do not reach as far as the bounds. */
function isTooSmall(square: Square, bounds: Area): boolean {
  return (
    areaOf(neighbor(square, 0, 1)).latitude.max < bounds.latitude.max ||
    areaOf(neighbor(square, 0, -1)).latitude.min > bounds.latitude.min ||
    areaOf(neighbor(square, 1, 0)).longitude.max < bounds.longitude.max ||
    areaOf(neighbor(square, -1, 0)).longitude.min > bounds.longitude.min
  )
}

/** The square in the middle and its neighbours, in the order in which they are searched. */
const directions: readonly (readonly [east: -1 | 0 | 1, north: -1 | 0 | 1])[] = [
  [0, 0],
  [0, 1],
  [0, -1],
  [1, 0],
  [-1, 0],
  [1, 1],
  [-1, 1],
  [1, -1],
  [-1, -1],
]

/**
 * Ranges of scores, each without its end, in which all places within a shape are: in the order in which Redis searches
 * them, which is that of its replies.
 *
 * @see redis 7.0.15, geohashCalculateAreasByShapeWGS84 and membersOfAllNeighbors
 */
export function scoreRanges(shape: Shape): Range[] {
  const { center, unitMetres, size } = shape
  const bounds = boundsOf(shape)
  const corner =
    'radius' in size
      ? size.radius
      : Math.sqrt((size.width / 2) * (size.width / 2) + (size.height / 2) * (size.height / 2))
  let steps = stepsFor(corner * unitMetres, center.latitude)
  if (isTooSmall(squareAt(center, steps), bounds) && steps > 1) steps--
  const square = squareAt(center, steps)
  const { longitude, latitude } = areaOf(square)
  const isUseless = (east: number, north: number): boolean =>
    steps >= 2 &&
    ((north < 0 && latitude.min < bounds.latitude.min) ||
      (north > 0 && latitude.max > bounds.latitude.max) ||
      (east < 0 && longitude.min < bounds.longitude.min) ||
      (east > 0 && longitude.max > bounds.longitude.max))
  const ranges: Range[] = []
  let last: bigint | null = null
  for (const [east, north] of directions) {
    if (isUseless(east, north)) continue
    const { bits } = neighbor(square, east, north)
    // around the earth neighbours may be one and the same; the first is not compared with
    if (bits === last) continue
    if (east !== 0 || north !== 0) last = bits
    const shift = BigInt(52 - steps * 2)
    ranges.push({
      min: Number(BigInt.asUintN(64, bits << shift)),
      max: Number(BigInt.asUintN(64, (bits + 1n) << shift)),
    })
  }
  return ranges
}
