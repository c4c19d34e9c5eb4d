import { borrowed } from '../../base/index.js'
import type { Records, Ref } from '../../memory/index.js'
import { ValueType } from '../rdb/format.js'
import type { RdbOutput } from '../rdb/output.js'
import type { BigContext, BigValue } from './big-value.js'
import type { ByteCount } from './byte-count.js'
import { Blob } from './blob.js'

/** A long string. */
export class BigString implements BigValue {
  readonly type = ValueType.string
  readonly guard = null
  #ref: Ref
  readonly #blob: Blob

  constructor({ records, places, beside }: BigContext, ref: Ref) {
    this.#ref = ref
    this.#blob = new Blob(places, 1, (_part, into) => records.value(this.#ref, into), beside)
  }

  moved(ref: Ref): void {
    this.#ref = ref
  }

  settle(): void {
    this.#blob.settle()
  }

  begin(): void {
    // its length comes with its first piece
  }

  step(output: RdbOutput): boolean {
    return this.#blob.step(output)
  }

  drop(): void {
    this.#blob.drop()
  }
}

const noKey = borrowed()

/** A collection that is packed in its record, and long all the same, because of limits that were set very high. Written in one step. */
export class BigPacked implements BigValue {
  readonly type: number
  readonly guard = null
  readonly #records: Records
  readonly #beside: ByteCount
  readonly #write: (ref: Ref) => void
  #ref: Ref
  /** Whether the record is a copy of its own. */
  #isCopy = false

  /** @param write writes the value in a record to the image's output */
  constructor({ records, beside }: BigContext, ref: Ref, type: number, write: (ref: Ref) => void) {
    this.#records = records
    this.#beside = beside
    this.#ref = ref
    this.type = type
    this.#write = write
  }

  moved(ref: Ref): void {
    if (!this.#isCopy) this.#ref = ref
  }

  settle(): void {
    if (this.#isCopy) return
    const records = this.#records
    this.#ref = records.copyUnder(this.#ref, noKey, records.flags(this.#ref) & 0x1f, 0)
    this.#isCopy = true
    this.#beside.add(records.bytes(this.#ref))
  }

  begin(): void {
    // all of it is one piece
  }

  step(): boolean {
    this.#write(this.#ref)
    return false
  }

  drop(): void {
    if (!this.#isCopy) return
    this.#beside.add(-this.#records.bytes(this.#ref))
    this.#records.free(this.#ref)
    this.#isCopy = false
  }
}
