import { expect, test } from '@jest/globals'
import { SeededRandom } from '../../../src/base/index.js'
import { CommandRunner } from '../command-runner.js'

const bulks = (reply: string): string[] => [...reply.matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map((found) => found[1])

function abc(): CommandRunner {
  const runner = new CommandRunner()
  runner.run('SADD a 1 2 3 x')
  runner.run('SADD b 2 3 4')
  runner.run('SADD c 3 x 5')
  runner.events()
  return runner
}

test.each([
  ['a', '123x', '123x', '123x'],
  ['a b', '23', '1234x', '1x'],
  ['a b c', '3', '12345x', '1'],
  ['a a', '123x', '123x', ''],
  ['b a b', '23', '1234x', ''],
  ['missing', '', '', ''],
  ['a missing', '', '123x', '123x'],
  ['missing a', '', '123x', ''],
])('of %s the intersection is "%s", the union "%s", the difference "%s"', (keys, common, all, rest) => {
  const runner = abc()
  const sorted = (reply: string): string => bulks(reply).sort().join('')
  expect(sorted(runner.run(`SINTER ${keys}`))).toBe(common)
  expect(sorted(runner.run(`SUNION ${keys}`))).toBe(all)
  expect(sorted(runner.run(`SDIFF ${keys}`))).toBe(rest)
  expect(runner.run3(`SINTER ${keys}`)).toMatch(`~${common.length}\r\n`)
  expect(runner.run3(`SUNION ${keys}`)).toMatch(`~${all.length}\r\n`)
  expect(runner.run3(`SDIFF ${keys}`)).toMatch(`~${rest.length}\r\n`)
  expect(runner.run(`SINTERCARD ${keys.split(' ').length} ${keys}`)).toBe(`:${common.length}\r\n`)
  for (const [name, result] of Object.entries({ SINTERSTORE: common, SUNIONSTORE: all, SDIFFSTORE: rest })) {
    expect(runner.run(`${name} d ${keys}`)).toBe(`:${result.length}\r\n`)
    expect(sorted(runner.run('SMEMBERS d'))).toBe(result)
    expect(runner.run('EXISTS d')).toBe(result === '' ? ':0\r\n' : ':1\r\n')
  }
})

test('a destination may be a source', () => {
  const runner = abc()
  expect(runner.run('SINTERSTORE a a b')).toBe(':2\r\n')
  expect(runner.run('SUNIONSTORE a c a')).toBe(':4\r\n')
  expect(runner.run('SDIFFSTORE b b a')).toBe(':1\r\n')
  expect(runner.run('SMEMBERS b')).toBe('*1\r\n$1\r\n4\r\n')
  expect(runner.run('SDIFFSTORE b b b')).toBe(':0\r\n')
  expect(runner.run('EXISTS b')).toBe(':0\r\n')
})

test('a destination of any type and its deadline are replaced; nothing deletes it', () => {
  const runner = abc()
  runner.run('SET d text EX 100')
  expect(runner.run('SUNIONSTORE d b')).toBe(':3\r\n')
  expect(runner.run('TTL d')).toBe(':-1\r\n')
  expect(runner.run('SINTERSTORE d b missing')).toBe(':0\r\n')
  expect(runner.run('SDIFFSTORE d missing b')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 set d', 'db0 expire d', 'db0 sunionstore d', 'db0 del d'])
})

test('each result says its event once and counts one change', () => {
  const runner = abc()
  const before = runner.changes
  runner.run('SUNIONSTORE d a b')
  runner.run('SINTERSTORE e a b')
  runner.run('SDIFFSTORE f a b')
  expect(runner.changes - before).toBe(3)
  expect(runner.events()).toEqual(['db0 sunionstore d', 'db0 sinterstore e', 'db0 sdiffstore f'])
})

test.each([
  ['SUNIONSTORE', 'intset'],
  ['SINTERSTORE', 'intset'],
  ['SDIFFSTORE', 'intset'],
])('what %s makes of integers among others is laid out as a new set', (name, encoding) => {
  const runner = new CommandRunner()
  runner.run('SADD a 1 2 3 x')
  runner.run('SREM a x')
  runner.run('SADD b 2 3 4')
  runner.run(`${name} d a b`)
  expect(runner.run('OBJECT ENCODING d')).toBe(`$${encoding.length}\r\n${encoding}\r\n`)
})

test('SINTERCARD ends at its limit', () => {
  const runner = abc()
  expect(runner.run('SINTERCARD 2 a b LIMIT 1')).toBe(':1\r\n')
  expect(runner.run('SINTERCARD 2 a b LIMIT 0')).toBe(':2\r\n')
  expect(runner.run3('SINTERCARD 2 a b LIMIT 10')).toBe(':2\r\n')
  runner.run(`SADD big ${Array.from({ length: 3000 }, (_, i) => `m${i}`).join(' ')}`)
  expect(runner.run('SINTERCARD 2 big big LIMIT 100')).toBe(':100\r\n')
})

test.each([
  ['SINTERCARD 0 a', '-ERR numkeys should be greater than 0\r\n'],
  ['SINTERCARD x a', '-ERR numkeys should be greater than 0\r\n'],
  ['SINTERCARD 2 a', "-ERR Number of keys can't be greater than number of args\r\n"],
  ['SINTERCARD 1 a LIMIT', '-ERR syntax error\r\n'],
  ['SINTERCARD 1 a b', '-ERR syntax error\r\n'],
  ['SINTERCARD 1 a LIMIT -1', "-ERR LIMIT can't be negative\r\n"],
  ['SINTERCARD 1 a LIMIT x', "-ERR LIMIT can't be negative\r\n"],
])('%s is refused', (command, refusal) => {
  expect(abc().run(command)).toBe(refusal)
})

test.each([1, 2, 3, 4, 5, 6, 7, 8])('random sets, small and large, agree with a model (seed %d)', (seed) => {
  const runner = new CommandRunner()
  const random = new SeededRandom(seed)
  const model = new Map<string, Set<string>>()
  const names = ['a', 'b', 'c', 'd', 'e']
  for (const name of names) {
    const size = random.below(random.below(2) === 0 ? 30 : 900)
    const members = Array.from({ length: size }, () => `${random.below(2) ? '' : 'm'}${random.below(1200)}`)
    if (size > 0) runner.run(`SADD ${name} ${members.join(' ')}`)
    model.set(name, new Set(members))
  }
  for (let round = 0; round < 40; round++) {
    const keys = Array.from({ length: 1 + random.below(4) }, () => names[random.below(5)])
    const [first, ...others] = keys.map((key) => model.get(key)!)
    const results = {
      SINTER: [...first].filter((member) => others.every((set) => set.has(member))),
      SDIFF: [...first].filter((member) => !others.some((set) => set.has(member))),
      SUNION: [...new Set([first, ...others].flatMap((set) => [...set]))],
    }
    for (const [name, expected] of Object.entries(results)) {
      expect(bulks(runner.run(`${name} ${keys.join(' ')}`)).sort()).toEqual(expected.sort())
      if (random.below(3) !== 0) continue
      const destination = names[random.below(5)]
      expect(runner.run(`${name}STORE ${destination} ${keys.join(' ')}`)).toBe(`:${expected.length}\r\n`)
      model.set(destination, new Set(expected))
      break
    }
  }
  for (const [name, set] of model) expect(bulks(runner.run(`SMEMBERS ${name}`)).sort()).toEqual([...set].sort())
})
