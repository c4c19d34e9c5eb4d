import { infoNumber, infoText, timedMs, until } from './info.js'
import { keyAt, loadHashes, loadRandomValues } from './loads.js'
import type { Load } from './redis-benchmark.js'
import { showCount } from './report.js'
import type { RespClient } from './resp-client.js'

/** What is saved and loaded, and a load that changes it. */
export interface Dataset {
  readonly name: string
  readonly keys: number
  readonly writes: Omit<Load, 'requests'>
  fill(client: RespClient): Promise<void>
}

/** So many keys of 16 + 64 bytes, and one hash of as many fields of 20 + 8. */
export function datasets(count: number): readonly [strings: Dataset, hash: Dataset] {
  return [
    {
      name: `${showCount(count)} keys of 16 + 64 B`,
      keys: count,
      writes: { test: 'set', pipeline: 16, keys: count, valueBytes: 64 },
      fill: (client) => loadRandomValues(client, count, 64),
    },
    {
      name: `1 hash of ${showCount(count)} fields of 20 + 8 B`,
      keys: 1,
      // The fields that loadHashes made, by redis-benchmark's twelve digits.
      writes: {
        test: ['HSET', keyAt(0, 'hsh'), 'f0000000__rand_int__', 'changed.'],
        pipeline: 16,
        keys: count,
      },
      fill: (client) => loadHashes(client, 1, count, 20),
    },
  ]
}

/**
 * Has a server make a snapshot in the background, and waits until it is there.
 *
 * @returns milliseconds
 * @throws the snapshot failed
 */
export async function saveInBackground(client: RespClient): Promise<number> {
  const tookMs = await timedMs(async () => {
    await client.call('BGSAVE')
    await until(async () => (await infoNumber(client, 'persistence', 'rdb_bgsave_in_progress')) === 0)
  })
  const status = await infoText(client, 'persistence', 'rdb_last_bgsave_status')
  if (status !== 'ok') throw new Error(`BGSAVE ended with ${status}`)
  return tookMs
}
