import { perform, Stage, type Dialogue } from '../stage.js'

const ok = '+OK\r\n'
const syntax = '-ERR syntax error\r\n'

const flush = (name: string): Dialogue => [
  ['SET k v', ok],
  [name, ok],
  ['DBSIZE', ':0\r\n'],
  ['SET k v', ok],
  [`${name} ASYNC`, ok],
  ['DBSIZE', ':0\r\n'],
  ['SET k v', ok],
  [`${name.toLowerCase()} sync`, ok],
  ['DBSIZE', ':0\r\n'],
  [`${name} NOW`, syntax],
  [`${name} ASYNC SYNC`, syntax],
]

const dialogues: Record<string, Dialogue> = {
  'FLUSHDB empties one database': [
    ...flush('FLUSHDB'),
    ['SET k zero', ok],
    ['SELECT 1', ok],
    ['SET k one', ok],
    ['FLUSHDB', ok],
    ['DBSIZE', ':0\r\n'],
    ['SELECT 0', ok],
    ['DBSIZE', ':1\r\n'],
  ],
  'FLUSHALL empties all': [
    ...flush('FLUSHALL'),
    ['SET k zero', ok],
    ['SELECT 1', ok],
    ['SET k one', ok],
    ['FLUSHALL', ok],
    ['DBSIZE', ':0\r\n'],
    ['SELECT 0', ok],
    ['DBSIZE', ':0\r\n'],
  ],
  'SWAPDB lets two databases change places': [
    ['SET k zero', ok],
    ['SWAPDB 0 1', ok],
    ['GET k', '$-1\r\n', '_\r\n'],
    ['SELECT 1', ok],
    ['GET k', '$4\r\nzero\r\n'],
    ['SWAPDB 1 1', ok],
    ['GET k', '$4\r\nzero\r\n'],
    ['SWAPDB x 1', '-ERR invalid first DB index\r\n'],
    ['SWAPDB 1 x', '-ERR invalid second DB index\r\n'],
    ['SWAPDB 2147483648 1', '-ERR invalid first DB index\r\n'],
    ['SWAPDB 16 1', '-ERR DB index is out of range\r\n'],
    ['SWAPDB 1 -1', '-ERR DB index is out of range\r\n'],
    ['SWAPDB 1', "-ERR wrong number of arguments for 'swapdb' command\r\n"],
  ],
  'DBSIZE counts': [
    ['DBSIZE', ':0\r\n'],
    ['MSET a 1 b 2', ok],
    ['DBSIZE', ':2\r\n'],
    ['DBSIZE x', "-ERR wrong number of arguments for 'dbsize' command\r\n"],
  ],
  'MEMORY USAGE weighs a key without touching it': [
    ['MEMORY USAGE missing', '$-1\r\n', '_\r\n'],
    ['MEMORY USAGE missing SAMPLES x', '-ERR value is not an integer or out of range\r\n'],
    ['MEMORY USAGE missing SAMPLES -1', syntax],
    ['MEMORY USAGE missing SAMPLES', syntax],
    ['MEMORY USAGE missing FOO 1', syntax],
    ['MEMORY USAGE', "-ERR wrong number of arguments for 'memory|usage' command\r\n"],
    ['MEMORY FOO', "-ERR unknown subcommand 'FOO'. Try MEMORY HELP.\r\n"],
  ],
}

describe('databases', () => perform(dialogues))

describe('their figures', () => {
  let stage: Stage

  beforeEach(async () => {
    stage = await Stage.open()
  })

  afterEach(() => stage.close())

  test('MEMORY USAGE grows with the value, and with the fields of a hash, sampled or not', async () => {
    const { server } = stage
    const usage = async (...args: string[]): Promise<number> =>
      (await server.call('MEMORY', 'USAGE', ...args)) as number
    await server.call('SET', 'small', 'x')
    await server.call('SET', 'large', 'x'.repeat(10_000))
    expect(await usage('small')).toBeGreaterThan(10)
    expect(await usage('small')).toBeLessThan(64)
    expect(await usage('large')).toBeGreaterThan(10_000)
    const fields = Array.from({ length: 2_000 }, (_, i) => [`field${i}`, 'x'.repeat(100)]).flat()
    await server.call('HSET', 'hash', ...fields)
    const exact = await usage('hash', 'SAMPLES', '0')
    expect(exact).toBeGreaterThan(200_000)
    expect(Math.abs((await usage('hash')) - exact)).toBeLessThan(exact / 5)
  })

  test('FLUSHALL SYNC has given the memory back before it replies', async () => {
    const { server } = stage
    const waiting = async (): Promise<string> => (await server.call('INFO', 'memory')) as string
    await server.call('SELECT', 0)
    for (let i = 0; i < 200; i++) await server.call('HSET', `h${i}`, ...Array.from({ length: 1200 }, (_, j) => `f${j}`))
    await server.call('FLUSHALL', 'SYNC')
    expect(await waiting()).toMatch(/lazyfree_pending_objects:0\r\n/)
  })

  test('changes are counted: a flush by its keys, a swap as one', async () => {
    const { server } = stage
    const changes = async (): Promise<number> =>
      Number(/rdb_changes_since_last_save:(\d+)/.exec((await server.call('INFO', 'persistence')) as string)?.[1])
    await server.call('MSET', 'a', '1', 'b', '2', 'c', '3')
    const before = await changes()
    await server.call('FLUSHALL')
    expect(await changes()).toBe(before + 3)
    await server.call('SWAPDB', '0', '1')
    expect(await changes()).toBe(before + 4)
    await server.call('FLUSHDB')
    expect(await changes()).toBe(before + 4)
  })
})
