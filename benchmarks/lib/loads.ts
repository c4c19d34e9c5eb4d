import { encode, type RespClient } from './resp-client.js'
import { seeded } from './zipf.js'

/** Key number `index` as redis-benchmark writes it: 16 bytes, `key:000000000042`. */
export function keyAt(index: number, prefix = 'key'): string {
  return `${prefix}:${String(index).padStart(12, '0')}`
}

/** A value of so many bytes, the same for every key: servers compress nothing. */
export function valueOf(bytes: number): string {
  return 'x'.repeat(bytes)
}

/**
 * Writes keys 0 to `count` - 1, each once, with values of `valueBytes`; `options` follow as SET takes them. Up to 20,000
 * requests are unanswered at a time: the server always has more to read.
 */
export function loadKeys(client: RespClient, count: number, valueBytes: number, ...options: string[]): Promise<void> {
  const tail = encode('SET', keyAt(0), valueOf(valueBytes), ...options).split(keyAt(0))
  return client.pipeline(count, (index) => tail[0] + keyAt(index) + tail[1], { batchesInFlight: 40 })
}

/**
 * Writes keys 0 to `count` - 1, each once, with values of random letters that no file can compress: what a snapshot of
 * `valueOf` takes and how long says nothing of other values.
 */
export function loadRandomValues(client: RespClient, count: number, valueBytes: number): Promise<void> {
  const letters = randomLetters(65_536 + valueBytes)
  const valueAt = (index: number): string => {
    const from = (index * 7919) & 65_535
    return letters.slice(from, from + valueBytes)
  }
  const head = '*3\r\n$3\r\nSET\r\n$16\r\n'
  const requestAt = (index: number): string => `${head}${keyAt(index)}\r\n$${valueBytes}\r\n${valueAt(index)}\r\n`
  return client.pipeline(count, requestAt, { batchesInFlight: 40 })
}

function randomLetters(count: number): string {
  const random = seeded(1)
  return Array.from({ length: count }, () => String.fromCharCode(48 + Math.floor(random() * 74))).join('')
}

/** Reads `count` keys from number `first` on, each once. */
export function readKeys(client: RespClient, count: number, prefix: string, first = 0): Promise<void> {
  const [before, after] = encode('GET', keyAt(0, prefix)).split(keyAt(0, prefix))
  return client.pipeline(count, (index) => before + keyAt(first + index, prefix) + after)
}

/** Pairs that go into one HSET. */
const pairsMax = 100

/** Writes `hashes` hashes of `fields` fields of `fieldBytes` and 8-byte values: `fields` up to 100, or whole hundreds. */
export function loadHashes(client: RespClient, hashes: number, fields: number, fieldBytes: number): Promise<void> {
  const pairs = Math.min(fields, pairsMax)
  const requestsEach = fields / pairs
  const made =
    requestsEach > 10 ? [] : Array.from({ length: requestsEach }, (_, i) => pairsOf(i * pairs, pairs, fieldBytes))
  const head = `*${2 + pairs * 2}\r\n$4\r\nHSET\r\n$16\r\n`
  return client.pipeline(
    hashes * requestsEach,
    (index) => {
      const part = index % requestsEach
      const key = keyAt(Math.floor(index / requestsEach), 'hsh')
      return `${head}${key}\r\n${made[part] ?? pairsOf(part * pairs, pairs, fieldBytes)}`
    },
    { batchRequests: 50 },
  )
}

function pairsOf(from: number, count: number, fieldBytes: number): string {
  let text = ''
  for (let index = from; index < from + count; index++) {
    const field = `f${String(index).padStart(fieldBytes - 1, '0')}`
    text += `$${fieldBytes}\r\n${field}\r\n$8\r\n${String(index).padStart(8, 'v')}\r\n`
  }
  return text
}

/** Elements that go into one request. */
const elementsMax = 100

/** Pushes `count` elements of 16 bytes. */
export const loadList = (client: RespClient, key: string, count: number): Promise<void> =>
  loadElements(client, ['RPUSH', key], count, (index) => [keyAt(index, 'val')])

/** Adds `count` members of 16 bytes, or integers. */
export const loadSet = (client: RespClient, key: string, count: number, areIntegers = false): Promise<void> =>
  loadElements(client, ['SADD', key], count, (index) => [areIntegers ? String(index) : keyAt(index, 'mem')])

/** Adds `count` members of 16 bytes, their scores in no order. */
export const loadSortedSet = (client: RespClient, key: string, count: number): Promise<void> =>
  loadElements(client, ['ZADD', key], count, (index) => [String((index * 7919) % count), keyAt(index, 'mem')])

function loadElements(
  client: RespClient,
  head: readonly string[],
  count: number,
  wordsOf: (index: number) => readonly string[],
): Promise<void> {
  return client.pipeline(
    Math.ceil(count / elementsMax),
    (request) => {
      const from = request * elementsMax
      const size = Math.min(elementsMax, count - from)
      return encode(...head, ...Array.from({ length: size }, (_, i) => wordsOf(from + i)).flat())
    },
    { batchRequests: 50 },
  )
}
