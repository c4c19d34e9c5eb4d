import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EmbeddedServer } from '../../src/server/index.js'
import { Embedded, becomes, hasCaughtUp } from '../replication/support/embedded.js'

/*
 * "The primary's stream, the append-only loader never settle": what they repeat was decided where it was first run. Each call
 * below reads bound keys before it writes; whoever repeats them has a route for these keys, of which no request may come.
 */

const calls: readonly string[] = [
  ...[
    'SET k:s 1',
    'APPEND k:s 2',
    'INCR k:s',
    'INCRBYFLOAT k:s 0.5',
    'SETRANGE k:s 1 9',
    'SETBIT k:s 3 1',
    'GETSET k:s v',
  ],
  ...[
    'SET k:s w GET',
    'SET k:nx v NX',
    'SETNX k:nx2 v',
    'MSETNX k:m1 v k:m2 v',
    'SET k:s x XX',
    'GETEX k:s PX 9000000',
  ],
  ...['SET k:gone v', 'GETDEL k:gone', 'HSET k:h f 1', 'HINCRBY k:h f 2', 'HSETNX k:h g v', 'HINCRBYFLOAT k:h f 0.5'],
  ...[
    'RPUSH k:l 1 2 3',
    'LPUSHX k:l 0',
    'LMOVE k:l k:l2 LEFT RIGHT',
    'LINSERT k:l BEFORE 2 x',
    'LREM k:l 0 x',
    'RPOP k:l',
  ],
  ...[
    'SADD k:a 1 2 3',
    'SADD k:b 2 3 4',
    'SINTERSTORE k:i k:a k:b',
    'SDIFFSTORE k:d k:a k:b',
    'SUNIONSTORE k:u k:a k:b',
  ],
  ...['SMOVE k:a k:b 1', 'SPOP k:u', 'ZADD k:z 1 a 2 b', 'ZINCRBY k:z 5 a', 'ZUNIONSTORE k:zu 1 k:z', 'ZPOPMIN k:z'],
  ...[
    'ZRANGESTORE k:zr k:zu 0 -1',
    'PFADD k:p a b',
    'PFMERGE k:pm k:p',
    'BITOP NOT k:bit k:s',
    'COPY k:s k:c',
    'RENAME k:c k:r',
  ],
  ...[
    'RENAMENX k:r k:rn',
    'COPY k:s k:s DB 1',
    'MOVE k:m1 1',
    'GEOADD k:geo 1 2 a',
    'GEOSEARCHSTORE k:gs k:geo FROMMEMBER a BYRADIUS 1 km',
    'XADD k:x 1-1 f v',
  ],
  ...[
    'XGROUP CREATE k:x g 0',
    'XTRIM k:x MAXLEN 5',
    'BITFIELD k:bf INCRBY u8 0 3',
    'EXPIRE k:zu 90000',
    'PERSIST k:zu',
  ],
  // keys that no declaration names: weights and values of what is sorted
  ...[
    'RPUSH list 2 1',
    'MSET k:w1 5 k:w2 4 k:v1 one k:v2 two',
    'SORT list BY k:w* GET k:v* STORE k:sorted',
    'SORT k:a STORE k:sa',
  ],
]

/** The same again as a transaction of its own. */
const transaction: readonly string[] = ['INCR k:w1', 'APPEND k:v1 !', 'SORT list BY k:w* GET k:v* STORE k:again']

const servers = new Embedded()
let directory: string
let asked: string[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'truedis-test-replayed-'))
  asked = []
})

afterEach(async () => {
  await servers.endAll()
  rmSync(directory, { recursive: true, force: true })
})

const fetch = (key: string): string => {
  asked.push(key)
  return 'of the origin'
}
const bound = [{ name: 'o', pattern: 'k:*', store: { fetch }, db: 'all' as const }]

async function write(server: EmbeddedServer): Promise<void> {
  const client = server.connect()
  for (const line of calls) await client.call(...line.split(' '))
  await client.call('MULTI')
  for (const line of transaction) await client.call(...line.split(' '))
  expect(await client.call('EXEC')).toEqual([6, 4, 2])
  client.close()
}

/** All keys of two databases, each with its value as DUMP has it. */
async function content(server: EmbeddedServer): Promise<ReadonlyMap<string, unknown>> {
  const client = server.connect()
  await client.call('CLIENT', 'NO-ORIGIN', 'ON')
  const dumps = new Map<string, unknown>()
  for (const db of ['0', '1']) {
    await client.call('SELECT', db)
    const keys = ((await client.call('KEYS', '*')) as string[]).sort()
    for (const key of keys) dumps.set(`${db} ${key}`, await client.callWith({ buffers: true }, 'DUMP', key))
  }
  client.close()
  return dumps
}

test.each(['reject', 'local'] as const)(
  'a follower applies its primary’s stream without a question, under write %s',
  async (write_) => {
    const primary = await servers.start()
    const follower = await servers.start({ origins: [{ ...bound[0], write: write_ }] })
    await follower.call('REPLICAOF', '127.0.0.1', String(primary.port))
    await becomes(follower, 'master_link_status', 'up')
    await write(primary)
    await hasCaughtUp(follower, primary)
    const expected = await content(primary)
    expect(expected.size).toBe(33)
    expect(await content(follower)).toEqual(expected)
    expect(asked).toEqual([])
  },
)

test('a server loads its append-only file without a question', async () => {
  const files = { dir: directory, appendonly: 'yes', aofUseRdbPreamble: 'no' }
  const first = await servers.start(files)
  await write(first)
  const expected = await content(first)
  await servers.end(first)
  const again = await servers.start({ ...files, origins: bound })
  expect(await content(again)).toEqual(expected)
  expect(asked).toEqual([])
  await again.call('GET', 'k:s')
  expect(asked).toEqual(['k:s']) // a client's read does ask
})
