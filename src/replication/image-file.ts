import { open, rename, unlink, type FileHandle } from 'node:fs/promises'

/** Beyond this many bytes that are not written yet, whoever writes is told to wait. */
const queuedBytesMax = 1 << 20

/** A file that comes into being under another name, and takes its own when it is whole and on disk. */
export class ImageFile {
  readonly #path: string
  readonly #temporaryPath: string
  #handle: FileHandle | null = null
  #queue: Uint8Array[] = []
  #queuedBytes = 0
  #written = 0
  #work: Promise<void> = Promise.resolve()
  #isWorking = false
  #failure: Error | null = null
  readonly #drained: () => void
  readonly #failed: (reason: string) => void

  /**
   * @param drained told when more may be written, after `write` said no
   * @param failed told once, when the system did not write something
   */
  constructor(path: string, temporaryPath: string, drained: () => void, failed: (reason: string) => void) {
    this.#path = path
    this.#temporaryPath = temporaryPath
    this.#drained = drained
    this.#failed = failed
  }

  /** Bytes taken so far. */
  get bytes(): number {
    return this.#written + this.#queuedBytes
  }

  /** Takes bytes that nobody changes any more; false: not more for now. */
  write(bytes: Uint8Array): boolean {
    this.#queue.push(bytes)
    this.#queuedBytes += bytes.length
    if (!this.#isWorking) this.#work = this.#run()
    return this.#queuedBytes < queuedBytesMax
  }

  /** Ends the file after so many bytes, and gives it its name. @throws {Error} the system's */
  async finish(length = this.bytes): Promise<void> {
    await this.#work
    if (this.#failure !== null) throw this.#failure
    const handle = (this.#handle ??= await open(this.#temporaryPath, 'wx', 0o644))
    await handle.truncate(length)
    await handle.sync()
    await handle.close()
    this.#handle = null
    await rename(this.#temporaryPath, this.#path)
  }

  /** Gives it up. */
  async discard(): Promise<void> {
    this.#queue = []
    this.#queuedBytes = 0
    this.#failure ??= new Error('given up')
    await this.#work
    await this.#handle?.close().catch(() => undefined)
    this.#handle = null
    await unlink(this.#temporaryPath).catch(() => undefined) // it may never have been there
  }

  async #run(): Promise<void> {
    this.#isWorking = true
    try {
      this.#handle ??= await open(this.#temporaryPath, 'wx', 0o644)
      while (this.#queue.length > 0) {
        const batch = this.#queue
        this.#queue = []
        const { bytesWritten } = await this.#handle.writev(batch)
        const wanted = batch.reduce((sum, { length }) => sum + length, 0)
        if (bytesWritten !== wanted) throw new Error('short write')
        const wasFull = this.#queuedBytes >= queuedBytesMax
        this.#queuedBytes = Math.max(0, this.#queuedBytes - wanted)
        this.#written += wanted
        if (wasFull && this.#queuedBytes < queuedBytesMax) this.#drained()
      }
    } catch (error) {
      if (this.#failure === null) {
        this.#failure = error as Error
        this.#failed(this.#failure.message)
      }
    }
    this.#isWorking = false
  }
}

/** Reads a file piece by piece, from its first byte to its last. @throws {Error} the system's, or it is shorter than it was */
export async function* piecesOf(path: string, pieceBytes: number): AsyncGenerator<Buffer> {
  const handle = await open(path, 'r')
  try {
    yield* handlePieces(handle, pieceBytes)
  } finally {
    await handle.close()
  }
}

async function* handlePieces(handle: FileHandle, pieceBytes: number): AsyncGenerator<Buffer> {
  let at = 0
  for (;;) {
    const piece = Buffer.allocUnsafeSlow(pieceBytes)
    const { bytesRead } = await handle.read(piece, 0, pieceBytes, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield piece.subarray(0, bytesRead)
  }
}
