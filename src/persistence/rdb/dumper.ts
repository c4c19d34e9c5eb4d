import { Crc64, borrowed, type Slice } from '../../base/index.js'
import type { Dumper } from '../../command/index.js'
import type { Keyspace } from '../../keyspace/index.js'
import type { Ref } from '../../memory/index.js'
import { ValueType, fieldDeadlinesVersion, redis70Version } from './format.js'
import { RdbOutput } from './output.js'
import { ValueWriter } from './value-writer.js'

/** Makes the payloads of DUMP: a value's type and form, two bytes of version, and a checksum. */
export class ValueDumper implements Dumper {
  readonly #output = new RdbOutput(true, null, false)
  readonly #writer: ValueWriter
  readonly #crc = new Crc64()
  readonly #payload = borrowed()
  readonly #compresses: () => boolean

  /** @param compresses what `rdbcompression` says now */
  constructor(keyspace: Keyspace, compresses: () => boolean) {
    this.#writer = new ValueWriter(keyspace, this.#output)
    this.#compresses = compresses
  }

  dump(ref: Ref): Slice {
    const output = this.#output.reset()
    output.compresses = this.#compresses()
    const type = this.#writer.typeOf(ref)
    output.byte(type)
    this.#writer.write(ref)
    const hasFieldDeadlines = type === ValueType.hashMetadata || type === ValueType.hashListpackEx
    output.uint16(hasFieldDeadlines ? fieldDeadlinesVersion : redis70Version)
    output.room(8)
    this.#crc.reset().update(output.region.bytes, 0, output.at).writeTo(output.region.bytes, output.at)
    output.at += 8
    return this.#payload.set(output.region, 0, output.at)
  }
}
