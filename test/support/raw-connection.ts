import { connect, type Socket } from 'node:net'
import { replyEnd } from './resp-frames.js'

/**
 * A read that waits for so many seconds fails its test: no test depends on how long an answer takes. They are counted one by
 * one, so that a machine that stood still meanwhile has not used them up.
 */
const patienceSeconds = 20

interface Reader {
  ready(): boolean
  resolve(): void
  reject(error: Error): void
}

/** A socket that sends bytes as they are and reads whole replies as they came: nothing between the test and the wire. */
export class RawConnection {
  readonly #socket: Socket
  #buffer = Buffer.allocUnsafe(1 << 16)
  /** Bytes of #buffer already given out; what lies between it and #filled is unread. */
  #taken = 0
  #filled = 0
  /** Ends of the complete replies found so far; the first begins at #taken. */
  #ends: number[] = []
  #closed = false
  #reader: Reader | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#receive(chunk as Buffer))
    socket.on('error', () => this.#close()) // a reset is a closed connection
    socket.on('close', () => this.#close())
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect({ port, host: '127.0.0.1' })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new RawConnection(socket)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Replies that are complete and not yet read. */
  get received(): number {
    return this.#ends.length
  }

  /** The port of this end, by which CLIENT LIST names the connection. */
  get localPort(): number {
    return this.#socket.localPort ?? 0
  }

  send(bytes: Uint8Array | string): void {
    this.#socket.write(bytes)
  }

  /** No more requests will come; replies may still. */
  end(): void {
    this.#socket.end()
  }

  /** Reads no more, so that what the server sends stays with it. */
  pause(): void {
    this.#socket.pause()
  }

  /** The next `count` replies, fewer only when the server closed the connection before it sent them. */
  async read(count: number): Promise<Buffer[]> {
    await this.#wait(() => this.#ends.length >= count)
    return this.#take(Math.min(count, this.#ends.length))
  }

  /** Every reply up to and with `marker` (bytes), or up to the end of the connection. */
  async readUntil(marker: Buffer): Promise<Buffer[]> {
    const replies: Buffer[] = []
    for (;;) {
      const [reply] = await this.read(1)
      if (reply === undefined) return replies
      replies.push(reply)
      if (reply.equals(marker)) return replies
    }
  }

  /** Everything still to come, whole replies or not, once the server has closed the connection. */
  async readToEnd(): Promise<Buffer> {
    await this.#wait(() => false)
    const rest = this.#buffer.subarray(this.#taken, this.#filled)
    this.#taken = this.#filled
    this.#ends = []
    return rest
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #take(count: number): Buffer[] {
    const replies: Buffer[] = []
    for (const end of this.#ends.splice(0, count)) {
      replies.push(this.#buffer.subarray(this.#taken, end))
      this.#taken = end
    }
    return replies
  }

  #receive(chunk: Buffer): void {
    if (this.#filled + chunk.length > this.#buffer.length) this.#makeRoom(chunk.length)
    chunk.copy(this.#buffer, this.#filled)
    this.#filled += chunk.length
    let at = this.#ends.at(-1) ?? this.#taken
    try {
      while (at < this.#filled) {
        const end = replyEnd(this.#buffer, at, this.#filled)
        if (end < 0) break
        this.#ends.push(end)
        at = end
      }
    } catch (error) {
      this.#socket.destroy()
      return this.#settle(error as Error)
    }
    this.#settle()
  }

  /** Replies given out are views of the old buffer, so room is a new buffer, never a move within it. */
  #makeRoom(bytes: number): void {
    const unread = this.#filled - this.#taken
    const next = Buffer.allocUnsafe(Math.max(1 << 16, (unread + bytes) * 2))
    this.#buffer.copy(next, 0, this.#taken, this.#filled)
    this.#ends = this.#ends.map((end) => end - this.#taken)
    this.#buffer = next
    this.#filled = unread
    this.#taken = 0
  }

  #close(): void {
    this.#closed = true
    this.#settle()
  }

  #settle(error?: Error): void {
    const reader = this.#reader
    if (reader === null) return
    if (error !== undefined) reader.reject(error)
    else if (this.#closed || reader.ready()) reader.resolve()
  }

  #wait(ready: () => boolean): Promise<void> {
    if (this.#closed || ready()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      let left = patienceSeconds
      const patience = setInterval(() => {
        if (--left === 0) this.#settle(new Error(`no reply within ${patienceSeconds} s`))
      }, 1000)
      const done = (): void => {
        clearInterval(patience)
        this.#reader = null
      }
      this.#reader = {
        ready,
        resolve: () => (done(), resolve()),
        reject: (error) => (done(), reject(error)),
      }
    })
  }
}
