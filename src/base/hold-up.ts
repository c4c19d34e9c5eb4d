/** Stops this thread for so long, and with it all that it serves: for tests only. */
export function holdUp(ms: number): void {
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
