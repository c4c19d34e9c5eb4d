import { readInt64 } from '../base/index.js'
import type { Database, Keyspace } from '../keyspace/index.js'
import { Layout, Type } from '../values/index.js'

/** Longer strings have an allocation of their own in Redis. */
const embeddedBytesMax = 44

/** The encoding that Redis would give to the value of an entry, as OBJECT ENCODING names it. */
export function encodingOf(keyspace: Keyspace, db: Database, ref: number): string {
  if (db.type(ref) === Type.hash) return keyspace.hashes.open(ref, null).encoding
  const layout = db.stringLayout(ref)
  if (layout === Layout.edited) return 'raw'
  const value = db.stringAt(ref)
  if (layout !== Layout.text && readInt64(value) !== null) return 'int'
  return value.length <= embeddedBytesMax ? 'embstr' : 'raw'
}
