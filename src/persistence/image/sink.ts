/** Why an image ended: there is nothing left that it could be of. */
export class KeysDeleted extends Error {
  constructor() {
    super('all keys were deleted')
  }
}

/** Where the bytes of an image go: a file, a follower. */
export interface ImageSink {
  /**
   * Takes the next bytes, which are good until it returns.
   *
   * @returns false where the image should rest until `Image.resume`; what changes meanwhile is written all the same
   */
  write(bytes: Buffer): boolean
  /** All was written. */
  end(): void
  /** No more will come, and what came is of no use. */
  failed(reason: Error): void
}
