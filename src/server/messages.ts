import { ReplyWriter, type Frame, type Protocol } from '../resp/index.js'
import type { Region } from '../base/index.js'

/** Bytes `start` to `end` of a region. */
interface Part {
  readonly region: Region
  readonly start: number
  readonly end: number
}

/** The messages out of band that are still to be written to one recipient: where they stand in `Messages`. */
export class PendingMessages {
  bytes = 0
  #region: Region | null = null
  #start = 0
  #end = 0
  /** Parts before that: none while all messages are this recipient's, which one part then holds together. */
  #earlier: Part[] = []

  /** Adds a message, behind those that are there. */
  add({ region, start, end }: Part): void {
    if (this.#region === region && this.#end === start) this.#end = end
    else {
      if (this.#region !== null) this.#earlier.push({ region: this.#region, start: this.#start, end: this.#end })
      this.#region = region
      this.#start = start
      this.#end = end
    }
    this.bytes += end - start
  }

  /** Whether they stand together. */
  get isOnePart(): boolean {
    return this.#region !== null && this.#earlier.length === 0
  }

  /** Takes them away: `visit` gets each part, in order. */
  take(visit: (region: Region, start: number, end: number) => void): void {
    const region = this.#region
    const earlier = this.#earlier
    this.clear()
    for (const part of earlier) visit(part.region, part.start, part.end)
    if (region !== null) visit(region, this.#start, this.#end)
  }

  clear(): void {
    this.bytes = 0
    this.#region = null
    if (this.#earlier.length > 0) this.#earlier = []
  }
}

/** One message as it stands among the others, in one version of the protocol. */
class Written {
  message: Uint8Array | Frame | null = null
  region!: Region
  start = 0
  end = 0
}

/**
 * The messages out of band of a loop turn, one behind the other in one buffer, each written once for each version of the
 * protocol however many hear it. Those that nobody hears but who hears all others are sent from here, without a copy.
 */
export class Messages {
  readonly #writer = new ReplyWriter()
  readonly #last: readonly [resp2: Written, resp3: Written] = [new Written(), new Written()]

  /** Bytes written since the last `reset`. */
  get bytes(): number {
    return this.#writer.position
  }

  /** The buffer that the next message is written to. */
  get region(): Region {
    return this.#writer.region
  }

  /** Where a message stands: it is written, unless it was the last one. */
  write(message: Uint8Array | Frame, protocol: Protocol): Part {
    const written = this.#last[protocol - 2]
    if (written.message === message) return written
    const writer = this.#writer
    writer.begin(protocol)
    if (message instanceof Uint8Array) writer.encoded(message)
    else message.write(writer)
    written.message = message
    written.region = writer.region
    written.start = writer.start
    written.end = writer.position
    return written
  }

  /** Starts over, in another buffer when somebody still reads this one. */
  reset(shared: boolean): void {
    this.#writer.reset(shared)
    for (const written of this.#last) written.message = null
  }
}
