import { borrowed, type Slice } from '../../base/index.js'
import { Members, Table, type Records, type Ref, type Visit } from '../../memory/index.js'
import type { ValueGuard } from '../../values/index.js'
import { ValueType } from '../rdb/format.js'
import { outputChunkBytes, type RdbOutput } from '../rdb/output.js'
import { longElementBytes, type BigContext, type BigValue } from './big-value.js'
import { Blob } from './blob.js'
import { KeptBytes } from './kept-bytes.js'
import { TableWalk } from './table-walk.js'

/** How elements of a type of value stand in their table, and are written. */
interface Elements {
  /** Points `into` at the strings of an element, one by one. */
  part(ref: Ref, part: number, into: Slice): Slice
  readonly parts: number
  /** Writes what comes before and behind these. */
  before?(ref: Ref, output: RdbOutput): void
  behind?(ref: Ref, output: RdbOutput): void
}

/** A long element that waits for the others to be written. */
interface LongElement {
  readonly ref: Ref
  readonly blob: Blob
  /** What is written before and behind its strings. */
  readonly before: Buffer
  readonly behind: Buffer
}

/** A step ends after so many slots, and so many bytes. */
const slotsAStep = 384
const stepBytes = 1 << 14

/**
 * A hash, set or sorted set in a table: walked in the order of hashes. An element ahead of the walk that is about to change
 * is written at once, or kept aside, written out, until the value's turn. Long elements come last.
 */
export class BigTable implements BigValue {
  readonly type: number
  readonly guard: ValueGuard
  readonly #count: number
  readonly #header: Ref
  readonly #table: Table
  readonly #walk: TableWalk
  readonly #elements: Elements
  readonly #context: BigContext
  readonly #kept: KeptBytes
  /** By hash of what they are found by. */
  readonly #long = new Map<number, LongElement[]>()
  readonly #take: Visit
  #enoughAt = 0
  readonly #isEnough = (): boolean => this.#output!.at >= this.#enoughAt
  readonly #slice = borrowed()
  /** Where elements go that may not wait: the image's output, once it has begun with this value. */
  #output: RdbOutput | null = null

  /** @param header of the table */
  constructor(context: BigContext, header: Ref, type: number) {
    const { records, seed, beside } = context
    const { arena } = records
    this.type = type
    this.#context = context
    this.#header = header
    const isSet = type === ValueType.set
    this.#table = new Table(isSet ? new Members(arena) : records, seed).open(header)
    this.#count = this.#table.size
    this.#walk = new TableWalk(arena, this.#table, beside)
    this.#elements = elementsOf(type, records)
    this.#kept = new KeptBytes(arena, beside)
    this.guard = { table: { touch: (hash) => this.#touch(hash) } }
    this.#take = (ref, hash) => this.#takeElement(ref, hash, false)
  }

  moved(): void {
    // it is known by its table
  }

  settle(): void {
    throw new Error('a table is guarded')
  }

  begin(output: RdbOutput): void {
    // the nearest deadline of a field: any that is not behind it will do
    if (this.type === ValueType.hashMetadata) output.int64(1n)
    output.length(this.#count)
    this.#output = output
  }

  step(output: RdbOutput): boolean {
    if (this.#kept.writeNext(output)) return true
    if (!this.#walk.isDone) {
      this.#table.open(this.#header)
      this.#enoughAt = output.at + stepBytes
      this.#walk.step(slotsAStep, this.#take, this.#isEnough)
      return !this.#walk.isDone || this.#long.size > 0
    }
    return this.#stepLong(output)
  }

  drop(): void {
    this.#walk.stop()
    this.#kept.drop()
    for (const elements of this.#long.values()) for (const { blob } of elements) blob.drop()
    this.#long.clear()
  }

  #touch(hash: number): void {
    try {
      if (this.#long.size > 0) for (const { blob } of this.#long.get(hash) ?? []) blob.settle()
      if (!this.#walk.claim(hash)) return
      this.#table.open(this.#header)
      this.#table.forEachOf(hash, (ref) => this.#takeElement(ref, hash, true))
      if (this.#output !== null && this.#output.at >= outputChunkBytes) this.#output.flush()
    } catch (error) {
      this.#context.failFor(error)
    }
  }

  #takeElement(ref: Ref, hash: number, isChanging: boolean): void {
    const elements = this.#elements
    let bytes = 0
    for (let part = 0; part < elements.parts; part++) bytes += elements.part(ref, part, this.#slice).length
    if (bytes > longElementBytes) {
      this.#takeLong(ref, hash, isChanging)
      return
    }
    const output = this.#output ?? this.#context.scratch.reset()
    elements.before?.(ref, output)
    for (let part = 0; part < elements.parts; part++) output.string(elements.part(ref, part, this.#slice))
    elements.behind?.(ref, output)
    if (this.#output === null) this.#kept.append(output.region, 0, output.at)
  }

  #takeLong(ref: Ref, hash: number, isChanging: boolean): void {
    const elements = this.#elements
    const { places, scratch, beside } = this.#context
    const blob = new Blob(places, elements.parts, (part, into) => elements.part(ref, part, into), beside)
    if (isChanging) blob.settle()
    const written = (write?: (ref: Ref, output: RdbOutput) => void): Buffer => {
      scratch.reset()
      write?.(ref, scratch)
      return Buffer.from(scratch.region.bytes.subarray(0, scratch.at))
    }
    const element = { ref, blob, before: written(elements.before), behind: written(elements.behind) }
    this.#long.set(hash, [...(this.#long.get(hash) ?? []), element])
  }

  #stepLong(output: RdbOutput): boolean {
    for (const [hash, elements] of this.#long) {
      const [{ blob, before, behind }] = elements
      if (!blob.hasBegun) output.bytes(before)
      if (blob.step(output)) return true
      output.bytes(behind)
      blob.drop()
      elements.shift()
      if (elements.length === 0) this.#long.delete(hash)
      return this.#long.size > 0
    }
    return false
  }
}

function elementsOf(type: number, records: Records): Elements {
  if (type === ValueType.set) {
    const members = new Members(records.arena)
    return { parts: 1, part: (ref, _part, into) => members.key(ref, into) }
  }
  if (type === ValueType.sortedSet2) {
    const score = borrowed()
    return {
      parts: 1,
      part: (ref, _part, into) => records.key(ref, into),
      behind(ref, output) {
        const { region, start } = records.value(ref, score)
        output.double(region.view.getFloat64(start, true))
      },
    }
  }
  const part: Elements['part'] = (ref, index, into) => (index === 0 ? records.key(ref, into) : records.value(ref, into))
  if (type === ValueType.hash) return { parts: 2, part }
  // as far from the nearest deadline as it is from the first millisecond, and one more
  return { parts: 2, part, before: (ref, output) => output.length(records.deadline(ref)) }
}
