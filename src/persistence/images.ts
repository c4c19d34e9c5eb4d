import type { ImageSink } from './image/sink.js'

/** What a snapshot is for: a file of its own, or the beginning of an append-only file, which may consist of commands. */
export type ImageForm = 'snapshot' | 'preamble' | 'commands'

/** A snapshot that is being made, in slices. */
export interface RunningImage {
  readonly keysDone: number
  readonly keysTotal: number
  /** The most bytes of memory that it took beside the keyspace, so far. */
  readonly bytesBesideMost: number
  /** Its sink takes more again. */
  resume(): void
  /** Nobody wants it any more. Nothing is told. */
  cancel(): void
}

/** Whoever makes snapshots of all databases, as they are at one moment. */
export interface Images {
  /** Whether one is being made, for whomever. */
  readonly isBusy: boolean
  /** Begins one of this moment. */
  begin(form: ImageForm, sink: ImageSink): RunningImage
  /** Makes one at once, and returns when its sink has it. */
  writeNow(form: ImageForm, sink: ImageSink): void
}
