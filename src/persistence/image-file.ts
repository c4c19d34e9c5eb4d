import { writeWhole, type Descriptor, type Files } from './files.js'
import type { ImageSink } from './image/sink.js'

/** Bytes written in one go. */
const pieceBytes = 1 << 18
/** So much may wait to be written before the image is told to slow down. */
const waitingBytesMax = 1 << 21
/** With `…-incremental-fsync`: how much the system may keep from the disk, so that the last fsync does not take long. */
const syncBytes = 1 << 22
/** Pieces kept to be filled again. */
const sparesMax = 8

export interface ImageFileOptions {
  readonly files: Files
  readonly path: string
  /** Puts what was written on the disk every 4 MiB. */
  readonly syncsOnTheWay: boolean
  /** More may be written. */
  resume(): void
  /** The disk has all of it; or the file could not be written and is deleted, be the image at its end or not. */
  done(error: Error | null, bytes: number): void
}

/**
 * Writes a snapshot to a file: in pieces, by another thread.
 *
 * @throws what opening the file does
 */
export class ImageFile implements ImageSink {
  readonly #options: ImageFileOptions
  readonly #file: Descriptor
  #piece: Buffer = Buffer.allocUnsafe(pieceBytes)
  #filled = 0
  #waiting: Buffer[] = []
  readonly #spare: Buffer[] = []
  #waitingBytes = 0
  #bytes = 0
  #syncedBytes = 0
  #isBusy = false
  #isEnded = false
  #wasFull = false
  #error: Error | null = null

  constructor(options: ImageFileOptions) {
    this.#options = options
    this.#file = options.files.open(options.path, 'w')
  }

  write(bytes: Uint8Array): boolean {
    if (this.#error !== null) return true // it is told at the end
    for (let at = 0; at < bytes.length;) {
      const length = Math.min(bytes.length - at, pieceBytes - this.#filled)
      this.#piece.set(bytes.subarray(at, at + length), this.#filled)
      this.#filled += length
      at += length
      if (this.#filled === pieceBytes) this.#cut()
    }
    this.#pump()
    this.#wasFull = this.#waitingBytes > waitingBytesMax
    return !this.#wasFull
  }

  end(): void {
    this.#cut()
    this.#isEnded = true
    this.#pump()
  }

  failed(reason: Error): void {
    this.#error ??= reason
    this.#isEnded = true
    this.#pump()
  }

  #cut(): void {
    if (this.#filled === 0) return
    this.#waiting.push(this.#piece.subarray(0, this.#filled))
    this.#waitingBytes += this.#filled
    this.#piece = this.#spare.pop() ?? Buffer.allocUnsafe(pieceBytes)
    this.#filled = 0
  }

  #pump(): void {
    if (this.#isBusy) return
    if (this.#error !== null) return this.#isEnded ? this.#end() : undefined
    if (this.#waiting.length > 0) return this.#write(this.#waiting.splice(0))
    if (this.#isEnded) return this.#sync(() => this.#end())
    if (this.#options.syncsOnTheWay && this.#bytes - this.#syncedBytes >= syncBytes) this.#sync(() => this.#pump())
  }

  #write(parts: Buffer[]): void {
    this.#isBusy = true
    this.#options.files.writeLater(this.#file, parts, (error, wrote) => {
      this.#isBusy = false
      this.#bytes += wrote
      this.#waitingBytes -= wrote
      const left = behind(parts, wrote)
      this.#waiting = [...left, ...this.#waiting]
      if (left.length === 0) this.#keep(parts)
      if (error !== null) this.#fail(error)
      else this.#pump()
      if (this.#wasFull && this.#waitingBytes <= waitingBytesMax / 2) {
        this.#wasFull = false
        this.#options.resume()
      }
    })
  }

  #sync(then: () => void): void {
    this.#isBusy = true
    const bytes = this.#bytes
    this.#options.files.syncLater(this.#file, (error) => {
      this.#isBusy = false
      this.#syncedBytes = bytes
      if (error !== null) this.#fail(error)
      else then()
    })
  }

  #keep(pieces: readonly Buffer[]): void {
    for (const piece of pieces) {
      if (piece.length === pieceBytes && this.#spare.length < sparesMax) this.#spare.push(piece)
    }
  }

  #fail(error: Error): void {
    this.#error = error
    this.#isEnded = true
    this.#waiting = []
    this.#waitingBytes = 0
    this.#pump()
  }

  #end(): void {
    const { files, path, done } = this.#options
    this.#isBusy = true
    files.closeLater(this.#file, (error) => {
      const problem = this.#error ?? error
      if (problem === null) return done(null, this.#bytes)
      files.removeLater(path, () => done(problem, 0))
    })
  }
}

function behind(parts: readonly Buffer[], wrote: number): Buffer[] {
  const left: Buffer[] = []
  for (const part of parts) {
    const skipped = Math.min(wrote, part.length)
    wrote -= skipped
    if (skipped < part.length) left.push(part.subarray(skipped))
  }
  return left
}

/** Writes a snapshot to a file at once. `finish` puts it on the disk. */
export class ImageFileNow implements ImageSink {
  readonly #files: Files
  readonly #path: string
  readonly #file: Descriptor
  #error: Error | null = null

  /** @throws what opening the file does */
  constructor(files: Files, path: string) {
    this.#files = files
    this.#path = path
    this.#file = files.open(path, 'w')
  }

  write(bytes: Uint8Array): boolean {
    if (this.#error !== null) return true
    try {
      writeWhole(this.#files, this.#file, bytes)
    } catch (error) {
      this.#error = error as Error
    }
    return true
  }

  end(): void {
    // the file is closed by `finish`
  }

  failed(reason: Error): void {
    this.#error ??= reason
  }

  /** Puts the file on the disk and closes it. @throws whatever went wrong; the file is deleted */
  finish(): void {
    try {
      if (this.#error === null) this.#files.sync(this.#file)
    } catch (error) {
      this.#error = error as Error
    }
    this.#files.close(this.#file)
    if (this.#error === null) return
    this.#files.remove(this.#path)
    throw this.#error
  }
}
