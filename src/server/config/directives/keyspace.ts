import { eventLetters } from '../composite-kinds.js'
import { bool, integer, memory, oneOf } from '../kinds.js'
import { limits } from '../numbers.js'
import { accepted, done } from './directive.js'

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

const sameRelease = { because: 'memory is released in small steps whichever command asks' }

/** Databases, memory, expiry and the limits between small and large encodings. */
export const keyspaceDirectives = {
  databases: done(integer(16, { min: 1 }), { immutable: true }),
  maxmemory: done(memory(0, { max: limits.ulong, unsigned: true })),
  'maxmemory-policy': done(oneOf('noeviction', policies)),
  'maxmemory-samples': done(integer(5, { min: 1 })),
  'maxmemory-eviction-tenacity': done(integer(10, { max: 100n })),
  'lfu-log-factor': done(integer(10)),
  'lfu-decay-time': done(integer(1)),
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
  'list-compress-depth': accepted(integer(0), {
    because: 'chunks of lists keep what their elements begin with once, and are not compressed otherwise',
  }),
  'set-max-intset-entries': done(size(512)),
  'zset-max-listpack-entries': done(size(128), { alias: 'zset-max-ziplist-entries' }),
  'zset-max-listpack-value': done(bytes(64), { alias: 'zset-max-ziplist-value' }),
  'hll-sparse-max-bytes': done(bytes(3000)),
  'stream-node-max-bytes': done(bytes(4096)),
  'stream-node-max-entries': done(integer(100, { max: limits.long })),
  'tracking-table-max-keys': done(size(1_000_000)),
  'notify-keyspace-events': done(eventLetters()),

  activedefrag: done(bool(false)),
  'active-defrag-cycle-min': done(percent(1, 1, 99n)),
  'active-defrag-cycle-max': done(percent(25, 1, 99n)),
  'active-defrag-threshold-lower': done(percent(10, 0, 1000n)),
  'active-defrag-threshold-upper': done(percent(100, 0, 1000n)),
  'active-defrag-ignore-bytes': done(memory(100 << 20, { min: 1, unsigned: true })),
  'active-defrag-max-scan-fields': accepted(integer(1000, { min: 1, max: limits.long }), {
    because: 'large values are always moved in steps',
  }),
}
