import type { Region } from '../base/index.js'
import type { ChangeSink } from '../command/index.js'
import { Backlog } from './backlog.js'
import type { History } from './history.js'
import type { Replica } from './replica.js'

/** Redis's least backlog. */
const backlogBytesMin = 16 * 1024

export interface OutgoingStreamOptions {
  readonly history: History
  /** `repl-backlog-size` */
  backlogBytes(): number
  /** Runs a job at the end of this loop turn. */
  defer(job: () => void): void
  /** A replica is behind: whether it may stay. */
  isTooMuch(replica: Replica): void
}

/**
 * The replication stream that leaves this server: what its clients changed, or what its own primary sends, and the replicas
 * that read it. While there is no backlog nothing is copied, and no offset counted.
 */
export class OutgoingStream implements ChangeSink {
  /** Those that asked for a resync, in the order they came. */
  readonly replicas = new Set<Replica>()
  backlog: Backlog | null = null
  readonly #options: OutgoingStreamOptions
  #isScheduled = false

  constructor(options: OutgoingStreamOptions) {
    this.#options = options
  }

  open(): Backlog {
    this.backlog ??= new Backlog(this.#options.history.offset, this.#backlogBytes)
    return this.backlog
  }

  /** Forgets the stream; nobody may be reading it. */
  drop(): void {
    this.backlog = null
  }

  resize(): void {
    if (this.backlog === null) return
    this.backlog.sizeBytes = this.#backlogBytes
    this.#trim()
  }

  append(region: Region, start: number, end: number): void {
    this.#options.history.offset += end - start
    this.backlog?.append(region, start, end)
    this.schedule()
  }

  /** Has replicas sent what there is at the end of this loop turn. */
  schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#options.defer(this.#flush)
  }

  remove(replica: Replica): boolean {
    if (!this.replicas.delete(replica)) return false
    replica.wire = null
    replica.sent = -1
    this.#trim()
    return true
  }

  /** Memory that is taken beyond the backlog's size, for replicas that are behind. */
  get beyondBytes(): number {
    if (this.backlog === null || this.replicas.size === 0) return 0
    return Math.max(0, this.backlog.memoryBytes - this.#backlogBytes)
  }

  get #backlogBytes(): number {
    return Math.max(backlogBytesMin, this.#options.backlogBytes())
  }

  readonly #flush = (): void => {
    this.#isScheduled = false
    for (const replica of [...this.replicas]) {
      replica.pump()
      this.#options.isTooMuch(replica)
    }
    this.#trim()
  }

  #trim(): void {
    if (this.backlog === null) return
    let needed = Infinity
    for (const { sent } of this.replicas) if (sent >= 0) needed = Math.min(needed, sent)
    this.backlog.trim(needed)
  }
}
