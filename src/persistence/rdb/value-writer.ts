import { Slice, borrowed, formatDouble } from '../../base/index.js'
import type { Keyspace } from '../../keyspace/index.js'
import { Flag, type Ref } from '../../memory/index.js'
import { Layout, Type, Views, type HashValue, type ListValue, type SortedSetValue } from '../../values/index.js'
import { QuicklistNode, ValueType } from './format.js'
import { ListpackBuilder } from './listpack-builder.js'
import { quicklistAllows } from './quicklist-nodes.js'
import type { RdbOutput } from './output.js'
import { StreamWriter } from './stream-writer.js'

/** Whole scores up to this are integers in a listpack: half of what 64 bits hold, as in Redis. */
const wholeScoreMax = 2 ** 62

const intsetHeaderBytes = 8

/** Fields past their deadline are written as all others: whoever reads them sees the deadline. */
const beforeAllTime = { nowMs: 0 }

/**
 * Writes values in the forms of Redis 7.0's snapshots, each in one step. Looks at them through views of its own, so that
 * it may be called while a handler is at work with the shared ones.
 *
 * @see https://github.com/redis/redis/blob/7.0.15/src/rdb.c rdbSaveObjectType, rdbSaveObject
 */
export class ValueWriter {
  readonly #keyspace: Keyspace
  readonly views: Views
  readonly #output: RdbOutput
  readonly #listpack = new ListpackBuilder()
  readonly #streams: StreamWriter
  readonly #value = borrowed()
  readonly #text = Slice.from(new Uint8Array(32))

  constructor(keyspace: Keyspace, output: RdbOutput) {
    this.#keyspace = keyspace
    this.#output = output
    this.views = new Views(keyspace.records, keyspace.seed, keyspace.limits, beforeAllTime)
    this.#streams = new StreamWriter(output)
  }

  /** The form that the value in a record is written in. */
  typeOf(ref: Ref): number {
    const flags = this.#keyspace.records.flags(ref)
    const layout = flags & Flag.layout
    switch (flags & Flag.type) {
      case Type.string:
        return ValueType.string
      case Type.list:
        return ValueType.listQuicklist2
      case Type.set:
        return layout === Layout.packed ? ValueType.setIntset : ValueType.set
      case Type.zset:
        return layout === Layout.packed ? ValueType.sortedSetListpack : ValueType.sortedSet2
      case Type.stream:
        return ValueType.streamListpacks2
      default:
        return hashType(layout)
    }
  }

  /** Writes the value in a record. @throws tooLarge as the output says */
  write(ref: Ref): void {
    const { records } = this.#keyspace
    const { views } = this
    switch (records.flags(ref) & Flag.type) {
      case Type.string:
        this.#output.string(records.value(ref, this.#value))
        break
      case Type.list:
        this.#writeList(views.lists.open(ref, null))
        break
      case Type.set:
        this.#writeSet(ref)
        break
      case Type.zset:
        this.#writeSortedSet(views.sortedSets.open(ref, null))
        break
      case Type.stream:
        this.#streams.write(views.streams.open(ref, null))
        break
      default:
        this.#writeHash(views.hashes.open(ref, null))
    }
  }

  // --- lists

  /** Nodes as a list that grew at its tail has them in Redis. */
  #writeList(list: ListValue): void {
    const output = this.#output
    const { listpackSize } = list
    const listpack = this.#listpack
    output.length(this.#countNodes(list, listpackSize))
    listpack.begin()
    list.walk(0, list.length, true, (element) => {
      if (listpack.elements > 0 && !quicklistAllows(listpack.bytes, listpack.elements, element.length, listpackSize)) {
        this.#writeNode()
        listpack.begin()
      }
      listpack.text(element)
    })
    this.#writeNode()
  }

