import { borrowed, type Slice } from '../../base/index.js'
import type { Records, Ref } from '../../memory/index.js'
import { IdTree, treeHeaderBytes } from './id-tree.js'
import { Names } from './names.js'
import { StreamId, idBytes } from './stream-id.js'

/*
 * A consumer group is a record under its name:
 *
 *   last delivered ID (16 bytes), entries read (64 bits, -1 unknown), pending entries (tree), consumers (Names)
 *
 * A consumer is a record under its name: when it was last seen (Unix milliseconds, a double), its pending entries (tree).
 * The group's tree says of each pending entry when it was delivered, how often, and to whom; the consumer's only which.
 * These records keep their length, so that references to them stay.
 */

const entriesReadAt = idBytes
const pendingAt = entriesReadAt + 8
const consumersAt = pendingAt + treeHeaderBytes
const groupBytes = consumersAt + 4

const ownAt = 8
const consumerBytes = ownAt + treeHeaderBytes

/** What goes with a pending entry, in words: time of delivery (a double), number of deliveries (64 bits), consumer. */
const deliveredAt = 0
const countAt = 2
const consumerAt = 4
export const pendingWords = 5

/** A view of one consumer at a time. */
export class StreamConsumer {
  readonly #records: Records
  readonly #value = borrowed()
  readonly #name = borrowed()
  /** IDs of its pending entries. */
  readonly pending: IdTree
  ref: Ref = 0

  constructor(records: Records) {
    this.#records = records
    this.pending = new IdTree(records.arena, 0)
  }

  open(ref: Ref): this {
    this.ref = ref
    const { region, start } = this.#records.value(ref, this.#value)
    this.pending.open(region.view, start + ownAt)
    return this
  }

  get name(): Slice {
    return this.#records.key(this.ref, this.#name)
  }

  /** Unix milliseconds. */
  get seenMs(): number {
    return this.#value.region.view.getFloat64(this.#value.start, true)
  }

  set seenMs(ms: number) {
    this.#value.region.view.setFloat64(this.#value.start, ms, true)
  }
}

/** A view of one consumer group at a time. */
export class StreamGroup {
  readonly #records: Records
  readonly #value = borrowed()
  readonly #name = borrowed()
  /** To change it, say so with `setLastId`. */
  readonly lastId = new StreamId()
  readonly consumers: Names
  /** The pending entries; what goes with the one at its place, see `deliveredMs` and so on. */
  readonly pending: IdTree
  readonly #consumer: StreamConsumer
  ref: Ref = 0

  constructor(records: Records) {
    this.#records = records
    this.consumers = new Names(records)
    this.pending = new IdTree(records.arena, pendingWords)
    this.#consumer = new StreamConsumer(records)
  }

  /** A new group, in no stream yet. @throws {OutOfMemory} */
  static create(records: Records, name: Slice): Ref {
    const ref = records.create(name, groupBytes, 0, 0)
    const { region, start } = records.value(ref, borrowed())
    region.bytes.fill(0, start, start + groupBytes)
    return ref
  }

  open(ref: Ref): this {
    this.ref = ref
    const { region, start } = this.#records.value(ref, this.#value)
    this.lastId.readBytes(region.view, start)
    this.pending.open(region.view, start + pendingAt)
    this.consumers.open(region.view, start + consumersAt)
    return this
  }

  get name(): Slice {
    return this.#records.key(this.ref, this.#name)
  }

  setLastId(id: StreamId): void {
    this.lastId.copy(id).writeBytes(this.#value.region.view, this.#value.start)
  }

  /** How many entries of the stream it has read, as far as that is known; -1 where it is not. */
  get entriesRead(): bigint {
    return this.#value.region.view.getBigInt64(this.#value.start + entriesReadAt, true)
  }

  set entriesRead(count: bigint) {
    this.#value.region.view.setBigInt64(this.#value.start + entriesReadAt, count, true)
  }

  /** Whether `entriesRead` is known. */
  get knowsEntriesRead(): boolean {
    const { view } = this.#value.region
    const at = this.#value.start + entriesReadAt
    return (view.getInt32(at, true) & view.getInt32(at + 4, true)) !== -1
  }

  countEntryRead(): void {
    addOne(this.#value.region.view, this.#value.start + entriesReadAt)
  }

  // --- consumers

  /** The consumer called `name`, made when it is missing. @throws {OutOfMemory} */
  addConsumer(name: Slice, nowMs: number): Ref {
    const records = this.#records
    const ref = records.create(name, consumerBytes, 0, 0)
    const { region, start } = records.value(ref, borrowed())
    region.bytes.fill(0, start, start + consumerBytes)
    region.view.setFloat64(start, nowMs, true)
    try {
      this.consumers.add(ref)
    } catch (error) {
      records.free(ref)
      throw error
    }
    return ref
  }

  /** Deletes a consumer with its pending entries; returns how many these were. */
  deleteConsumer(ref: Ref): number {
    const own = this.#consumer.open(ref).pending
    const count = own.size
    const id = new StreamId()
    for (let more = own.first(); more; more = own.next()) this.pending.delete(own.readId(id))
    this.consumers.remove(this.#consumer.name)
    while (own.dropLeaf(() => {}));
    this.#records.free(ref)
    return count
  }

  // --- pending entries: of the one at the place of `pending`

  get deliveredMs(): number {
    return this.pending.view.getFloat64((this.pending.payloadAt + deliveredAt) << 2, true)
  }

  set deliveredMs(ms: number) {
    this.pending.view.setFloat64((this.pending.payloadAt + deliveredAt) << 2, ms, true)
  }

  /** Number of deliveries. A bigint, since RETRYCOUNT takes any. */
  get deliveries(): bigint {
    return this.pending.view.getBigInt64((this.pending.payloadAt + countAt) << 2, true)
  }

  set deliveries(count: bigint) {
    this.pending.view.setBigInt64((this.pending.payloadAt + countAt) << 2, count, true)
  }

  countDelivery(): void {
    addOne(this.pending.view, (this.pending.payloadAt + countAt) << 2)
  }

  /** The consumer it was delivered to. */
  get owner(): Ref {
    return this.pending.words[this.pending.payloadAt + consumerAt]
  }

  /**
   * Goes to the pending entry `id` and gives it to a consumer; it is made when it is missing. Says nothing of when and
   * how often it was delivered.
   *
   * @returns whether it was made
   * @throws {OutOfMemory} nothing has changed
   */
  assign(id: StreamId, consumer: StreamConsumer): boolean {
    const isNew = this.pending.insert(id)
    const old = isNew ? 0 : this.owner
    if (old === consumer.ref) return false
    try {
      consumer.pending.insert(id)
    } catch (error) {
      if (isNew) this.pending.delete(id)
      throw error
    }
    if (old !== 0) this.#consumer.open(old).pending.delete(id)
    this.pending.words[this.pending.payloadAt + consumerAt] = consumer.ref
    return isNew
  }

  /** Forgets the pending entry `id`; whether it was there. */
  acknowledge(id: StreamId): boolean {
    if (!this.pending.find(id)) return false
    this.#consumer.open(this.owner).pending.delete(id)
    return this.pending.delete(id)
  }
}

/** Adds one to a number of 64 bits. */
export function addOne(view: DataView, at: number): void {
  const low = (view.getInt32(at, true) + 1) | 0
  view.setInt32(at, low, true)
  if (low === 0) view.setInt32(at + 4, (view.getInt32(at + 4, true) + 1) | 0, true)
}
