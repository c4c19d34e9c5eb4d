import { roundEven } from '../../base/index.js'
import type { Place } from './geohash.js'

/** Redis's mean of the earth's radius, in metres. */
export const earthRadius = 6372797.560856

const degree = Math.PI / 180

export const toRadians = (degrees: number): number => degrees * degree
export const toDegrees = (radians: number): number => radians / degree

/** Metres between two latitudes. */
export const latitudeDistance = (a: number, b: number): number => earthRadius * Math.abs(toRadians(b) - toRadians(a))

/**
 * Metres between two places on a sphere.
 *
 * @see https://en.wikipedia.org/wiki/Haversine_formula
 */
export function distance(a: Place, b: Place): number {
  const v = Math.sin((toRadians(b.longitude) - toRadians(a.longitude)) / 2)
  if (v === 0) return latitudeDistance(a.latitude, b.latitude)
  const latitudeA = toRadians(a.latitude)
  const latitudeB = toRadians(b.latitude)
  const u = Math.sin((latitudeB - latitudeA) / 2)
  const square = u * u + Math.cos(latitudeA) * Math.cos(latitudeB) * v * v
  return 2 * earthRadius * Math.asin(Math.sqrt(square))
}

/** A distance with four decimals, as Redis shows it. */
export function formatDistance(value: number): string {
  const digits = String(roundEven(value * 10_000)).padStart(5, '0')
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`
}
