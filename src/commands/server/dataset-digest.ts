import { createHash } from 'node:crypto'
import { Slice, formatDouble } from '../../base/index.js'
import type { Database, Keyspace } from '../../keyspace/index.js'
import { Type, idTextBytesMax } from '../../values/index.js'

/*
 * DEBUG DIGEST: a sum of SHA-1s over the dataset, that tests compare between servers. Not the digest that origins are
 * asked by. Where order must not matter sums are xored; where it must, each step hashes the sum so far.
 */

const sumBytes = 20
const dot = 46

/** The numbers that Redis gives to types in memory; not those of its snapshots. */
const typeNumber = new Map<number, number>([
  [Type.string, 0],
  [Type.list, 1],
  [Type.set, 2],
  [Type.zset, 3],
  [Type.hash, 4],
  [Type.stream, 6],
])

const sha1 = (bytes: Uint8Array): Buffer => createHash('sha1').update(bytes).digest()

const view = ({ region, start, length }: Slice): Buffer => region.bytes.subarray(start, start + length)

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** sum = sum xor SHA1(bytes) */
function xorSum(sum: Buffer, bytes: Uint8Array): void {
  const hash = sha1(bytes)
  for (let i = 0; i < sumBytes; i++) sum[i] ^= hash[i]
}

/** sum = SHA1(sum xor SHA1(bytes)) */
function mixSum(sum: Buffer, bytes: Uint8Array): void {
  xorSum(sum, bytes)
  sha1(sum).copy(sum)
}

/** Entries in their order; groups are left out. */
function mixStream(keyspace: Keyspace, ref: number, sum: Buffer): void {
  const cursor = keyspace.views.streams.open(ref, null).walk()
  const id = Buffer.alloc(idTextBytesMax)
  while (cursor.next()) {
    const { entry } = cursor
    mixSum(sum, id.subarray(0, entry.id.write(id, 0, dot)))
    for (let left = entry.fieldCount; left > 0; left--) {
      entry.readPair()
      mixSum(sum, view(entry.field))
      mixSum(sum, view(entry.value))
    }
  }
}

/** Adds the value of an entry, and whether it has a deadline, to `sum`. */
function addValue(keyspace: Keyspace, ref: number, sum: Buffer): void {
  const { records } = keyspace
  const type = records.flags(ref) & 0x07
  mixSum(sum, bigEndian(typeNumber.get(type)!))
  if (type === Type.hash) {
    keyspace.hashes.open(ref, null).forEach((field, value, deadlineMs) => {
      const element = Buffer.alloc(sumBytes)
      mixSum(element, view(field))
      mixSum(element, view(value))
      // as Redis 7.4 and 8 do; Valkey 9 leaves deadlines of fields out of its sum
      if (deadlineMs !== 0) xorSum(element, Buffer.from('!!hexpire!!'))
      xorSum(sum, element)
    })
  } else if (type === Type.list) {
    const list = keyspace.views.lists.open(ref, null)
    list.walk(0, list.length, true, (element) => mixSum(sum, view(element)))
  } else if (type === Type.set) keyspace.views.sets.open(ref, null).forEach((member) => xorSum(sum, view(member)))
  else if (type === Type.stream) mixStream(keyspace, ref, sum)
  else if (type === Type.zset) {
    keyspace.views.sortedSets.open(ref, null).forEach((member, score) => {
      const element = Buffer.alloc(sumBytes)
      mixSum(element, view(member))
      mixSum(element, Buffer.from(formatDouble(score)))
      xorSum(sum, element)
    })
  } else mixSum(sum, view(records.value(ref, new Slice(keyspace.arena.regions[ref >>> 20]))))
  if (records.deadline(ref) !== 0) xorSum(sum, Buffer.from('!!expire!!'))
}

/** DEBUG DIGEST-VALUE: of one value; zeros for a missing key. */
export function valueDigest(keyspace: Keyspace, db: Database, key: Slice): string {
  const sum = Buffer.alloc(sumBytes)
  const ref = db.findInMemory(key)
  if (ref !== 0) addValue(keyspace, ref, sum)
  return sum.toString('hex')
}

/** DEBUG DIGEST: of all databases, keys past their deadline and not yet swept included. */
export function datasetDigest(keyspace: Keyspace): string {
  const sum = Buffer.alloc(sumBytes)
  for (const db of keyspace.databases) {
    if (db.size === 0) continue
    mixSum(sum, bigEndian(db.index))
    db.forEach((key, ref) => {
      const entry = Buffer.alloc(sumBytes)
      mixSum(entry, view(key))
      addValue(keyspace, ref, entry)
      xorSum(sum, entry)
    })
  }
  return sum.toString('hex')
}
