import { ManualClock, SeededRandom, type Log } from '../../src/base/index.js'
import { LoadError } from '../../src/persistence/index.js'
import { createServer, type CreateServerOptions, type EmbeddedServer } from '../../src/server/index.js'
import { MemoryFiles } from '../persistence/memory-files.js'

const directory = process.cwd() // it is only looked at: files are in memory
const incr = `${directory}/appendonlydir/appendonly.aof.1.incr.aof`

let files: MemoryFiles
let clock: ManualClock
let said: string[]
let server: EmbeddedServer | null = null

beforeEach(() => {
  files = new MemoryFiles()
  files.makeDirectory(directory)
  clock = new ManualClock()
  said = []
})

afterEach(async () => {
  files.fault = () => null
  files.runsByItself = true
  const closed = server?.close()
  files.turn()
  await closed
  server = null
})

async function start(options: CreateServerOptions): Promise<EmbeddedServer> {
  const say = (text: string): void => void said.push(text)
  const log: Log = { debug: say, verbose: say, notice: say, warning: say }
  files.runsByItself = true
  server = await createServer({ port: 0, save: '', files, clock, log, random: new SeededRandom(1), ...options })
  files.runsByItself = false
  return server
}

const turns = async (count = 3): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** Until nothing is to be done any more, by this thread or others. */
async function settle(): Promise<void> {
  for (let idle = 0; idle < 5; idle++) {
    await turns(1)
    if (files.turn()) idle = 0
  }
}

describe('appendfsync always', () => {
  test('one fsync covers the writes of all clients of a loop turn, and no reply comes before it', async () => {
    const { call } = await start({ appendonly: true, appendfsync: 'always' })
    await settle()
    const before = files.count('sync')
    let answered = 0
    const writes = Array.from({ length: 50 }, (_, i) => call('SET', `k${i}`, 'v').then(() => answered++))
    await turns()
    expect([answered, files.count('sync') - before]).toEqual([0, 0])
    const more = Array.from({ length: 50 }, (_, i) => call('INCR', `n${i}`).then(() => answered++))
    const read = call('GET', 'n1').then((reply) => [reply, answered])
    await turns()
    expect([answered, files.content(incr).includes('INCR')]).toEqual([0, false])
    files.turn() // the first fsync is done: what came meanwhile is written, and the second is asked for
    await Promise.all(writes)
    await turns()
    expect([answered, files.count('sync') - before, files.content(incr).includes('INCR')]).toEqual([50, 1, true])
    files.turn()
    await Promise.all(more)
    expect([answered, files.count('sync') - before]).toEqual([100, 2])
    expect(await read).toEqual(['1', 100]) // it saw a write that was not safe, and waited with it
  })

  test('a read that depends on nothing is answered at once', async () => {
    const { call } = await start({ appendonly: true, appendfsync: 'always' })
    expect(await call('GET', 'k')).toBeNull()
  })
})

