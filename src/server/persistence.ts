import type { Log } from '../base/index.js'
import type { Dumper, Restorer } from '../command/index.js'
import type { Keyspace } from '../keyspace/index.js'
import { ValueDumper, ValueRestorer } from '../persistence/index.js'
import type { Config } from './config/index.js'

/** What commands see of the persistence room. */
export interface PersistenceServices {
  readonly dumper: Dumper
  readonly restorer: Restorer
}

/** Joins the persistence room to the server. */
export function persistenceServices(keyspace: Keyspace, { values }: Config, log: Log): PersistenceServices {
  return {
    dumper: new ValueDumper(keyspace, () => values.rdbcompression),
    restorer: new ValueRestorer(keyspace, (why) => log.warning(`RESTORE: ${why}`)),
  }
}
