import { Slice, borrowed } from '../../../base/index.js'
import { Type, StreamId, type StreamGroup, type StreamValue } from '../../../values/index.js'
import { ValueType } from '../format.js'
import { TextSlot, type Input } from '../input.js'
import { RdbError } from '../rdb-error.js'
import { StreamChunkCheck } from './stream-chunk.js'
import type { ValueReader, ValueTarget } from './value-reader.js'

const idBytes = 16

/** What is read next. */
type Stage = 'chunks' | 'chunk' | 'state' | 'group' | 'pending' | 'consumers' | 'consumer' | 'own' | 'end'

/** Reads streams in their three forms: chunks, what is known of the whole, groups, consumers and what is pending. */
export class StreamReader implements ValueReader {
  readonly type = Type.stream
  readonly #text = new TextSlot()
  readonly #idText = new TextSlot()
  readonly #check = new StreamChunkCheck()
  readonly #id = new StreamId()
  /** The last ID in the chunks so far. */
  readonly #lastId = new StreamId()
  readonly #raw = borrowed()
  #form = 0
  #stage: Stage = 'chunks'
  /** What is left of each kind. */
  #chunks = 0
  #groups = 0
  #pending = 0
  #consumers = 0
  #own = 0
  /** Pending entries of the group that have no consumer yet. */
  #unowned = 0
  #group: Slice = borrowed()
  #consumer: Slice = borrowed()

  begin(form: number): void {
    this.#form = form
    this.#stage = 'chunks'
    this.#lastId.setMin()
  }

  read(input: Input, target: ValueTarget): void {
    const stream = target.stream()
    while (this.#stage !== 'end') {
      this.#step(input, stream)
      input.commit()
    }
  }

