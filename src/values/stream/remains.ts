import { Region } from '../../base/index.js'
import type { Records, Ref } from '../../memory/index.js'
import type { Remains } from '../types.js'
import { StreamConsumer, StreamGroup } from './group.js'
import { IdTree, treeHeaderBytes } from './id-tree.js'
import { Names } from './names.js'

const nothing = (): void => {}

/** A consumer group that no stream has any more, given back with its consumers and pending entries. */
export class GroupRemains implements Remains {
  readonly #records: Records
  readonly #group: StreamGroup
  readonly #consumer: StreamConsumer
  #ref: Ref

  constructor(records: Records, ref: Ref) {
    this.#records = records
    this.#ref = ref
    this.#group = new StreamGroup(records).open(ref)
    this.#consumer = new StreamConsumer(records)
  }

  get size(): number {
    return this.#group.pending.size * 2 + this.#group.consumers.count
  }

  dropPiece(): boolean {
    if (this.#ref === 0) return false
    const { pending, consumers } = this.#group
    if (pending.dropLeaf(nothing)) return true
    if (consumers.count === 0) {
      this.#records.free(this.#ref)
      this.#ref = 0
      return false
    }
    // from the end, so that nothing moves
    const { ref, pending: own, name } = this.#consumer.open(consumers.at(consumers.count - 1))
    if (own.dropLeaf(nothing)) return true
    consumers.remove(name)
    this.#records.free(ref)
    return true
  }
}

/** What a stream held beside its record: chunks, then groups. */
export class StreamRemains implements Remains {
  readonly #records: Records
  /** The two words of the index of chunks, and the reference of the list of groups. */
  readonly #header = Region.allocate(treeHeaderBytes + 4)
  readonly #index: IdTree
  readonly #groups: Names
  #group: GroupRemains | null = null
  readonly size: number

  constructor(records: Records, view: DataView, indexAt: number, groupsAt: number) {
    this.#records = records
    const own = this.#header.view
    own.setInt32(0, view.getInt32(indexAt, true), true)
    own.setInt32(4, view.getInt32(indexAt + 4, true), true)
    own.setInt32(treeHeaderBytes, view.getInt32(groupsAt, true), true)
    this.#index = new IdTree(records.arena, 1).open(own, 0)
    this.#groups = new Names(records).open(own, treeHeaderBytes)
    let { size } = this.#index
    const group = new StreamGroup(records)
    for (let i = 0; i < this.#groups.count; i++) size += 1 + group.open(this.#groups.at(i)).pending.size
    this.size = size
  }

  dropPiece(): boolean {
    if (this.#index.dropLeaf((words, at) => this.#records.free(words[at]))) return true
    if (this.#group !== null) {
      if (!this.#group.dropPiece()) this.#group = null
      return true
    }
    const groups = this.#groups
    if (groups.count === 0) return false
    const ref = groups.at(groups.count - 1)
    groups.remove(new StreamGroup(this.#records).open(ref).name)
    this.#group = new GroupRemains(this.#records, ref)
    return true
  }
}
