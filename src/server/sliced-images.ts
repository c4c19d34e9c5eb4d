import { Pace, type Clock, type Timer } from '../base/index.js'
import type { Image, ImageRequest, ImageSink, Imager } from '../persistence/index.js'

/** An image being written. */
export interface RunningImage {
  readonly image: Image
  /** Its sink takes more again. */
  resume(): void
  /** Nobody wants it any more: its sink hears nothing further. */
  cancel(): void
}

export interface SlicedImagesOptions {
  readonly clock: Clock
  /** `rdb-key-save-delay` */
  keyDelayMicros(): number
  /** One has begun, which took so long. */
  began(micros: number): void
}

/** Writes images in slices, one each loop turn, while their sinks take it. One at a time. */
export class SlicedImages {
  readonly #imager: Imager
  readonly #options: SlicedImagesOptions

  constructor(imager: Imager, options: SlicedImagesOptions) {
    this.#imager = imager
    this.#options = options
  }

  /** Whether one is being written, for whomever. */
  get isBusy(): boolean {
    return this.#imager.current !== null
  }

  /** Begins one of this moment. The sink is given nothing before this returns. */
  start(request: ImageRequest, sink: ImageSink): RunningImage {
    const gate = new Gate(sink)
    const { began, clock, keyDelayMicros } = this.#options
    const startMs = clock.monotonicMs()
    const image = this.#imager.start(request, [gate])
    began(Math.round((clock.monotonicMs() - startMs) * 1000))
    const pace = new Pace(clock, keyDelayMicros)
    let keysPaced = 0
    /** Keys written since the last time, those among them that were about to change. */
    const notePace = (): void => {
      pace.did(image.keysDone - keysPaced)
      keysPaced = image.keysDone
    }
    let wait: Timer | null = null
    let isScheduled = false
    let isCancelled = false
    const slice = (): void => {
      isScheduled = false
      if (isCancelled) return
      notePace()
      const { waitMs } = pace
      if (waitMs > 0) {
        isScheduled = true
        wait = clock.schedule(waitMs, slice)
        return
      }
      gate.open()
      image.slice(pace.piecesMost)
      notePace()
      if (image.isRunning && !image.isResting) schedule()
    }
    const schedule = (): void => {
      if (isScheduled) return
      isScheduled = true
      setImmediate(slice)
    }
    schedule()
    return {
      image,
      resume() {
        if (isCancelled || !image.isRunning) return
        image.resume(gate)
        schedule()
      },
      cancel() {
        if (isCancelled) return
        isCancelled = true
        wait?.cancel()
        gate.close()
        if (image.isRunning) image.leave(gate)
      },
    }
  }
}

/** Holds back what comes before the first slice, and all once it is closed. */
class Gate implements ImageSink {
  readonly #sink: ImageSink
  #early: Buffer[] | null = []
  #isClosed = false

  constructor(sink: ImageSink) {
    this.#sink = sink
  }

  open(): void {
    const early = this.#early
    this.#early = null
    for (const bytes of early ?? []) this.#sink.write(bytes)
  }

  close(): void {
    this.#isClosed = true
  }

  write(bytes: Buffer): boolean {
    if (this.#isClosed) return true
    if (this.#early === null) return this.#sink.write(bytes)
    this.#early.push(Buffer.from(bytes))
    return true
  }

  end(): void {
    if (!this.#isClosed) this.#sink.end()
  }

  failed(reason: Error): void {
    if (!this.#isClosed) this.#sink.failed(reason)
  }
}
