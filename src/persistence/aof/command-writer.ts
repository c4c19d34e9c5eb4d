import { Region, Slice, borrowed, copyBytes, formatDouble, integerLength, writeInteger } from '../../base/index.js'
import type { Database, Keyspace } from '../../keyspace/index.js'
import { Flag, type Ref } from '../../memory/index.js'
import { Type, idTextBytesMax, StreamId, type StreamValue } from '../../values/index.js'

/** Elements in one command, as Redis has it (AOF_REWRITE_ITEMS_PER_CMD). */
const itemsACommand = 64
const standardBytes = 1 << 16
const keptBytesMax = 1 << 20
const hyphen = 45

/** An argument: bytes, text of ASCII, or a number in decimal. */
type Word = Slice | string | number | bigint

/**
 * Writes what a key holds as the commands that make it, as `aof-use-rdb-preamble no` has it.
 *
 * @see redis 7.0.15, aof.c, rewriteAppendOnlyFileRio
 */
export class CommandWriter {
  #region = Region.allocate(standardBytes)
  #end = 0
  readonly #keyspace: Keyspace
  readonly #value = borrowed()
  readonly #pendingId = new StreamId()
  readonly #id = Slice.from(new Uint8Array(idTextBytesMax))

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace
  }

  /** The bytes written since the last time; good until the next command is written. */
  take(): Buffer {
    const bytes = this.#region.bytes.subarray(0, this.#end)
    this.#end = 0
    if (this.#region.bytes.length > keptBytesMax) this.#region = Region.allocate(standardBytes)
    return bytes
  }

  /** A line that says when the commands behind it were written. */
  annotate(seconds: number): void {
    const line = `#TS:${seconds}\r\n`
    this.#reserve(line.length)
    this.#end += this.#region.bytes.latin1Write(line, this.#end)
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
      this.#word(element)
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
      this.#word(member)
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
      this.#word(formatDouble(score))
      this.#word(member)
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
      this.#word(field)
      this.#word(value)
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
      this.#header(42, 3 + entry.fieldCount * 2)
      this.#word('XADD')
      this.#word(key)
      this.#writeId(entry.id)
      for (let left = entry.fieldCount; left > 0; left--) {
        entry.readPair()
        this.#word(entry.field)
        this.#word(entry.value)
      }
    }
    // an empty stream is one whose only entry was trimmed
    if (stream.length === 0) this.#command('XADD', key, 'MAXLEN', 0, '0-1', 'x', 'y')
    this.#header(42, 7)
    this.#word('XSETID')
    this.#word(key)
    this.#writeId(stream.lastId)
    this.#word('ENTRIESADDED')
    this.#word(stream.entriesAdded)
    this.#word('MAXDELETEDID')
    this.#writeId(stream.maxDeletedId)
    for (let i = 0; i < stream.groupCount; i++) this.#writeGroup(key, stream, i)
  }

  #writeGroup(key: Slice, stream: StreamValue, index: number): void {
    const group = stream.groupAt(index)
    this.#header(42, 7)
    this.#word('XGROUP')
    this.#word('CREATE')
    this.#word(key)
    this.#word(group.name)
    this.#writeId(group.lastId)
    this.#word('ENTRIESREAD')
    this.#word(group.entriesRead)
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
      this.#header(42, 12)
      this.#word('XCLAIM')
      this.#word(key)
      this.#word(group.name)
      this.#word(stream.consumer.open(group.owner).name)
      this.#word(0)
      this.#writeId(pending.readId(this.#pendingId))
      this.#word('TIME')
      this.#word(group.deliveredMs)
      this.#word('RETRYCOUNT')
      this.#word(group.deliveries)
      this.#word('JUSTID')
      this.#word('FORCE')
    }
  }

  // --- words

  /** The beginning of a command of several elements, of `words` words each. Returns how many it takes. */
  #begin(name: string, key: Slice, left: number, words: number): number {
    const count = Math.min(left, itemsACommand)
    this.#header(42, 2 + count * words)
    this.#word(name)
    this.#word(key)
    return count
  }

  #command(...words: readonly Word[]): void {
    this.#header(42, words.length)
    for (const word of words) this.#word(word)
  }

  #writeId(id: StreamId): void {
    const { bytes } = this.#id.region
    this.#id.length = id.write(bytes, 0, hyphen)
    this.#word(this.#id)
  }

  #word(word: Word): void {
    if (word instanceof Slice) {
      this.#header(36, word.length)
      this.#reserve(word.length + 2)
      copyBytes(word.region, word.start, this.#region, this.#end, word.length)
      this.#end += word.length
    } else {
      const text = String(word)
      this.#header(36, text.length)
      this.#reserve(text.length + 2)
      this.#end += this.#region.bytes.latin1Write(text, this.#end)
    }
    this.#lineEnd()
  }

  #header(kind: number, value: number): void {
    this.#reserve(24)
    const { bytes } = this.#region
    bytes[this.#end++] = kind
    const length = integerLength(value)
    writeInteger(bytes, this.#end, value, length)
    this.#end += length
    this.#lineEnd()
  }

  #lineEnd(): void {
    this.#region.bytes[this.#end++] = 13
    this.#region.bytes[this.#end++] = 10
  }

  #reserve(bytes: number): void {
    const needed = this.#end + bytes
    if (needed <= this.#region.bytes.length - Region.spareBytes) return
    const larger = Region.allocate(Math.max(needed, this.#region.bytes.length * 2))
    this.#region.bytes.copy(larger.bytes, 0, 0, this.#end)
    this.#region = larger
  }
}
