import type { Clock, Log, Random } from '../base/index.js'
import type { Command } from '../command/index.js'
import type { Files } from '../persistence/index.js'
import type { Config } from './config/index.js'

export interface ServerOptions {
  readonly config: Config
  readonly log: Log
  readonly commands: readonly Command[]
  readonly clock?: Clock
  readonly random?: Random
  /** Called when the server has closed, whoever asked for it. */
  readonly onClosed?: () => void
  /** The files that it keeps; null for none. Default: the machine's. */
  readonly files?: Files | null
  /** Called when it becomes a replica, or a primary. */
  readonly tookRole?: (isReplica: boolean) => void
  /** Called when the server cannot keep what it promised, as when a write of `appendfsync always` fails. Default: it stops. */
  readonly onFatal?: () => void
  /** Ends what is around as a fault would, for DEBUG SEGFAULT. Default: it stops. */
  readonly onCrash?: () => void
}
