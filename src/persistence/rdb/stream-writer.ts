import type { Slice } from '../../base/index.js'
import { idBytes, type StreamConsumer, type StreamGroup, type StreamId, type StreamValue } from '../../values/index.js'
import type { RdbOutput } from './output.js'

/**
 * Writes streams in the form of Redis 7.0: chunks, what is known of the stream, and its consumer groups.
 *
 * @see https://github.com/redis/redis/blob/7.0.15/src/rdb.c rdbSaveObject, rdbSaveStreamPEL, rdbSaveStreamConsumers
 */
export class StreamWriter {
  readonly #output: RdbOutput

  constructor(output: RdbOutput) {
    this.#output = output
  }

  write(stream: StreamValue): void {
    this.#output.length(stream.chunkCount)
    stream.forEachChunk((id, listpack) => this.writeChunk(id, listpack))
    this.writeRest(stream)
  }

  writeChunk(id: StreamId, listpack: Slice): void {
    this.writeChunkId(id)
    this.#output.string(listpack)
  }

  /** What comes before a chunk's listpack. */
  writeChunkId(id: StreamId): void {
    this.#output.length(idBytes)
    this.#writeId(id)
  }

  /** What comes behind the chunks: length, IDs and groups. */
  writeRest(stream: StreamValue): void {
    const output = this.#output
    output.length(stream.length)
    this.#writeIdLengths(stream.lastId)
    this.#writeIdLengths(stream.firstId)
    this.#writeIdLengths(stream.maxDeletedId)
    output.bigLength(stream.entriesAdded)
    const { groupCount } = stream
    output.length(groupCount)
    for (let i = 0; i < groupCount; i++) this.#writeGroup(stream.groupAt(i), stream.consumer)
  }

  #writeGroup(group: StreamGroup, consumer: StreamConsumer): void {
    const output = this.#output
    output.string(group.name)
    this.#writeIdLengths(group.lastId)
    output.bigLength(group.entriesRead)
    const { consumers, pending } = group
    output.length(pending.size)
    for (let more = pending.first(); more; more = pending.next()) {
      this.#writeIdWords(pending.words, pending.entryAt)
      output.int64(BigInt(group.deliveredMs))
      output.bigLength(group.deliveries)
    }
    output.length(consumers.count)
    for (let i = 0; i < consumers.count; i++) {
      const { name, seenMs, pending: own } = consumer.open(consumers.at(i))
      output.string(name)
      output.int64(BigInt(seenMs))
      output.length(own.size)
      for (let more = own.first(); more; more = own.next()) this.#writeIdWords(own.words, own.entryAt)
    }
  }

  #writeIdLengths({ msHigh, msLow, sequenceHigh, sequenceLow }: StreamId): void {
    this.#output.wordsLength(msHigh, msLow)
    this.#output.wordsLength(sequenceHigh, sequenceLow)
  }

  /** The 16 bytes of an ID, the highest first. */
  #writeId({ msHigh, msLow, sequenceHigh, sequenceLow }: StreamId): void {
    const output = this.#output
    output.room(idBytes)
    const { view } = output.region
    const { at } = output
    view.setInt32(at, msHigh)
    view.setInt32(at + 4, msLow)
    view.setInt32(at + 8, sequenceHigh)
    view.setInt32(at + 12, sequenceLow)
    output.at += idBytes
  }

  /** The same, of an ID in the arena. */
  #writeIdWords(words: Int32Array, from: number): void {
    const output = this.#output
    output.room(idBytes)
    for (let word = 0; word < idBytes / 4; word++) output.region.view.setInt32(output.at + word * 4, words[from + word])
    output.at += idBytes
  }
}