  #countNodes(list: ListValue, listpackSize: number): number {
    let nodes = 1
    const listpack = this.#listpack.begin()
    list.walk(0, list.length, true, (element) => {
      if (listpack.elements > 0 && !quicklistAllows(listpack.bytes, listpack.elements, element.length, listpackSize)) {
        nodes++
        listpack.begin()
      }
      listpack.text(element)
    })
    return nodes
  }

  #writeNode(): void {
    this.#output.length(QuicklistNode.packed)
    this.#output.string(this.#listpack.end())
  }

  // --- sets

  #writeSet(ref: Ref): void {
    const set = this.views.sets.open(ref, null)
    const output = this.#output
    if (set.integerWidth === 0) {
      output.length(set.length)
      set.forEach((member) => output.string(member))
    } else output.string(this.#intset(ref, set.length, set.integerWidth))
  }

  /** The integers as Redis keeps them: width and number, 32 bits each, then the integers as they are here. */
  #intset(ref: Ref, count: number, width: number): Slice {
    const { region, start } = this.#keyspace.records.value(ref, this.#value)
    const made = Slice.from(new Uint8Array(intsetHeaderBytes + count * width))
    made.region.view.setUint32(0, width, true)
    made.region.view.setUint32(4, count, true)
    region.bytes.copy(made.region.bytes, intsetHeaderBytes, start + 1, start + 1 + count * width)
    return made
  }

  // --- sorted sets

  /** Large ones from the greatest to the least: so each member that is read goes to the front. */
  #writeSortedSet(set: SortedSetValue): void {
    const output = this.#output
    if (set.encoding === 'skiplist') {
      output.length(set.length)
      set.forEachIn(0, set.length, true, (member, score) => {
        output.string(member)
        output.double(score)
      })
      return
    }
    const listpack = this.#listpack.begin()
    set.forEach((member, score) => {
      listpack.text(member)
      if (Number.isInteger(score) && Math.abs(score) <= wholeScoreMax) listpack.integer(score)
      else listpack.text(this.#textOf(formatDouble(score)))
    })
    output.string(listpack.end())
  }

  #textOf(text: string): Slice {
    const slice = this.#text
    slice.length = slice.region.bytes.latin1Write(text, 0)
    return slice
  }

  // --- hashes

  #writeHash(hash: HashValue): void {
    const output = this.#output
    if (hash.encoding === 'hashtable') {
      if (hash.hasDeadlines) this.#writeFieldsWithDeadlines(hash)
      else {
        output.length(hash.length)
        hash.forEach((field, value) => {
          output.string(field)
          output.string(value)
        })
      }
    } else if (hash.hasDeadlines) this.#writePackedDeadlines(hash)
    else {
      const listpack = this.#listpack.begin()
      hash.forEach((field, value) => {
        listpack.text(field)
        listpack.text(value)
      })
      output.string(listpack.end())
    }
  }

  /** The nearest deadline; then each field behind how far its own is from that, and 0 for none. */
  #writeFieldsWithDeadlines(hash: HashValue): void {
    const output = this.#output
    let nearestMs = Infinity
    hash.forEach((_field, _value, deadlineMs) => {
      if (deadlineMs !== 0 && deadlineMs < nearestMs) nearestMs = deadlineMs
    })
    output.int64(BigInt(nearestMs))
    output.length(hash.length)
    hash.forEach((field, value, deadlineMs) => {
      output.length(deadlineMs === 0 ? 0 : deadlineMs - nearestMs + 1)
      output.string(field)
      output.string(value)
    })
  }

  /** The nearest deadline; then a listpack of field, value, deadline, in the order of these, those without one last. */
  #writePackedDeadlines(hash: HashValue): void {
    const fields: { field: Slice; value: Slice; deadlineMs: number }[] = []
    hash.forEach((field, value, deadlineMs) => {
      fields.push({ field: Slice.from(field.toBuffer()), value: Slice.from(value.toBuffer()), deadlineMs })
    })
    const rank = (deadlineMs: number): number => (deadlineMs === 0 ? Infinity : deadlineMs)
    fields.sort((a, b) => (a.deadlineMs === b.deadlineMs ? 0 : rank(a.deadlineMs) - rank(b.deadlineMs)))
    this.#output.int64(BigInt(fields[0].deadlineMs))
    const listpack = this.#listpack.begin()
    for (const { field, value, deadlineMs } of fields) {
      listpack.text(field)
      listpack.text(value)
      listpack.integer(deadlineMs)
    }
    this.#output.string(listpack.end())
  }
}

function hashType(layout: number): number {
  if (layout === Layout.packed) return ValueType.hashListpack
  if (layout === Layout.packedDeadlines) return ValueType.hashListpackEx
  return layout === Layout.table ? ValueType.hash : ValueType.hashMetadata
}
