import { lstat, opendir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../base/index.js'
import { codeOf } from '../secrets.js'
import { Unavailable } from '../store.js'
import type { ChangeListener, Watch } from '../store.js'
import { FolderEvents } from './folder-events.js'
import { SharedRuns } from './shared-runs.js'
import { stampOf } from './stamp.js'

/** A folder of more files is not looked through at every proof: that takes some 15 us of CPU for each. */
const filesMax = 1000

/** Files looked at at once. */
const filesAStep = 32

/**
 * File systems whose every change the kernel tells of, since it makes them itself: ext2 to ext4, XFS, Btrfs, F2FS, ZFS,
 * tmpfs. On others (NFS, SMB, FUSE, layers) somebody else may change a file unheard.
 *
 * @see statfs(2), which has these numbers
 */
const local = new Set([0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0x01021994])

/** Whether the kernel tells of every change in a folder. @throws the folder cannot be looked at */
export async function isLocal(folder: string): Promise<boolean> {
  return process.platform === 'linux' && local.has((await statfs(folder)).type)
}

/** What was known of a file when it was last looked at. */
interface Known {
  readonly text: string
  readonly settled: boolean
}

/**
 * Tells of changes in a folder by the names of files.
 *
 * What the kernel tells is passed on as it comes. Where that may not be everything, each proof also compares the stats of
 * all files with what they were; a file younger than two seconds counts as changed, since its next change may leave no
 * trace in its stat.
 */
export class DirWatch implements Watch {
  readonly #folder: string
  readonly #listener: ChangeListener
  readonly #clock: Clock
  readonly #scan = new SharedRuns(() => this.#scanned())
  #events: FolderEvents | null = null
  /** Null where the kernel tells of everything. */
  #known: Map<string, Known> | null = null

  private constructor(folder: string, listener: ChangeListener, clock: Clock) {
    this.#folder = folder
    this.#listener = listener
    this.#clock = clock
  }

  /** @throws {Unavailable} the folder cannot be watched, or has too many files for where it lies */
  static async open(
    folder: string,
    listener: ChangeListener,
    clock: Clock,
    hearsAll: (folder: string) => Promise<boolean> = isLocal,
  ): Promise<DirWatch> {
    const watch = new DirWatch(folder, listener, clock)
    watch.#events = await FolderEvents.open(folder, {
      heard: (name) => (name === null ? listener.changedAll() : listener.changed(name)),
      lost: (reason) => listener.lost(reason),
    })
    try {
      if (!(await hearsAll(folder))) watch.#known = await watch.#look()
      return watch
    } catch (error) {
      await watch.close()
      throw asUnavailable(error)
    }
  }

  async prove(): Promise<void> {
    await this.#events?.check()
    if (this.#known === null) return
    try {
      await this.#scan.run()
    } catch (error) {
      throw asUnavailable(error)
    }
  }

  async close(): Promise<void> {
    this.#events?.close()
  }

  async #scanned(): Promise<void> {
    const before = this.#known ?? new Map<string, Known>()
    const after = await this.#look()
    await this.#events?.check() // still the same folder, and not closed meanwhile
    this.#known = after
    for (const [name, { text, settled }] of before) {
      if (!settled || after.get(name)?.text !== text) this.#listener.changed(name)
    }
    for (const name of after.keys()) if (!before.has(name)) this.#listener.changed(name)
  }

  /** The stats of all files. */
  async #look(): Promise<Map<string, Known>> {
    const names: string[] = []
    for await (const { name } of await opendir(this.#folder)) {
      if (names.push(name) > filesMax) {
        throw new Unavailable(`a folder of more than ${filesMax} files cannot be watched where it lies`, {
          counts: false,
        })
      }
    }
    const known = new Map<string, Known>()
    for (let i = 0; i < names.length; i += filesAStep) {
      const step = names.slice(i, i + filesAStep)
      const stamps = await Promise.all(step.map((name) => this.#stampOf(name)))
      stamps.forEach((stamp, at) => stamp !== null && known.set(step[at], stamp))
    }
    return known
  }

  /** Null where there is no such file any more. */
  async #stampOf(name: string): Promise<Known | null> {
    const atMs = this.#clock.unixMs()
    try {
      const { text, settled } = stampOf(await lstat(join(this.#folder, name), { bigint: true }), atMs)
      return { text, settled }
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw error
    }
  }
}

const asUnavailable = (error: unknown): Unavailable =>
  error instanceof Unavailable ? error : new Unavailable(`folder cannot be read: ${codeOf(error)}`, { counts: false })
