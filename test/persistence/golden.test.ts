import { Slice } from '../../src/base/index.js'
import { datasetDigest } from '../../src/commands/server/dataset-digest.js'
import { emptyKeyspace, load } from './loading.js'

/*
 * Snapshots that servers wrote which tests cannot be expected to have, in base64, and what they said DEBUG DIGEST is, without
 * the hash whose field has a deadline.
 */

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

test('a snapshot that Valkey 9.1.2 wrote is the same data here', () => {
  const keyspace = emptyKeyspace()
  load(keyspace, Buffer.from(valkey, 'base64'))
  const [db] = keyspace.databases
  const hash = Slice.from('hf')
  const fields: unknown[] = []
  keyspace.views.hashes
    .open(db.findInMemory(hash), null)
    .forEach((field, held, atMs) => fields.push([field.toLatin1(), held.toLatin1(), atMs]))
  expect(fields.sort()).toEqual([
    ['a', '1', 33_000_000_000_000],
    ['b', '2', 0],
  ])
  db.delete(hash) // Valkey adds something else to the digest for fields with deadlines than we do
  expect(datasetDigest(keyspace)).toBe('d4aaaa664fc7fd8a61ee89c70e6b55325bc8b81b')
})
