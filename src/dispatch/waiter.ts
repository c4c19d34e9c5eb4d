import { Region, type Timer } from '../base/index.js'
import type { Block, Client, Command } from '../command/index.js'
import { Args } from '../resp/index.js'
import type { Place } from './crowds.js'

/** What all waiters load their arguments into: one call runs at a time. */
const loaded = new Args()
let room = Region.allocate(1 << 10)
let roomBytes = 1 << 10

/** One client that waits, with all that is needed to run its call again. */
export class Waiter {
  readonly client: Client
  readonly command: Command
  readonly block: Block
  /** Nothing is replied: CLIENT REPLY held when the call was made. */
  readonly isSilent: boolean
  /** Where it stands in the lines for its keys. */
  readonly places: Place[] = []
  timer: Timer | null = null
  readonly #bytes: Buffer
  readonly #lengths: number[] = []

  constructor(client: Client, command: Command, args: Args, block: Block, isSilent: boolean) {
    this.client = client
    this.command = command
    this.block = block
    this.isSilent = isSilent
    let length = 0
    for (let i = 0; i < args.count; i++) length += args.at(i).length
    this.#bytes = Buffer.allocUnsafe(length)
    let at = 0
    for (let i = 0; i < args.count; i++) {
      const { region, start, length: bytes } = args.at(i)
      region.bytes.copy(this.#bytes, at, start, start + bytes)
      this.#lengths.push(bytes)
      at += bytes
    }
  }

  /** The call's arguments: good until the next waiter's are loaded. */
  loadArguments(): Args {
    const bytes = this.#bytes
    if (bytes.length > roomBytes) {
      roomBytes = bytes.length * 2
      room = Region.allocate(roomBytes)
    }
    bytes.copy(room.bytes)
    const lengths = this.#lengths
    loaded.reserve(lengths.length)
    loaded.count = lengths.length
    for (let i = 0, at = 0; i < lengths.length; at += lengths[i++]) loaded.at(i).set(room, at, lengths[i])
    return loaded
  }
}
