import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** Stands between a store and its database: counts what the database sends, and cuts connections where a test says so. */
export class CuttingProxy {
  /** Bytes that the database sent, over all connections. */
  received = 0
  /** Connections that were made. */
  connections = 0
  /** How many more bytes of the database get through before every connection is cut. */
  #left = Infinity
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(port: number) {
    this.#server = createServer((near) => {
      const far = connect(port, '127.0.0.1')
      this.connections++
      for (const socket of [near, far]) {
        this.#sockets.add(socket)
        socket.on('error', () => undefined)
        socket.on('close', () => {
          this.#sockets.delete(socket)
          near.destroy()
          far.destroy()
        })
      }
      near.on('data', (chunk) => far.write(chunk))
      far.on('data', (chunk: Buffer) => {
        this.received += chunk.length
        near.write(chunk.subarray(0, this.#left))
        this.#left -= chunk.length
        if (this.#left <= 0) this.cut()
      })
    })
  }

  static async start(port: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(port)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Cuts every connection once the database has sent so many more bytes; those that come later are left alone. */
  cutAfter(bytes: number): void {
    this.#left = bytes
  }

  cut(): void {
    this.#left = Infinity
    for (const socket of this.#sockets) socket.end().destroySoon()
  }

  async stop(): Promise<void> {
    this.cut()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}
