import { SeededRandom } from '../../../src/base/index.js'
import { each, lines, words } from '../../support/templates.js'
import type { Scripts } from './script.js'

/** Places all over the earth, or within some degrees of one. */
function places(
  seed: number,
  count: number,
  near?: readonly [longitude: number, latitude: number],
  degrees = 1,
): string[] {
  const random = new SeededRandom(seed)
  const part = (): number => random.below(1_000_000) / 1_000_000
  return Array.from({ length: count }, (_, i) => {
    const [longitude, latitude] =
      near === undefined
        ? [part() * 360 - 180, part() * 170 - 85]
        : [near[0] + (part() - 0.5) * degrees, near[1] + (part() - 0.5) * degrees]
    return [longitude.toFixed(6), latitude.toFixed(6), `p${i}`]
  }).flat()
}

const sicily = lines`
  GEOADD sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
  GEOADD sicily 12.758489 38.788135 edge1 17.241510 38.788135 edge2
`

const searches = [
  'FROMLONLAT 15 37 BYRADIUS 200 km',
  'FROMLONLAT 15 37 BYBOX 400 400 km',
  'FROMMEMBER Catania BYRADIUS 100 mi',
  'FROMMEMBER Palermo BYBOX 1000000 1000000 ft',
  'BYRADIUS 5000 KM FROMLONLAT 15 37',
  'FROMLONLAT 15 37 BYRADIUS 0 m',
  'FROMMEMBER Palermo BYRADIUS 0 m',
  'FROMMEMBER Palermo BYBOX 0 0 m',
  'FROMLONLAT 15 37 BYRADIUS inf km',
]

const orders = ['ASC', 'DESC', 'COUNT 2 ASC', 'COUNT 1 DESC', 'ASC DESC', 'COUNT 100', 'COUNT 1 ANY ASC']

