import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

function sicily(): CommandRunner {
  const runner = new CommandRunner()
  runner.run('GEOADD sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania')
  runner.events()
  return runner
}

test('GEOADD stores places as scores, and counts as ZADD does', () => {
  const runner = sicily()
  expect(runner.run('ZSCORE sicily Palermo')).toBe('$16\r\n3479099956230698\r\n')
  expect(runner.run('GEOADD sicily CH 13.361389 38.115556 Palermo 15 37 Catania 1 2 new')).toBe(':2\r\n')
  expect(runner.run('GEOADD sicily NX 1 2 Palermo 3 4 newer')).toBe(':1\r\n')
  expect(runner.run('GEOADD sicily XX 1 2 nobody')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 zadd sicily', 'db0 zadd sicily'])
})

test('GEOPOS, GEOHASH and GEODIST reply what Redis does', () => {
  const runner = sicily()
  expect(runner.run('GEOPOS sicily Palermo nobody')).toBe(
    '*2\r\n*2\r\n$20\r\n13.36138933897018433\r\n$20\r\n38.11555639549629859\r\n*-1\r\n',
  )
  expect(runner.run3('GEOPOS sicily Catania nobody')).toBe(
    '*2\r\n*2\r\n,15.08726745843887329\r\n,37.50266842333162032\r\n_\r\n',
  )
  expect(runner.run('GEOHASH sicily Palermo Catania nobody')).toBe(
    '*3\r\n$11\r\nsqc8b49rny0\r\n$11\r\nsqdtr74hyu0\r\n$-1\r\n',
  )
  expect(runner.run('GEODIST sicily Palermo Catania')).toBe('$11\r\n166274.1516\r\n')
  expect(runner.run3('GEODIST sicily Palermo Catania KM')).toBe('$8\r\n166.2742\r\n')
  expect(runner.run('GEODIST sicily Palermo Palermo')).toBe('$6\r\n0.0000\r\n')
  expect(runner.run('GEODIST sicily Palermo nobody')).toBe('$-1\r\n')
  expect(runner.run('GEOPOS missing a')).toBe('*1\r\n*-1\r\n')
})

test.each([
  ['GEOADD g 1 2', '-ERR syntax error\r\n'],
  ['GEOADD g NX XX 1 2 a', '-ERR syntax error\r\n'],
  ['GEOADD g x 2 a', '-ERR value is not a valid float\r\n'],
  ['GEOADD g 181 2 a', '-ERR invalid longitude,latitude pair 181.000000,2.000000\r\n'],
  ['GEOADD g 1 2 a 3 -86 b', '-ERR invalid longitude,latitude pair 3.000000,-86.000000\r\n'],
  ['GEODIST g a b parsec', '-ERR unsupported unit provided. please use M, KM, FT, MI\r\n'],
  ['GEODIST g a b m x', '-ERR syntax error\r\n'],
])('%s is refused and changes nothing', (command, refusal) => {
  const runner = new CommandRunner()
  expect(runner.run(command)).toBe(refusal)
  expect(runner.run('EXISTS g')).toBe(':0\r\n')
})

test.each(['GEOADD s 1 2 a', 'GEOPOS s a', 'GEOHASH s a', 'GEODIST s a b', 'GEORADIUS s 1 2 3 m'])(
  '%s refuses a string',
  (command) => {
    const runner = new CommandRunner()
    runner.run('SET s text')
    expect(runner.run(command)).toBe('-WRONGTYPE Operation against a key holding the wrong kind of value\r\n')
  },
)
