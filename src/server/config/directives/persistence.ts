import { savePoints } from '../composite-kinds.js'
import { bool, integer, memory, oneOf, text } from '../kinds.js'
import { limits } from '../numbers.js'
import { accepted, done, notYet } from './directive.js'

const intMin = -2_147_483_648

const aBaseName =
  (name: string, what: string, mayBeEmpty = false) =>
  (value: string) => {
    if (!mayBeEmpty && value === '') return `${name} can't be empty`
    return /[/\\]/.test(value) ? `${name} can't be a path, just a ${what}` : undefined
  }

/** Snapshots and the append-only file. */
export const persistenceDirectives = {
  save: accepted(
    savePoints([
      { seconds: 3600, changes: 1 },
      { seconds: 300, changes: 100 },
      { seconds: 60, changes: 10_000 },
    ]),
    { because: 'keys live in memory only; say save "" to mean it', worthSaying: (points) => points.length > 0 },
  ),
  dbfilename: accepted(text('dump.rdb', { refuse: aBaseName('dbfilename', 'filename', true) }), { protected: true }),
  rdbcompression: accepted(bool(true)),
  rdbchecksum: accepted(bool(true), { immutable: true }),
  'rdb-del-sync-files': done(bool(false)),
  'rdb-save-incremental-fsync': accepted(bool(true)),
  'rdb-key-save-delay': accepted(integer(0, { min: intMin }), { hidden: true }),
  'key-load-delay': accepted(integer(0, { min: intMin }), { hidden: true }),
  'loading-process-events-interval-bytes': accepted(integer(2 * 1024 * 1024, { min: 1024 }), { hidden: true }),
  'stop-writes-on-bgsave-error': accepted(bool(true)),
  'sanitize-dump-payload': accepted(oneOf('no', ['no', 'yes', 'clients'])),

  appendonly: notYet(bool(false), { because: 'writes would not survive a restart' }),
  appendfilename: accepted(text('appendonly.aof', { refuse: aBaseName('appendfilename', 'filename') }), {
    immutable: true,
  }),
  appenddirname: accepted(text('appendonlydir', { refuse: aBaseName('appenddirname', 'dirname') }), {
    immutable: true,
  }),
  appendfsync: accepted(oneOf('everysec', ['everysec', 'always', 'no'])),
  'no-appendfsync-on-rewrite': accepted(bool(false)),
  'auto-aof-rewrite-percentage': accepted(integer(100)),
  'auto-aof-rewrite-min-size': accepted(memory(64 * 1024 * 1024, { max: limits.long })),
  'aof-load-truncated': accepted(bool(true)),
  'aof-use-rdb-preamble': accepted(bool(true)),
  'aof-timestamp-enabled': accepted(bool(false)),
  'aof-rewrite-incremental-fsync': accepted(bool(true)),
  'aof-disable-auto-gc': accepted(bool(false)),
}
