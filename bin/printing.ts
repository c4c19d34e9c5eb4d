import type { Reply } from '../src/resp/index.js'

/** A reply for a person: bytes as they are, names and values as lines of two columns. */
export function printed(reply: Reply): string | Buffer {
  if (Buffer.isBuffer(reply)) return Buffer.concat([reply, Buffer.from('\n')])
  return isPairs(reply) ? pairLines(pairsOf(reply)) : `${plain(reply)}\n`
}

const isPairs = (reply: Reply): reply is Reply[] | Map<Reply, Reply> =>
  reply instanceof Map || (Array.isArray(reply) && reply.length % 2 === 0)

/** A map of RESP3, or the flat list that stands for it in RESP2. */
function pairsOf(reply: Reply[] | Map<Reply, Reply>): [string, Reply][] {
  if (reply instanceof Map) return [...reply].map(([name, value]) => [plain(name), value])
  return Array.from({ length: reply.length / 2 }, (_, i) => [plain(reply[2 * i]), reply[2 * i + 1]])
}

function pairLines(pairs: readonly [string, Reply][]): string {
  const width = Math.max(0, ...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${plain(value)}\n`).join('')
}

function plain(reply: Reply): string {
  if (reply === null) return '-'
  if (Array.isArray(reply)) return reply.map(plain).join(', ')
  return String(reply)
}
