import { Slice, borrowed, formatDouble } from '../../base/index.js'
import type { Database, Keyspace } from '../../keyspace/index.js'
import { Flag, type Ref } from '../../memory/index.js'
import { RequestWriter, type Word } from '../../resp/index.js'
import { Type, idTextBytesMax, StreamId, type StreamValue } from '../../values/index.js'

/** Elements in one command, as Redis has it (AOF_REWRITE_ITEMS_PER_CMD). */
const itemsACommand = 64
const hyphen = 45

/**
 * Writes what a key holds as the commands that make it, as `aof-use-rdb-preamble no` has it.
 *
 * @see redis 7.0.15, aof.c, rewriteAppendOnlyFileRio
 */
export class CommandWriter {
  readonly #writer = new RequestWriter()
  readonly #keyspace: Keyspace
  readonly #value = borrowed()
  readonly #pendingId = new StreamId()
  readonly #id = Slice.from(new Uint8Array(idTextBytesMax))

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace
  }

  /** The bytes written since the last time; good until the next command is written. */
  take(): Buffer {
    const bytes = this.#writer.region.bytes.subarray(0, this.#writer.end)
    this.#writer.reset()
    return bytes
  }

  /** A line that says when the commands behind it were written. */
  annotate(seconds: number): void {
    this.#writer.insert(this.#writer.end, Buffer.from(`#TS:${seconds}\r\n`))
  }

  select(database: number): void {
    this.#command('SELECT', database)
  }

  write(db: Database, key: Slice, ref: Ref): void {
    const { records } = this.#keyspace
    const type = records.flags(ref) & Flag.type
    if (type === Type.string) this.#command('SET', key, records.value(ref, this.#value))
    else if (type === Type.list) this.#writeList(key, ref)
    else if (type === Type.set) this.#writeSet(key, ref)
    else if (type === Type.zset) this.#writeSortedSet(key, ref)
    else if (type === Type.hash) this.#writeHash(key, ref)
    else this.#writeStream(key, this.#keyspace.views.streams.open(ref, null))
    const deadline = db.exactDeadline(ref)
    if (deadline !== 0n) this.#command('PEXPIREAT', key, deadline)
  }

  #writeList(key: Slice, ref: Ref): void {
    const list = this.#keyspace.views.lists.open(ref, null)
    let left = list.length
    let room = 0
    list.walk(0, list.length, true, (element) => {
      if (room === 0) room = this.#begin('RPUSH', key, left, 1)
      this.#writer.word(element)
      room--
      left--
    })
  }

  #writeSet(key: Slice, ref: Ref): void {
    const set = this.#keyspace.views.sets.open(ref, null)
    let left = set.length
    let room = 0
    set.forEach((member) => {
      if (room === 0) room = this.#begin('SADD', key, left, 1)
      this.#writer.word(member)
      room--
      left--
    })
  }

  #writeSortedSet(key: Slice, ref: Ref): void {
    const set = this.#keyspace.views.sortedSets.open(ref, null)
    let left = set.length
    let room = 0
    set.forEach((member, score) => {
      if (room === 0) room = this.#begin('ZADD', key, left, 2)
      this.#writer.word(formatDouble(score))
      this.#writer.word(member)
      room--
      left--
    })
  }

  #writeHash(key: Slice, ref: Ref): void {
    const hash = this.#keyspace.hashes.open(ref, null)
    let left = hash.length
    let room = 0
    let hasDeadlines = false
    hash.forEach((field, value, deadlineMs) => {
      if (room === 0) room = this.#begin('HSET', key, left, 2)
      this.#writer.word(field)
      this.#writer.word(value)
      hasDeadlines ||= deadlineMs !== 0
      room--
      left--
    })
    if (!hasDeadlines) return
    hash.forEach((field, _value, deadlineMs) => {
      if (deadlineMs !== 0) this.#command('HPEXPIREAT', key, deadlineMs, 'FIELDS', 1, field)
    })
  }

  #writeStream(key: Slice, stream: StreamValue): void {
    const cursor = stream.walk()
    while (cursor.next()) {
      const { entry } = cursor
      this.#writer.begin(3 + entry.fieldCount * 2)
      this.#writer.word('XADD')
      this.#writer.word(key)
      this.#writeId(entry.id)
      for (let left = entry.fieldCount; left > 0; left--) {
        entry.readPair()
        this.#writer.word(entry.field)
        this.#writer.word(entry.value)
      }
    }
    // an empty stream is one whose only entry was trimmed
    if (stream.length === 0) this.#command('XADD', key, 'MAXLEN', 0, '0-1', 'x', 'y')
    this.#writer.begin(7)
    this.#writer.word('XSETID')
    this.#writer.word(key)
    this.#writeId(stream.lastId)
    this.#writer.word('ENTRIESADDED')
    this.#writer.word(stream.entriesAdded)
    this.#writer.word('MAXDELETEDID')
    this.#writeId(stream.maxDeletedId)
    for (let i = 0; i < stream.groupCount; i++) this.#writeGroup(key, stream, i)
  }

  #writeGroup(key: Slice, stream: StreamValue, index: number): void {
    const group = stream.groupAt(index)
    this.#writer.begin(7)
    this.#writer.word('XGROUP')
    this.#writer.word('CREATE')
    this.#writer.word(key)
    this.#writer.word(group.name)
    this.#writeId(group.lastId)
    this.#writer.word('ENTRIESREAD')
    this.#writer.word(group.entriesRead)
    const { consumers } = group
    for (let i = 0; i < consumers.count; i++) {
      const { name, pending } = stream.consumer.open(consumers.at(i))
      if (pending.size === 0) this.#command('XGROUP', 'CREATECONSUMER', key, group.name, name)
    }
    this.#writePending(key, stream, index)
  }

  /** XCLAIM makes a pending entry of any, whether the stream still has it or not: JUSTID FORCE. */
  #writePending(key: Slice, stream: StreamValue, index: number): void {
    const group = stream.groupAt(index)
    const { pending } = group
    for (let more = pending.first(); more; more = pending.next()) {
      this.#writer.begin(12)
      this.#writer.word('XCLAIM')
      this.#writer.word(key)
      this.#writer.word(group.name)
      this.#writer.word(stream.consumer.open(group.owner).name)
      this.#writer.word(0)
      this.#writeId(pending.readId(this.#pendingId))
      this.#writer.word('TIME')
      this.#writer.word(group.deliveredMs)
      this.#writer.word('RETRYCOUNT')
      this.#writer.word(group.deliveries)
      this.#writer.word('JUSTID')
      this.#writer.word('FORCE')
    }
  }

  // --- words

  /** The beginning of a command of several elements, of `words` words each. Returns how many it takes. */
  #begin(name: string, key: Slice, left: number, words: number): number {
    const count = Math.min(left, itemsACommand)
    this.#writer.begin(2 + count * words)
    this.#writer.word(name)
    this.#writer.word(key)
    return count
  }

  #command(...words: readonly Word[]): void {
    this.#writer.request(words)
  }

  #writeId(id: StreamId): void {
    const { bytes } = this.#id.region
    this.#id.length = id.write(bytes, 0, hyphen)
    this.#writer.word(this.#id)
  }
}
