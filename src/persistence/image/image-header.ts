import { Slice } from '../../base/index.js'
import { Aux, Opcode, fieldDeadlinesVersion, rdbMagic, redis70Version } from '../rdb/format.js'
import type { RdbOutput } from '../rdb/output.js'

/** What goes into the file beside the keys. */
export interface ImageOptions {
  /** `rdbcompression`, `rdbchecksum` */
  readonly compresses: boolean
  readonly sums: boolean
  /** What the policy of eviction counts, and entries are written with. */
  readonly evictsBy: 'time' | 'frequency' | null
  readonly redisVersion: string
  readonly unixSeconds: number
  readonly usedBytes: number
  /** Whether it begins an append-only file. */
  readonly isAofBase: boolean
  /** The stream of changes that follows it, for a follower. */
  readonly replication: { readonly db: number; readonly id: string; readonly offset: number } | null
  /** The code of function libraries, as it was loaded. */
  readonly functions: readonly Uint8Array[]
  /** Of copies of origins' values: those that are not written; null: none. */
  readonly leavesOut: ((db: number, key: Slice) => boolean) | null
  /** Whether no keys are written. */
  readonly withoutKeys: boolean
  /** Whether a hash has fields with deadlines: the format is Redis 7.4's then. */
  readonly hasFieldDeadlines: boolean
}

/** Writes what comes before the keys. */
export function writeHeader(output: RdbOutput, options: ImageOptions): void {
  const { redisVersion, unixSeconds, usedBytes, replication, isAofBase, functions, hasFieldDeadlines } = options
  const version = hasFieldDeadlines ? fieldDeadlinesVersion : redis70Version
  output.bytes(Buffer.from(rdbMagic + String(version).padStart(4, '0')))
  const aux: (readonly [name: string, value: string | number])[] = [
    [Aux.version, redisVersion],
    [Aux.bits, 64],
    [Aux.createdUnixSeconds, unixSeconds],
    [Aux.usedMemory, usedBytes],
  ]
  if (replication !== null) {
    const { db, id, offset } = replication
    aux.push([Aux.replicationDb, db], [Aux.replicationId, id], [Aux.replicationOffset, offset])
  }
  aux.push([Aux.aofBase, isAofBase ? 1 : 0])
  for (const [name, value] of aux) {
    output.byte(Opcode.aux)
    output.text(name)
    output.text(String(value))
  }
  for (const code of functions) {
    output.byte(Opcode.function2)
    output.string(Slice.from(code))
  }
}
