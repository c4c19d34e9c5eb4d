import { PackedBuilder } from '../../../values/index.js'
import { ValueType, valkeyHash2, valkeyVersion } from '../format.js'
import { RdbError } from '../rdb-error.js'
import { HashReader, hash2Form } from './hash-reader.js'
import { ListReader } from './list-reader.js'
import { SetReader } from './set-reader.js'
import { SortedSetReader } from './sorted-set-reader.js'
import { StreamReader } from './stream-reader.js'
import type { ValueReader } from './value-reader.js'

/** A reader for each form of value that is no string. */
export class ValueReaders {
  readonly #byForm: (ValueReader | undefined)[] = []

  constructor() {
    const builder = new PackedBuilder()
    const { list, set, sortedSet, sortedSet2, hash } = ValueType
    this.#put(new ListReader(), [list, ValueType.listZiplist, ValueType.listQuicklist, ValueType.listQuicklist2])
    this.#put(new SetReader(builder), [set, ValueType.setIntset, ValueType.setListpack])
    this.#put(new SortedSetReader(builder), [
      sortedSet,
      sortedSet2,
      ValueType.sortedSetZiplist,
      ValueType.sortedSetListpack,
    ])
    this.#put(new HashReader(builder), [
      hash,
      ValueType.hashZipmap,
      ValueType.hashZiplist,
      ValueType.hashListpack,
      ValueType.hashMetadataPreGa,
      ValueType.hashListpackExPreGa,
      ValueType.hashMetadata,
      ValueType.hashListpackEx,
      hash2Form,
    ])
    this.#put(new StreamReader(), [ValueType.streamListpacks, ValueType.streamListpacks2, ValueType.streamListpacks3])
  }

  #put(reader: ValueReader, forms: readonly number[]): void {
    for (const form of forms) this.#byForm[form] = reader
  }

  /** The reader of a value that begins with byte `type` in this version of the format. @throws {RdbError} there is none */
  begin(type: number, version: number): ValueReader {
    const form = version >= valkeyVersion && type === valkeyHash2 ? hash2Form : type
    const reader = this.#byForm[form]
    if (reader === undefined) throw new RdbError(`${type} is no kind of value`)
    reader.begin(form)
    return reader
  }
}

const nameCharacters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const nameLength = 9
const versionBits = 10n

/** The name that a module's number says: six bits a character above the version of its encoding. */
export function moduleName(id: bigint): string {
  let rest = id >> versionBits
  let name = ''
  for (let i = 0; i < nameLength; i++, rest >>= 6n) name = nameCharacters[Number(rest & 63n)] + name
  return name
}
