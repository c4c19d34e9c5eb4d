import type { BigIntStats } from 'node:fs'

/** A file changed this recently may change again within its time stamp's grain, so its stamp proves nothing yet. */
const settledAfterMs = 2000

/** What the stat of a file says of its content. */
export interface Stamp {
  /** Equal for equal content, once settled. */
  readonly text: string
  /** Whether an equal stamp later means equal content. */
  readonly settled: boolean
  readonly size: number
}

/** @param atMs Unix time from before the stat was taken */
export function stampOf({ mtimeNs, ctimeNs, ino, dev, size }: BigIntStats, atMs: number): Stamp {
  const youngestMs = Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n)
  const text = `${mtimeNs}.${ctimeNs}.${dev}.${ino}.${size}`
  return { text, settled: atMs - youngestMs >= settledAfterMs, size: Number(size) }
}
