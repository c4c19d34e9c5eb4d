/** How SHUTDOWN ends the server. */
export interface ShutdownOptions {
  /** `default`: saves where there are save points. */
  readonly save: 'default' | 'save' | 'nosave'
  /** Does not wait for replicas. */
  readonly now: boolean
  /** Ends although something could not be saved. */
  readonly force: boolean
}

/** DEBUG RELOAD. */
export interface ReloadOptions {
  readonly saves: boolean
  readonly flushes: boolean
  /** Keys of the file replace those that are there. */
  readonly merges: boolean
}

/** Files: snapshots and the append-only file. */
export interface DurabilityService {
  /** Unix seconds of the last snapshot that succeeded. */
  readonly lastSaveSeconds: number
  /** Changes that are in no snapshot. */
  readonly unsavedChanges: number
  /** How long the server stands still before it writes to the append-only file: for tests of what must wait for that. */
  flushSleepMicros: number
  /** FLUSHALL deleted all keys. */
  flushed(): void
  /** Makes a snapshot before it returns. @throws {ReplyError} */
  save(): void
  /**
   * Begins a snapshot, or schedules it.
   *
   * @param mayWait whether it is scheduled where something else is in its way
   * @param isInside whether the call runs in a transaction
   * @returns what became of it, as a status reply. @throws {ReplyError}
   */
  saveInSlices(mayWait: boolean, isInside: boolean): string
  /** Begins a rewrite of the append-only file, or schedules it; see `saveInSlices`. @throws {ReplyError} */
  rewrite(isInside: boolean): string
  /** Writes a snapshot and loads it, before it returns. @throws {ReplyError} */
  reload(options: ReloadOptions): void
  /** Loads the append-only file anew. `done` is told when that is over. */
  reloadAppendOnly(done: () => void): void
}
