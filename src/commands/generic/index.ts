import type { Command } from '../../command/index.js'
import { DUMP } from './dump.js'
import { EXPIRE, EXPIREAT, PERSIST, PEXPIRE, PEXPIREAT } from './expire.js'
import { DEL, EXISTS, RANDOMKEY, TOUCH, TYPE, UNLINK } from './keys.js'
import { MIGRATE } from './migrate.js'
import { COPY, MOVE, RENAME, RENAMENX } from './move.js'
import { OBJECT } from './object.js'
import { RESTORE, RESTORE_ASKING } from './restore.js'
import { KEYS, SCAN } from './scan.js'
import { SORT, SORT_RO } from './sort.js'
import { EXPIRETIME, PEXPIRETIME, PTTL, TTL } from './ttl.js'

export const genericCommands: readonly Command[] = [
  COPY,
  DEL,
  DUMP,
  EXISTS,
  EXPIRE,
  EXPIREAT,
  EXPIRETIME,
  KEYS,
  MIGRATE,
  MOVE,
  OBJECT,
  PERSIST,
  PEXPIRE,
  PEXPIREAT,
  PEXPIRETIME,
  PTTL,
  RANDOMKEY,
  RENAME,
  RENAMENX,
  RESTORE,
  RESTORE_ASKING,
  SCAN,
  SORT,
  SORT_RO,
  TOUCH,
  TTL,
  TYPE,
  UNLINK,
]
