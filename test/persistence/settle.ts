import type { Keyspace } from '../../src/keyspace/index.js'

/** Gives back what was deleted, and forgets what hashes had deadlines. */
export function settle(keyspace: Keyspace): void {
  while (keyspace.freeSlice());
  for (const { fieldDeadlines } of keyspace.databases) {
    const noted = fieldDeadlines.clear()
    if (noted !== 0) keyspace.discardKeys(noted)
  }
  while (keyspace.freeSlice());
}
