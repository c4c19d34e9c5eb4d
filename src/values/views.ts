import type { HashSeed } from '../base/index.js'
import type { Records } from '../memory/index.js'
import type { HashLimits, Moment } from './hash-body.js'
import { HashValue } from './hash.js'
import { ListValue } from './list.js'
import type { ListLimits } from './list/limits.js'
import { SetValue, type SetLimits } from './set.js'
import { StreamValue, type StreamLimits } from './stream/index.js'
import { SortedSetValue, type SortedSetLimits } from './sorted-set.js'
import { Type, typeNames, type Collection } from './types.js'

/** When values leave their compact form: Redis's thresholds. Changed live by CONFIG SET. */
export interface ValueLimits {
  readonly hash: HashLimits
  readonly list: ListLimits
  readonly set: SetLimits
  readonly sketch: SketchLimits
  readonly stream: StreamLimits
  readonly sortedSet: SortedSetLimits
}

/** When a HyperLogLog leaves its compact form. */
export interface SketchLimits {
  /** `hll-sparse-max-bytes` */
  sparseBytesMax: number
}

/** Redis's own values of the thresholds. */
export const defaultLimits = (): ValueLimits => ({
  hash: { packedEntriesMax: 512, packedValueBytesMax: 64 },
  list: { listpackSize: -2 },
  set: { integersMax: 512 },
  sketch: { sparseBytesMax: 3000 },
  stream: { nodeBytesMax: 4096, nodeEntriesMax: 100 },
  sortedSet: { packedEntriesMax: 128, packedMemberBytesMax: 64 },
})

/** A view of each type of collection. */
export class Views {
  readonly hashes: HashValue
  readonly lists: ListValue
  readonly sets: SetValue
  /** To look into one set while walking through another. */
  readonly otherSets: SetValue
  /** To make a set out of others. */
  readonly newSets: SetValue
  readonly streams: StreamValue
  readonly sortedSets: SortedSetValue
  /** To look into one sorted set while walking through another. */
  readonly otherSortedSets: SortedSetValue
  /** To make a sorted set out of others. */
  readonly newSortedSets: SortedSetValue
  readonly #byType: readonly (Collection | undefined)[]

  constructor(records: Records, seed: HashSeed, limits: ValueLimits, time: Moment) {
    this.hashes = new HashValue(records, seed, limits.hash, time)
    this.lists = new ListValue(records, limits.list)
    this.sets = new SetValue(records, seed, limits.set)
    this.otherSets = new SetValue(records, seed, limits.set)
    this.newSets = new SetValue(records, seed, limits.set)
    this.streams = new StreamValue(records, limits.stream)
    this.sortedSets = new SortedSetValue(records, seed, limits.sortedSet)
    this.otherSortedSets = new SortedSetValue(records, seed, limits.sortedSet)
    this.newSortedSets = new SortedSetValue(records, seed, limits.sortedSet)
    const byType: (Collection | undefined)[] = []
    byType[Type.hash] = this.hashes
    byType[Type.list] = this.lists
    byType[Type.set] = this.sets
    byType[Type.stream] = this.streams
    byType[Type.zset] = this.sortedSets
    this.#byType = byType
  }

  /** The view of a type that is no string. */
  of(type: number): Collection {
    const view = this.#byType[type]
    if (view === undefined) throw new Error(`a ${typeNames[type]} is no collection`)
    return view
  }
}
