import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import type { CancelSignal } from '../../cancellation.js'
import { Unavailable } from '../../store.js'
import type { Body } from '../bytes.js'

/** A body that need not be read is still taken off the wire up to here, to keep the connection. */
export const discardBytesMax = 16 * 1024

/** What may lie here unread; then the origin waits. */
const unreadBytesMax = 64 * 1024

interface Reader {
  readonly hash: Hash
  readonly bytesMax: number
  readonly done: (body: Body | null) => void
  readonly failed: (error: unknown) => void
}

/**
 * One request over undici, then its answer: settled once with its head, whose body is then read, discarded or, where there
 * is none, finished.
 *
 * It is undici's handler itself: the streams, the listener and the promises of `Pool.request` took more than a quarter of
 * what a validated read took.
 */
export class Response implements Dispatcher.DispatchHandler {
  statusCode = 0
  #headers: Record<string, string | string[] | undefined> = {}
  readonly #signal: CancelSignal
  readonly #answered: (response: Response) => void
  readonly #failed: (error: unknown) => void
  #controller: Dispatcher.DispatchController | null = null
  /** What came of the body, as long as nobody may have asked for it. */
  #chunks: Buffer[] = []
  #size = 0
  #reader: Reader | null = null
  /** Called at the end of a body that is passed over. */
  #passed: (() => void) | null = null
  #ended = false
  #error: unknown = null

  private constructor(signal: CancelSignal, answered: (response: Response) => void, failed: (error: unknown) => void) {
    this.#signal = signal
    this.#answered = answered
    this.#failed = failed
  }

  /**
   * Sends a request.
   *
   * @param answered gets the answer with its head
   * @param failed gets what undici says where none comes, or Unavailable where nobody waits
   */
  static to(
    dispatcher: Dispatcher,
    request: Dispatcher.DispatchOptions,
    signal: CancelSignal,
    answered: (response: Response) => void,
    failed: (error: unknown) => void,
  ): void {
    if (signal.aborted) return failed(nobodyWaits())
    const response = new Response(signal, answered, failed)
    signal.addEventListener('abort', response)
    dispatcher.dispatch(request, response)
  }

  /** A header's value, of several that have its name all. */
  header(name: string): string | null {
    const value = this.#headers[name]
    return (Array.isArray(value) ? value.join(', ') : value) ?? null
  }

  /** The whole body; null where it is larger than `bytesMax`, of which no more is read: its connection is lost. */
  read(bytesMax: number): Promise<Body | null> {
    return new Promise((done, failed) => {
      this.#reader = { hash: createHash('sha256'), bytesMax, done, failed }
      for (const chunk of this.#chunks) this.#reader.hash.update(chunk)
      this.#controller?.resume()
      this.#settle()
    })
  }

  /**
   * Leaves the body unread: one known to be short is taken off the wire, and one of unknown length where it has come with
   * the head, as that of a 404 without a body does. Any other costs its connection.
   */
  async discard(): Promise<void> {
    const length = this.header('content-length')
    const whole = new Promise<void>((passed) => this.#pass(passed))
    if (length === null) await setImmediate()
    if (length === null || Number(length) > discardBytesMax) this.#abort()
    await whole
  }

  /** Ends an answer that has no body: to HEAD, or 304. */
  finish(): void {
    this.#pass(() => undefined)
  }

  // --- of the signal

  handleEvent(): void {
    this.#abort()
  }

  // --- of undici

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#signal.aborted) this.#abort()
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    statusCode: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (statusCode < 200) return // more is to come
    this.statusCode = statusCode
    this.#headers = headers
    this.#answered(this)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#passed !== null) return
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#reader === null) {
      if (this.#size > unreadBytesMax) controller.pause()
      return
    }
    this.#reader.hash.update(chunk)
    if (this.#size > this.#reader.bytesMax) this.#settle()
  }

  onResponseEnd(): void {
    this.#end()
  }

  onResponseError(_: Dispatcher.DispatchController, error: unknown): void {
    this.#error = error
    if (this.statusCode === 0) this.#failed(error)
    this.#end()
  }

  // --- private

  #end(): void {
    this.#ended = true
    this.#signal.removeEventListener('abort', this)
    this.#passed?.()
    this.#settle()
  }

  /** Tells who reads, where that is known: the whole, that it is too long, or why there is no more. */
  #settle(): void {
    const reader = this.#reader
    if (reader === null) return
    if (this.#size > reader.bytesMax) {
      this.#reader = null
      this.#abort()
      reader.done(null)
    } else if (this.#ended) {
      this.#reader = null
      if (this.#error === null) reader.done({ bytes: this.#bytes(), digest: reader.hash.digest() })
      else reader.failed(this.#error)
    }
  }

  #bytes(): Buffer {
    return this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks, this.#size)
  }

  #pass(passed: () => void): void {
    this.#chunks = []
    if (this.#ended) return passed()
    this.#passed = passed
    this.#controller?.resume()
  }

  #abort(): void {
    if (!this.#ended) this.#controller?.abort(nobodyWaits())
  }
}

const nobodyWaits = (): Unavailable => new Unavailable('nobody waits', { counts: false })