  #step(input: Input, stream: StreamValue): void {
    switch (this.#stage) {
      case 'chunks':
        this.#chunks = input.length()
        this.#stage = this.#chunks === 0 ? 'state' : 'chunk'
        return
      case 'chunk':
        this.#readChunk(input, stream)
        if (--this.#chunks === 0) this.#stage = 'state'
        return
      case 'state':
        this.#readState(input, stream)
        this.#nextGroup()
        return
      case 'group':
        this.#readGroup(input, stream)
        this.#stage = this.#pending === 0 ? 'consumers' : 'pending'
        return
      case 'pending':
        this.#readPending(input, this.#openGroup(stream))
        if (this.#pending === 0) this.#stage = 'consumers'
        return
      case 'consumers':
        this.#consumers = input.length()
        this.#nextConsumer()
        return
      case 'consumer':
        this.#readConsumer(input, this.#openGroup(stream))
        if (this.#own > 0) this.#stage = 'own'
        else this.#nextConsumer()
        return
      case 'own':
        this.#readOwn(input, stream)
        if (this.#own === 0) this.#nextConsumer()
        return
      case 'end':
    }
  }

  #nextGroup(): void {
    this.#stage = this.#groups-- > 0 ? 'group' : 'end'
  }

  #nextConsumer(): void {
    if (this.#consumers-- > 0) {
      this.#stage = 'consumer'
      return
    }
    if (this.#unowned !== 0) throw new RdbError('a pending entry of a stream has no consumer')
    this.#nextGroup()
  }

  #readChunk(input: Input, stream: StreamValue): void {
    const key = input.string(this.#idText)
    if (key.length !== idBytes) throw new RdbError('a chunk of a stream has no ID')
    const isFirst = this.#lastId.isMin
    this.#readBytes(key)
    const listpack = input.string(this.#text)
    if (!isFirst && this.#id.compare(this.#lastId) <= 0) throw new RdbError('the chunks of a stream are not in order')
    this.#check.check(this.#id, listpack)
    this.#lastId.copy(this.#check.lastId)
    stream.appendListpack(this.#id, listpack, this.#check.live)
  }

  #readState(input: Input, stream: StreamValue): void {
    const length = input.length()
    const lastId = this.#readId(input, new StreamId())
    const maxDeletedId = new StreamId()
    let added = BigInt(stream.length)
    if (this.#form !== ValueType.streamListpacks) {
      this.#readId(input, this.#id) // the first entry's, which the chunks say
      this.#readId(input, maxDeletedId)
      added = input.exactLength()
    }
    const groups = input.length()
    if (length !== stream.length) throw new RdbError('a stream does not have as many entries as it says')
    if (lastId.compare(this.#lastId) < 0) throw new RdbError('a stream has entries beyond its last ID')
    stream.setLastId(lastId)
    stream.setMaxDeletedId(maxDeletedId)
    stream.entriesAdded = BigInt.asIntN(64, added)
    stream.renewFirst()
    this.#groups = groups
  }

  #readGroup(input: Input, stream: StreamValue): void {
    const name = input.string(this.#text)
    this.#readId(input, this.#id)
    const hasEntriesRead = this.#form !== ValueType.streamListpacks
    const entriesRead = hasEntriesRead ? input.exactLength() : stream.entriesUpTo(this.#id)
    this.#pending = input.length()
    this.#unowned = this.#pending
    if (stream.findGroup(name) !== null) throw new RdbError('a stream has a group twice')
    this.#group = Slice.from(name.toBuffer())
    const group = stream.addGroup(this.#group)
    group.setLastId(this.#id)
    group.entriesRead = BigInt.asIntN(64, entriesRead)
  }

  #openGroup(stream: StreamValue): StreamGroup {
    const group = stream.findGroup(this.#group)
    if (group === null) throw new Error('a group that was just read is gone')
    return group
  }

  /** Reads pending entries of the group while there are any. */
  #readPending(input: Input, group: StreamGroup): void {
    while (this.#pending > 0) {
      this.#readRawId(input)
      const deliveredMs = input.int64()
      const deliveries = input.exactLength()
      if (!group.pending.insert(this.#id)) throw new RdbError('a group has a pending entry twice')
      group.deliveredMs = deliveredMs
      group.deliveries = BigInt.asIntN(64, deliveries)
      this.#pending--
      input.commit()
    }
  }

  #readConsumer(input: Input, group: StreamGroup): void {
    const name = input.string(this.#text)
    const seenMs = input.int64()
    if (this.#form === ValueType.streamListpacks3) input.int64() // when it last got something, which is not kept
    const own = input.length()
    if (group.consumers.find(name) !== 0) throw new RdbError('Duplicate stream consumer detected: a group has it twice')
    this.#consumer = Slice.from(name.toBuffer())
    group.addConsumer(this.#consumer, seenMs)
    this.#own = own
  }

  /** Reads pending entries of the consumer while there are any. */
  #readOwn(input: Input, stream: StreamValue): void {
    const group = this.#openGroup(stream)
    const consumer = stream.consumer.open(group.consumers.find(this.#consumer))
    while (this.#own > 0) {
      this.#readRawId(input)
      if (!group.pending.find(this.#id)) throw new RdbError('a consumer has a pending entry that its group has not')
      if (group.owner !== 0) throw new RdbError('a pending entry has two consumers')
      group.assign(this.#id, consumer)
      this.#unowned--
      this.#own--
      input.commit()
    }
  }

  #readRawId(input: Input): void {
    this.#readBytes(input.raw(idBytes, this.#raw))
  }

  /** Takes an ID of 16 bytes, big-endian. */
  #readBytes({ region: { view }, start }: Slice): void {
    this.#id.set(view.getInt32(start), view.getInt32(start + 4), view.getInt32(start + 8), view.getInt32(start + 12))
  }

  /** Reads an ID that is written as two lengths. */
  #readId(input: Input, into: StreamId): StreamId {
    const ms = input.exactLength()
    const sequence = input.exactLength()
    const half = (value: bigint): number => Number(BigInt.asIntN(32, value))
    return into.set(half(ms >> 32n), half(ms), half(sequence >> 32n), half(sequence))
  }
}
