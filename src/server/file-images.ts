import type { Slice } from '../base/index.js'
import type { SavedHistory } from '../command/index.js'
import type { CommandSink } from '../persistence/index.js'
import {
  type ImageForm,
  type ImageRequest,
  type ImageSink,
  type Imager,
  type Images,
  type RunningImage,
} from '../persistence/index.js'
import type { SlicedImages } from './sliced-images.js'

export interface FileImageParts {
  readonly images: SlicedImages
  readonly imager: Imager
  /** What snapshots are to leave out of the copies of origins' values; null: nothing. */
  leavesOut(): ((db: number, key: Slice) => boolean) | null
  /** The history that snapshot files say; null: nobody could go on with it. */
  saved(): SavedHistory | null
  /** Makes a sink of snapshots out of one of commands. */
  asCommands(sink: ImageSink): CommandSink
}

/** Bytes of memory that the image being written takes beside the keyspace: now, and the most there were. */
export interface BytesBeside {
  readonly now: number
  readonly most: number
}

const none: BytesBeside = { now: 0, most: 0 }

/** Images for files. */
export class FileImages implements Images {
  readonly #parts: FileImageParts

  constructor(parts: FileImageParts) {
    this.#parts = parts
  }

  get isBusy(): boolean {
    return this.#parts.images.isBusy
  }

  get bytesBeside(): BytesBeside {
    const { current } = this.#parts.imager
    return current === null ? none : { now: current.bytesBeside, most: current.bytesBesideMost }
  }

  begin(form: ImageForm, sink: ImageSink): RunningImage {
    const { images } = this.#parts
    const { image, resume, cancel } = images.start(this.#request(form), this.#sinkOf(form, sink))
    return {
      get keysDone() {
        return image.keysDone
      },
      keysTotal: image.keysTotal,
      get bytesBesideMost() {
        return image.bytesBesideMost
      },
      resume,
      cancel,
    }
  }

  writeNow(form: ImageForm, sink: ImageSink): void {
    this.#parts.imager.write(this.#request(form), [this.#sinkOf(form, sink)])
  }

  #sinkOf(form: ImageForm, sink: ImageSink): ImageSink {
    return form === 'commands' ? this.#parts.asCommands(sink) : sink
  }

  #request(form: ImageForm): ImageRequest {
    if (form !== 'snapshot') return { isAofBase: true }
    const leavesOut = this.#parts.leavesOut()
    // what is left out nobody could go on from
    const history = leavesOut === null ? this.#parts.saved() : null
    if (history === null) return { leavesOut }
    return { replication: { db: Math.max(0, history.database), id: history.id, offset: history.offset } }
  }
}
