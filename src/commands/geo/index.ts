import type { Command } from '../../command/index.js'
import { GEOADD, GEODIST, GEOHASH, GEOPOS } from './places.js'
import { GEORADIUS, GEORADIUSBYMEMBER, GEORADIUSBYMEMBER_RO, GEORADIUS_RO } from './radius.js'
import { GEOSEARCH, GEOSEARCHSTORE } from './search.js'

export const geoCommands: readonly Command[] = [
  GEOADD,
  GEODIST,
  GEOHASH,
  GEOPOS,
  GEORADIUS,
  GEORADIUSBYMEMBER,
  GEORADIUSBYMEMBER_RO,
  GEORADIUS_RO,
  GEOSEARCH,
  GEOSEARCHSTORE,
]
