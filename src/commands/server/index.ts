import type { Command } from '../../command/index.js'
import { COMMAND } from './command-list.js'
import { CONFIG } from './config.js'
import { DBSIZE, FLUSHALL, FLUSHDB, SWAPDB } from './databases.js'
import { DEBUG } from './debug.js'
import { LATENCY } from './latency.js'
import { LOLWUT } from './lolwut.js'
import { MEMORY } from './memory/memory.js'
import { MODULE } from './modules.js'
import { BGREWRITEAOF, BGSAVE, LASTSAVE, SAVE } from './persistence.js'
import { INFO, MONITOR, SHUTDOWN, TIME } from './process.js'
import { SLOWLOG } from './slow-log.js'

/** Commands about the server as a whole. */
export const serverCommands: readonly Command[] = [
  BGREWRITEAOF,
  BGSAVE,
  COMMAND,
  CONFIG,
  DBSIZE,
  DEBUG,
  FLUSHALL,
  FLUSHDB,
  INFO,
  LASTSAVE,
  LATENCY,
  LOLWUT,
  MEMORY,
  MODULE,
  MONITOR,
  SAVE,
  SHUTDOWN,
  SLOWLOG,
  SWAPDB,
  TIME,
]

export { standardInfoSections } from './info/index.js'
