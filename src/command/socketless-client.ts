import { Client } from './client.js'

/** A client that no socket stands behind: in the same process, or in whose name something is executed. */
export abstract class SocketlessClient extends Client {
  readonly fileDescriptor = -1
  readonly isUnixSocket = false
  readonly queryBytes: number = 0
  readonly queryFreeBytes: number = 0
  readonly outputBytes: number = 0
}
