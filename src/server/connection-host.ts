import type { Clock, Log } from '../base/index.js'
import type { Client, Settling } from '../command/index.js'
import type { Dispatcher } from '../dispatch/index.js'
import type { Keyspace } from '../keyspace/index.js'
import type { Statistics } from '../observe/index.js'
import type { RequestParser } from '../resp/index.js'
import type { Output } from './output.js'

/** `client-output-buffer-limit` of one class of clients; 0 is no limit. */
export interface OutputLimits {
  readonly hardBytes: number
  readonly softBytes: number
  readonly softSeconds: number
}

/** What connections share: one parser, one buffer for replies, one dispatcher. */
export interface ConnectionHost {
  readonly clock: Clock
  readonly keyspace: Keyspace
  readonly statistics: Statistics
  readonly dispatcher: Dispatcher
  readonly settling: Settling
  readonly parser: RequestParser
  /** A second parser, for looking ahead while the first one's arguments are in use. */
  readonly aheadParser: RequestParser
  readonly output: Output
  readonly log: Log
  /** `client-query-buffer-limit` */
  queryBytesMax(): number
  outputLimit(client: Client): OutputLimits
  /** The client's buffers have grown or shrunk. */
  resized(client: Client): void
  /** Gives up clients that hold too much, before more is executed. */
  evictClients(): void
  /** The client's connection is closed, whatever it may be in the midst of: nobody finds it any more. */
  closed(client: Client): void
  /** The client is gone: nothing waits for it any more. */
  gone(client: Client): void
}
