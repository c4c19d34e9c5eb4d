import { eventLetters } from '../composite-kinds.js'
import { bool, integer, memory, oneOf } from '../kinds.js'
import { limits } from '../numbers.js'
import { accepted, done, notYet } from './directive.js'

const policies = [
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'noeviction',
] as const

const size = (initial: number) => integer(initial, { max: limits.long, unsigned: true })
const bytes = (initial: number) => memory(initial, { unsigned: true })
const percent = (initial: number, min: number, max: bigint) => integer(initial, { min, max })

const noDefragmenter = { because: 'memory is kept in size classes and reused, not defragmented' }
const sameRelease = { because: 'memory is released in small steps whichever command asks' }

/** Databases, memory, expiry and the limits between small and large encodings. */
export const keyspaceDirectives = {
  databases: done(integer(16, { min: 1 }), { immutable: true }),
  maxmemory: done(memory(0, { max: limits.ulong, unsigned: true })),
  'maxmemory-policy': notYet(oneOf('noeviction', policies), {
    because: 'keys are not evicted; with noeviction, writes beyond maxmemory are refused',
  }),
  'maxmemory-samples': accepted(integer(5, { min: 1 })),
  'maxmemory-eviction-tenacity': accepted(integer(10, { max: 100n })),
  'lfu-log-factor': accepted(integer(10)),
  'lfu-decay-time': accepted(integer(1)),
  'active-expire-effort': accepted(integer(1, { min: 1, max: 10n }), {
    because: 'expired keys are deleted in bounded slices, as many as there are keys to delete',
  }),
  'lazyfree-lazy-eviction': accepted(bool(false), sameRelease),
  'lazyfree-lazy-expire': accepted(bool(false), sameRelease),
  'lazyfree-lazy-server-del': accepted(bool(false), sameRelease),
  'lazyfree-lazy-user-del': accepted(bool(false), sameRelease),
  'lazyfree-lazy-user-flush': accepted(bool(false), sameRelease),
  activerehashing: accepted(bool(true), { because: 'tables grow step by step, with the writes' }),

  'hash-max-listpack-entries': done(size(512), { alias: 'hash-max-ziplist-entries' }),
  'hash-max-listpack-value': done(bytes(64), { alias: 'hash-max-ziplist-value' }),
  'list-max-listpack-size': done(integer(-2, { min: -2_147_483_648 }), { alias: 'list-max-ziplist-size' }),
  'list-compress-depth': accepted(integer(0), { because: 'chunks of lists are not compressed' }),
  'set-max-intset-entries': done(size(512)),
  'zset-max-listpack-entries': accepted(size(128), { alias: 'zset-max-ziplist-entries' }),
  'zset-max-listpack-value': accepted(bytes(64), { alias: 'zset-max-ziplist-value' }),
  'hll-sparse-max-bytes': done(bytes(3000)),
  'stream-node-max-bytes': accepted(bytes(4096)),
  'stream-node-max-entries': accepted(integer(100, { max: limits.long })),
  'tracking-table-max-keys': done(size(1_000_000)),
  'notify-keyspace-events': done(eventLetters()),

  activedefrag: accepted(bool(false), noDefragmenter),
  'active-defrag-cycle-min': accepted(percent(1, 1, 99n), noDefragmenter),
  'active-defrag-cycle-max': accepted(percent(25, 1, 99n), noDefragmenter),
  'active-defrag-threshold-lower': accepted(percent(10, 0, 1000n), noDefragmenter),
  'active-defrag-threshold-upper': accepted(percent(100, 0, 1000n), noDefragmenter),
  'active-defrag-ignore-bytes': accepted(memory(100 << 20, { min: 1, unsigned: true }), noDefragmenter),
  'active-defrag-max-scan-fields': accepted(integer(1000, { min: 1, max: limits.long }), noDefragmenter),
}