describe('a disk that is full', () => {
  test('refuses writes and PING, in Redis’s words, until there is room', async () => {
    const { call } = await start({ appendonly: true, appendfsync: 'everysec' })
    files.fault = (operation) => (operation === 'write' ? { code: 'ENOSPC' } : null)
    expect(await call('SET', 'a', '1')).toBe('OK') // as in Redis, which knows only afterwards
    await settle()
    const refusal = 'MISCONF Errors writing to the AOF file: No space left on device'
    await expect(call('SET', 'b', '1')).rejects.toThrow(refusal)
    await expect(call('PING')).rejects.toThrow(refusal)
    expect(await call('GET', 'a')).toBe('1')
    expect(await call('INFO', 'persistence')).toContain('aof_last_write_status:err')
    files.fault = () => null
    clock.advance(1000)
    await settle()
    expect(await call('SET', 'b', '1')).toBe('OK')
    await settle()
    expect(files.content(incr)).toMatch(/SET\r\n\$1\r\na\r\n[^]*SET\r\n\$1\r\nb\r\n/)
  })

  test('fails a snapshot, and stops writes where there are save points, until one succeeds', async () => {
    const { call } = await start({ save: '10000 10000' })
    files.fault = (operation) => (operation === 'write' ? { code: 'ENOSPC' } : null)
    expect(await call('BGSAVE')).toBe('Background saving started')
    await settle()
    await expect(call('SET', 'a', '1')).rejects.toThrow(
      "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
    )
    expect(Object.keys(files.all)).toEqual([])
    await call('CONFIG', 'SET', 'stop-writes-on-bgsave-error', 'no')
    expect(await call('SET', 'a', '1')).toBe('OK')
    await call('CONFIG', 'SET', 'stop-writes-on-bgsave-error', 'yes')
    await expect(call('SAVE')).rejects.toThrow('ERR')
    files.fault = () => null
    expect(await call('SAVE')).toBe('OK')
    expect(await call('SET', 'a', '2')).toBe('OK')
    expect(Object.keys(files.all)).toEqual([`${directory}/dump.rdb`])
  })

  test('leaves the files as they were when a rewrite fails, and those that follow wait longer and longer', async () => {
    const { call } = await start({ appendonly: true, appendfsync: 'no' })
    await call('SET', 'a', '1')
    const was = files.content(`${directory}/appendonlydir/appendonly.aof.manifest`)
    files.fault = (operation, path) =>
      operation === 'open' && path.includes('temp-rewriteaof') ? { code: 'ENOSPC' } : null
    for (let i = 0; i < 3; i++) {
      await call('BGREWRITEAOF').catch(() => {})
      await settle()
    }
    expect(await call('INFO', 'persistence')).toMatch(/aof_rewrites_consecutive_failures:3\r\n/)
    const now = files.content(`${directory}/appendonlydir/appendonly.aof.manifest`)
    expect(now.startsWith(was)).toBe(true) // with further files to append to
    await call('CONFIG', 'SET', 'auto-aof-rewrite-min-size', '1')
    await call('CONFIG', 'SET', 'auto-aof-rewrite-percentage', '1')
    await call('SET', 'b', 'x'.repeat(1000))
    clock.advance(200)
    expect(said.at(-1)).toBe(
      'Background AOF rewrite has repeatedly failed and triggered the limit, will retry in 1 minutes',
    )
    files.fault = () => null
    clock.advance(61_000)
    await settle()
    expect(await call('INFO', 'persistence')).toMatch(/aof_rewrites_consecutive_failures:0\r\n/)
    expect(files.content(`${directory}/appendonlydir/appendonly.aof.manifest`)).toMatch(
      /^file appendonly.aof.2.base.rdb seq 2 type b\nfile appendonly.aof.\d.incr.aof seq \d type i\n$/,
    )
  })
})

test('save points make a snapshot when there were changes enough, and the last one is old enough', async () => {
  const { call } = await start({ save: '10 2' })
  await call('SET', 'a', '1')
  clock.advance(30_000)
  await settle()
  expect(Object.keys(files.all)).toEqual([])
  await call('SET', 'b', '1')
  clock.advance(200)
  await settle()
  expect(Object.keys(files.all)).toEqual([`${directory}/dump.rdb`])
  expect(await call('LASTSAVE')).toBe(Math.floor(clock.unixMs() / 1000))
  expect(said).toContain('2 changes in 10 seconds. Saving...')
})

test('appendonly that is switched on in a transaction begins with all of it, and has none of it twice', async () => {
  const { call, connect } = await start({})
  const { call: inOne } = connect()
  for (const words of ['MULTI', 'INCR n', 'CONFIG SET appendonly yes', 'INCR n']) await inOne(...words.split(' '))
  expect(await inOne('EXEC')).toEqual([1, 'OK', 2])
  expect(said.at(-1)).toBe(
    'AOF was enabled during a transaction. An AOF background was scheduled to start when possible.',
  )
  clock.advance(200)
  await settle()
  expect(await call('INFO', 'stats')).toMatch(/total_forks:1\r\n/)
  await call('INCR', 'n')
  await settle()
  files.runsByItself = true
  await server!.close()
  const next = await start({ appendonly: true })
  expect(await next.call('GET', 'n')).toBe('3')
})

test('INFO says what the last snapshot took beside the keys, and that none is being made', async () => {
  const { call } = await start({})
  for (let i = 0; i < 2000; i++) await call('SET', `k${i}`, 'x'.repeat(100))
  await call('BGSAVE')
  for (let i = 0; i < 2000; i += 10) await call('SET', `k${i}`, 'y')
  const lines = async (): Promise<string[]> =>
    ((await call('INFO', 'persistence')) as string).split('\r\n').filter((line) => /_cow_size:/.test(line))
  expect((await lines())[0]).toMatch(/^current_cow_size:[1-9]/)
  await settle()
  expect(await lines()).toEqual([
    'current_cow_size:0',
    expect.stringMatching(/^rdb_last_cow_size:[1-9]\d*$/),
    'aof_last_cow_size:0',
    'module_fork_last_cow_size:0',
  ])
})

