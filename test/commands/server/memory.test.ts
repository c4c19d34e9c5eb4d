import { Stage, type Actor } from '../stage.js'

let stage: Stage
let actor: Actor

beforeEach(async () => {
  stage = await Stage.open()
  actor = await stage.enter()
})

afterEach(() => stage.close())

/** Names and values of MEMORY STATS: integers, bulks, and maps within. */
async function stats(): Promise<Map<string, unknown>> {
  return (await stage.server.call('MEMORY', 'STATS')) as unknown as Map<string, unknown>
}

test('STATS weighs keys, tables and the whole, database by database', async () => {
  await actor.ask('FLUSHALL')
  for (let i = 0; i < 50; i++) await actor.ask(['SET', `k${i}`, 'x'.repeat(1000)])
  await actor.ask('SELECT 3')
  await actor.ask('SET k v EX 100')
  const found = await stats()
  expect(found.get('keys.count')).toBe(51)
  expect(found.get('keys.bytes-per-key')).toBeGreaterThan(900)
  expect(found.get('dataset.bytes')).toBeGreaterThan(50_000)
  expect(found.get('total.allocated')).toBeGreaterThan(found.get('overhead.total') as number)
  expect([...found.keys()].filter((name) => name.startsWith('db.'))).toEqual(['db.0', 'db.3'])
  expect((found.get('db.3') as Map<string, unknown>).get('overhead.hashtable.expires')).toBe(8)
  expect(found.size).toBe(27 + 2)
})

test('STATS opens a map, in RESP2 a list of twice as many', async () => {
  expect(await actor.ask('MEMORY STATS')).toMatch(/^\*54\r\n\$14\r\npeak\.allocated\r\n:\d+\r\n/)
  await actor.ask('HELLO 3')
  expect(await actor.ask('MEMORY STATS')).toMatch(/^%27\r\n\$14\r\npeak\.allocated\r\n:\d+\r\n/)
  expect(await actor.ask('MEMORY STATS')).toMatch(/\$13\r\nfragmentation\r\n,\d+(\.\d+)?\r\n/)
})

test('DOCTOR has nothing to say of little data, and names the holes in much', async () => {
  expect(await actor.askText('MEMORY DOCTOR')).toMatch(/^Only .* are used: too little/)
  for (let i = 0; i < 60_000; i++) actor.send(['SET', `k${i}`, 'x'.repeat(600)])
  for (let i = 0; i < 60_000; i++) if (i % 4 !== 0) actor.send(['SET', `k${i}`, 'short'])
  await actor.raw.read(60_000 + 45_000)
  expect(await actor.askText('MEMORY DOCTOR')).toMatch(/ \* Holes: \d+\.\d+M lie free between values/)
  expect(await actor.askText('MEMORY MALLOC-STATS')).toMatch(/^Given out: .*\nHolding it: .* chunks of 8 MiB/)
})

test('PURGE gives back the chunks that are kept empty', async () => {
  for (let i = 0; i < 30_000; i++) actor.send(['SET', `k${i}`, 'x'.repeat(1000)])
  await actor.raw.read(30_000)
  await actor.ask('FLUSHALL')
  const kept = async (): Promise<number> => {
    const memory = await actor.askText('INFO memory')
    return Number(/allocator_rss_bytes:(\d+)/.exec(memory)![1])
  }
  expect(await kept()).toBeGreaterThan(8 << 20)
  expect(await actor.ask('MEMORY PURGE')).toBe('+OK\r\n')
  expect(await kept()).toBe(0)
})

test('HELP explains the subcommands', async () => {
  expect(await actor.ask('MEMORY HELP')).toMatch(/^\*14\r\n\+MEMORY <subcommand> /)
})
