import { readInt64, readSafeInteger } from '../base/index.js'
import type { Database, Keyspace } from '../keyspace/index.js'
import { Layout, Type } from '../values/index.js'

/** Longer strings have an allocation of their own in Redis. */
const embeddedBytesMax = 44

/** The encoding that Redis would give to the value of an entry, as OBJECT ENCODING names it. */
export function encodingOf(keyspace: Keyspace, db: Database, ref: number): string {
  const type = db.type(ref)
  if (type !== Type.string) return keyspace.views.of(type).open(ref, null).encoding
  const layout = db.stringLayout(ref)
  if (layout === Layout.edited) return 'raw'
  const value = db.stringAt(ref)
  if (layout !== Layout.text && readInt64(value) !== null) return 'int'
  return value.length <= embeddedBytesMax ? 'embstr' : 'raw'
}

/** Redis keeps one object for each of the integers below this. */
const sharedIntegers = 10_000
const sharedCount = 0x7fffffff

/** How many references to the value of an entry Redis would have: its small integers are shared by all. */
export function referencesTo(db: Database, ref: number): number {
  const isPlain = db.type(ref) === Type.string && db.stringLayout(ref) === Layout.plain
  const number = isPlain ? readSafeInteger(db.stringAt(ref)) : NaN
  return number >= 0 && number < sharedIntegers ? sharedCount : 1
}
