import type { ImageSink } from '../../../src/persistence/index.js'

/** Keeps all that an image writes. */
export class Collector implements ImageSink {
  readonly #chunks: Buffer[] = []
  isEnded = false
  reason: Error | null = null
  /** What `write` answers. */
  isReady = true

  write(bytes: Buffer): boolean {
    this.#chunks.push(Buffer.from(bytes))
    return this.isReady
  }

  end(): void {
    this.isEnded = true
  }

  failed(reason: Error): void {
    this.reason = reason
  }

  get file(): Buffer {
    return Buffer.concat(this.#chunks)
  }
}
