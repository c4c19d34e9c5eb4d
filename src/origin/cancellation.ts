/** Called once; an object needs no closure. */
export type CancelListener = (() => void) | { handleEvent(): void }

/** Aborts when nobody waits any longer: what stores need of an AbortSignal, which is one, too. */
export interface CancelSignal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: CancelListener): void
  removeEventListener(type: 'abort', listener: CancelListener): void
}

/**
 * Says of one request that nobody waits for it any longer. Every request has one and hardly any is used, so it is no
 * AbortController: that and a listener cost more than the rest of the way of an answer through this server.
 */
export class Cancellation implements CancelSignal {
  #aborted = false
  /** Most requests are listened to by one, or none. */
  #listener: CancelListener | null = null
  #others: CancelListener[] | null = null

  get aborted(): boolean {
    return this.#aborted
  }

  addEventListener(_type: 'abort', listener: CancelListener): void {
    if (this.#listener === null) this.#listener = listener
    else (this.#others ??= []).push(listener)
  }

  removeEventListener(_type: 'abort', listener: CancelListener): void {
    if (this.#listener === listener) this.#listener = null
    else if (this.#others !== null) this.#others = this.#others.filter((other) => other !== listener)
  }

  abort(): void {
    if (this.#aborted) return
    this.#aborted = true
    const listeners = [this.#listener, ...(this.#others ?? [])]
    this.#listener = this.#others = null
    for (const listener of listeners) {
      if (typeof listener === 'function') listener()
      else listener?.handleEvent()
    }
  }
}

/** The platform's signal, for code that is not ours. */
export function platformSignal(signal: CancelSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal
  const controller = new AbortController()
  if (signal.aborted) controller.abort()
  else signal.addEventListener('abort', () => controller.abort())
  return controller.signal
}
