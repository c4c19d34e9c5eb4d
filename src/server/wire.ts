import type net from 'node:net'
import type { Wire } from '../command/index.js'
import type { Statistics } from '../observe/index.js'

/** A connection's bytes, for a replication stream. */
export class SocketWire implements Wire {
  readonly #socket: net.Socket
  readonly #statistics: Statistics

  constructor(socket: net.Socket, statistics: Statistics) {
    this.#socket = socket
    this.#statistics = statistics
  }

  get pendingBytes(): number {
    return this.#socket.writableLength
  }

  write(bytes: Uint8Array, sent?: () => void): void {
    if (!this.#socket.writable) {
      if (sent !== undefined) queueMicrotask(sent)
      return
    }
    this.#statistics.bytesOut += bytes.length
    this.#statistics.replicationBytesOut += bytes.length
    this.#socket.write(bytes, sent)
  }

  setNoDelay(on: boolean): void {
    this.#socket.setNoDelay(on)
  }
}
