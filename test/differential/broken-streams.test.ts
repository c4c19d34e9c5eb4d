import { SeededRandom } from '../../src/base/index.js'
import { RawConnection } from '../support/raw-connection.js'
import { encodeRequest, printable } from '../support/resp-frames.js'
import { describeWithRedis } from '../support/servers.js'
import { Pair } from './pair.js'

const streamsPerSeed = 500

/** Requests that do no harm, however they are broken. */
const requests = [
  'PING',
  'PING again',
  'ECHO x',
  'SET k v',
  'GET k',
  'INCR n',
  'HSET h f v',
  'HGETALL h',
  'MGET k n',
  'DEL k',
].map((line) => line.split(' '))

/** Bytes that mean something to the parser. NUL is none of them: Redis waits for ever for the end of a line with one. */
const edges = Buffer.from('\r\n$*"\'\\ 0123456789-+:aZ\xff', 'latin1')

/**
 * Follows each stream, so that what a wrong length swallows is here, and ends with a reply that is known. Requests are
 * far shorter than lengths can get, so that every stream comes to its end or to a protocol error.
 */
const filler = Buffer.concat(Array.from({ length: 60 }, () => encodeRequest(['ECHO', 'filler'])))
const last = encodeRequest(['ECHO', 'the-end'])
const lastReply = Buffer.from('$7\r\nthe-end\r\n')

function brokenStream(random: SeededRandom): Buffer {
  const parts: Buffer[] = []
  for (let count = 1 + random.below(4); count > 0; count--) {
    const request = requests[random.below(requests.length)]
    parts.push(random.below(3) === 0 ? Buffer.from(`${request.join(' ')}\r\n`) : encodeRequest(request))
  }
  let stream: Buffer = Buffer.concat(parts)
  for (let count = random.below(4); count > 0; count--) stream = broken(stream, random)
  return stream
}

/** One byte replaced, left out or put in, or a piece repeated. */
function broken(stream: Buffer, random: SeededRandom): Buffer {
  const at = random.below(stream.length)
  const byte = edges.subarray(random.below(edges.length)).subarray(0, 1)
  const [before, after] = [stream.subarray(0, at), stream.subarray(at)]
  const way = random.below(4)
  if (way === 0) return Buffer.concat([before, byte, after.subarray(1)])
  if (way === 1) return Buffer.concat([before, after.subarray(1)])
  if (way === 2) return Buffer.concat([before, byte, after])
  return Buffer.concat([before, after.subarray(0, 1 + random.below(12)), after])
}

/** Numbers so large that the filler could not fill what they announce. */
const announcesMuch = (stream: Buffer): boolean => /[$*]\d{3,}/.test(stream.toString('latin1'))

describeWithRedis('streams broken at random', () => {
  let pair: Pair

  beforeAll(async () => {
    pair = await Pair.start()
  })

  afterAll(() => pair?.stop())

  async function answers(port: number, stream: Buffer): Promise<string[]> {
    const connection = await RawConnection.open(port)
    connection.send(Buffer.concat([stream, filler, last]))
    const replies = await connection.readUntil(lastReply)
    connection.destroy()
    return replies.map((reply) => printable(reply))
  }

  test.each([1, 2, 3])('seed %d: both answer the same, and close or stay alike', async (seed) => {
    const random = new SeededRandom(seed)
    for (let i = 0; i < streamsPerSeed; i++) {
      const stream = brokenStream(random)
      if (announcesMuch(stream)) continue
      const [redis, subject] = await Promise.all([pair.redis, pair.subject].map(({ port }) => answers(port, stream)))
      if (redis.join() !== subject.join())
        expect([printable(stream), ...subject]).toEqual([printable(stream), ...redis])
    }
  })
})
