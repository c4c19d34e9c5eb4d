import type { Folder } from './folder-server.js'
import type { Words } from './random-dataset.js'

const databases = 16

/** What reads a whole value of a type; what has no order of its own is put in one. */
const readers: Readonly<Record<string, (key: string) => Words>> = {
  string: (key) => ['GET', key],
  list: (key) => ['LRANGE', key, '0', '-1'],
  set: (key) => ['SMEMBERS', key],
  zset: (key) => ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
  hash: (key) => ['HGETALL', key],
  stream: (key) => ['XINFO', 'STREAM', key, 'FULL', 'COUNT', '0'],
}

/** How a server keeps a stream, and when it last saw a consumer, which commands do not say. */
const passing = /\$(15\r\nradix-tree-keys|16\r\nradix-tree-nodes|9\r\nseen-time)\r\n:\d+\r\n/g

/** How far groups have read, which the append-only file of Redis 7.0 does not say of what XREADGROUP acknowledges later. */
const counts = /\$(12\r\nentries-read|3\r\nlag)\r\n(:\d+|\$-1)\r\n/g

/**
 * All that a server holds: database, key, type, deadline and value of each, sorted.
 *
 * @param isCounted whether it is to be known how far groups have read
 */
export async function readAll(folder: Folder, isCounted = true): Promise<string[]> {
  const found: string[] = []
  for (let database = 0; database < databases; database++) {
    await folder.say('SELECT', String(database))
    const keys = stringsOf(await folder.say('KEYS', '*')).sort()
    if (keys.length === 0) continue
    const types = await folder.sayAll(keys.map((key) => ['TYPE', key]))
    const deadlines = await folder.sayAll(keys.map((key) => ['PEXPIRETIME', key]))
    const values = await folder.sayAll(keys.map((key, i) => readers[types[i].slice(1, -2)](key)))
    for (const [i, key] of keys.entries()) {
      const type = types[i].slice(1, -2)
      const value = plain(type, values[i])
      const shown = isCounted ? value : value.replace(counts, '')
      found.push(`${database} ${key} ${type} ${deadlines[i].slice(1, -2)} ${shown}`)
    }
  }
  await folder.say('SELECT', '0')
  return found
}

/** The strings of an array, as text whose code units are bytes. */
function stringsOf(reply: string): string[] {
  const found: string[] = []
  for (let at = reply.indexOf('\n') + 1; at < reply.length;) {
    const from = reply.indexOf('\n', at) + 1
    const end = from + Number(reply.slice(at + 1, from - 2))
    found.push(reply.slice(from, end))
    at = end + 2
  }
  return found
}

function plain(type: string, value: string): string {
  if (type === 'set') return JSON.stringify(stringsOf(value).sort())
  return type === 'hash' ? sortedPairs(value) : value.replace(passing, '')
}

function sortedPairs(reply: string): string {
  const words = stringsOf(reply)
  const pairs = Array.from({ length: words.length / 2 }, (_, i) => JSON.stringify([words[i * 2], words[i * 2 + 1]]))
  return pairs.sort().join()
}
