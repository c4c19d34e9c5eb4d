import type { Region, ReplyError } from '../base/index.js'
import type { Args, Word } from '../resp/index.js'

export type { Word } from '../resp/index.js'

/** Whoever keeps what changes: an append-only file, the replication backlog. */
export interface ChangeSink {
  /**
   * Takes the bytes of one unit, from `start` to before `end`: a command, or MULTI, several commands and EXEC, with a
   * SELECT where the database is another than that of the unit before. Called at the end of the call that made it, in
   * the order of changes. The bytes are borrowed: they must be copied at once.
   */
  append(region: Region, start: number, end: number): void
}

/** What a sink is told beside changes: replicas publish what was published here, files do not. */
export type SinkKind = 'file' | 'replicas'

/**
 * The one stream of changes, as commands that Redis 7.0 knows.
 *
 * @see https://redis.io/docs/latest/operate/oss_and_stack/management/replication/
 */
export interface ChangeFeed {
  attach(sink: ChangeSink, kind: SinkKind): void
  detach(sink: ChangeSink): void
  /** Begins the next unit with SELECT: a new file or a new replica knows of no database yet. */
  reselect(): void
  /** Appends a command that no call made, such as a PING to replicas. It is a unit of its own, and selects nothing. */
  tell(words: readonly Word[], kind?: SinkKind): void
  /** The database of the last unit; -1: the next one begins with SELECT. */
  readonly database: number
  /** Bytes of all units so far, those that only replicas were told included. `Client.fedBytes` counts by it. */
  readonly bytes: number
}

/** Executes what an append-only file or a primary says, as it says it: nothing is refused, asked of an origin or expired. */
export interface Replay {
  /**
   * Executes one request, its arguments borrowed from whoever parsed it. Requests behind MULTI wait for their EXEC.
   *
   * @returns the error it was answered with, or null
   */
  apply(args: Args): ReplyError | null
  /** Forgets the chosen database and a transaction that has no end. */
  reset(database?: number): void
  readonly database: number
  /** Whether the last request stands behind MULTI and before its EXEC. */
  readonly inTransaction: boolean
}
