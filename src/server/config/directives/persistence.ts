import { savePoints } from '../composite-kinds.js'
import { bool, integer, memory, oneOf, text } from '../kinds.js'
import { limits } from '../numbers.js'
import { accepted, done } from './directive.js'

const intMin = -2_147_483_648

const aBaseName =
  (name: string, what: string, mayBeEmpty = false) =>
  (value: string) => {
    if (!mayBeEmpty && value === '') return `${name} can't be empty`
    return /[/\\]/.test(value) ? `${name} can't be a path, just a ${what}` : undefined
  }

/** Snapshots and the append-only file. */
export const persistenceDirectives = {
  save: done(
    savePoints([
      { seconds: 3600, changes: 1 },
      { seconds: 300, changes: 100 },
      { seconds: 60, changes: 10_000 },
    ]),
  ),
  dbfilename: done(text('dump.rdb', { refuse: aBaseName('dbfilename', 'filename', true) }), { protected: true }),
  rdbcompression: done(bool(true)),
  rdbchecksum: done(bool(true), { immutable: true }),
  'rdb-del-sync-files': done(bool(false)),
  'rdb-save-incremental-fsync': done(bool(true)),
  /** Microseconds for each key, for tests of what happens meanwhile. Of snapshots in slices, and of loads at the start or from a primary. */
  'rdb-key-save-delay': done(integer(0, { min: intMin }), { hidden: true }),
  'key-load-delay': done(integer(0, { min: intMin }), { hidden: true }),
  /** Clients are served after so many bytes, and more often where we would anyway. */
  'loading-process-events-interval-bytes': done(integer(2 * 1024 * 1024, { min: 1024 }), { hidden: true }),
  'stop-writes-on-bgsave-error': done(bool(true)),
  'sanitize-dump-payload': accepted(oneOf('no', ['no', 'yes', 'clients'])),

  appendonly: done(bool(false), { notWhileLoading: true }),
  appendfilename: done(text('appendonly.aof', { refuse: aBaseName('appendfilename', 'filename') }), {
    immutable: true,
  }),
  appenddirname: done(text('appendonlydir', { refuse: aBaseName('appenddirname', 'dirname') }), {
    immutable: true,
  }),
  appendfsync: done(oneOf('everysec', ['everysec', 'always', 'no'])),
  'no-appendfsync-on-rewrite': done(bool(false)),
  'auto-aof-rewrite-percentage': done(integer(100)),
  'auto-aof-rewrite-min-size': done(memory(64 * 1024 * 1024, { max: limits.long })),
  'aof-load-truncated': done(bool(true)),
  'aof-use-rdb-preamble': done(bool(true)),
  'aof-timestamp-enabled': done(bool(false)),
  'aof-rewrite-incremental-fsync': done(bool(true)),
  'aof-disable-auto-gc': done(bool(false)),
}
