import type { CancelSignal } from '../cancellation.js'
import { Unavailable } from '../store.js'
import type { Watch } from '../store.js'

/** How often what only shows changes to who looks is looked at. */
export const pollEveryMs = 100

/** Changes read at once; more are told as "any key", and an outbox that holds so many that cannot be told apart fails. */
export const changesMax = 100_000

/**
 * A watch over an origin that has to be asked for its changes: proving is asking.
 *
 * @param poll tells the listener of every change made before it was called
 */
export function pollingWatch(poll: (signal: CancelSignal) => Promise<void>, close: () => void): Watch {
  return {
    proveEveryMs: pollEveryMs,
    prove: poll,
    close: async () => close(),
  }
}

/** Runs `work`, which cannot be told to stop, until `signal` says that nobody waits. */
export function untilAborted<T>(work: Promise<T>, signal: CancelSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new Unavailable('nobody waits', { counts: false }))
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp)
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
