import { OutOfMemory, Slice, borrowed } from '../base/index.js'
import { Flag, type AgeLimit, type Records, type Ref } from '../memory/index.js'
import { Type } from '../values/index.js'
import {
  invalidated,
  makeEvidence,
  evidenceAt,
  isEvidenceOf,
  digestIn,
  validatorIn,
  readTimes,
  writeTimes,
  type Confirmation,
} from './confirmation.js'
import type { Database } from './database.js'
import { Expiry } from './effects.js'
import type { Keyspace, KeyspaceObserver } from './keyspace.js'

/** A value as an origin gives it. */
export type OriginValue =
  | { readonly kind: 'string'; readonly bytes: Buffer }
  | { readonly kind: 'hash'; readonly fields: readonly (readonly [Buffer, Buffer])[] }

export interface Evidence {
  readonly digest: Buffer | null
  /** What came with exactly these bytes. */
  readonly validator: string | null
}

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
  readonly #substitutes: Substitute[] = []

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace
    this.#records = keyspace.records
  }

  /** Looks up `key` and tells what is known of its confirmation; false when there is no such key. */
  confirmation(db: number, key: Slice, into: Confirmation): boolean {
    const database = this.#keyspace.databases[db]
    const ref = database.findAndRemember(key)
    if (ref === 0) return false
    into.known = (this.#records.flags(ref) & Flag.copy) !== 0
    into.invalidated = false
    into.askedAtMs = into.answeredAtMs = -Infinity
    if (!into.known || this.#isOutlived(database, key)) return true
    readTimes(this.#keyspace.arena.regions[ref >>> 20], this.#records.confirmationAt(ref), into)
    return true
  }

  /**
   * Whether the entry was last confirmed by a request that left after the limit; false when there is no such key, or its copy
   * is invalidated. What a fresh read costs: it reads one number and allocates nothing.
   */
  isAskedAfter(db: number, key: Slice, limit: AgeLimit): boolean {
    const database = this.#keyspace.databases[db]
    const ref = database.findAndRemember(key)
    return ref !== 0 && this.#records.isConfirmedAfter(ref, limit) && !this.#isOutlived(database, key)
  }

  /**
   * Whether fields of the hash under a key may be past their deadlines and not deleted yet: what is seen of it is not what was
   * confirmed. A replica goes by what its primary deletes.
   */
  #isOutlived({ fieldDeadlines }: Database, key: Slice): boolean {
    if (fieldDeadlines.size === 0 || this.#keyspace.expiry !== Expiry.deletes) return false
    return fieldDeadlines.nearestMs(key) < this.#keyspace.nowMs
  }

  /**
   * The digest and the validator of what the entry holds, as far as they are known; null where there is no such key, or it holds
   * another type.
   */
  evidence(db: number, key: Slice, kind: OriginValue['kind']): Evidence | null {
    const database = this.#keyspace.databases[db]
    const ref = database.find(key)
    if (ref === 0 || database.type(ref) !== (kind === 'string' ? Type.string : Type.hash)) return null
    const { arena } = this.#keyspace
    const evidence = this.#isOutlived(database, key) ? 0 : this.#evidenceOf(ref)
    return { digest: digestIn(arena, evidence), validator: validatorIn(arena, evidence) }
  }

  /** The digest that was confirmed or computed for the entry, or null. */
  knownDigest(db: number, key: Slice): Buffer | null {
    const database = this.#keyspace.databases[db]
    if (this.#isOutlived(database, key)) return null
    return digestIn(this.#keyspace.arena, this.#evidenceOf(database.find(key)))
  }

  /** The validator that came with exactly the bytes the entry holds, or null. */
  validator(db: number, key: Slice): string | null {
    const database = this.#keyspace.databases[db]
    if (this.#isOutlived(database, key)) return null
    return validatorIn(this.#keyspace.arena, this.#evidenceOf(database.find(key)))
  }

  /**
   * Notes that the origin confirmed the entry of `key`, if there still is one.
   *
   * @throws {OutOfMemory} what is known of its confirmation has not changed
   */
  confirm(
    db: number,
    key: Slice,
    askedAtMs: number,
    answeredAtMs: number,
    digest: Buffer | null,
    validator: string | null,
  ): void {
    const found = this.#keyspace.databases[db].find(key)
    if (found === 0) return
    const ref = this.#toCopy(db, found)
    this.#prove(ref, digest, validator)
    this.#writeTimes(ref, askedAtMs, Math.max(0, answeredAtMs - askedAtMs))
  }

  /** Keeps a digest that was computed from what the entry holds now; where there is no room it will be computed again. */
  keepDigest(db: number, key: Slice, digest: Buffer): void {
    const ref = this.#keyspace.databases[db].find(key)
    if (!this.#isCopy(ref)) return
    try {
      this.#prove(ref, digest, validatorIn(this.#keyspace.arena, this.#evidenceOf(ref)))
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error
    }
  }

  /** Forbids serving the copy until its origin confirms it; its bytes stay. False when there is no such copy. */
  invalidate(db: number, key: Slice): boolean {
    const database = this.#keyspace.databases[db]
    const ref = database.find(key)
    if (ref === 0) return false
    // what was written here and never confirmed is from now on a copy that may not be served
    this.#writeTimes(this.#toCopy(db, ref), -Infinity, invalidated)
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

  #isCopy(ref: Ref): boolean {
    return ref !== 0 && (this.#records.flags(ref) & Flag.copy) !== 0
  }

  /** A record that was just found, with room for a confirmation. */
  #toCopy(db: number, found: Ref): Ref {
    const database = this.#keyspace.databases[db]
    if (this.#isCopy(found)) return found
    const ref = this.#records.reshape(found, this.#records.flags(found) | Flag.copy)
    this.#keyspace.copyCount++
    database.recordMoved(ref)
    this.#keyspace.arena.regions[ref >>> 20].view.setInt32(this.#records.confirmationAt(ref) + evidenceAt, 0, true)
    this.#writeTimes(ref, -Infinity, 0)
    return ref
  }

  #writeTimes(ref: Ref, askedAtMs: number, tookMs: number): void {
    writeTimes(this.#keyspace.arena.regions[ref >>> 20], this.#records.confirmationAt(ref), askedAtMs, tookMs)
  }

  /** The evidence of the entry, or 0. */
  #evidenceOf(ref: Ref): Ref {
    if (!this.#isCopy(ref)) return 0
    return this.#keyspace.arena.regions[ref >>> 20].view.getInt32(this.#records.confirmationAt(ref) + evidenceAt, true)
  }

  /** Replaces the evidence of a copy. @throws {OutOfMemory} nothing has changed */
  #prove(ref: Ref, digest: Buffer | null, validator: string | null): void {
    const { arena } = this.#keyspace
    if (isEvidenceOf(arena, this.#evidenceOf(ref), digest, validator)) return
    const evidence = makeEvidence(arena, digest, validator)
    this.#keyspace.freeEvidence(ref)
    arena.regions[ref >>> 20].view.setInt32(this.#records.confirmationAt(ref) + evidenceAt, evidence, true)
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
