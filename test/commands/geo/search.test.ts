import { expect, test } from '@jest/globals'
import { SeededRandom } from '../../../src/base/index.js'
import { distance } from '../../../src/commands/geo/distance.js'
import { placeOf, scoreOf } from '../../../src/commands/geo/geohash.js'
import { partialSort } from '../../../src/commands/geo/partial-sort.js'
import { CommandRunner } from '../command-runner.js'

const bulks = (reply: string): string[] => [...reply.matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map((found) => found[1])

function sicily(): CommandRunner {
  const runner = new CommandRunner()
  runner.run('GEOADD sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania')
  runner.run('GEOADD sicily 12.758489 38.788135 edge1 17.241510 38.788135 edge2')
  runner.events()
  return runner
}

test.each([
  ['GEOSEARCH sicily FROMLONLAT 15 37 BYRADIUS 200 km ASC', 'Catania Palermo'],
  ['GEOSEARCH sicily FROMLONLAT 15 37 BYBOX 400 400 km ASC', 'Catania Palermo edge2 edge1'],
  ['GEOSEARCH sicily FROMMEMBER Palermo BYRADIUS 100 KM DESC', 'edge1 Palermo'],
  ['GEOSEARCH sicily FROMLONLAT 15 37 BYRADIUS 400 km COUNT 2', 'Catania Palermo'],
  ['GEOSEARCH sicily FROMLONLAT 15 37 BYRADIUS 400 km COUNT 1 DESC', 'edge1'],
  ['GEOSEARCH missing FROMMEMBER nobody BYRADIUS 1 m', ''],
  ['GEORADIUS sicily 15 37 200 km', 'Palermo Catania'],
  ['GEORADIUS_RO sicily 15 37 200 km DESC', 'Palermo Catania'],
  ['GEORADIUSBYMEMBER sicily Palermo 100 km ASC', 'Palermo edge1'],
  ['GEORADIUSBYMEMBER_RO sicily Catania 0 m', 'Catania'],
])('%s', (command, members) => {
  expect(bulks(sicily().run(command)).join(' ')).toBe(members)
})

test('distance, score and place come with each member as asked', () => {
  const runner = sicily()
  const search = 'GEOSEARCH sicily FROMLONLAT 15 37 BYRADIUS 100 km'
  expect(runner.run(`${search} WITHDIST`)).toBe('*1\r\n*2\r\n$7\r\nCatania\r\n$7\r\n56.4413\r\n')
  expect(runner.run(`${search} WITHCOORD WITHHASH`)).toBe(
    '*1\r\n*3\r\n$7\r\nCatania\r\n:3479447370796909\r\n*2\r\n$20\r\n15.08726745843887329\r\n$20\r\n37.50266842333162032\r\n',
  )
  expect(runner.run3(`${search} WITHDIST WITHCOORD`)).toBe(
    '*1\r\n*3\r\n$7\r\nCatania\r\n$7\r\n56.4413\r\n*2\r\n,15.08726745843887329\r\n,37.50266842333162032\r\n',
  )
})

test('results are stored with scores or distances, over whatever is there', () => {
  const runner = sicily()
  runner.run('SET d text EX 100')
  runner.events()
  expect(runner.run('GEOSEARCHSTORE d sicily FROMLONLAT 15 37 BYRADIUS 200 km')).toBe(':2\r\n')
  expect(runner.run('ZSCORE d Palermo')).toBe(runner.run('ZSCORE sicily Palermo'))
  expect(runner.run('TTL d')).toBe(':-1\r\n')
  expect(runner.run('GEORADIUS sicily 15 37 200 km STOREDIST d COUNT 1')).toBe(':1\r\n')
  expect(runner.run('ZSCORE d Catania')).toMatch(/^\$\d+\r\n56\.4412/)
  expect(runner.run('GEORADIUSBYMEMBER sicily Palermo 1 m STORE sicily')).toBe(':1\r\n')
  expect(bulks(runner.run('ZRANGE sicily 0 -1'))).toEqual(['Palermo'])
  expect(runner.run('GEOSEARCHSTORE d sicily FROMLONLAT 100 37 BYRADIUS 1 km')).toBe(':0\r\n')
  expect(runner.run('EXISTS d')).toBe(':0\r\n')
  expect(runner.events()).toEqual([
    'db0 geosearchstore d',
    'db0 georadiusstore d',
    'db0 georadiusstore sicily',
    'db0 del d',
  ])
})

test.each([
  [
    'geosearch sicily BYRADIUS 1 m ASC ASC',
    '-ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for geosearch\r\n',
  ],
  [
    'GEOSEARCH sicily FROMMEMBER Palermo ASC ASC ASC',
    '-ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCH\r\n',
  ],
  ['GEOSEARCH sicily FROMMEMBER nobody BYRADIUS 1 m', '-ERR could not decode requested zset member\r\n'],
  ['GEOSEARCH sicily FROMMEMBER Palermo BYRADIUS -1 m', '-ERR radius cannot be negative\r\n'],
  ['GEOSEARCH sicily FROMMEMBER Palermo BYRADIUS x m', '-ERR need numeric radius\r\n'],
  ['GEOSEARCH sicily FROMMEMBER Palermo BYBOX x 1 m', '-ERR need numeric width\r\n'],
  ['GEOSEARCH sicily FROMMEMBER Palermo BYBOX 1 x m', '-ERR need numeric height\r\n'],
  ['GEOSEARCH sicily FROMMEMBER Palermo BYBOX 1 -1 m', '-ERR height or width cannot be negative\r\n'],
  ['GEOSEARCH sicily FROMMEMBER Palermo BYRADIUS 1 m ANY', '-ERR the ANY argument requires COUNT argument\r\n'],
  ['GEOSEARCH sicily FROMMEMBER Palermo BYRADIUS 1 m COUNT 0', '-ERR COUNT must be > 0\r\n'],
  ['GEOSEARCH sicily FROMMEMBER Palermo BYRADIUS 1 m STOREDIST', '-ERR syntax error\r\n'],
  ['GEORADIUS_RO sicily 1 2 3 m STORE d', '-ERR syntax error\r\n'],
  [
    'GEORADIUS sicily 1 2 3 m STORE d WITHDIST',
    '-ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options\r\n',
  ],
])('%s is refused', (command, refusal) => {
  expect(sicily().run(command)).toBe(refusal)
})

/** A search of every square must find what a look at every member does. */
test.each([1, 2, 3])('circles and boxes of any size, anywhere, hold the members that are in them (seed %i)', (seed) => {
  const random = new SeededRandom(seed)
  const part = (): number => random.below(1_000_000) / 1_000_000
  const runner = new CommandRunner()
  const places = new Map<string, { longitude: number; latitude: number }>()
  for (let i = 0; i < 1000; i++) {
    const place = { longitude: part() * 20 - 10, latitude: part() * 60 - 30 }
    runner.run(`GEOADD g ${place.longitude} ${place.latitude} p${i}`)
    places.set(`p${i}`, placeOf(scoreOf(place)))
  }
  for (let i = 0; i < 50; i++) {
    const center = { longitude: part() * 20 - 10, latitude: part() * 60 - 30 }
    const metres = 1000 * 2 ** (part() * 10)
    const found = bulks(
      runner.run(`GEOSEARCH g FROMLONLAT ${center.longitude} ${center.latitude} BYRADIUS ${metres} m`),
    )
    const inside = [...places].filter(([, place]) => distance(center, place) <= metres).map(([name]) => name)
    expect(found.sort()).toEqual(inside.sort())
  }
})

test('a partial sort has the first elements right, of any number', () => {
  const random = new SeededRandom(4)
  for (let round = 0; round < 300; round++) {
    const length = 1 + random.below(120)
    const items = Array.from({ length }, () => random.below(round % 2 === 0 ? 1000 : 5))
    const sorted = [...items].sort((a, b) => a - b)
    const wanted = 1 + random.below(length)
    partialSort(items, wanted, (a, b) => a - b)
    expect(items.slice(0, wanted)).toEqual(sorted.slice(0, wanted))
    expect([...items].sort((a, b) => a - b)).toEqual(sorted)
  }
})
