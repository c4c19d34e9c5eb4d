import { errorReply, formatFixed, notAFloat, readDouble, type ReplyError, type Slice } from '../../base/index.js'
import { latitudes, longitudes, type Place } from './geohash.js'

const unknownUnit = errorReply('unsupported unit provided. please use M, KM, FT, MI')
const radiusNotANumber = errorReply('need numeric radius')
const radiusNegative = errorReply('radius cannot be negative')
const widthNotANumber = errorReply('need numeric width')
const heightNotANumber = errorReply('need numeric height')
const sidesNegative = errorReply('height or width cannot be negative')

/** Metres in a unit. @throws {ReplyError} */
export function readUnit(name: Slice): number {
  if (name.is('M')) return 1
  if (name.is('KM')) return 1000
  if (name.is('FT')) return 0.3048
  if (name.is('MI')) return 1609.34
  throw unknownUnit
}

function readNumber(slice: Slice, error: ReplyError): number {
  const number = readDouble(slice)
  if (Number.isNaN(number)) throw error
  return number
}

/** @throws {ReplyError} */
export function readRadius(slice: Slice): number {
  const radius = readNumber(slice, radiusNotANumber)
  if (radius < 0) throw radiusNegative
  return radius
}

/** Width and height of a box. @throws {ReplyError} */
export function readSides(first: Slice, second: Slice): { width: number; height: number } {
  const width = readNumber(first, widthNotANumber)
  const height = readNumber(second, heightNotANumber)
  if (width < 0 || height < 0) throw sidesNegative
  return { width, height }
}

/** Reads a longitude and a latitude that can be told. @throws {ReplyError} */
export function readPlace(first: Slice, second: Slice): Place {
  const longitude = readNumber(first, notAFloat)
  const latitude = readNumber(second, notAFloat)
  const isTold =
    longitude >= longitudes.min && longitude <= longitudes.max && latitude >= latitudes.min && latitude <= latitudes.max
  if (isTold) return { longitude, latitude }
  throw errorReply(`invalid longitude,latitude pair ${formatFixed(longitude, 6)},${formatFixed(latitude, 6)}`)
}
