import RedisParser from 'redis-parser'
import Resp from 'respjs'
import { SeededRandom } from '../../src/base/index.js'
import { scripts } from '../differential/scripts/index.js'
import { argumentsOf } from '../support/command-line.js'
import { RawConnection } from '../support/raw-connection.js'
import { decodeReply, encodeRequest, type Reply } from '../support/resp-frames.js'
import { startServer, subjectKind, type RunningServer } from '../support/servers.js'

/** A reply in the one form that all three decoders can be brought to. */
type Plain = string | number | null | { readonly error: string } | readonly Plain[]

const fromUtf8 = (text: string): string => Buffer.from(text).toString('latin1')

/** Beyond 2^53 each decoder rounds in its own way, so that only the sign is left to agree on. */
const numberOf = (value: number): number => (Number.isSafeInteger(value) ? value : Math.sign(value) * Infinity)

/** redis-parser gives simple strings as bytes, respjs as text. */
function plainOf(value: unknown): Plain {
  if (value === null) return null
  if (typeof value === 'number') return numberOf(value)
  if (Array.isArray(value)) return value.map(plainOf)
  if (Buffer.isBuffer(value)) return value.toString('latin1')
  if (typeof value === 'string') return fromUtf8(value)
  if (value instanceof Error) return { error: value.message }
  throw new Error(`not a RESP2 value: ${String(value)}`)
}

function ownPlainOf({ kind, text, items }: Reply): Plain {
  if (items !== null) return items.map(ownPlainOf)
  if (kind === ':') return numberOf(Number(text))
  return kind === '-' ? { error: Buffer.from(text ?? '', 'latin1').toString() } : text
}

function byRedisParser(chunks: readonly Buffer[]): Plain[] {
  const replies: Plain[] = []
  const parser = new RedisParser({
    returnReply: (reply) => replies.push(plainOf(reply)),
    returnError: (error) => replies.push(plainOf(error)),
    returnFatalError(error) {
      throw error
    },
    returnBuffers: true,
  })
  for (const chunk of chunks) parser.execute(chunk)
  return replies
}

function byRespjs(chunks: readonly Buffer[]): Plain[] {
  const replies: Plain[] = []
  const resp = new Resp({ bufBulk: true })
  resp.on('data', (reply) => {
    nameErrors(reply)
    replies.push(plainOf(reply))
  })
  resp.on('error', (error) => {
    throw error
  })
  for (const chunk of chunks) resp.write(chunk)
  return replies
}

/** respjs splits an error's first word off as its name, inside arrays as well. */
function nameErrors(reply: unknown): void {
  if (Array.isArray(reply)) reply.forEach(nameErrors)
  else if (reply instanceof Error && reply.name !== 'Error') reply.message = `${reply.name} ${reply.message}`
}

/** The bytes in pieces whose lengths are drawn from `random`, as a network would cut them. */
function cut(bytes: Buffer, random: SeededRandom): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + random.below(random.below(2) === 0 ? 8 : 20_000)
    chunks.push(bytes.subarray(at, end))
    at = end
  }
  return chunks
}

describe('replies under RESP2 are read alike by redis-parser, respjs and the tests’ own reader', () => {
  let server: RunningServer

  beforeAll(async () => {
    server = await startServer(subjectKind)
  })

  afterAll(() => server?.stop())

  for (const [group, themes] of Object.entries(scripts)) {
    test.each(Object.entries(themes))(`${group}: %s`, async (_, lines) => {
      // What closes the connection or changes its protocol has tests of its own.
      const requests = lines.map(argumentsOf).filter(([name]) => !/^(quit|hello)$/i.test(String(name)))
      const connection = await RawConnection.open(server.port)
      connection.send(Buffer.concat([['FLUSHALL'], ...requests].map(encodeRequest)))
      const replies = (await connection.read(requests.length + 1)).slice(1)
      connection.destroy()
      expect(replies.length).toBe(requests.length)
      const chunks = cut(Buffer.concat(replies), new SeededRandom(lines.length))
      const expected = replies.map((reply) => ownPlainOf(decodeReply(reply)))
      expect(byRedisParser(chunks)).toEqual(expected)
      expect(byRespjs(chunks)).toEqual(expected)
    })
  }
})
