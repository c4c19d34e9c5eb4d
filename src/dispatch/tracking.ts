import { Slice, type Clock, type Timer } from '../base/index.js'
import {
  Tracking,
  findKeys,
  type Call,
  type Client,
  type Clients,
  type FreshnessObserver,
  type Settling,
  type TrackingOptions,
  type TrackingService,
} from '../command/index.js'
import type { Keyspace, KeyspaceObserver } from '../keyspace/index.js'
import { Broadcasts } from './broadcasts.js'

export interface TrackerParts {
  readonly keyspace: Keyspace
  readonly clients: Clients
  readonly settling: Settling
  readonly clock: Clock
  /** Has `Tracker.broadcast` called before this loop turn's output is sent. */
  readonly wake: () => void
}

/** Keys that one call forgets of those beyond `tracking-table-max-keys`, and one tick. */
const forgottenACall = 1_000
const forgottenATick = 20_000
/** Ends of freshness that come within the same so many milliseconds are told together. */
const lapseStepMs = 50

const invalidateHead = '>2\r\n$10\r\ninvalidate\r\n'
const messageHead = '*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n'
const arrayOf = (key: string): string => `*1\r\n$${key.length}\r\n${key}\r\n`

/**
 * CLIENT TRACKING: which clients may hold copies of which keys, and that they are told when those change.
 *
 * Keys are latin1 text, a code unit a byte, whatever their database, as Redis has them. A client that left or asks for it
 * no more is found out when it should have been told.
 *
 * @see https://redis.io/docs/latest/develop/reference/client-side-caching/
 */
export class Tracker implements KeyspaceObserver, FreshnessObserver, TrackingService {
  /** The client whose request is being executed, for NOLOOP. Null between requests. */
  current: Client | null = null
  /** `tracking-table-max-keys`; 0 is no limit. */
  keysMax = 1_000_000
  readonly #parts: TrackerParts
  readonly #clients = new Set<Client>()
  /** The clients, by id, that may hold a key: one, or several. */
  readonly #readers = new Map<string, number | Set<number>>()
  readonly #broadcasts = new Broadcasts()
  #items = 0
  #flushes = 0
  /** By the step of time in which their freshness ends, bound keys with their databases. */
  readonly #lapses = new Map<number, Map<string, number>>()
  #lapseTimer: Timer | null = null

  constructor(parts: TrackerParts) {
    this.#parts = parts
    parts.settling.observer = this
  }

  get clients(): number {
    return this.#clients.size
  }

  get keys(): number {
    return this.#readers.size
  }

  get items(): number {
    return this.#items
  }

  get prefixes(): number {
    return this.#broadcasts.prefixes
  }

  // --- TrackingService

  enable(client: Client, options: TrackingOptions, prefixes: readonly string[]): void {
    const tracking = new Tracking(options)
    tracking.caching = client.tracking?.caching ?? false
    tracking.prefixes = client.tracking?.prefixes ?? []
    client.tracking = tracking
    this.#clients.add(client)
    if (options.isBroadcast) this.#broadcasts.add(client, tracking, prefixes.length === 0 ? [''] : prefixes)
    client.deriveGates()
    this.#watch()
  }

  disable(client: Client): void {
    const { tracking } = client
    if (tracking === null) return
    this.#broadcasts.remove(client, tracking)
    client.tracking = null
    this.#clients.delete(client)
    client.deriveGates()
    this.#watch()
  }

  // --- for dispatch

