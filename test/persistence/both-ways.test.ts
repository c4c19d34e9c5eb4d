import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SeededRandom } from '../../src/base/index.js'
import { describeWithRedis } from '../support/servers.js'
import { Folder } from './folder-server.js'
import { randomDataset } from './random-dataset.js'

const seed = 711
let folder: Folder

beforeEach(() => {
  folder = new Folder()
})

afterEach(() => folder.remove())

const appended = ['--appendonly', 'yes']

async function fill(keys: number, salt = 0): Promise<void> {
  // what does not go with what is there already is refused: that is not to be in the file
  const requests = randomDataset(new SeededRandom(seed + salt), keys)
    // Redis itself forgets the sign of a score of -0 where the set is small, as it is when commands begin to make it
    .map((words) => words.map((word) => (word === '-0' ? '0' : word)))
  const replies = await folder.sayAll(requests)
  expect(replies.filter((reply) => !reply.startsWith('-')).length).toBeGreaterThan(keys)
}

function check(tool: string, file: string): string {
  const { stdout, stderr, status } = spawnSync(tool, [join(folder.path, file)], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  return stdout
}

describeWithRedis('files that both servers take', () => {
  test.each([
    ['a snapshot as the base', []],
    ['commands as the base', ['--aof-use-rdb-preamble', 'no']],
    ['times between commands', ['--aof-timestamp-enabled', 'yes']],
    ['names of its own', ['--appendfilename', 'my file.aof', '--appenddirname', 'my folder']],
  ])(
    'an append-only file with %s goes from one to the other, and back',
    async (_what, options) => {
      await folder.start('truedis', ...appended, ...options)
      await fill(120)
      expect(await folder.say('BGREWRITEAOF')).toMatch(/^\+/)
      await folder.until('aof_rewrite_in_progress', '0')
      expect(await folder.info('aof_last_bgrewrite_status')).toBe('ok')
      await fill(120, 1)
      await folder.sayAll([['MULTI'], ['SET', 'a', '1'], ['SELECT', '3'], ['INCR', 'b'], ['EXEC']])
      const digest = await folder.digest()
      await folder.kill()
      const name = options.includes('my folder') ? 'my folder/my file.aof' : 'appendonlydir/appendonly.aof'
      expect(check('redis-check-aof', `${name}.manifest`)).toContain('All AOF files and manifest are valid')

      await folder.start('redis', ...appended, ...options)
      expect(await folder.digest()).toBe(digest)
      await fill(60, 2)
      const changed = await folder.digest()
      await folder.kill()

      await folder.start('truedis', ...appended, ...options)
      expect(await folder.digest()).toBe(changed)
      await folder.say('BGREWRITEAOF')
      await folder.until('aof_rewrite_in_progress', '0')
      await folder.say('DEBUG', 'LOADAOF')
      expect(await folder.digest()).toBe(changed)
      await folder.stop()

      await folder.start('redis', ...appended, ...options)
      expect(await folder.digest()).toBe(changed)
    },
    60_000,
  )

  test.each([
    ['SAVE', 'truedis', 'redis'],
    ['BGSAVE', 'truedis', 'redis'],
    ['SAVE', 'redis', 'truedis'],
  ] as const)('a snapshot of %s goes from %s to %s', async (command, from, to) => {
    await folder.start(from)
    await fill(300)
    const digest = await folder.digest()
    await folder.say(command)
    await folder.until('rdb_bgsave_in_progress', '0')
    await folder.kill()
    check('redis-check-rdb', 'dump.rdb')
    await folder.start(to)
    expect(await folder.digest()).toBe(digest)
    expect(await folder.info('rdb_last_load_keys_loaded')).not.toBe('0')
  })

  test('the single file of old is taken for the base, and moved', async () => {
    await folder.start('redis', ...appended)
    await fill(100)
    const digest = await folder.digest()
    await folder.say('BGREWRITEAOF')
    await folder.until('aof_rewrite_in_progress', '0')
    await folder.say('DEBUG', 'LOADAOF')
    await folder.kill()
    const directory = join(folder.path, 'appendonlydir')
    renameSync(join(directory, 'appendonly.aof.2.base.rdb'), join(folder.path, 'appendonly.aof'))
    spawnSync('rm', ['-r', directory])

    await folder.start('truedis', ...appended)
    expect(await folder.digest()).toBe(digest)
    expect(readdirSync(directory).sort()).toEqual([
      'appendonly.aof',
      'appendonly.aof.1.incr.aof',
      'appendonly.aof.manifest',
    ])
    await folder.say('SET', 'more', '1')
    const changed = await folder.digest()
    await folder.kill()
    await folder.start('redis', ...appended)
    expect(await folder.digest()).toBe(changed)
  })

  test('switched on and off while it runs, the file holds all from the first rewrite on', async () => {
    await folder.start('truedis')
    await fill(50)
    expect(await folder.say('CONFIG', 'SET', 'appendonly', 'yes')).toBe('+OK\r\n')
    await fill(50, 1)
    await folder.until('aof_rewrite_in_progress', '0')
    await folder.say('SET', 'last', '1')
    const digest = await folder.digest()
    expect(await folder.say('CONFIG', 'SET', 'appendonly', 'no')).toBe('+OK\r\n')
    await folder.say('SET', 'later', '1')
    await folder.kill()
    await folder.start('redis', ...appended)
    expect(await folder.digest()).toBe(digest)
  })
})

test('SIGTERM saves where there are save points; SHUTDOWN as it is told', async () => {
  await folder.start('truedis', '--save', '100 100')
  await folder.say('SET', 'a', '1')
  await folder.stop()
  await folder.start('truedis', '--save', '100 100')
  expect(await folder.say('GET', 'a')).toBe('$1\r\n1\r\n')
  await folder.say('SET', 'a', '2')
  const { exited } = folder.server
  void folder.say('SHUTDOWN', 'NOSAVE').catch(() => {})
  expect(await exited).toBe(0)
  await folder.stop()
  await folder.start('truedis')
  expect(await folder.say('GET', 'a')).toBe('$1\r\n1\r\n')
})

test('two servers do not keep files in one directory, and one that was killed is in nobody’s way', async () => {
  await folder.start('truedis', ...appended)
  const other = new Folder()
  await expect(other.start('truedis', '--dir', folder.path, ...appended)).rejects.toThrow(
    'another server keeps its files',
  )
  await other.remove()
  await folder.kill()
  await folder.start('truedis', ...appended)
  expect(await folder.say('PING')).toBe('+PONG\r\n')
}, 60_000)

test('a file whose end was cut off is cut to the last whole transaction, and goes on from there', async () => {
  await folder.start('truedis', ...appended)
  await folder.sayAll([['SET', 'a', '1'], ['MULTI'], ['SET', 'b', '1'], ['SET', 'c', '1'], ['EXEC']])
  await folder.kill()
  const path = join(folder.path, 'appendonlydir/appendonly.aof.1.incr.aof')
  const whole = readFileSync(path)
  writeFileSync(path, whole.subarray(0, whole.length - 3))
  await folder.start('truedis', ...appended)
  expect(await folder.say('MGET', 'a', 'b', 'c')).toBe('*3\r\n$1\r\n1\r\n$-1\r\n$-1\r\n')
  expect(folder.server.output()).toContain('AOF appendonly.aof.1.incr.aof loaded anyway')
  await folder.say('SET', 'd', '1')
  await folder.kill()
  await folder.start('truedis', ...appended)
  expect(await folder.say('MGET', 'a', 'd')).toBe('*2\r\n$1\r\n1\r\n$1\r\n1\r\n')
  await folder.kill()
  writeFileSync(path, readFileSync(path).subarray(0, -1))
  await expect(folder.start('truedis', ...appended, '--aof-load-truncated', 'no')).rejects.toThrow(
    'Unexpected end of file reading the append only file',
  )
})

test('files can be read by others and written by their owner, as umask allows', async () => {
  await folder.start('truedis', ...appended)
  await folder.say('SAVE')
  const mode = (file: string): number => statSync(join(folder.path, file)).mode & 0o777
  const umask = process.umask()
  expect([mode('dump.rdb'), mode('appendonlydir'), mode('appendonlydir/appendonly.aof.manifest')]).toEqual([
    0o644 & ~umask,
    0o755 & ~umask,
    0o644 & ~umask,
  ])
})
