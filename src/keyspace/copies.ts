import { Slice, borrowed } from '../base/index.js'
import { Flag, type Records, type Ref } from '../memory/index.js'
import { Type } from '../values/index.js'
import type { Database } from './database.js'
import { Expiry } from './effects.js'
import type { Keyspace, KeyspaceObserver } from './keyspace.js'

/*
 * A copy is an entry that an origin confirmed. Its record carries 48 bytes:
 *
 *   0   askedAt: monotonic milliseconds, a double; -Infinity is never
 *   8   answeredAt - askedAt, a float rounded down, so that an answer never looks younger than it is; -1: invalidated
 *   12  the validator: reference of a piece with two bytes of length and its bytes; 0 is none
 *   16  the digest of what the record holds, 32 bytes; all zero: not computed
 */

const digestBytes = 32

/** What is known of an entry's last confirmation. Filled, not made: looking allocates nothing but a validator's text. */
export interface Confirmation {
  /** Whether an origin ever filled or confirmed the entry: false for keys that were only written here. */
  known: boolean
  /** Monotonic milliseconds; -Infinity for never. */
  askedAtMs: number
  answeredAtMs: number
  /** Its source said that it changed: never served until a not-modified confirms it. */
  invalidated: boolean
}

/** A value as an origin gives it. */
export type OriginValue =
  | { readonly kind: 'string'; readonly bytes: Buffer }
  | { readonly kind: 'hash'; readonly fields: readonly (readonly [Buffer, Buffer])[] }

/** A value that stands in place of what is held under a key, until its call is over. */
interface Substitute {
  db: number
  readonly key: Slice
  readonly value: OriginValue | null
  /** What is held meanwhile, or 0; gone when the arena was reset since. */
  readonly held: Ref
  readonly resets: number
  /** The call wrote to the key: what it wrote stays. */
  isWritten: boolean
}