  /** Remembers the keys of a read that its client asked to be told of. */
  remember({ args, client, command }: Call): void {
    const { settling } = this.#parts
    for (const { index } of findKeys(command, args) ?? []) {
      const key = args.at(index)
      const name = key.toLatin1()
      if (settling.routeCount !== 0 && !this.#staysFresh(client, key, name)) continue
      this.#add(name, client.id)
    }
    this.limit(forgottenACall)
  }

  /** Forgets the oldest keys beyond the limit, at most so many, as if they had changed. */
  limit(most = forgottenATick): void {
    if (this.keysMax === 0 || this.#readers.size <= this.keysMax) return
    const { current } = this
    this.current = null // nobody changed them
    for (const key of this.#readers.keys()) {
      if (this.#readers.size <= this.keysMax || most-- === 0) break
      this.#invalidate(key)
    }
    this.current = current
  }

  /** Sends what clients under BCAST are to be told, once for all that changed since. */
  broadcast(): void {
    this.#broadcasts.send((client, payload) => this.#tell(client, payload))
  }

  // --- KeyspaceObserver

  keyChanged(_db: number, key: Slice, event: string | null): void {
    if (event === null) return
    const name = key.toLatin1()
    if (this.#broadcasts.note(name, event === 'expired' || event === 'evicted' ? null : this.current))
      this.#parts.wake()
    this.#invalidate(name)
  }

  /** All that anybody holds may be gone: said once, by no key. */
  flushed(): void {
    if (this.#flushes === this.#parts.keyspace.flushes) return // FLUSHALL tells of every database
    this.#flushes = this.#parts.keyspace.flushes
    this.#invalidateAll()
  }

  swapped(): void {
    // keys are remembered whatever their database, as Redis does
  }

  // --- FreshnessObserver: bound keys that changed at their origin

  lapsed(key: Slice): void {
    if (this.#clients.size === 0) return
    const name = key.toLatin1()
    if (this.#broadcasts.note(name, null)) this.#parts.wake()
    this.#invalidate(name)
  }

  allLapsed(): void {
    if (this.#clients.size > 0) this.#invalidateAll()
  }

  // --- private

  #add(key: string, id: number): void {
    const known = this.#readers.get(key)
    if (known === undefined) this.#readers.set(key, id)
    else if (typeof known !== 'number') {
      if (known.has(id)) return
      known.add(id)
    } else if (known === id) return
    else this.#readers.set(key, new Set([known, id]))
    this.#items++
    if (this.#items === 1) this.#watch()
  }

  #invalidate(key: string): void {
    const readers = this.#readers.get(key)
    if (readers === undefined) return
    this.#readers.delete(key)
    const payload = arrayOf(key)
    if (typeof readers === 'number') this.#tellReader(readers, payload)
    else for (const id of readers) this.#tellReader(id, payload)
    this.#items -= typeof readers === 'number' ? 1 : readers.size
    if (this.#items === 0) this.#watch()
  }

  #invalidateAll(): void {
    for (const client of this.#clients) this.#tell(client, client.protocol === 3 ? '_\r\n' : '$-1\r\n')
    this.#readers.clear()
    this.#items = 0
    this.#watch()
  }

  #tellReader(id: number, payload: string): void {
    const client = this.#parts.clients.byId(id)
    if (client === undefined || client.tracking === null || client.tracking.isBroadcast) return
    if (client.tracking.noLoop && client === this.current) return
    this.#tell(client, payload)
  }

  /** @param payload what changed, as the protocol has it: an array of keys, or nothing for all of them */
  #tell(client: Client, payload: string): void {
    const tracking = client.tracking!
    const to = tracking.redirect === 0 ? client : this.#parts.clients.byId(tracking.redirect)
    if (to === undefined) {
      tracking.isBroken = true
      const text = `>2\r\n$21\r\ntracking-redir-broken\r\n:${tracking.redirect}\r\n`
      if (client.protocol === 3) client.push(Buffer.from(text))
      return
    }
    if (to.protocol === 3) to.push(Buffer.from(invalidateHead + payload, 'latin1'))
    else if (to !== client && to.isSubscribed) to.push(Buffer.from(messageHead + payload, 'latin1'))
  }

  #watch(): void {
    this.#parts.keyspace.setInterest(this, this.#clients.size + this.#items)
    this.#flushes = this.#parts.keyspace.flushes
  }

  // --- bound keys: what their origin no longer vouches for is invalid, though nothing changed

  /** Whether a copy may be held beyond this reply. If not, its reader is told right behind it. */
  #staysFresh(client: Client, key: Slice, name: string): boolean {
    const { clock, settling } = this.#parts
    const untilMs = settling.freshUntilMs(client.database, key)
    if (untilMs === Infinity) return true
    if (untilMs <= clock.monotonicMs()) {
      this.#tell(client, arrayOf(name))
      return false
    }
    this.#noteLapse(client.database, name, untilMs)
    return true
  }

  #noteLapse(db: number, name: string, untilMs: number): void {
    const step = Math.ceil(untilMs / lapseStepMs)
    const lapses = this.#lapses.get(step)
    if (lapses === undefined) this.#lapses.set(step, new Map([[name, db]]))
    else lapses.set(name, db)
    if (this.#lapseTimer === null) this.#awaitLapse()
  }

  /** Waits for the next step; there are at most as many as the longest lifetime has. */
  #awaitLapse(): void {
    const { clock } = this.#parts
    this.#lapseTimer = this.#lapses.size === 0 ? null : clock.schedule(lapseStepMs, () => this.#lapse())
  }

  #lapse(): void {
    const { clock, settling } = this.#parts
    const nowMs = clock.monotonicMs()
    for (const [step, keys] of this.#lapses) {
      if (step * lapseStepMs > nowMs) continue
      this.#lapses.delete(step)
      for (const [name, db] of keys) {
        if (!this.#readers.has(name)) continue
        const untilMs = settling.freshUntilMs(db, Slice.from(Buffer.from(name, 'latin1')))
        if (untilMs > nowMs)
          this.#noteLapse(db, name, untilMs) // it was confirmed again meanwhile
        else this.#invalidate(name)
      }
    }
    this.#awaitLapse()
  }
}
