import { fieldDeadlinesVersion, type Imager } from '../persistence/index.js'
import type { ImageReceiver, ImageRun, ImageSource, ImageWish } from '../replication/index.js'
import { shown } from './config/index.js'
import type { SlicedImages } from './sliced-images.js'

/** Images for replicas. */
export class ReplicaImages implements ImageSource {
  readonly #images: SlicedImages
  readonly #imager: Imager

  constructor(images: SlicedImages, imager: Imager) {
    this.#images = images
    this.#imager = imager
  }

  get isBusy(): boolean {
    return this.#images.isBusy
  }

  start({ versionMax, withoutKeys, withoutFunctions, history }: ImageWish, receiver: ImageReceiver): ImageRun {
    if (this.isBusy) throw new Error('another image is being written')
    const hash = versionMax < fieldDeadlinesVersion && !withoutKeys ? this.#imager.firstHashWithDeadlines() : null
    if (hash !== null) {
      throw new Error(
        `the hash '${shown(hash.key.latin1Slice())}' in database ${hash.db} has fields with deadlines, which the replica cannot load ` +
          '(Redis does since 7.4); see replica-compat',
      )
    }
    const { id, offset, database } = history
    return this.#images.start(
      { replication: { id, offset, db: database }, withoutKeys, withoutFunctions },
      {
        write: (bytes) => receiver.write(Buffer.from(bytes)),
        end: () => receiver.end(),
        failed: (reason) => receiver.failed(reason.message),
      },
    )
  }
}
