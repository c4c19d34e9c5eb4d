import type net from 'node:net'
import { ReplyError, type Region } from '../base/index.js'
import { Client, type Transaction, type Wire } from '../command/index.js'
import { Progress, type Frame, type ReplyWriter } from '../resp/index.js'
import type { ConnectionHost } from './connection-host.js'
import { fileDescriptor } from './adopt.js'
import { AheadReader } from './ahead-reader.js'
import { KeptBytes } from './kept-bytes.js'
import { readBytes } from './listener.js'
import { Arrivals } from './arrivals.js'
import { PendingMessages } from './messages.js'
import type { Recipient } from './output.js'
import { SocketWire } from './wire.js'

/** Replies up to this size go out as a string: cheaper for the system call than a Buffer. */
const stringBytesMax = 256
/** Replies from this size on are not copied even when they have to wait. */
const sharedBytesMin = 1 << 16
/** Replies of one client beyond this are sent before its next request is executed. */
const flushBytes = 1 << 18
/** A client that waits for an origin may send this much more before it is no longer read. */
const waitingBytesMax = 1 << 20
/** Replies up to this size are sent whatever the limit is: Redis keeps them in a buffer of their own. */
const freeReplyBytes = 1 << 14
/** After this long without a request a client's room for requests is given back, as Redis does. */
const idleMs = 2000
/** What an argument costs beside its bytes: its place in a request that is not complete, and its slice. */
const argumentBytes = 64

/**
 * One connection: feeds what it reads to dispatch, request by request, and keeps what cannot be executed yet.
 *
 * Requests are executed out of the shared read buffer, without a copy. Only an incomplete request, and everything behind
 * a call that waits, is copied to a buffer of the connection's own.
 */
export class Connection extends Client implements Recipient {
  readonly address: string
  readonly localAddress: string
  readonly fileDescriptor: number
  readonly isUnixSocket: boolean
  outputRegion: Region | null = null
  outputStart = 0
  outputEnd = 0
  readonly pushed = new PendingMessages()
  heldBytes = 0
  readonly holdsItself = false
  replyBytesMax = Infinity
  readonly #socket: net.Socket
  readonly #host: ConnectionHost
  readonly #kept: KeptBytes
  /** Bytes of the shared buffer whose requests are being executed. */
  #borrowedBytes = 0
  #progress: Progress | null = null
  #received = 0
  /** When what is kept came; empty while no route asks. */
  readonly #arrivals = new Arrivals()
  #ahead: AheadReader | null = null
  #isExecuting = false
  #isPaused = false
  #isEnding = false
  #softLimitSinceMs = 0
  #wire: SocketWire | null = null
  #hasLeft = false

