import type { Clock, Slice } from '../../base/index.js'
import type { Keyspace } from '../../keyspace/index.js'
import { Flag } from '../../memory/index.js'
import { Layout, Type } from '../../values/index.js'
import type { ImageOptions } from './image-header.js'
import { Image } from './image.js'
import type { ImageSink } from './sink.js'

/** What an image is for. */
export interface ImageRequest {
  /** It begins an append-only file. */
  readonly isAofBase?: boolean
  /** It has none of the keys, or of the functions: what some followers ask for. */
  readonly withoutKeys?: boolean
  readonly withoutFunctions?: boolean
  /** Leaves these out of the copies of origins' values. */
  readonly leavesOut?: ImageOptions['leavesOut']
  /** It is followed by a stream of changes. */
  readonly replication?: ImageOptions['replication']
}

/** What images are like: asked when one begins. */
export interface ImageSettings {
  readonly redisVersion: string
  compresses(): boolean
  sums(): boolean
  evictsBy(): ImageOptions['evictsBy']
  usedBytes(): number
  functions(): readonly Uint8Array[]
}

/** Notes of hashes with deadlines that are looked at before it is presumed that one of them is right. */
const notesMost = 1000

/** Begins images, of which at most one is written in slices at a time. */
export class Imager {
  readonly #keyspace: Keyspace
  readonly #clock: Clock
  readonly #settings: ImageSettings
  #current: Image | null = null

  constructor(keyspace: Keyspace, clock: Clock, settings: ImageSettings) {
    this.#keyspace = keyspace
    this.#clock = clock
    this.#settings = settings
  }

  /** The image that is being written, or null. Whoever started it calls its `slice`. */
  get current(): Image | null {
    return this.#current
  }

  /** Begins an image of this moment, to be written in slices while keys change. There must be no other. */
  start(request: ImageRequest, sinks: readonly ImageSink[]): Image {
    if (this.#current !== null) throw new Error('an image is being written')
    const keyspace = this.#keyspace
    const image = new Image(keyspace, this.#options(request), sinks, true, () => {
      keyspace.imaging = null
      this.#current = null
    })
    keyspace.imaging = image
    this.#current = image
    return image
  }

  /** Writes an image at once, whether another is being written or not. */
  write(request: ImageRequest, sinks: readonly ImageSink[]): Image {
    const image = new Image(this.#keyspace, this.#options(request), sinks, false, () => {})
    image.run()
    return image
  }

  #options(request: ImageRequest): ImageOptions {
    const {
      isAofBase = false,
      replication = null,
      leavesOut = null,
      withoutKeys = false,
      withoutFunctions = false,
    } = request
    const settings = this.#settings
    return {
      compresses: settings.compresses(),
      sums: settings.sums(),
      evictsBy: settings.evictsBy(),
      redisVersion: settings.redisVersion,
      unixSeconds: Math.floor(this.#clock.unixMs() / 1000),
      usedBytes: settings.usedBytes(),
      functions: withoutFunctions ? [] : settings.functions(),
      withoutKeys,
      isAofBase,
      replication,
      leavesOut,
      hasFieldDeadlines: !withoutKeys && this.firstHashWithDeadlines() !== null,
    }
  }

  /**
   * A hash that has a field with a deadline, which Redis before 7.4 cannot load; null where there is none. Where more notes
   * of such hashes are out of date than are looked at, one of them.
   */
  firstHashWithDeadlines(): { readonly db: number; readonly key: Buffer } | null {
    const { databases, records } = this.#keyspace
    let left = notesMost
    for (const database of databases) {
      let found: Buffer | null = null
      database.fieldDeadlines.some((key: Slice) => {
        const ref = database.peek(key)
        const flags = ref === 0 ? 0 : records.flags(ref)
        const isSuch = (flags & Flag.type) === Type.hash && (flags & Flag.layout) >= Layout.packedDeadlines
        if (isSuch || --left === 0) found = key.toBuffer()
        return found !== null
      })
      if (found !== null) return { db: database.index, key: found }
    }
    return null
  }
}
