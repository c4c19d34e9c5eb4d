/**
 * Stops asking an origin that failed `failures` times in a row. After `pauseMs` one request may try again: its success
 * closes the breaker, its failure opens it for another pause.
 */
export class Breaker {
  readonly #failures: number
  readonly #pauseMs: number
  #inARow = 0
  /** Monotonic; meaningful while open. */
  #openUntilMs = 0
  #open = false
  #probing = false

  constructor(failures: number, pauseMs: number) {
    this.#failures = failures
    this.#pauseMs = pauseMs
  }

  state(nowMs: number): 'closed' | 'open' | 'half-open' {
    if (!this.#open) return 'closed'
    return this.#probing || nowMs >= this.#openUntilMs ? 'half-open' : 'open'
  }

  /** Whether nothing may be asked now: it is open, or the one probe is away. */
  blocks(nowMs: number): boolean {
    return this.#open && (this.#probing || nowMs < this.#openUntilMs)
  }

  /** A request leaves, which `blocks` did not forbid. */
  sent(): void {
    if (this.#open) this.#probing = true
  }

  /** The origin answered, whatever it said. */
  answered(): void {
    this.#open = false
    this.#probing = false
    this.#inARow = 0
  }

  failed(nowMs: number): void {
    this.#inARow++
    if (this.#open ? !this.#probing : this.#inARow < this.#failures) return // late failures prolong nothing
    this.#open = true
    this.#probing = false
    this.#openUntilMs = nowMs + this.#pauseMs
  }
}
