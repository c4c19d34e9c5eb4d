import { residentBytes } from './process-stats.js'

const lookEveryMs = 5

/** The most resident memory that a process had while something ran, looked at every 5 ms. */
export async function peakWhile(pid: number, run: () => Promise<unknown>): Promise<number> {
  let peakBytes = residentBytes(pid)
  const look = (): void => void (peakBytes = Math.max(peakBytes, residentBytes(pid)))
  const timer = setInterval(look, lookEveryMs)
  try {
    await run()
    look()
  } finally {
    clearInterval(timer)
  }
  return peakBytes
}
