import type { Client, Follower, FollowerSettings, Wire } from '../command/index.js'
import type { Backlog } from './backlog.js'

/**
 * How far a replica is. `waiting` for an image to begin, `saving`: one is written for it, to its connection or to a file;
 * `sending`: it is sent the file; `online`: the stream. `done` is one that wanted the image only, and has it.
 */
export type ReplicaState = 'waiting' | 'saving' | 'sending' | 'online' | 'done'

/** The same in INFO's words; '' is not shown. */
const shownStates: Readonly<Record<ReplicaState, string>> = {
  waiting: 'wait_bgsave',
  saving: 'wait_bgsave',
  sending: 'send_bulk',
  online: 'online',
  done: '',
}

/** More of the stream is not given to the system at once: what it has not taken counts for one replica alone. */
const wireBytesMax = 1 << 20

/** One connection that is, or says it is going to be, a replica. */
export class Replica implements Follower {
  readonly client: Client
  readonly settings: FollowerSettings = {}
  wire: Wire | null = null
  state: ReplicaState = 'waiting'
  /** Bytes of the stream that were handed to its connection; -1 while it gets none of it. */
  sent = -1
  /** It says nothing of itself after SYNC: it is not waited for. */
  isSilent = false
  /** The stream waits for its first acknowledgement, which tells that it has read the end of the image. */
  startsWhenHeard = false
  /** What it acknowledged to have applied, and to have on disk. */
  acknowledged = 0
  onDisk = 0
  /** Monotonic milliseconds: of its last acknowledgement, of its request, and since when it takes nothing of an image. */
  heardAtMs = 0
  askedAtMs = 0
  stalledAtMs: number | null = null
  #backlog: Backlog | null = null
  #isPumping = false

  constructor(client: Client) {
    this.client = client
  }

  get isAttached(): boolean {
    return this.wire !== null
  }

  get isOnline(): boolean {
    return this.state === 'online'
  }

  get waitingBytes(): number {
    return this.#backlog === null || this.sent < 0 ? 0 : this.#backlog.end - this.sent
  }

  get shownState(): string {
    return shownStates[this.state]
  }

  /** As logs name it. */
  get name(): string {
    const { port } = this.settings
    return port === undefined || port === 0 ? `${this.address}:<unknown-replica-port>` : joined(this.address, port)
  }

  get address(): string {
    return this.settings.address ?? hostOf(this.client.address)
  }

  get port(): number {
    return this.settings.port ?? 0
  }

  /** From now on what follows the first `offset` bytes of the stream is kept for it. */
  follow(backlog: Backlog, offset: number): void {
    this.#backlog = backlog
    this.sent = offset
  }

  /** Sends what there is of the stream, as much as the connection takes. */
  readonly pump = (): void => {
    const { wire } = this
    const backlog = this.#backlog
    if (wire === null || backlog === null || this.state !== 'online' || this.startsWhenHeard || this.#isPumping) return
    this.#isPumping = true // the connection may say at once that bytes are sent
    while (wire.pendingBytes < wireBytesMax) {
      const piece = backlog.read(this.sent)
      if (piece === null) break
      this.sent += piece.bytes.length
      wire.write(piece.bytes, () => {
        piece.release()
        this.pump()
      })
    }
    this.#isPumping = false
  }

  say(line: string): void {
    this.wire?.write(Buffer.from(line, 'latin1'))
  }
}

/** `ip:port` or `[ip]:port` without the port. */
const hostOf = (address: string): string => address.slice(0, address.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1')

/** `ip:port`, with brackets around an address that has colons itself. */
export const joined = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
