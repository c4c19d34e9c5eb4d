import { errorReply } from '../../../src/base/index.js'
import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

const sameObject = '-ERR source and destination objects are the same\r\n'
const noDatabase = '-ERR DB index is out of range\r\n'
const notAnInt = '-ERR value is out of range, value must between -2147483648 and 2147483647\r\n'

function withKeys(): CommandRunner {
  const runner = new CommandRunner()
  runner.run('SET a 1 EX 100')
  runner.run('HSET b f v')
  runner.events()
  return runner
}

test('RENAME takes value and deadline along and deletes what is there', () => {
  const runner = withKeys()
  expect(runner.run('RENAME a b')).toBe('+OK\r\n')
  expect(runner.run('GET b')).toBe('$1\r\n1\r\n')
  expect(runner.run('TTL b')).toBe(':100\r\n')
  expect(runner.run('EXISTS a')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 new b', 'db0 rename_from a', 'db0 rename_to b'])
  expect(runner.changes).toBe(3)
})

test.each([
  ['RENAME a a', '+OK\r\n'],
  ['RENAMENX a a', ':0\r\n'],
  ['RENAMENX a b', ':0\r\n'],
  ['RENAME missing a', '-ERR no such key\r\n'],
  ['RENAMENX missing missing', '-ERR no such key\r\n'],
])('%s changes nothing', (command, reply) => {
  const runner = withKeys()
  expect(runner.run(command)).toBe(reply)
  expect(runner.events()).toEqual([])
  expect(runner.run('EXISTS a b')).toBe(':2\r\n')
})

test('RENAMENX takes a free name', () => {
  const runner = withKeys()
  expect(runner.run('RENAMENX b c')).toBe(':1\r\n')
  expect(runner.run('HGET c f')).toBe('$1\r\nv\r\n')
})

test('COPY copies value and deadline; the two are strangers afterwards', () => {
  const runner = withKeys()
  expect(runner.run('COPY a c')).toBe(':1\r\n')
  expect(runner.run('TTL c')).toBe(':100\r\n')
  runner.run('INCR c')
  expect(runner.run('MGET a c')).toBe('*2\r\n$1\r\n1\r\n$1\r\n2\r\n')
  expect(runner.run('COPY b a')).toBe(':0\r\n')
  expect(runner.run('COPY b a replace')).toBe(':1\r\n')
  runner.run('HSET a f w')
  expect(runner.run('HGET b f')).toBe('$1\r\nv\r\n')
  expect(runner.run('TTL a')).toBe(':-1\r\n')
  expect(runner.events()).toEqual([
    'db0 new c',
    'db0 copy_to c',
    'db0 incrby c',
    'db0 new a',
    'db0 copy_to a',
    'db0 hset a',
  ])
})

test('COPY of a large hash has all its fields', () => {
  const runner = new CommandRunner()
  for (let i = 0; i < 700; i++) runner.run(`HSET h f${i} ${i}`)
  expect(runner.run('COPY h g')).toBe(':1\r\n')
  runner.run('DEL h')
  expect(runner.run('HLEN g')).toBe(':700\r\n')
  expect(runner.run('HGET g f699')).toBe('$3\r\n699\r\n')
  expect(runner.run('OBJECT ENCODING g')).toBe('$9\r\nhashtable\r\n')
})

test('COPY and MOVE reach another database', () => {
  const runner = withKeys()
  expect(runner.run('COPY a a DB 1')).toBe(':1\r\n')
  expect(runner.run('MOVE a 1')).toBe(':0\r\n')
  expect(runner.run('MOVE a 2')).toBe(':1\r\n')
  expect(runner.run('MOVE a 2')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db1 new a', 'db1 copy_to a', 'db2 new a', 'db0 move_from a', 'db2 move_to a'])
  for (const database of [1, 2]) {
    runner.database = database
    expect(runner.run('GET a')).toBe('$1\r\n1\r\n')
    expect(runner.run('TTL a')).toBe(':100\r\n')
  }
})

test.each([
  ['COPY a a', sameObject],
  ['COPY a a DB 0', sameObject],
  ['COPY a b FOO', '-ERR syntax error\r\n'],
  ['COPY a b DB', '-ERR syntax error\r\n'],
  ['COPY a b DB 16', noDatabase],
  ['COPY a b DB -1', noDatabase],
  ['COPY a b DB x', '-ERR value is not an integer or out of range\r\n'],
  ['COPY a b DB 2147483648', notAnInt],
  ['COPY missing b REPLACE', ':0\r\n'],
  ['MOVE a 0', sameObject],
  ['MOVE missing 0', sameObject],
  ['MOVE missing 1', ':0\r\n'],
  ['MOVE a 16', noDatabase],
  ['MOVE a x', '-ERR value is not an integer or out of range\r\n'],
])('%s changes nothing', (command, reply) => {
  const runner = withKeys()
  expect(runner.run(command)).toBe(reply)
  expect(runner.events()).toEqual([])
  expect(runner.run('TYPE b')).toBe('+hash\r\n')
})

test('COPY and MOVE ask the route of the key in the other database', () => {
  const runner = withKeys()
  const refusal = errorReply('refused')
  runner.origin.routeCount = 1
  runner.origin.refuseWrite = (db, key) => (db === 1 && key.toLatin1() === 'a' ? refusal : null)
  expect(runner.run('COPY a a DB 1')).toBe('-ERR refused\r\n')
  expect(runner.run('MOVE a 1')).toBe('-ERR refused\r\n')
  expect(runner.run('COPY a b DB 1')).toBe(':1\r\n')
  expect(runner.run('MOVE a 2')).toBe(':1\r\n')
})
