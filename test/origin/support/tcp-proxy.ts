import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/**
 * What becomes of the bytes between a store and its origin. `hang`: nothing is answered. `reset`: connections are reset.
 * `garbage`: something else comes than the reply. `half`: a reply breaks off. `hold`: replies wait until `release`.
 */
export type ProxyMode = 'pass' | 'hang' | 'reset' | 'garbage' | 'half' | 'hold'

const garbage = 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\x00\xffwhatever\r\n\r\n'

interface Pair {
  readonly near: Socket
  readonly far: Socket
  /** Bytes of it are gone: nothing that comes later passes, and it is reset when all is well again. */
  isTorn: boolean
}

/**
 * Stands between a store and its real origin, and lets go wrong what a network lets go wrong. It never loses bytes out of
 * the middle of a stream, which no network does: a Redis replica that follows through it would not outlive that.
 */
export class TcpProxy {
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  readonly #target: () => number
  #mode: ProxyMode = 'pass'
  #held: (() => void)[] = []
  #wake = (): void => undefined
  /** Pieces that stores sent since the mode was set. */
  #asked = 0

  private constructor(target: () => number) {
    this.#target = target
    this.#server = createServer((near) => this.#open(near))
  }

  /** @param target the origin's port, looked up for each connection */
  static async start(target: number | (() => number), port = 0): Promise<TcpProxy> {
    const proxy = new TcpProxy(typeof target === 'number' ? () => target : target)
    await new Promise<void>((resolve) => proxy.#server.listen(port, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#pairs.size
  }

  get mode(): ProxyMode {
    return this.#mode
  }

  set mode(mode: ProxyMode) {
    this.#mode = mode
    this.#asked = 0
    for (const { near, isTorn } of this.#pairs) if (mode === 'reset' || (mode === 'pass' && isTorn)) reset(near)
    if (mode === 'pass') for (const pass of this.#held.splice(0)) pass()
  }

  /** Waits until a store has sent something in the present mode. */
  async asked(): Promise<void> {
    while (this.#asked === 0) await new Promise<void>((wake) => (this.#wake = wake))
  }

  /** Lets through what was held. */
  release(): void {
    this.mode = 'pass'
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const { near, far } of this.#pairs) for (const socket of [near, far]) socket.destroy()
    await closed
  }

  #open(near: Socket): void {
    const far = connect(this.#target(), '127.0.0.1')
    const pair: Pair = { near, far, isTorn: false }
    this.#pairs.add(pair)
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#pairs.delete(pair)
        near.destroy()
        far.destroy()
      })
    }
    near.on('data', (bytes) => this.#forth(pair, bytes as Buffer))
    far.on('data', (bytes) => this.#back(pair, bytes as Buffer))
    if (this.#mode === 'reset') reset(near)
  }

  #forth(pair: Pair, bytes: Buffer): void {
    this.#asked++
    this.#wake()
    const isPassing = this.#mode !== 'hang' && this.#mode !== 'garbage'
    if (isPassing && !pair.isTorn) return void pair.far.write(bytes)
    pair.isTorn = true
    if (this.#mode === 'garbage') pair.near.write(garbage)
  }

  #back(pair: Pair, bytes: Buffer): void {
    const { near } = pair
    if (this.#mode === 'hang' || this.#mode === 'garbage') pair.isTorn = true
    if (pair.isTorn) return
    if (this.#mode === 'pass') near.write(bytes)
    else if (this.#mode === 'hold') this.#held.push(() => near.write(bytes))
    else if (this.#mode === 'half') near.end(bytes.subarray(0, bytes.length >> 1))
  }
}

/** A socket whose end is under way is not reset: Node 20 loses count of that request then, and its process never ends. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
