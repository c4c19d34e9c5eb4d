import type { Remains } from '../types.js'
import type { Directory, Places } from './directory.js'

/** Chunks given back at a time: some tens of microseconds. */
const chunksAtOnce = 512

/** The chunks of a list that nothing refers to any more. Takes over the directory, a view of its own. */
export class ListRemains implements Remains {
  readonly #places: Places
  readonly #directory: Directory
  #next = 0

  constructor(places: Places, directory: Directory) {
    this.#places = places
    this.#directory = directory
  }

  get size(): number {
    return this.#directory.size - this.#next
  }

  dropPiece(): boolean {
    const directory = this.#directory
    const end = Math.min(directory.size, this.#next + chunksAtOnce)
    for (; this.#next < end; this.#next++) {
      this.#places.free(directory.place(this.#next), directory.bytes(this.#next))
    }
    if (this.#next < directory.size) return true
    directory.free()
    return false
  }
}
