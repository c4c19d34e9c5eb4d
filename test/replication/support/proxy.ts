import net from 'node:net'
import type { SeededRandom } from '../../../src/base/index.js'

/** Chunks are held back for so many milliseconds, at most. */
const delayMsMax = 5

/** A TCP relay that cuts connections after any byte, and delays what it passes on. */
export class Proxy {
  /** Connections that it cut. */
  cuts = 0
  readonly #server: net.Server
  readonly #random: SeededRandom
  readonly #open = new Set<() => void>()
  /** Bytes that are passed on before the next cut; Infinity: none is to come. */
  #left = Infinity

  private constructor(target: number, random: SeededRandom) {
    this.#random = random
    this.#server = net.createServer((from) => this.#relay(from, net.connect(target, '127.0.0.1')))
  }

  static async start(target: number, random: SeededRandom): Promise<Proxy> {
    const proxy = new Proxy(target, random)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port
  }

  /** Cuts all connections after so many bytes more. */
  cutAfter(bytes: number): void {
    this.#left = bytes
  }

  cut(): void {
    this.#left = Infinity
    if (this.#open.size > 0) this.cuts++
    for (const end of [...this.#open]) end()
  }

  async stop(): Promise<void> {
    this.#left = Infinity
    for (const end of [...this.#open]) end()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #relay(from: net.Socket, to: net.Socket): void {
    const end = (): void => {
      this.#open.delete(end)
      from.destroy()
      to.destroy()
    }
    this.#open.add(end)
    this.#pass(from, to, end)
    this.#pass(to, from, end)
  }

  #pass(from: net.Socket, to: net.Socket, end: () => void): void {
    const waiting: Buffer[] = []
    let timer: NodeJS.Timeout | null = null
    const flush = (): void => {
      timer = null
      for (const chunk of waiting.splice(0)) this.#write(to, chunk)
    }
    from.setNoDelay(true)
    from.on('data', (chunk: Buffer) => {
      waiting.push(chunk)
      if (timer !== null) return
      const delay = this.#random.below(4) === 0 ? this.#random.below(delayMsMax + 1) : 0
      if (delay === 0) flush()
      else timer = setTimeout(flush, delay)
    })
    from.on('error', end)
    from.on('close', end)
  }

  #write(to: net.Socket, chunk: Buffer): void {
    if (chunk.length < this.#left) {
      this.#left -= chunk.length
      to.write(chunk)
      return
    }
    to.write(chunk.subarray(0, this.#left)) // the other side has these, and no more
    this.cut()
  }
}
