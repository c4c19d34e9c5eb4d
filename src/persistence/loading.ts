import { humanBytes, type InfoLine } from '../observe/index.js'
import type { Clock, Log } from '../base/index.js'

/** How often the log says how far it is. */
const progressMs = 5000

/** Files cannot be loaded. The log has said why, in Redis's words; the message is one line of it. */
export class LoadError extends Error {}

/** Waits for the next loop turn, or longer. It is told how many keys, or requests, were loaded since the last one. */
export type LoadTurn = (loaded: number) => Promise<void>

/** Whether files are being loaded, and how far it is. */
export class Loading {
  isActive = false
  /** Clients are served another dataset meanwhile. */
  isAside = false
  totalBytes = 0
  loadedBytes = 0
  /** Of the last snapshot that was loaded. */
  keysLoaded = 0
  keysExpired = 0
  readonly #clock: Clock
  readonly #log: Log
  readonly #changed: (isActive: boolean) => void
  #startUnixSeconds = 0
  #startMs = 0
  #saidMs = 0

  /** @param changed called when it begins and ends */
  constructor(clock: Clock, log: Log, changed: (isActive: boolean) => void) {
    this.#clock = clock
    this.#log = log
    this.#changed = changed
  }

  begin(totalBytes: number, isAside = false): void {
    this.isActive = true
    this.isAside = isAside
    this.totalBytes = totalBytes
    this.loadedBytes = this.keysLoaded = this.keysExpired = 0
    this.#startUnixSeconds = Math.floor(this.#clock.unixMs() / 1000)
    this.#startMs = this.#saidMs = this.#clock.monotonicMs()
    this.#changed(true)
  }

  advance(bytes: number): void {
    this.advanceTo(this.loadedBytes + bytes)
  }

  /** So many bytes are loaded. */
  advanceTo(bytes: number): void {
    this.loadedBytes = bytes
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#saidMs < progressMs) return
    this.#saidMs = nowMs
    const { loadedBytes, totalBytes } = this
    this.#log.notice(
      `Loading: ${this.#percent}% (${humanBytes(loadedBytes)} of ${humanBytes(totalBytes)}), ` +
        `about ${this.#etaSeconds()} seconds left`,
    )
  }

  end(): void {
    this.isActive = false
    this.#changed(false)
  }

  /** Seconds since it began, as Redis prints them. */
  get seconds(): string {
    return ((this.#clock.monotonicMs() - this.#startMs) / 1000).toFixed(3)
  }

  /** What INFO shows while files are being loaded. */
  lines(): InfoLine[] {
    if (!this.isActive) return []
    return [
      ['loading_start_time', this.#startUnixSeconds],
      ['loading_total_bytes', this.totalBytes],
      ['loading_rdb_used_mem', 0],
      ['loading_loaded_bytes', this.loadedBytes],
      ['loading_loaded_perc', this.#percent],
      ['loading_eta_seconds', this.#etaSeconds()],
    ]
  }

  get #percent(): string {
    return (this.totalBytes === 0 ? 0 : (this.loadedBytes / this.totalBytes) * 100).toFixed(2)
  }

  #etaSeconds(): number {
    const elapsed = Math.floor((this.#clock.monotonicMs() - this.#startMs) / 1000)
    if (elapsed === 0) return 1
    return Math.floor((elapsed * (this.totalBytes - this.loadedBytes)) / (this.loadedBytes + 1))
  }
}
