import { setTimeout as delay } from 'node:timers/promises'
import type { RespClient } from './resp-client.js'

const marker = 'lag:marker'
const everyMs = 4
const waitMsMax = 30_000

/** One write, seen twice, in milliseconds from the moment it was sent. */
export interface Seen {
  /** Its reply came. */
  readonly repliedMs: number
  /** The replica's reply came that shows it. */
  readonly shownMs: number
}

/**
 * Writes numbered markers on a primary, and after each asks the replica again and again until it shows it.
 *
 * What is told holds the round trips of both: a replica that is no more than a moment behind seems to be one behind.
 *
 * @throws a marker was not there after 30 s
 */
export async function watchLag(primary: RespClient, replica: RespClient, samples: number): Promise<Seen[]> {
  const seen: Seen[] = []
  for (let number = 1; number <= samples; number++) {
    const sentMs = performance.now()
    let repliedMs = 0
    const replied = primary.call('SET', marker, number).then(() => (repliedMs = performance.now() - sentMs))
    while ((await replica.call('GET', marker)) !== String(number)) {
      if (performance.now() - sentMs > waitMsMax) throw new Error('a write is not on the replica after 30 s')
    }
    const shownMs = performance.now() - sentMs
    await replied
    seen.push({ repliedMs, shownMs })
    await delay(everyMs)
  }
  return seen
}
