import { open, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { secretBytes } from '../base/index.js'
import type { ImageReceiver, ImageRun } from './host.js'
import { idLength } from './history.js'
import { ImageFile } from './image-file.js'
import type { Replica } from './replica.js'

/** A replica whose connection holds so much of an image is waited for. */
const wireBytesMax = 1 << 20
/** A file is read and sent in pieces of this size. */
const pieceBytes = 1 << 16

/** An image on its way to replicas: straight to their connections, or to a file first. */
export interface Transfer extends ImageReceiver {
  readonly target: 'replicas' | 'disk'
  /** Those that it is for. */
  readonly replicas: ReadonlySet<Replica>
  run: ImageRun | null
  remove(replica: Replica): void
  /** Nobody needs it any more. */
  cancel(): void
}

export interface TransferEvents {
  /** The image was sent, or lies in a file, from which the replica is to be sent it. */
  finished(transfer: Transfer): void
  failed(transfer: Transfer, reason: string): void
}

/** Sends an image to connections as it is written. Its end is told by a mark that was announced before. */
export class SocketTransfer implements Transfer {
  readonly target = 'replicas'
  readonly replicas: Set<Replica>
  run: ImageRun | null = null
  readonly #mark = Buffer.from(secretBytes(idLength / 2).toString('hex'))
  readonly #events: TransferEvents
  readonly #nowMs: () => number
  #isHeld = false

  constructor(replicas: Iterable<Replica>, events: TransferEvents, nowMs: () => number) {
    this.replicas = new Set(replicas)
    this.#events = events
    this.#nowMs = nowMs
  }

  /** Announces the image. */
  begin(): void {
    for (const replica of this.replicas) replica.say(`$EOF:${this.#mark.toString()}\r\n`)
  }

  write(bytes: Uint8Array): boolean {
    for (const replica of this.replicas) replica.wire?.write(bytes, this.#sent)
    this.#isHeld = this.#isAnyFull()
    return !this.#isHeld
  }

  end(): void {
    for (const replica of this.replicas) {
      replica.stalledAtMs = null
      replica.wire?.write(this.#mark)
    }
    this.#events.finished(this)
  }

  failed(reason: string): void {
    this.#events.failed(this, reason)
  }

  remove(replica: Replica): void {
    if (this.replicas.delete(replica)) this.#sent()
  }

  cancel(): void {
    this.run?.cancel()
  }

  readonly #sent = (): void => {
    if (!this.#isHeld || this.#isAnyFull()) return
    this.#isHeld = false
    this.run?.resume()
  }

  /** Whether somebody has enough for now; notes since when. */
  #isAnyFull(): boolean {
    let isAny = false
    for (const replica of this.replicas) {
      const isFull = (replica.wire?.pendingBytes ?? 0) >= wireBytesMax
      if (!isFull) replica.stalledAtMs = null
      else replica.stalledAtMs ??= this.#nowMs()
      isAny ||= isFull
    }
    return isAny
  }
}

/** Writes an image to a file, from which each replica is sent it at its own speed. */
export class FileTransfer implements Transfer {
  readonly target = 'disk'
  readonly replicas: Set<Replica>
  run: ImageRun | null = null
  readonly #file: ImageFile
  readonly #events: TransferEvents
  #hasFailed = false

  constructor(replicas: Iterable<Replica>, events: TransferEvents, path: string, temporaryName: string) {
    this.replicas = new Set(replicas)
    this.#events = events
    this.#file = new ImageFile(
      path,
      join(dirname(path), temporaryName),
      () => this.run?.resume(),
      (reason) => this.failed(reason),
    )
  }

  add(replica: Replica): void {
    this.replicas.add(replica)
  }

  write(bytes: Uint8Array): boolean {
    return this.#hasFailed ? true : this.#file.write(bytes)
  }

  end(): void {
    if (this.#hasFailed) return
    this.#file.finish().then(
      () => this.#events.finished(this),
      (error: unknown) => this.failed((error as Error).message),
    )
  }

  failed(reason: string): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    void this.#file.discard()
    this.#events.failed(this, reason)
  }

  remove(replica: Replica): void {
    this.replicas.delete(replica)
  }

  cancel(): void {
    this.#hasFailed = true
    this.run?.cancel()
    void this.#file.discard()
  }
}

/** Sends a file to one replica: its length, and its bytes. Resolves when all are given to the connection. */
export async function sendFile(path: string, replica: Replica): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await sendFrom(handle, replica)
  } finally {
    await handle.close()
  }
}

async function sendFrom(handle: FileHandle, replica: Replica): Promise<void> {
  const { size } = await handle.stat()
  replica.say(`$${size}\r\n`)
  let at = 0
  while (at < size) {
    const { wire } = replica
    if (wire === null) return // it is gone
    const piece = Buffer.allocUnsafeSlow(Math.min(pieceBytes, size - at))
    const { bytesRead } = await handle.read(piece, 0, piece.length, at)
    if (bytesRead === 0) throw new Error('premature EOF')
    at += bytesRead
    if (replica.wire === null) return
    await new Promise<void>((resolve) => wire.write(piece.subarray(0, bytesRead), resolve))
  }
}
