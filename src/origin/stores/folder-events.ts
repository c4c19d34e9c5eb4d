import { watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { lstat, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { codeOf } from '../secrets.js'
import { Unavailable } from '../store.js'

export interface FolderListener {
  /** What has this name in the folder changed; null: anything in it may have. */
  heard(name: string | null): void
  /** Nothing more is heard; told once. @param reason is logged: no paths */
  lost(reason: string): void
}

/** The system's limits that a watch may meet, by what it says then. */
const limits: Readonly<Record<string, string>> = {
  ENOSPC: ' (the limit is fs.inotify.max_user_watches)',
  EMFILE: ' (the limit is fs.inotify.max_user_instances)',
}

const moved = 'its folder was moved or deleted'

const failure = (code: string): string => `its folder cannot be watched: ${code}${limits[code] ?? ''}`

/** What Linux lets wait for a process that does not listen, unless it is told otherwise. */
const queuedDefault = 16_384

/** Who listens now, and how much all heard in this loop turn. */
const listening = new Set<FolderEvents>()
let heardNow = 0

/**
 * Hears of each change in one folder, whoever made it, by the name of what changed.
 *
 * The folder is watched and not a file in it, since files are replaced by rename. The kernel queues an event while the
 * change is made, and the loop reads the whole queue in each turn; so a turn later everything that was changed has been
 * heard. It drops what its queue has no room for, which nobody is told: therefore half a queue in one turn counts as
 * "anything may have changed", for every folder, since one queue serves all.
 *
 * @see inotify(7)
 */
export class FolderEvents {
  readonly #folder: string
  readonly #listener: FolderListener
  readonly #identity: string
  readonly #watcher: FSWatcher
  readonly #heardMax: number
  #closed = false

  private constructor(folder: string, listener: FolderListener, identity: string, queuedMax: number) {
    this.#folder = folder
    this.#listener = listener
    this.#identity = identity
    this.#heardMax = queuedMax / 2
    this.#watcher = watch(folder, { persistent: false }, (_, name) => this.#heard(name))
    this.#watcher.on('error', (error) => this.#lost(failure(codeOf(error))))
    listening.add(this)
  }

  /** @throws {Unavailable} there is no such folder, or the system watches no more of them */
  static async open(folder: string, listener: FolderListener): Promise<FolderEvents> {
    let events: FolderEvents
    try {
      events = new FolderEvents(folder, listener, await identityOf(folder), await queuedMax())
    } catch (error) {
      throw new Unavailable(failure(codeOf(error)), { counts: false })
    }
    try {
      await events.check()
    } catch (error) {
      events.close()
      throw error
    }
    return events
  }

  /**
   * Resolves when every change in the folder that was made before the call has been heard.
   *
   * @throws {Unavailable} the folder at this path is another one by now, or nothing is heard any more
   */
  async check(): Promise<void> {
    const identity = await identityOf(this.#folder).catch((error: unknown) => codeOf(error))
    if (identity !== this.#identity) this.#lost(moved)
    await setImmediate() // the turn that may have read the queue already
    await setImmediate()
    if (this.#closed) throw new Unavailable(moved, { counts: false })
  }

  close(): void {
    this.#closed = true
    listening.delete(this)
    this.#watcher.close()
  }

  #heard(name: string | null): void {
    if (this.#closed) return
    if (heardNow++ === 0) void setImmediate().then(() => (heardNow = 0))
    if (heardNow === this.#heardMax) for (const events of listening) events.#listener.heard(null)
    this.#listener.heard(name)
    if (name === basename(this.#folder)) void this.#lookAtItself(name)
  }

  /** What happens to the folder itself is told under its own name, as if something in it were called so. */
  async #lookAtItself(name: string): Promise<void> {
    const isInside = await lstat(join(this.#folder, name)).then(
      () => true,
      () => false,
    )
    if (!isInside) this.#lost(moved)
  }

  #lost(reason: string): void {
    if (this.#closed) return
    this.close()
    this.#listener.lost(reason)
  }
}

/** Which folder is at a path: another one that takes its place differs, even where it gets the same number. */
async function identityOf(folder: string): Promise<string> {
  const { dev, ino, birthtimeNs } = await stat(folder, { bigint: true })
  return `${dev}.${ino}.${birthtimeNs}`
}

/** How many events the kernel keeps for a process. */
async function queuedMax(): Promise<number> {
  const text = await readFile('/proc/sys/fs/inotify/max_queued_events', 'utf8').catch(() => '')
  return Number.parseInt(text, 10) || queuedDefault
}
