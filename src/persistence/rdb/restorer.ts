import { Crc64, type Slice } from '../../base/index.js'
import type { RestoredValue, Restorer } from '../../command/index.js'
import { Draft, type Database, type Keyspace } from '../../keyspace/index.js'
import { Type, type HashValue, type ListValue, type SetValue, type SortedSetValue, type StreamValue } from '../../values/index.js' // prettier-ignore
import { ValueType, brokenForm, checksumBytes, isReadVersion, payloadTrailerBytes, redis70Version } from './format.js'
import { Input, TextSlot, incomplete } from './input.js'
import { RdbError } from './rdb-error.js'
import { ValueReaders } from './reading/value-readers.js'
import type { ValueTarget } from './reading/value-reader.js'

/** Makes values of DUMP's payloads, of any version that snapshots are read in. */
export class ValueRestorer implements Restorer {
  readonly #keyspace: Keyspace
  readonly #readers = new ValueReaders()
  readonly #text = new TextSlot()
  readonly #crc = new Crc64()
  readonly #refused: (why: string) => void
  skipsChecksums = false

  /** @param refused told what is wrong with a payload that no value could be made of */
  constructor(keyspace: Keyspace, refused: (why: string) => void = () => {}) {
    this.#keyspace = keyspace
    this.#refused = refused
  }

  elsewhere(keyspace: Keyspace): ValueRestorer {
    const other = new ValueRestorer(keyspace, this.#refused)
    other.skipsChecksums = this.skipsChecksums
    return other
  }

  isWhole(payload: Slice): boolean {
    if (payload.length < payloadTrailerBytes || !isReadVersion(versionOf(payload))) return false
    if (this.skipsChecksums) return true
    const { bytes } = payload.region
    const sumAt = payload.start + payload.length - checksumBytes
    return this.#crc.reset().update(bytes, payload.start, sumAt).equals(bytes, sumAt)
  }

  restore(key: Slice, payload: Slice): RestoredValue | null {
    const end = payload.start + payload.length - payloadTrailerBytes
    const input = Input.of(payload.region, payload.start, end)
    const version = versionOf(payload)
    const isOfRedis70 = version <= redis70Version
    let type = -1
    try {
      type = input.byte()
      if (type === ValueType.string) return new RestoredString(key, input.string(this.#text), isOfRedis70)
      return this.#restoreCollection(key, type, version, input)
    } catch (error) {
      if (error !== incomplete && !(error instanceof RdbError)) throw error
      const reason = error instanceof RdbError ? error.reason : 'it ends early'
      this.#refused(brokenForm(type, reason))
      return null
    }
  }

  #restoreCollection(key: Slice, type: number, version: number, input: Input): RestoredValue {
    const keyspace = this.#keyspace
    const reader = this.#readers.begin(type, version)
    const view = keyspace.views.of(reader.type)
    const target = new DraftTarget(keyspace)
    let isEmpty = false
    const draft = Draft.make(keyspace, view, key, () => {
      reader.read(input, target)
      isEmpty = view.length === 0 && reader.type !== Type.stream
    })
    if (!isEmpty) return new RestoredCollection(key, draft, target.nearestMs, version <= redis70Version)
    draft.discard()
    throw new RdbError('it is empty')
  }
}

/** The version that a payload says of itself. */
const versionOf = ({ region, start, length }: Slice): number =>
  region.view.getUint16(start + length - payloadTrailerBytes, true)

/** The draft that the keyspace's views are turned to. */
class DraftTarget implements ValueTarget {
  readonly #keyspace: Keyspace
  /** The nearest deadline of a field. */
  nearestMs = Infinity

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace
  }

  hash(): HashValue {
    return this.#keyspace.views.hashes
  }

  list(): ListValue {
    return this.#keyspace.views.lists
  }

  set(): SetValue {
    return this.#keyspace.views.sets
  }

  sortedSet(): SortedSetValue {
    return this.#keyspace.views.sortedSets
  }

  stream(): StreamValue {
    return this.#keyspace.views.streams
  }

  noteFieldDeadline(atMs: number): void {
    this.nearestMs = Math.min(this.nearestMs, atMs)
  }
}

class RestoredString implements RestoredValue {
  readonly #key: Slice
  readonly #value: Slice
  readonly isOfRedis70: boolean
  readonly hasFieldDeadlines = false

  constructor(key: Slice, value: Slice, isOfRedis70: boolean) {
    this.#key = key
    this.#value = value
    this.isOfRedis70 = isOfRedis70
  }

  store(db: Database): void {
    db.setString(this.#key, this.#value)
  }

  discard(): void {}
}

class RestoredCollection implements RestoredValue {
  readonly #key: Slice
  readonly #draft: Draft
  readonly #nearestMs: number
  readonly isOfRedis70: boolean

  constructor(key: Slice, draft: Draft, nearestMs: number, isOfRedis70: boolean) {
    this.#key = key
    this.#draft = draft
    this.#nearestMs = nearestMs
    this.isOfRedis70 = isOfRedis70
  }

  get hasFieldDeadlines(): boolean {
    return this.#nearestMs !== Infinity
  }

  store(db: Database): void {
    if (this.hasFieldDeadlines) {
      try {
        db.fieldDeadlines.note(this.#key, this.#nearestMs)
      } catch (error) {
        this.discard()
        throw error
      }
    }
    db.store(this.#key, this.#draft)
  }

  discard(): void {
    this.#draft.discard()
  }
}
