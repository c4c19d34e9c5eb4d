import { lstat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { Unavailable } from '../store.js'
import type { ChangeListener, Watch } from '../store.js'
import { FolderEvents } from './folder-events.js'
import { BadContent } from './json-file.js'
import { pollEveryMs } from './polling.js'
import { SharedRuns } from './shared-runs.js'

/** Of a longer file it is not told which members changed, but that any may have. */
const comparedBytesMax = 8 * 1024 * 1024

/** Members compared in one loop turn: well under a millisecond where they are short. */
const membersAStep = 1000

/** What a file held at some moment. */
export interface Content {
  readonly entries: Readonly<Record<string, unknown>>
  readonly size: number
}

/**
 * Tells which members of a JSON file change.
 *
 * Each content that the store reads is compared with the one before it, whoever had it read: a value that came and went
 * again may have been answered meanwhile. What happens in the folder has the file read at once; a proof has it read anyway,
 * so that it holds also where the system tells of nothing, as on a network.
 */
export class FileWatch implements Watch {
  readonly proveEveryMs?: number
  readonly #listener: ChangeListener
  readonly #read: () => Promise<Content>
  readonly #closed: (watch: FileWatch) => void
  readonly #looking = new SharedRuns(() => this.#look())
  #events: FolderEvents | null = null
  #last: Content | null = null
  #comparing: Promise<void> = Promise.resolve()
  #isBad = false
  #isOver = false

  /** @param isLink its content may change without anything happening to its name */
  private constructor(
    isLink: boolean,
    read: () => Promise<Content>,
    listener: ChangeListener,
    closed: (watch: FileWatch) => void,
  ) {
    if (isLink) this.proveEveryMs = pollEveryMs
    this.#read = read
    this.#listener = listener
    this.#closed = closed
  }

  /**
   * @param read gives the file as it is after the call; each new content goes to `saw` of those that `watching` was given
   * @throws {Unavailable} the file cannot be read, or its folder not be watched
   */
  static async open(
    path: string,
    listener: ChangeListener,
    store: {
      read: () => Promise<Content>
      watching: (watch: FileWatch) => void
      closed: (watch: FileWatch) => void
    },
  ): Promise<FileWatch> {
    const isLink = await lstat(path).then(
      (stats) => stats.isSymbolicLink(),
      () => false,
    )
    const watch = new FileWatch(isLink, store.read, listener, store.closed)
    store.watching(watch)
    try {
      watch.#events = await FolderEvents.open(dirname(path), {
        heard: (name) => {
          if (isLink || name === null || name === basename(path)) void watch.#looking.run()
        },
        lost: (reason) => watch.#lost(reason),
      })
      const { entries, size } = await store.read()
      watch.#last ??= { entries, size }
      return watch
    } catch (error) {
      await watch.close()
      throw error
    }
  }

  /** The store has read this. */
  saw({ entries, size }: Content): void {
    const last = this.#last
    const content = { entries, size }
    this.#last = content
    this.#isBad = false
    if (last !== null) this.#comparing = this.#comparing.then(() => this.#compare(last, content))
  }

  async prove(): Promise<void> {
    if (this.#isOver) throw new Unavailable('it listens no more', { counts: false })
    try {
      await this.#events?.check()
      await this.#read()
    } catch (error) {
      if (!(error instanceof BadContent)) {
        this.#lost(error instanceof Unavailable ? error.message : 'failed')
        throw error
      }
      if (!this.#isBad && !this.#isOver) this.#listener.changedAll()
      this.#isBad = true
    }
    await this.#comparing
    if (this.#isOver) throw new Unavailable('it listens no more', { counts: false })
  }

  async close(): Promise<void> {
    this.#isOver = true
    this.#events?.close()
    this.#closed(this)
  }

  /**
   * Reads a file of which something was heard, and compares before it reads again, lest contents queue up. Where it cannot be
   * read it may be half written: the next event tells, or the next proof.
   */
  async #look(): Promise<void> {
    if (this.#isOver) return
    await this.#read().catch(() => undefined)
    await this.#comparing
  }

  async #compare(before: Content, after: Content): Promise<void> {
    if (Math.max(before.size, after.size) > comparedBytesMax) {
      if (!this.#isOver) this.#listener.changedAll()
      return
    }
    const names = Object.keys(before.entries)
    names.push(...Object.keys(after.entries).filter((name) => !Object.hasOwn(before.entries, name)))
    for (let i = 0; i < names.length && !this.#isOver; i++) {
      if (i > 0 && i % membersAStep === 0) await setImmediate()
      const name = names[i]
      if (!isSame(before.entries, after.entries, name)) this.#listener.changed(name)
    }
  }

  #lost(reason: string): void {
    if (this.#isOver) return
    void this.close()
    this.#listener.lost(reason)
  }
}

function isSame(one: Content['entries'], other: Content['entries'], name: string): boolean {
  if (Object.hasOwn(one, name) !== Object.hasOwn(other, name)) return false
  return one[name] === other[name] || isDeepStrictEqual(one[name], other[name])
}
