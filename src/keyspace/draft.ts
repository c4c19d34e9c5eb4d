import type { Slice } from '../base/index.js'
import type { Ref } from '../memory/index.js'
import type { Collection, RecordOwner } from '../values/index.js'
import type { Keyspace } from './keyspace.js'

/** A value in the making that no key leads to yet: `Database.store` puts it under its key, or it is discarded. */
export class Draft implements RecordOwner {
  readonly #keyspace: Keyspace
  /** Its record, 0 when it is gone. */
  ref: Ref

  private constructor(keyspace: Keyspace, ref: Ref) {
    this.#keyspace = keyspace
    this.ref = ref
  }

  /**
   * Makes a value for `key`: `fill` is called with `view` turned to it, and nothing else may turn the view away meanwhile.
   * It may stay empty, in which case it can only be discarded.
   *
   * @throws {OutOfMemory} nothing is left of it
   */
  static make<T extends Collection>(keyspace: Keyspace, view: T, key: Slice, fill: (value: T) => void): Draft {
    const draft = new Draft(keyspace, view.create(key, keyspace.accessClock))
    try {
      fill(view.open(draft.ref, draft))
      return draft
    } catch (error) {
      draft.discard()
      throw error
    }
  }

  recordMoved(ref: Ref): void {
    this.ref = ref
  }

  recordUnused(): void {
    this.discard()
  }

  discard(): void {
    if (this.ref !== 0) this.#keyspace.freeRecord(this.ref)
    this.ref = 0
  }
}
