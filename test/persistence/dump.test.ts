import { SeededRandom } from '../../src/base/index.js'
import { Pair } from '../differential/pair.js'
import { decodeReply, encodeRequest, printable } from '../support/resp-frames.js'
import type { RawConnection } from '../support/raw-connection.js'
import { dataset, type Words } from './datasets.js'

const seed = Number(process.env['DUMP_SEED'] ?? 7)

const encode = (words: Words): Buffer => encodeRequest(words.map((word) => Buffer.from(word)))

async function askAll(connection: RawConnection, requests: readonly Words[]): Promise<Buffer[]> {
  connection.send(Buffer.concat(requests.map(encode)))
  return connection.read(requests.length)
}

const bulk = (reply: Buffer): Buffer => reply.subarray(reply.indexOf('\n') + 1, -2)

/** The same dataset in a redis-server and in a Truedis. */
describe(`DUMP beside redis-server (seed ${seed})`, () => {
  const { requests, exact, equivalent } = dataset(new SeededRandom(seed))
  let pair: Pair
  let redis: RawConnection
  let subject: RawConnection

  beforeAll(async () => {
    pair = await Pair.start()
    const connection = await pair.connect()
    redis = connection.redis
    subject = connection.subject
    await Promise.all([askAll(redis, requests), askAll(subject, requests)])
  })

  afterAll(async () => {
    redis?.destroy()
    subject?.destroy()
    await pair?.stop()
  })

  const digest = async (key: string): Promise<string> => {
    const [reply] = await askAll(redis, [['DEBUG', 'DIGEST-VALUE', key]])
    return decodeReply(reply).items?.[0]?.text ?? ''
  }

  test.each(exact.map((key) => [printable(Buffer.from(key)), key]))(
    'the payload of %s is Redis’s, byte for byte',
    async (_name, key) => {
      const [[ours], [theirs]] = await Promise.all([askAll(subject, [['DUMP', key]]), askAll(redis, [['DUMP', key]])])
      expect(printable(bulk(ours), 100_000)).toBe(printable(bulk(theirs), 100_000))
    },
  )

  test('what is laid out in another way is the same value when Redis restores it', async () => {
    for (const key of [...exact, ...equivalent]) {
      const [ours] = await askAll(subject, [['DUMP', key]])
      const [restored] = await askAll(redis, [['RESTORE', 'restored', '0', bulk(ours), 'REPLACE']])
      expect([key, restored.toString()]).toEqual([key, '+OK\r\n'])
      expect([key, await digest('restored')]).toEqual([key, await digest(key)])
    }
  })

  test('a missing key has none', async () => {
    expect((await askAll(subject, [['DUMP', 'missing']]))[0].toString()).toBe('$-1\r\n')
  })
})