/** The origin engine's door to the keyspace: fills, confirms, and puts values in place for the length of a call. */
export class Copies implements KeyspaceObserver {
  readonly #keyspace: Keyspace
  readonly #records: Records
  readonly #piece = borrowed()
  #region = this.#piece.region
  readonly #substitutes: Substitute[] = []

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace
    this.#records = keyspace.records
  }

  /** Looks up `key` and tells what is known of its confirmation; false when there is no such key. */
  confirmation(db: number, key: Slice, into: Confirmation): boolean {
    const ref = this.#keyspace.databases[db].findAndRemember(key)
    if (ref === 0) return false
    into.known = (this.#records.flags(ref) & Flag.copy) !== 0
    into.invalidated = false
    into.askedAtMs = into.answeredAtMs = -Infinity
    if (!into.known || this.#isOutlived(db, key)) return true
    const { view } = this.#keyspace.arena.regions[ref >>> 20]
    const at = this.#records.confirmationAt(ref)
    const tookMs = view.getFloat32(at + 8, true)
    into.askedAtMs = view.getFloat64(at, true)
    into.invalidated = tookMs < 0
    into.answeredAtMs = into.invalidated ? -Infinity : into.askedAtMs + tookMs
    return true
  }

  /**
   * Whether the entry was last confirmed by a request that left after `atMs` (monotonic); false when there is no such key,
   * or its copy is invalidated. What a fresh read costs: it reads one number and allocates nothing.
   */
  isAskedAfter(db: number, key: Slice, atMs: number): boolean {
    const ref = this.#keyspace.databases[db].findAndRemember(key)
    if (ref === 0) return false
    const region = this.#keyspace.arena.regions[ref >>> 20]
    if ((region.words[((ref & 0xfffff) << 1) + 1] & Flag.copy) === 0) return false
    if (this.#isOutlived(db, key)) return false
    return region.view.getFloat64(this.#records.confirmationAt(ref), true) > atMs
  }

  /**
   * Whether fields of the hash under a key may be past their deadlines and not deleted yet: what is seen of it is not what was
   * confirmed. A replica goes by what its primary deletes.
   */
  #isOutlived(db: number, key: Slice): boolean {
    const { fieldDeadlines } = this.#keyspace.databases[db]
    if (fieldDeadlines.size === 0 || this.#keyspace.expiry !== Expiry.deletes) return false
    return fieldDeadlines.nearestMs(key) < this.#keyspace.nowMs
  }

  /** The digest that was confirmed or computed for the entry, or null. */
  knownDigest(db: number, key: Slice): Buffer | null {
    if (this.#isOutlived(db, key)) return null
    const at = this.#confirmationOf(this.#keyspace.databases[db].find(key))
    if (at < 0) return null
    const { bytes } = this.#region
    const digest = Buffer.from(bytes.subarray(at + 16, at + 16 + digestBytes))
    return digest.every((byte) => byte === 0) ? null : digest
  }

  /** The validator that came with exactly the bytes the entry holds, or null. */
  validator(db: number, key: Slice): string | null {
    if (this.#isOutlived(db, key)) return null
    const at = this.#confirmationOf(this.#keyspace.databases[db].find(key))
    const ref = at < 0 ? 0 : this.#region.view.getInt32(at + 12, true)
    if (ref === 0) return null
    const { view, bytes } = this.#keyspace.arena.regions[ref >>> 20]
    const start = (ref & 0xfffff) << 3
    return bytes.utf8Slice(start + 2, start + 2 + view.getUint16(start, true))
  }

  /** Notes that the origin confirmed the entry of `key`, which must be there. */
  confirm(
    db: number,
    key: Slice,
    askedAtMs: number,
    answeredAtMs: number,
    digest: Buffer | null,
    validator: string | null,
  ): void {
    const database = this.#keyspace.databases[db]
    const found = database.find(key)
    const flags = this.#records.flags(found)
    let ref = found
    if ((flags & Flag.copy) === 0) {
      ref = this.#records.reshape(found, flags | Flag.copy)
      this.#keyspace.copyCount++
      database.recordMoved(ref)
      this.#clear(ref)
    } else this.#keyspace.freeValidator(ref)
    const piece = validator === null ? 0 : this.#writeValidator(validator)
    const region = this.#keyspace.arena.regions[ref >>> 20]
    const at = this.#records.confirmationAt(ref)
    region.view.setFloat64(at, askedAtMs, true)
    region.view.setFloat32(at + 8, roundDown(answeredAtMs - askedAtMs), true)
    region.view.setInt32(at + 12, piece, true)
    if (digest === null) region.bytes.fill(0, at + 16, at + 16 + digestBytes)
    else region.bytes.set(digest, at + 16)
  }

  /** Keeps a digest that was computed from what the entry holds now. */
  keepDigest(db: number, key: Slice, digest: Buffer): void {
    const at = this.#confirmationOf(this.#keyspace.databases[db].find(key))
    if (at >= 0) this.#region.bytes.set(digest, at + 16)
  }

  /** Forbids serving the copy until its origin confirms it; its bytes stay. False when there is no such copy. */
  invalidate(db: number, key: Slice): boolean {
    const database = this.#keyspace.databases[db]
    const ref = database.find(key)
    if (ref === 0) return false
    let at = this.#confirmationOf(ref)
    if (at < 0) {
      // written here and never confirmed: from now on it is a copy that may not be served
      this.confirm(db, key, -Infinity, -Infinity, null, null)
      at = this.#confirmationOf(database.find(key))
    }
    this.#region.view.setFloat64(at, -Infinity, true)
    this.#region.view.setFloat32(at + 8, -1, true)
    return true
  }

  /**
   * Stores what the origin returned. A deadline of 0 is none.
   *
   * @throws {OutOfMemory} what is held now is no half value, but it is not confirmed
   */
  fill(db: number, key: Slice, value: OriginValue, expireAtMs: number): void {
    const database = this.#keyspace.databases[db]
    if (value.kind === 'string') {
      const to = database.setStringSpace(key, value.bytes.length)
      to.region.bytes.set(value.bytes, to.start)
      database.changed('set', key)
    } else {
      database.delete(key)
      if (database.fieldDeadlines.size > 0) this.#forgetDeadlines(database, key)
      this.#writeFields(db, key, value.fields)
      database.changed('hset', key, value.fields.length)
    }
    if (expireAtMs !== 0) {
      database.setDeadline(key, expireAtMs)
      database.changed('expire', key)
    }
    this.#tellFill(db, key, value, expireAtMs)
  }

  /** Fields that a key had are gone, and what was noted of their deadlines. */
  #forgetDeadlines({ fieldDeadlines }: Database, key: Slice): void {
    fieldDeadlines.begin(key)
    fieldDeadlines.end(key, Infinity)
  }

  /** A string is one command, a hash one transaction. */
  #tellFill(db: number, key: Slice, value: OriginValue, expireAtMs: number): void {
    const { effects } = this.#keyspace
    if (effects === null) return
    if (value.kind === 'string') {
      effects.add(db, ['SET', key, value.bytes, ...(expireAtMs === 0 ? [] : ['PXAT', expireAtMs])])
      return
    }
    effects.begin()
    effects.add(db, ['DEL', key])
    if (value.fields.length > 0) effects.add(db, ['HSET', key, ...value.fields.flat()])
    if (expireAtMs !== 0 && value.fields.length > 0) effects.add(db, ['PEXPIREAT', key, expireAtMs])
    effects.end()
  }

  /** Deletes the copy because the origin says that there is no such key. */
  drop(db: number, key: Slice): void {
    const database = this.#keyspace.databases[db]
    if (!database.delete(key)) return
    this.#keyspace.effects?.deleted(db, key)
    database.changed('del', key)
  }

  /**
   * Puts a value, or with null its absence, in place of what is under `key`, without a trace; undone by the result,
   * unless the call changed the key: then what it left stays, as the result of any other write.
   *
   * @throws {OutOfMemory} nothing has changed
   */
  substitute(db: number, key: Slice, value: OriginValue | null): () => void {
    const database = this.#keyspace.databases[db]
    const { resets } = this.#keyspace.arena
    const substitute: Substitute = { db, key, value, held: database.exchange(key, 0), resets, isWritten: false }
    const undo = (): void => this.#takeAway(substitute)
    const { onNew } = this.#keyspace
    this.#keyspace.onNew = null
    try {
      if (value?.kind === 'string') {
        const to = database.setStringSpace(key, value.bytes.length)
        to.region.bytes.set(value.bytes, to.start)
      } else if (value !== null) this.#writeFields(db, key, value.fields)
    } catch (error) {
      undo()
      throw error
    } finally {
      this.#keyspace.onNew = onNew
    }
    this.#substitutes.push(substitute)
    this.#keyspace.setInterest(this, this.#substitutes.length)
    return undo
  }

  keyChanged(db: number, key: Slice): void {
    for (const one of this.#substitutes) {
      if (one.isWritten || one.db !== db || !one.key.equals(key)) continue
      one.isWritten = true
      this.#tellBase(db, key, one.value)
    }
  }

  /** Whoever repeats a call that wrote to a value in passing is to have that value first. */
  #tellBase(db: number, key: Slice, value: OriginValue | null): void {
    if (value !== null) this.#tellFill(db, key, value, 0)
    else this.#keyspace.effects?.deleted(db, key)
  }

  flushed(db: number): void {
    for (const one of this.#substitutes) if (one.db === db) one.isWritten = true
  }

  swapped(a: number, b: number): void {
    for (const one of this.#substitutes) {
      if (one.db === a) one.db = b
      else if (one.db === b) one.db = a
    }
  }

  #takeAway(substitute: Substitute): void {
    const { db, key, held, resets, isWritten } = substitute
    const keyspace = this.#keyspace
    const at = this.#substitutes.indexOf(substitute)
    if (at >= 0) this.#substitutes.splice(at, 1)
    keyspace.setInterest(this, this.#substitutes.length)
    if (resets !== keyspace.arena.resets) return
    const superseded = isWritten ? held : keyspace.databases[db].exchange(key, held)
    if (superseded !== 0) keyspace.freeRecord(superseded)
  }

  /**
   * Calls `visit` with each field and value of a hash, or null and the bytes of a string. Not at all where there is no such
   * key, or a value of another type, whose bytes mean nothing outside.
   */
  visitValue(db: number, key: Slice, visit: (field: Slice | null, value: Slice) => void): void {
    const database = this.#keyspace.databases[db]
    const ref = database.find(key)
    if (ref === 0) return
    const type = database.type(ref)
    if (type === Type.hash) this.#keyspace.hashes.open(ref, null).forEach(visit)
    else if (type === Type.string) visit(null, this.#records.value(ref, this.#piece))
  }

  /** A copy of what is held; null where that takes more than `bytesMax`, is missing, or is no string and no hash. */
  read(db: number, key: Slice, bytesMax = Infinity): OriginValue | null {
    const fields: [Buffer, Buffer][] = []
    let value: OriginValue | null = null
    let size = 0
    this.visitValue(db, key, (field, content) => {
      size += content.length + (field?.length ?? 0)
      if (size > bytesMax) return
      if (field === null) value = { kind: 'string', bytes: content.toBuffer() }
      else fields.push([field.toBuffer(), content.toBuffer()])
    })
    if (size > bytesMax) return null
    return fields.length > 0 ? { kind: 'hash', fields } : value
  }

  /** Where the confirmation of the entry stands in `#region`, or -1. */
  #confirmationOf(ref: Ref): number {
    if (ref === 0 || (this.#records.flags(ref) & Flag.copy) === 0) return -1
    this.#region = this.#keyspace.arena.regions[ref >>> 20]
    return this.#records.confirmationAt(ref)
  }

  #clear(ref: Ref): void {
    const at = this.#records.confirmationAt(ref)
    this.#keyspace.arena.regions[ref >>> 20].bytes.fill(0, at, at + 48)
  }

  #writeValidator(text: string): Ref {
    const bytes = Buffer.from(text)
    const ref = this.#keyspace.arena.allocate(2 + bytes.length)
    const region = this.#keyspace.arena.regions[ref >>> 20]
    const start = (ref & 0xfffff) << 3
    region.view.setUint16(start, bytes.length, true)
    region.bytes.set(bytes, start + 2)
    return ref
  }

  #writeFields(db: number, key: Slice, fields: readonly (readonly [Buffer, Buffer])[]): void {
    if (fields.length === 0) return
    const database = this.#keyspace.databases[db]
    const hash = database.hashForInsert(key)
    try {
      for (const [field, value] of fields) hash.set(Slice.from(field), Slice.from(value))
    } catch (error) {
      database.delete(key)
      throw error
    }
  }
}

/** The largest float that is not above `ms`. */
function roundDown(ms: number): number {
  if (!(ms > 0)) return 0
  const rounded = Math.fround(ms)
  return rounded <= ms ? rounded : Math.fround(ms * (1 - 2 ** -23))
}
