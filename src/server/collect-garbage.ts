/** More than V8 lets ArrayBuffers grow between two collections: it begins to mark when that much is allocated. */
const pressureBytes = 96 << 20

/**
 * Makes V8 look for what nothing refers to any more. Chunks of memory that were dropped go back to the system when it has:
 * they are shared buffers, which V8 does not count, so that dropping them gives it no reason of its own.
 *
 * What it does count is a buffer of its own kind, so it is shown a large one. Nothing is written there: no page is taken.
 * Marking then runs beside the server, and ends with a pause of some milliseconds. Refused: `gc()` behind --expose-gc,
 * one pause for all of it (8 ms with an empty server, measured).
 */
export function collectGarbage(): void {
  try {
    new ArrayBuffer(pressureBytes)
  } catch {
    // no room even to pretend: then V8 collects by itself
  }
}
