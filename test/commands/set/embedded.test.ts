import { expect, test } from '@jest/globals'
import { createServer } from '../../../src/index.js'

const sets: readonly (readonly [command: string, reply: unknown])[] = [
  ['SADD a 1 2 3', 3],
  ['SADD b 3 4', 2],
  ['SCARD a', 3],
  ['SMEMBERS a', new Set(['1', '2', '3'])],
  ['SMEMBERS missing', new Set()],
  ['SISMEMBER a 2', 1],
  ['SMISMEMBER a 2 9', [1, 0]],
  ['SINTER a b', new Set(['3'])],
  ['SUNION a b', new Set(['1', '2', '3', '4'])],
  ['SDIFF a b', new Set(['1', '2'])],
  ['SINTERCARD 2 a b', 1],
  ['SINTERSTORE i a b', 1],
  ['SUNIONSTORE u a b', 4],
  ['SDIFFSTORE d a b', 2],
  ['SSCAN d 0', ['0', ['1', '2']]],
  ['SRANDMEMBER i', '3'],
  ['SRANDMEMBER i -2', ['3', '3']],
  ['SORT u DESC LIMIT 0 2', ['4', '3']],
  ['SORT_RO u GET #', ['1', '2', '3', '4']],
  ['SORT u STORE l', 4],
  ['SMOVE i d 3', 1],
  ['SPOP i', null],
  ['SPOP d 9', new Set(['1', '2', '3'])],
  ['SREM a 1 9', 1],
]

test('without a socket sets are Sets', async () => {
  const server = await createServer({ port: 0 })
  try {
    for (const [command, reply] of sets) {
      expect([command, await server.call(...command.split(' '))]).toEqual([command, reply])
    }
    await server.call('SET', 'text', 'v')
    await expect(server.call('SADD', 'text', 'a')).rejects.toThrow('WRONGTYPE')
  } finally {
    await server.close()
  }
})
