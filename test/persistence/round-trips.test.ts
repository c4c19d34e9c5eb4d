import { jest } from '@jest/globals'
import { SeededRandom } from '../../src/base/index.js'
import { describeWithRedis, type ServerKind } from '../support/servers.js'
import { Folder } from './folder-server.js'
import { randomDataset, shapes, type Words } from './random-dataset.js'
import { readAll } from './read-all.js'

const seed = Number(process.env['SEED'] ?? 1126)
const ways: readonly (readonly [ServerKind, ServerKind])[] = [
  ['truedis', 'redis'],
  ['redis', 'truedis'],
]
const options = (shape: string): string[] => shapes[shape].map((word, i) => (i % 2 === 0 ? `--${word}` : word))

let folder: Folder

jest.setTimeout(120_000)

beforeEach(() => {
  folder = new Folder()
})

afterEach(() => folder.remove())

/** Sixteen databases, and deadlines as far away as they may be, or past. */
function everywhere(): Words[] {
  const made: Words[] = []
  for (let database = 0; database < 16; database++) {
    const name = `in ${database}`
    made.push(
      ['SELECT', String(database)],
      ['SET', name, 'v'],
      ['RPUSH', `${name} l`, 'a', '1'],
      ['SET', `${name} gone`, ''],
    )
    made.push(['PEXPIREAT', name, String(9_000_000_000_000_000 + database)], ['EXPIREAT', `${name} l`, '253402300799'])
    made.push(['PEXPIRE', `${name} gone`, '-1'])
  }
  return [...made, ['SELECT', '0']]
}

async function fill(salt: number): Promise<void> {
  const requests = [...randomDataset(new SeededRandom(seed + salt), 120), ...everywhere()]
    // Redis itself forgets the sign of a score of -0 where the set is small, as it is when commands begin to make it
    .map((words) => words.map((word) => (word === '-0' ? '0' : word)))
  await folder.sayAll(requests)
}

async function rewrite(): Promise<void> {
  await folder.say('BGREWRITEAOF')
  await folder.until('aof_rewrite_in_progress', '0')
}

describeWithRedis('random data of every type', () => {
  describe.each(ways)('from %s to %s', (from, to) => {
    test.each(Object.keys(shapes))(`a snapshot, %s: every key is read as it was (seed ${seed})`, async (shape) => {
      await folder.start(from, ...options(shape))
      await fill(0)
      const [digest, all] = [await folder.digest(), await readAll(folder)]
      expect(all.length).toBeGreaterThan(120)
      await folder.say('SAVE')
      await folder.kill()
      await folder.start(to)
      expect(await readAll(folder)).toEqual(all)
      expect(await folder.digest()).toBe(digest)
    })

    test.each([
      ['as they come', 'yes'],
      ['with tiny limits', 'no'],
    ])(
      `an append-only file in parts, %s, preamble %s: every key is read as it was (seed ${seed})`,
      async (shape, preamble) => {
        const appended = ['--appendonly', 'yes', '--aof-use-rdb-preamble', preamble]
        await folder.start(from, ...appended, ...options(shape))
        await fill(1)
        await rewrite()
        await fill(2)
        const [digest, all] = [await folder.digest(), await readAll(folder, from === 'truedis')]
        await folder.kill()
        await folder.start(to, ...appended)
        expect(await readAll(folder, from === 'truedis')).toEqual(all)
        expect(await folder.digest()).toBe(digest)
      },
    )
  })
})

test(`deadlines of fields outlive a snapshot and an append-only file (seed ${seed})`, async () => {
  const random = new SeededRandom(seed)
  const keys = Array.from({ length: 40 }, (_, i) => ({
    key: `h${i}`,
    fields: 1 + random.below(i % 4 === 0 ? 600 : 20),
  }))
  const ask = keys.map(({ key, fields }): Words => ['HPEXPIRETIME', key, 'FIELDS', String(fields), ...names(fields)])
  await folder.start('truedis', '--appendonly', 'yes')
  for (const { key, fields } of keys) {
    await folder.say('HSET', key, ...names(fields).flatMap((name) => [name, `${random.int32()}`]))
    const some = names(fields).filter(() => random.below(2) === 0)
    const atMs = [2_000_000_000_000 + random.below(1e9), 70_000_000_000_000][random.below(2)]
    if (some.length > 0) await folder.say('HPEXPIREAT', key, String(atMs), 'FIELDS', String(some.length), ...some)
    if (key === 'h20') await rewrite()
  }
  await folder.say('SAVE')
  const before = [await folder.digest(), await readAll(folder), await folder.sayAll(ask)]
  for (const isAppended of ['yes', 'no']) {
    await folder.kill()
    await folder.start('truedis', '--appendonly', isAppended)
    expect([await folder.digest(), await readAll(folder), await folder.sayAll(ask)]).toEqual(before)
  }
})

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `field ${i}`)
