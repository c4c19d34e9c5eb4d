import type { Region, ReplyError } from '../base/index.js'
import type { Args } from '../resp/index.js'
import { shown } from './handshake.js'
import type { ReplicationHost } from './host.js'
import { BrokenStream, IncomingStream } from './incoming-stream.js'

/** So much of the stream is read while it may not be executed. */
const pausedBytesMax = 1 << 20

export interface PrimaryStreamEvents {
  applied(region: Region, start: number, end: number): void
  /** The primary asks how far this replica is. */
  asked(): void
  /** No more is to be read for now, or it may be again. */
  hold(on: boolean): void
  /** The pause is over, and what waited for its end is about to be executed. */
  resumed(): void
  /** What comes is no stream: nothing can be gone on from. */
  broken(): void
}

/** What a primary sends once it is followed: executed as it comes, and after its end under CLIENT PAUSE. */
export class PrimaryStream {
  readonly #host: ReplicationHost
  readonly #events: PrimaryStreamEvents
  readonly #incoming: IncomingStream
  /** It waits for the end of a pause. */
  #isPaused = false
  /** Counts streams: what waits belongs to one of them. */
  #epoch = 0

  constructor(host: ReplicationHost, events: PrimaryStreamEvents) {
    this.#host = host
    this.#events = events
    this.#incoming = new IncomingStream({
      replay: host.replay,
      isHeld: () => host.pause.isActive,
      applied: (region, start, end) => events.applied(region, start, end),
      asked: () => events.asked(),
      failed: (error, args) => this.#requestFailed(error, args),
    })
  }

  /** Bytes that were received and not executed. */
  get pendingBytes(): number {
    return this.#incoming.pendingBytes
  }

  push(region: Region, start: number, end: number): void {
    this.#execute(() => this.#incoming.push(region, start, end))
  }

  /** The link is cut: what was not executed is forgotten. */
  reset(): void {
    this.#epoch++
    this.#isPaused = false
    this.#incoming.reset()
  }

  /** Executes what has come. Under CLIENT PAUSE it waits, and beyond a limit no more is read. */
  #execute(run: () => void): void {
    const { pause } = this.#host
    const epoch = this.#epoch
    if (!this.#succeeds(run) || epoch !== this.#epoch || !pause.isActive) return
    if (this.#incoming.pendingBytes > pausedBytesMax) this.#events.hold(true)
    if (this.#isPaused) return
    this.#isPaused = true
    pause.whenOver(() => {
      if (this.#epoch !== epoch) return
      this.#isPaused = false
      this.#events.resumed()
      this.#execute(() => this.#incoming.resume())
      if (this.#epoch === epoch && !this.#isPaused) this.#events.hold(false)
    })
  }

  #succeeds(run: () => void): boolean {
    try {
      run()
      return true
    } catch (error) {
      if (!(error instanceof BrokenStream)) throw error
      this.#host.log.warning(
        `Protocol error from MASTER: ${error.message} Closing the master connection and discarding the cached master.`,
      )
      this.#events.broken()
      return false
    }
  }

  /** What the primary sends it has executed itself: an error here means that the datasets differ. */
  #requestFailed(error: ReplyError, args: Args): void {
    const { log, settings } = this.#host
    const name = shown(args.at(0).toLatin1().slice(0, 64))
    log.warning(
      `== CRITICAL == This replica is sending an error to its master: '${error.text}' after processing the command '${name}'`,
    )
    // a replica that is written to may differ
    if (settings.propagationErrorBehavior === 'ignore' || !settings.replicaReadOnly) return
    log.warning(`This replica panicked sending an error to its master after processing the command '${name}'`)
    this.#host.fatal()
  }
}