export const geoScripts: Scripts = {
  'COMMAND INFO of geo': each(
    words`
      geoadd geodist geohash geopos georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch geosearchstore
    `,
    'COMMAND INFO $',
    'COMMAND DOCS $',
  ),
  'Keys of geo commands': each(
    [
      'GEOADD k 1 2 m',
      'GEORADIUS k 1 2 3 m',
      'GEORADIUS k 1 2 3 m STORE s',
      'GEORADIUS k 1 2 3 m STOREDIST d',
      'GEORADIUS k 1 2 3 m STORE s STOREDIST d',
      'GEORADIUSBYMEMBER k m 3 km COUNT 2 STORE s',
      'GEORADIUS_RO k 1 2 3 m',
      'GEOSEARCHSTORE d s FROMMEMBER m BYRADIUS 1 m',
    ],
    'COMMAND GETKEYS $',
    'COMMAND GETKEYSANDFLAGS $',
  ),
  'GEOADD, GEOPOS, GEOHASH': [
    ...each(
      [
        '13.361389 38.115556',
        '0 0',
        '180 85.05112878',
        '-180 -85.05112878',
        '180 0',
        '-0 -0',
        '1e1 .5',
        '-122.27652 37.805186',
        '0.000001 -0.000001',
        '179.999999 85.0511',
        '0x10 1',
      ],
      'GEOADD g $ m',
      'ZSCORE g m',
      'GEOPOS g m',
      'GEOHASH g m',
      'GEODIST g m m',
    ),
    ...each(
      ['180.1 0', '0 86', '200.0078125 -1e22', 'inf 0', '0 -inf', 'x 0', '0 x', 'nan 0', '-181 -86', '1e400 0'],
      'GEOADD g $ m',
      'GEORADIUS g $ 1 m',
      'GEOSEARCH g FROMLONLAT $ BYRADIUS 1 m',
    ),
    ...sicily,
    ...lines`
      GEOADD sicily CH 13.361389 38.115556 Palermo 15 37 Catania
      GEOADD sicily NX 1 2 Palermo 3 4 new
      GEOADD sicily XX 1 2 Palermo 3 4 newer
      GEOADD sicily XX CH 1 3 Palermo
      GEOADD sicily NX XX 1 2 Palermo
      GEOADD sicily 1 2
      GEOADD sicily 1 2 a 3
      GEOADD sicily 1 2 a 3 4
      GEOADD sicily NX CH CH
      GEOADD sicily GT 1 2 a
      GEOADD sicily INCR 1 2 a
      GEOADD sicily
      GEOADD
      GEOADD sicily 1 2 a 200 2 b
      ZSCORE sicily a
      GEOPOS sicily Palermo missing Catania
      GEOPOS sicily
      GEOPOS missing a b
      GEOPOS missing
      GEOPOS
      GEOHASH sicily Palermo missing Catania
      GEOHASH sicily
      GEOHASH missing a
      GEOHASH
      SET s v
      GEOADD s 1 2 a
      GEOADD s 1 200 a
      GEOPOS s a
      GEOHASH s a
      GEODIST s a b
      ZADD odd 1.5 a -1 b 9007199254740993 c 1e18 d 1e19 e 1e20 f -1e19 g inf h -inf i 4503599627370495 j 0 k
      GEOPOS odd a b c d e f g h i j k
      GEOHASH odd a b c d e f g h i j k
      GEODIST odd a b
      GEOSEARCH odd FROMLONLAT 0 0 BYRADIUS 50000 km WITHHASH WITHCOORD
      TYPE sicily
      OBJECT ENCODING sicily
    `,
  ],
  GEODIST: [
    ...sicily,
    ...lines`
      GEODIST sicily Palermo Catania
      GEODIST sicily Palermo Catania m
      GEODIST sicily Palermo Catania KM
      GEODIST sicily Palermo Catania mi
      GEODIST sicily Palermo Catania Ft
      GEODIST sicily Palermo Catania cm
      GEODIST sicily Palermo Catania ""
      GEODIST sicily Palermo Catania m x
      GEODIST sicily Palermo Palermo
      GEODIST sicily Palermo missing
      GEODIST sicily missing Palermo km
      GEODIST missing a b
      GEODIST missing a b cm
      GEODIST sicily Palermo
      GEODIST
    `,
    ['GEOADD', 'earth', ...places(1, 60)],
    ...Array.from({ length: 58 }, (_, i) => `GEODIST earth p${i} p${i + 1} km`),
    ...Array.from({ length: 58 }, (_, i) => `GEODIST earth p${i} p${i + 2}`),
  ],
  GEOSEARCH: [
    ...sicily,
    'SET s v',
    ...each(
      searches,
      'GEOSEARCH sicily $',
      'GEOSEARCH sicily $ WITHDIST WITHHASH WITHCOORD',
      'GEOSEARCH sicily $ ASC WITHDIST',
      'GEOSEARCH sicily $ withcoord DESC COUNT 3',
      'GEOSEARCH missing $',
      'GEOSEARCH s $',
    ),
    ...each(orders, 'GEOSEARCH sicily FROMLONLAT 15 37 BYRADIUS 400 km $', 'GEORADIUS sicily 15 37 400 km $ WITHDIST'),
    ...each(
      [
        '',
        'FROMLONLAT 15 37',
        'FROMLONLAT 15 37 ASC ASC ASC ASC',
        'BYRADIUS 1 km ASC ASC',
        'FROMMEMBER nobody BYRADIUS 1 km',
        'FROMMEMBER Palermo FROMLONLAT 1 2 BYRADIUS 1 km',
        'FROMLONLAT 1 2 FROMMEMBER Palermo BYRADIUS 1 km',
        'FROMMEMBER Palermo FROMMEMBER Catania BYRADIUS 1 km',
        'FROMMEMBER Palermo BYRADIUS 1 km BYBOX 1 1 km',
        'FROMMEMBER Palermo BYBOX 1 1 km BYRADIUS 1 km',
        'FROMMEMBER Palermo BYRADIUS -1 km',
        'FROMMEMBER Palermo BYRADIUS x km',
        'FROMMEMBER Palermo BYRADIUS 1 parsec',
        'FROMMEMBER Palermo BYBOX -1 1 km',
        'FROMMEMBER Palermo BYBOX 1 -1 km',
        'FROMMEMBER Palermo BYBOX x 1 km',
        'FROMMEMBER Palermo BYBOX 1 x km',
        'FROMMEMBER Palermo BYBOX 1 1 x',
        'FROMMEMBER Palermo BYRADIUS 1',
        'FROMLONLAT 1 BYRADIUS 1 km',
        'FROMMEMBER Palermo BYRADIUS 1 km COUNT',
        'FROMMEMBER Palermo BYRADIUS 1 km COUNT 0',
        'FROMMEMBER Palermo BYRADIUS 1 km COUNT -1',
        'FROMMEMBER Palermo BYRADIUS 1 km COUNT x',
        'FROMMEMBER Palermo BYRADIUS 1 km ANY',
        'FROMMEMBER Palermo BYRADIUS 1 km ANY COUNT 1',
        'FROMMEMBER Palermo BYRADIUS 1 km STORE x',
        'FROMMEMBER Palermo BYRADIUS 1 km STOREDIST x',
        'FROMMEMBER Palermo BYRADIUS 1 km FOO',
      ],
      'GEOSEARCH sicily $',
      'geosearch missing $',
      'GEOSEARCHSTORE dst sicily $',
    ),
    ['GEOADD', 'earth', ...places(2, 400)],
    ['GEOADD', 'town', ...places(3, 300, [13, 52], 0.5)],
    ['GEOADD', 'pole', ...places(4, 100, [170, 82], 4)],
    ...each(
      ['10 m', '1 km', '10 km', '100 km', '1000 km', '3000 mi', '7000 km', '20000 km', '1e9 ft'],
      'GEOSEARCH town FROMLONLAT 13 52 BYRADIUS $',
      'GEOSEARCH town FROMMEMBER p7 BYRADIUS $ WITHDIST ASC',
      'GEOSEARCH earth FROMMEMBER p8 BYRADIUS $ WITHDIST DESC',
      'GEOSEARCH earth FROMLONLAT 0 0 BYRADIUS $ WITHCOORD',
      'GEOSEARCH earth FROMLONLAT 179 -60 BYRADIUS $',
      'GEOSEARCH earth FROMLONLAT -179.9 84 BYRADIUS $ COUNT 10 WITHDIST',
      'GEOSEARCH pole FROMLONLAT 170 82 BYRADIUS $ COUNT 7 DESC',
      'GEOSEARCH pole FROMLONLAT 170 -82 BYRADIUS $',
    ),
    ...each(
      ['10 20 km', '100 50 km', '2000 1000 km', '9000 9000 mi', '30000 30000 km'],
      'GEOSEARCH town FROMLONLAT 13 52 BYBOX $ WITHDIST',
      'GEOSEARCH earth FROMLONLAT 0 0 BYBOX $ COUNT 50',
      'GEOSEARCH earth FROMLONLAT -170 -70 BYBOX $ ASC WITHDIST',
      'GEOSEARCH earth FROMMEMBER p9 BYBOX $ COUNT 20 ANY',
      'GEOSEARCH pole FROMMEMBER p9 BYBOX $',
    ),
    ...each([1, 5, 8, 41, 100, 250], 'GEOSEARCH town FROMLONLAT 13 52 BYRADIUS 30 km WITHDIST COUNT $'),
    ['GEOADD', 'same', ...Array.from({ length: 90 }, (_, i) => [String(i % 3), String(i % 5), `p${i}`]).flat()],
    ...each(
      [1, 3, 6, 7, 8, 20, 40, 41, 60, 89, 90],
      'GEOSEARCH same FROMLONLAT 0 0 BYRADIUS 3000 km COUNT $',
      'GEOSEARCH same FROMLONLAT 1 2 BYRADIUS 3000 km COUNT $ DESC',
      'GEOSEARCH same FROMLONLAT 1 2 BYRADIUS 3000 km COUNT $ ANY',
      'GEOSEARCH same FROMLONLAT 1 2 BYBOX 300 3000 km COUNT $ ANY ASC',
    ),
  ],
  'GEORADIUS and its kin': [
    ...sicily,
    'SET s v',
    ...each(
      [
        '200 km',
        '200 km WITHDIST',
        '200 km WITHCOORD WITHHASH',
        '200 km DESC',
        '200 km COUNT 1',
        '200 km COUNT 1 ANY',
        '200 km ANY',
        '200 km COUNT 0',
        '200 km FOO',
        '200 km STORE',
        '200 km STORE dst WITHDIST',
        '200 km STOREDIST dst WITHHASH',
        '-1 km',
        'x km',
        '1 x',
        '200 km BYRADIUS 1 km',
      ],
      'GEORADIUS sicily 15 37 $',
      'GEORADIUS_RO sicily 15 37 $',
      'GEORADIUSBYMEMBER sicily Palermo $',
      'GEORADIUSBYMEMBER_RO sicily Palermo $',
      'GEORADIUSBYMEMBER sicily nobody $',
      'GEORADIUSBYMEMBER missing nobody $',
      'GEORADIUS missing 15 37 $',
      'GEORADIUS s 15 37 $',
      'GEORADIUSBYMEMBER s m $',
    ),
    ...lines`
      GEORADIUS sicily 15 37 200 km STORE dst
      ZRANGE dst 0 -1 WITHSCORES
      GEORADIUS sicily 15 37 200 km COUNT 1 STORE dst
      ZRANGE dst 0 -1
      GEORADIUSBYMEMBER sicily Palermo 300 km STORE dst ASC
      ZRANGE dst 0 -1 WITHSCORES
      GEORADIUS_RO sicily 15 37 200 km STORE dst
      GEORADIUSBYMEMBER_RO sicily Palermo 200 km STOREDIST dst
      GEORADIUS sicily 15 37 200 km STORE a STORE b
      EXISTS a b
      SET dst v
      EXPIRE dst 100000
      GEORADIUS sicily 15 37 200 km STORE dst
      TTL dst
      GEORADIUS sicily 100 37 1 km STORE dst
      EXISTS dst
      SET dst v
      GEORADIUS missing 100 37 1 km STORE dst
      EXISTS dst
      GEORADIUS sicily 15 37 200 km STORE sicily
      ZRANGE sicily 0 -1
      GEORADIUS sicily 15 37 200 km STOREDIST far COUNT 1
      ZRANGE far 0 -1
      ZCARD far
      GEORADIUS
      GEORADIUS sicily 15 37 200
      GEORADIUSBYMEMBER sicily Palermo 200
    `,
  ],
  GEOSEARCHSTORE: [
    ...sicily,
    ...lines`
      GEOSEARCHSTORE dst sicily FROMLONLAT 15 37 BYRADIUS 400 km
      ZRANGE dst 0 -1 WITHSCORES
      GEOSEARCHSTORE dst sicily FROMMEMBER Palermo BYBOX 400 400 km COUNT 2 DESC
      ZRANGE dst 0 -1 WITHSCORES
      GEOSEARCHSTORE dst sicily FROMLONLAT 15 37 BYRADIUS 400 km STOREDIST
      ZCARD dst
      ZRANGE dst 0 -1
      GEOSEARCHSTORE dst sicily FROMLONLAT 15 37 BYRADIUS 400 km WITHDIST
      GEOSEARCHSTORE dst sicily FROMLONLAT 15 37 BYRADIUS 400 km STOREDIST STOREDIST
      SET s v
      GEOSEARCHSTORE dst s FROMLONLAT 15 37 BYRADIUS 400 km
      GEOSEARCHSTORE s sicily FROMLONLAT 15 37 BYRADIUS 400 km ASC
      TYPE s
      GEOSEARCHSTORE s sicily FROMLONLAT 100 37 BYRADIUS 1 km
      EXISTS s
      GEOSEARCHSTORE nothing missing FROMLONLAT 100 37 BYRADIUS 1 km
      GEOSEARCHSTORE sicily sicily FROMMEMBER Catania BYRADIUS 1 km
      ZRANGE sicily 0 -1 WITHSCORES
    `,
    ['GEOADD', 'town', ...places(5, 300, [13, 52], 0.5)],
    'GEOSEARCHSTORE dst town FROMLONLAT 13 52 BYRADIUS 100 km',
    'OBJECT ENCODING dst',
    'DEBUG DIGEST-VALUE dst town',
    'GEOSEARCHSTORE dst town FROMLONLAT 13 52 BYRADIUS 100 km COUNT 128',
    'OBJECT ENCODING dst',
    'DEBUG DIGEST-VALUE dst',
  ],
}