test('DEBUG AOF-FLUSH-SLEEP stops the server before it writes, and no other time', async () => {
  const { call } = await start({ appendonly: true, enableDebugCommand: 'yes' })
  await call('DEBUG', 'AOF-FLUSH-SLEEP', 20_000)
  const startMs = performance.now()
  expect(await call('GET', 'k')).toBeNull()
  await call('SET', 'k', 'v')
  expect(performance.now() - startMs).toBeGreaterThan(19)
  await call('DEBUG', 'AOF-FLUSH-SLEEP', 0)
})

test('a delay for each key holds up a snapshot in slices, and nothing else', async () => {
  const { call } = await start({ rdbKeySaveDelay: 1_000_000 })
  for (let i = 0; i < 5; i++) await call('SET', `k${i}`, 'v')
  await call('BGSAVE')
  await settle()
  clock.advance(2000)
  for (let tenths = 0; tenths < 5; tenths++) {
    await settle()
    clock.advance(100)
  }
  expect(await call('INFO', 'persistence')).toMatch(/current_save_keys_processed:[1-4]\r\n/)
  await call('CONFIG', 'SET', 'rdb-key-save-delay', '0') // at once, not for the next one only
  for (let slices = 0; slices < 6; slices++) {
    clock.advance(100)
    await settle()
  }
  expect(said).toContain('Background saving terminated with success')
  expect(await call('SAVE')).toBe('OK')
})

test('a delay for each key that is loaded leaves clients their turns', async () => {
  for (const appendonly of [false, true]) {
    const { call } = await start({ save: '10000 10000', appendonly, appendfsync: 'no' })
    for (let i = 0; i < 5; i++) await call('SET', `k${i}`, 'v'.repeat(600))
    await settle()
    files.runsByItself = true
    await server!.close()
    const starting = createServer({
      ...{ port: 0, save: '10000 10000', appendonly, files, clock, random: new SeededRandom(1) },
      keyLoadDelay: 1_000_000,
      loadingProcessEventsIntervalBytes: 1024,
    })
    let isStarted = false
    void starting.then(() => (isStarted = true))
    const atMs = clock.monotonicMs()
    for (let slices = 0; slices < 200 && !isStarted; slices++) {
      await turns(5)
      clock.advance(100)
    }
    server = await starting
    expect(clock.monotonicMs() - atMs).toBeGreaterThan(3900)
    expect(await server.call('DBSIZE')).toBe(5)
    await server.close()
    for (const path of Object.keys(files.all)) files.remove(path)
  }
  server = null
})

test('an append-only file that is broken anywhere is loaded up to there, or refused in clear words', async () => {
  const seed = 20_261_126
  const random = new SeededRandom(seed)
  const { call } = await start({ appendonly: true, appendfsync: 'no', aofTimestampEnabled: true })
  for (let i = 0; i < 30; i++) {
    await call('RPUSH', `list${i % 4}`, 'x'.repeat(random.below(60)))
    await call('HSET', 'hash', `f${i}`, String(i))
    await call('ZADD', 'zset', String(i), `m${i}`)
  }
  await settle()
  const whole = files.all
  files.runsByItself = true
  await server!.close()
  server = null
  const bytes = Buffer.from(whole[incr], 'latin1')
  const ends = { loaded: 0, refused: 0 }
  for (let run = 0; run < 150; run++) {
    files = new MemoryFiles()
    files.makeDirectory(directory)
    files.makeDirectory(`${directory}/appendonlydir`)
    for (const [path, content] of Object.entries(whole)) files.put(path, content)
    const broken = Buffer.from(bytes)
    for (let i = random.below(4); i >= 0; i--) broken[random.below(broken.length)] = random.below(256)
    files.put(incr, broken.subarray(0, random.below(3) === 0 ? random.below(broken.length) : broken.length))
    try {
      const loaded = await start({ appendonly: true, appendfsync: 'no' })
      ends.loaded++
      files.runsByItself = true
      await loaded.close()
      server = null
    } catch (error) {
      expect(error).toBeInstanceOf(LoadError)
      expect((error as Error).message).toMatch(/appendonly\.aof\.1\.incr\.aof/)
      ends.refused++
    }
  }
  expect(Math.min(ends.loaded, ends.refused)).toBeGreaterThan(10)
}, 60_000)
