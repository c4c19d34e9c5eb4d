import { Slice } from '../base/index.js'
import { EventClass, classOf, eventClasses } from './events.js'
import type { PubSub } from './hub.js'

/** What notifications ask of the keyspace: to be told of changes while any are wanted, and of misses and new keys. */
export interface WatchedKeyspace {
  setInterest(observer: Notifications, count: number): void
  onMiss: ((db: number, key: Slice) => void) | null
  onNew: ((db: number, key: Slice) => void) | null
  afterCall: (() => void) | null
}

/**
 * Keyspace events as messages, where `notify-keyspace-events` wants them. Off, they cost nothing.
 *
 * @see https://redis.io/docs/latest/develop/use/keyspace-notifications/
 */
export class Notifications {
  readonly #pubsub: PubSub
  readonly #keyspace: WatchedKeyspace
  #classes = 0
  /**
   * Keys that came into being and whose first event is not told yet, with their databases: a call may store several keys
   * before it tells of each, and `new` comes right before a key's own event.
   */
  readonly #created = new Set<string>()
  /** Names of events as bytes. */
  readonly #names = new Map<string, Slice>()

  constructor(pubsub: PubSub, keyspace: WatchedKeyspace) {
    this.#pubsub = pubsub
    this.#keyspace = keyspace
  }

  /** Tells from now on what the letters of `notify-keyspace-events` say. */
  configure(letters: string): void {
    const classes = eventClasses(letters)
    const isHeard = (classes & (EventClass.keyspace | EventClass.keyevent)) !== 0
    this.#classes = isHeard ? classes : 0
    this.#keyspace.setInterest(this, isHeard ? 1 : 0)
    this.#keyspace.onMiss = (this.#classes & EventClass.miss) === 0 ? null : this.#missed
    this.#keyspace.onNew = (this.#classes & EventClass.new) === 0 ? null : this.#came
    this.#keyspace.afterCall = this.#keyspace.onNew === null ? null : this.#tellLeft
    this.#created.clear()
  }

  keyChanged(db: number, key: Slice, event: string | null): void {
    const isFirst = this.#created.size !== 0 && this.#created.delete(`${db}:${key.toLatin1()}`)
    if (isFirst && event !== 'new') this.#tell(db, key, 'new')
    if (event !== null && event !== '' && (this.#classes & classOf(event)) !== 0) this.#tell(db, key, event)
  }

  besideChanged(db: number, key: Slice, event: string): void {
    this.keyChanged(db, key, event)
  }

  flushed(): void {
    // Redis has no event of this
  }

  swapped(): void {
    // nor of this
  }

  readonly #missed = (db: number, key: Slice): void => this.#tell(db, key, 'keymiss')

  readonly #came = (db: number, key: Slice): void => void this.#created.add(`${db}:${key.toLatin1()}`)

  /** Keys of which the call told no event: a BITFIELD that failed has made its key all the same. */
  readonly #tellLeft = (): void => {
    for (const name of this.#created) {
      const colon = name.indexOf(':')
      this.#tell(Number(name.slice(0, colon)), Slice.from(Buffer.from(name.slice(colon + 1), 'latin1')), 'new')
    }
    this.#created.clear()
  }

  #tell(db: number, key: Slice, event: string): void {
    if (this.#pubsub.isSilent) return
    if ((this.#classes & EventClass.keyspace) !== 0) {
      this.#pubsub.publish(`__keyspace@${db}__:${key.toLatin1()}`, this.#nameOf(event))
    }
    if ((this.#classes & EventClass.keyevent) !== 0) this.#pubsub.publish(`__keyevent@${db}__:${event}`, key)
  }

  #nameOf(event: string): Slice {
    let name = this.#names.get(event)
    if (name === undefined) this.#names.set(event, (name = Slice.from(event)))
    return name
  }
}
