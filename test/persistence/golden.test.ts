import { Slice } from '../../src/base/index.js'
import { datasetDigest } from '../../src/commands/server/dataset-digest.js'
import type { Keyspace } from '../../src/keyspace/index.js'
import { goldens, vectorSet } from './goldens.js'
import { emptyKeyspace, load } from './loading.js'

/* Snapshots that servers wrote which tests cannot be expected to have, and what they said DEBUG DIGEST is. */

/**
 * Valkey 9.1.2, built from its source: every type in small, SET n 12345, a hash whose field has a deadline (HPEXPIREAT hf
 * 33000000000000 FIELDS 1 a), a stream with a group and a pending entry, a string with a deadline, a key of database 3.
 */
const valkey = [
  'VkFMS0VZMDgw+gp2YWxrZXktdmVyBTkuMS4y+gpyZWRpcy1iaXRzwED6BWN0aW1lwqkbCGv6CHVzZWQtbWVtwgAkFAD6CGFvZi1iYXNlwAD+AP',
  'sJAfwBEEdpAx4AAAABc8MKQFACYWJh4EIBAWFiAAFuwTkwEgFsAQIREQAAAAMAgWECAQHykO7+BP8UAnNzDw8AAAADAIFhAoFiAgcB/xEBehQU',
  'AAAABACBYQKDMS41BIFiAgIB/wsCc2kOAgAAAAMAAAABAAIALAEQAWgSEgAAAAQAgWYCgXYCgWcCBwH/FgJoZgIBYcABABBHaQMeAAABYsAC//',
  '////////8VAXgBEAAAAAAAAAABAAAAAAAAAAEtLQAAABEAAgEAAQEBgWYCAAECAQABAAGBdgIEAQABAQEAAQEBgWcCgXcCBgH/AgIBAQEAAAIB',
  'AWcBAQEBAAAAAAAAAAEAAAAAAAAAARULrBeiAQAAAQEBYxULrBeiAQAAFQusF6IBAAABAAAAAAAAAAEAAAAAAAAAAf4D+wEAAAVvdGhlcgJkYv',
  '9xu/LlQ0oU+g==',
].join('')

const atMs = 33_000_000_000_000

function deadlinesOf(keyspace: Keyspace, key: string): Record<string, number> {
  const found: Record<string, number> = {}
  const ref = keyspace.databases[0].findInMemory(Slice.from(key))
  keyspace.views.hashes.open(ref, null).forEach((field, _, deadlineMs) => {
    found[field.toLatin1()] = deadlineMs
  })
  return found
}

test.each(goldens)('a snapshot that $server wrote is the same data here', ({ digest, functions, base64 }) => {
  const keyspace = emptyKeyspace()
  const loader = load(keyspace, Buffer.from(base64.join(''), 'base64'), 7)
  expect(datasetDigest(keyspace)).toBe(digest)
  expect(loader.functions).toHaveLength(functions)
  const [db] = keyspace.databases
  if (db.findInMemory(Slice.from('hhtx')) !== 0) {
    expect(deadlinesOf(keyspace, 'hlpx')).toEqual({ a: atMs, b: 0 })
    expect(deadlinesOf(keyspace, 'hhtx')).toEqual({ a: atMs, b: atMs, c: atMs + 1, d: 0, e: 0 })
  }
  // what no digest tells
  const stream = keyspace.views.streams.open(db.findInMemory(Slice.from('x')), null)
  expect([stream.lastId.toString(), stream.groupCount]).toEqual(['3-1', 1])
  const group = stream.findGroup(Slice.from('g'))!
  expect([group.lastId.toString(), group.consumers.count, group.pending.size]).toEqual(['1-1', 2, 1])
})

test('what modules wrote is refused by the name of the module', () => {
  expect(() => load(emptyKeyspace(), Buffer.from(vectorSet, 'base64'))).toThrow(
    'data of the module vectorset cannot be read, at offset 84 under key "v"',
  )
})

test('a snapshot that Valkey 9.1.2 wrote is the same data here', () => {
  const keyspace = emptyKeyspace()
  load(keyspace, Buffer.from(valkey, 'base64'))
  expect(deadlinesOf(keyspace, 'hf')).toEqual({ a: atMs, b: 0 })
  keyspace.databases[0].delete(Slice.from('hf')) // Valkey leaves deadlines of fields out of the digest, Redis does not
  expect(datasetDigest(keyspace)).toBe('d4aaaa664fc7fd8a61ee89c70e6b55325bc8b81b')
})
