import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { SeededRandom, Slice } from '../../src/base/index.js'
import { datasetDigest, valueDigest } from '../../src/commands/server/dataset-digest.js'
import type { Keyspace } from '../../src/keyspace/index.js'
import { ValueRestorer } from '../../src/persistence/index.js'
import { defaultLimits } from '../../src/values/index.js'
import { RawConnection } from '../support/raw-connection.js'
import { encodeRequest } from '../support/resp-frames.js'
import { describeWithRedis, startServer, type RunningServer } from '../support/servers.js'
import { emptyKeyspace, load } from './loading.js'
import { randomDataset, shapes, type Words } from './random-dataset.js'

const keyCount = 200
const seed = Number(process.env['SEED'] ?? 42)

/** The limits under which values here are kept as they were where the settings held. */
function limitsOf(settings: readonly string[]): ReturnType<typeof defaultLimits> {
  const limits = defaultLimits()
  for (let i = 0; i < settings.length; i += 2) {
    const value = Number(settings[i + 1])
    if (settings[i] === 'hash-max-listpack-entries') limits.hash.packedEntriesMax = value
    if (settings[i] === 'hash-max-listpack-value') limits.hash.packedValueBytesMax = value
    if (settings[i] === 'set-max-intset-entries') limits.set.integersMax = value
    if (settings[i] === 'zset-max-listpack-entries') limits.sortedSet.packedEntriesMax = value
    if (settings[i] === 'zset-max-listpack-value') limits.sortedSet.packedMemberBytesMax = value
    if (settings[i] === 'list-max-listpack-size') limits.list.listpackSize = value
  }
  return limits
}

/** Encodings of all keys as OBJECT ENCODING tells them, in the keys' order. */
function encodingsOf(keyspace: Keyspace): string[] {
  const lines: string[] = []
  for (const db of keyspace.databases) {
    db.forEach((key, ref) => {
      const type = db.type(ref)
      if (type === 0) return
      const name = keyspace.views.of(type).open(ref, null).encoding
      lines.push(`${db.index} ${key.toLatin1()} ${name}`)
    })
  }
  return lines.sort()
}

describeWithRedis('a snapshot that redis-server wrote', () => {
  let server: RunningServer
  let connection: RawConnection

  beforeAll(async () => {
    server = await startServer('redis')
    connection = await RawConnection.open(server.port)
  })

  afterAll(async () => {
    connection.destroy()
    await server.stop()
  })

  const say = async (...words: Words): Promise<string> => {
    connection.send(encodeRequest(words))
    return (await connection.read(1))[0].toString('latin1')
  }

  async function encodings(): Promise<string[]> {
    const lines: string[] = []
    for (let db = 0; db < 4; db++) {
      await say('SELECT', String(db))
      for (const key of (await say('KEYS', '*')).split('\r\n').filter((line) => line.includes(':'))) {
        const encoding = (await say('OBJECT', 'ENCODING', key)).split('\r\n')[1]
        if (!['int', 'embstr', 'raw'].includes(encoding)) lines.push(`${db} ${key} ${encoding}`)
      }
    }
    return lines.sort()
  }

  /** Makes each value of one database out of its payload. */
  async function restoreAll(limits: ReturnType<typeof defaultLimits>): Promise<void> {
    const keyspace = emptyKeyspace(limits, Date.now())
    const restorer = new ValueRestorer(keyspace)
    const [db] = keyspace.databases
    await say('SELECT', '0')
    for (const name of (await say('KEYS', '*')).split('\r\n').filter((line) => line.includes(':'))) {
      connection.send(encodeRequest(['DUMP', name]))
      const [reply] = await connection.read(1)
      const payload = Slice.from(reply.subarray(reply.indexOf('\n') + 1, -2))
      const key = Slice.from(name)
      expect(restorer.isWhole(payload)).toBe(true)
      restorer.restore(key, payload)!.store(db)
      await say('PERSIST', name)
      const digest = (await say('DEBUG', 'DIGEST-VALUE', name)).split('\r\n')[1].replace('+', '')
      expect([name, valueDigest(keyspace, db, key)]).toEqual([name, digest])
    }
    while (keyspace.freeSlice());
  }

  for (const [name, settings] of Object.entries(shapes)) {
    test(`of random values ${name} is loaded whole, cut anywhere, in the encodings they had; so are its DUMP payloads`, async () => {
      await say('FLUSHALL')
      await say('SELECT', '0')
      await say('CONFIG', 'SET', 'rdbcompression', 'yes')
      await say('CONFIG', 'SET', ...settings)
      const random = new SeededRandom(seed)
      for (const words of randomDataset(random, keyCount)) {
        const reply = await say(...words)
        expect(reply.startsWith('-') ? `${words.join(' ')}: ${reply}` : '').toBe('')
      }
      expect(await say('SAVE')).toBe('+OK\r\n')
      const digest = (await say('DEBUG', 'DIGEST')).slice(1, -2)
      const bytes = readFileSync(join(server.directory, 'dump.rdb'))
      const told = await encodings()
      for (const piece of [bytes.length, 1, 7, 1000, 65_536]) {
        const keyspace = emptyKeyspace(limitsOf(settings), Date.now())
        const loader = load(keyspace, bytes, piece, piece === bytes.length ? undefined : random)
        expect({ piece, digest: datasetDigest(keyspace) }).toEqual({ piece, digest })
        expect(loader.keysLoaded).toBe(keyCount - loader.keysEmpty)
        expect(loader.bytesRead).toBe(bytes.length)
        expect(encodingsOf(keyspace)).toEqual(told)
      }
      await restoreAll(limitsOf(settings))
    })
  }
})