  constructor(id: number, socket: net.Socket, host: ConnectionHost, socketPath: string) {
    super(id, host.clock.unixMs())
    this.#socket = socket
    this.#host = host
    this.#kept = new KeptBytes((region) => this.#release(region))
    this.isUnixSocket = socketPath !== ''
    this.address = this.isUnixSocket ? `${socketPath}:0` : endpoint(socket.remoteAddress, socket.remotePort)
    this.localAddress = this.isUnixSocket ? `${socketPath}:0` : endpoint(socket.localAddress, socket.localPort)
    this.fileDescriptor = fileDescriptor(socket)
    this.limitReplies()
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#gone())
    socket.on('end', () => this.#ended())
  }

  /** Of an argument that is still coming only its bytes, as Redis has it: what stands before it is read already. */
  get queryBytes(): number {
    return this.#kept.length + this.#borrowedBytes - (this.#progress?.readBytes ?? 0)
  }

  /**
   * Room behind them; of a client without a buffer of its own that of the shared one, until it has been idle for a while. An
   * argument that was announced counts as a whole from then on: room for it is made as it comes, but it is what the client
   * is going to take, and a limit should not wait for it.
   */
  get queryFreeBytes(): number {
    const kept = this.#kept
    if (kept.region !== null) return Math.max(kept.freeBytes, (this.#progress?.needed ?? 0) - kept.length)
    return this.#isIdle ? 0 : readBytes
  }

  get outputBytes(): number {
    return this.#socket.writableLength + this.heldBytes + (this.replica?.waitingBytes ?? 0)
  }

  override get memoryBytes(): number {
    if (this.#socket.destroyed) return 0
    // what a replica has not been sent, or has not taken, is the stream's, once for all of them
    const { replica } = this
    const streamBytes = replica?.isAttached === true ? replica.waitingBytes + this.#socket.writableLength : 0
    const bytes = super.memoryBytes - streamBytes
    return this.#kept.region === null ? bytes - this.queryFreeBytes : bytes
  }

  /** Takes the first `length` bytes of the shared read buffer. */
  receive(shared: Region, length: number): void {
    const host = this.#host
    host.statistics.bytesIn += length
    host.statistics.readsProcessed++
    this.#received += length
    host.evictClients()
    if (this.closing) return
    this.#take(shared, length)
    host.resized(this)
  }

  #take(shared: Region, length: number): void {
    const { dispatcher } = this.#host
    if (this.waiting || this.#kept.length > 0) {
      // what is kept of a client that does not wait begins one request, which comes with its last byte
      if (!this.waiting) this.#arrivals.forget(this.#received - length)
      this.#keep(shared, 0, length, this.#host.clock.monotonicMs())
      if (this.closing) return
      if (!this.waiting) this.#executeKept()
      else if (this.queryBytes > waitingBytesMax && this.#isBrief) this.#pause()
      return
    }
    this.#borrowedBytes = length
    this.arrivedAtMs = dispatcher.beginBatch()
    const rest = this.#execute(shared, 0, length, false)
    dispatcher.endBatch()
    this.#borrowedBytes = 0
    if (rest < length && !this.closing) {
      this.#keep(shared, rest, length, this.arrivedAtMs)
      if (this.waiting) this.#afterWait()
    }
  }

  resume(): void {
    if (this.closing) return
    if (this.#isExecuting) return
    this.waiting = false
    this.#executeKept()
    this.#host.resized(this)
    if (this.#isEnding) this.#endUnlessBrief()
    else if (this.#isPaused && !(this.waiting && this.#isBrief)) {
      this.#isPaused = false
      this.#socket.resume()
    }
  }

  send(write: (reply: ReplyWriter) => void): void {
    if (this.#socket.destroyed) return
    write(this.#host.output.use(this))
  }

  override wire(): Wire {
    this.#wire ??= new SocketWire(this.#socket, this.#host.statistics)
    return this.#wire
  }

  override checkOutput(): void {
    this.checkOutputLimit()
  }

  push(message: Uint8Array | Frame): void {
    if (this.replyMode === 'never') this.replied('a message')
    else if (!this.closing) this.#host.output.push(this, message)
  }

  override writePushed(): void {
    if (this.pushed.bytes > 0) this.#host.output.use(this)
  }

  close(afterReplies: boolean): void {
    this.closing = true
    if (afterReplies) return this.#host.output.finish(this)
    this.#socket.destroy() // which is told of in a later loop turn
    this.#host.closed(this)
  }

  override cut(): void {
    this.close(false)
    this.#leave()
  }

  /** Stops reading, answers what was read, and closes: for an orderly end of the server. */
  end(): void {
    if (this.closing) return
    this.#pause()
    this.#isEnding = true
    this.#endUnlessBrief()
  }

  transmit(region: Region, start: number, end: number): boolean {
    const socket = this.#socket
    const { statistics } = this.#host
    statistics.bytesOut += end - start
    statistics.writesProcessed++
    if (socket.destroyed || !socket.writable) return false
    if (end - start <= stringBytesMax) {
      socket.write(region.bytes.latin1Slice(start, end), 'latin1')
      return false
    }
    const bytes = region.bytes.subarray(start, end)
    if (bytes.length < sharedBytesMin && socket.writableLength !== 0) {
      socket.write(Buffer.from(bytes)) // it has to wait behind others: it must not hold the whole buffer for so long
      return false
    }
    socket.write(bytes)
    return socket.writableLength !== 0
  }

  flushed(): void {
    if (this.closing) {
      // who has been answered to the end is gone for everybody, before the system says so
      if (this.#socket.writableLength === 0) this.#leave()
      this.#socket.destroySoon() // paused, it would never read that the other side closed too
      return
    }
    if (this.#socket.writableLength > 0 || this.isSubscribed) this.checkOutputLimit()
    this.#host.resized(this)
  }

  held(): void {
    if (!this.closing) this.checkOutputLimit()
  }

  overflowed(): void {
    if (!this.closing) this.#closeForOutput(this.replyBytesMax)
  }

  /** Reckons how much it may be sent from the limits and from what it has not yet taken. */
  limitReplies(): void {
    const { hardBytes } = this.#host.outputLimit(this)
    this.replyBytesMax = hardBytes === 0 ? Infinity : Math.max(freeReplyBytes, hardBytes - this.outputBytes)
  }

  /** Closes a client that does not read what it asked for, where `client-output-buffer-limit` says so. */
  checkOutputLimit(): void {
    const bytes = this.outputBytes
    this.limitReplies()
    const { hardBytes, softBytes, softSeconds } = this.#host.outputLimit(this)
    const isOverSoft = softBytes > 0 && bytes >= softBytes
    const nowMs = this.#host.clock.monotonicMs()
    if (!isOverSoft) this.#softLimitSinceMs = 0
    else if (this.#softLimitSinceMs === 0) this.#softLimitSinceMs = nowMs
    const isSoftOver = isOverSoft && nowMs - this.#softLimitSinceMs > softSeconds * 1000
    if ((hardBytes > 0 && bytes >= hardBytes) || isSoftOver) this.#closeForOutput(bytes)
  }

  #closeForOutput(bytes: number): void {
    this.#host.statistics.outputBufferLimitDisconnections++
    this.#host.log.warning(`Client ${this.address} closed for overcoming of output buffer limits (${bytes} bytes).`)
    this.close(false)
  }

  /** Gives back the room for requests, if it is large or the client idle, and was not used since this was last asked. */
  shrink(): void {
    this.#kept.shrink(this.#isIdle)
  }

  get #isIdle(): boolean {
    return this.#host.clock.unixMs() - this.lastActiveMs >= idleMs
  }

  // --- private

  /**
   * Whether the wait at hand ends by itself: for an origin, whose requests have deadlines. Only then is the client not read
   * beyond a megabyte, since who is not read cannot be seen to leave. Who waits for keys or for an unpause is read on, as by
   * Redis, up to `client-query-buffer-limit`.
   */
  get #isBrief(): boolean {
    return this.#host.dispatcher.isSettling(this)
  }

  /** Nobody knows when the keys will come that a blocked call waits for, and a write that is held back comes too late. */
  #endUnlessBrief(): void {
    const { blocked, pauses } = this.#host.dispatcher
    if (!this.waiting || blocked.has(this) || pauses.isHolding(this)) this.close(true)
  }

  #executeKept(): void {
    const { dispatcher } = this.#host
    const kept = this.#kept
    if (kept.length === 0) return
    this.#isExecuting = true
    const nowMs = dispatcher.beginBatch()
    if (this.#arrivals.size === 0) this.arrivedAtMs = nowMs
    const rest = this.#execute(kept.region!, kept.from, kept.end, true)
    dispatcher.endBatch()
    this.#isExecuting = false
    this.#arrivals.forget(this.#received - (kept.end - rest))
    kept.advance(rest)
    if (kept.length > 0 && this.waiting) this.#afterWait()
  }

  /** Executes the requests between `from` and `end`; returns where the first one begins that is left. */
  #execute(region: Region, from: number, end: number, isOwn: boolean): number {
    const { parser, dispatcher, output } = this.#host
    while (from < end) {
      let next: number
      try {
        const authenticated = (this.gates & 1) === 0
        next =
          this.#progress !== null
            ? parser.resume(this.#progress, region, from, end, authenticated)
            : parser.parse(region, from, end, authenticated)
      } catch (error) {
        this.#protocolError(error)
        return end
      }
      if (next < 0) {
        this.#progress ??= new Progress()
        return from
      }
      this.#progress = null
      if (parser.args.count > 0) {
        if (isOwn && this.#arrivals.size > 0) {
          this.arrivedAtMs = this.#arrivals.of(this.#received - (this.#kept.end - next), this.arrivedAtMs)
        }
        const reply = output.use(this)
        this.lastActiveMs = this.#host.keyspace.nowMs
        const outcome = dispatcher.execute(this, parser.args, reply)
        if (this.transaction !== null) this.#boundTransaction(this.transaction)
        if (outcome !== 'done') {
          this.waiting = true
          return outcome === 'again' ? from : next
        }
        if (output.pendingBytes > Math.min(flushBytes, this.replyBytesMax) && !this.closing) {
          output.flush()
          dispatcher.hasSent()
        }
        if (this.closing) return end
      } else dispatcher.passOver(this)
      from = next
    }
    return from
  }

  #protocolError(error: unknown): void {
    if (!(error instanceof ReplyError)) throw error
    if (this.replyMode === 'on') this.send((reply) => reply.error(error))
    this.#host.statistics.countError(error.prefix)
    this.#host.log.verbose(`Protocol error from client ${this.address}: ${error.message}`)
    this.close(true)
  }

  /** The call at hand waits: asks for what the requests behind it need, so that all wait together. */
  #afterWait(): void {
    const { dispatcher, settling, aheadParser } = this.#host
    const kept = this.#kept
    if (settling.routeCount === 0 || !dispatcher.isSettling(this)) return
    this.#ahead ??= new AheadReader(aheadParser, (position) => this.#arrivals.of(position, this.arrivedAtMs))
    dispatcher.readAhead(this, this.#ahead.open(kept.region!, kept.from, kept.end, this.#received, this.requests))
  }

  /** Copies bytes behind those that are kept. */
  #keep(from: Region, start: number, end: number, arrivedAtMs: number): void {
    if (this.#host.settling.routeCount !== 0) this.#arrivals.note(this.#received, arrivedAtMs)
    if (!this.#kept.append(from, start, end, this.#progress?.needed ?? 0)) {
      this.#cutOff('for which there is no memory')
      return
    }
    const beside = (this.#progress?.starts.length ?? 0) * argumentBytes
    if (this.#kept.length + beside > this.#host.queryBytesMax()) this.#cutOff('that reached max query buffer length')
  }

  /** What is queued behind MULTI counts as not executed. */
  #boundTransaction({ bytes }: Transaction): void {
    if (bytes > this.#host.queryBytesMax()) this.#cutOff('that reached max query buffer length by its transaction')
  }

  #cutOff(why: string): void {
    this.#host.statistics.queryBufferLimitDisconnections++
    this.#host.log.warning(`Closing client ${this.address} ${why}`)
    this.close(false)
  }

  /** The room's arguments point at it no longer. */
  #release(region: Region): void {
    this.#host.parser.args.release(region)
    this.#host.aheadParser.args.release(region)
  }

  #pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#socket.pause()
  }

  /** The client sends no more. One that waits is given up, as Redis does; what was executed is still answered. */
  #ended(): void {
    if (this.waiting) this.#socket.destroy()
    else this.close(true)
  }

  #gone(): void {
    this.closing = true
    this.#kept.giveBack()
    this.#leave()
  }

  #leave(): void {
    if (this.#hasLeft) return
    this.#hasLeft = true
    this.#host.gone(this)
  }
}

const endpoint = (address: string | undefined, port: number | undefined): string =>
  address === undefined ? '?:0' : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
