import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Clock } from '../../base/index.js'
import type { ValueKind } from '../options.js'
import { codeOf } from '../secrets.js'
import { Unavailable } from '../store.js'
import type { Answer, Ask, ChangeListener, OriginStore, Watch } from '../store.js'
import { answerFromJson, parseJson, unlessHeld, withDigest } from '../values.js'
import { BadContent, FileWatch } from './file-watch.js'
import type { Content } from './file-watch.js'
import { SharedRuns } from './shared-runs.js'
import { stampOf } from './stamp.js'
import type { Stamp } from './stamp.js'

/** A longer file is refused: it would be parsed in one piece. */
const fileBytesMax = 256 * 1024 * 1024

/** A file is read again this often when it changes while it is read. */
const readingsMax = 3

/** A file's content at one stamp, and the answers that were made of it so far. */
interface Document extends Content {
  readonly stamp: string
  /** Whether an equal stamp later means equal content. */
  readonly settled: boolean
  /** Kept while it is not settled, so that the same content need not be parsed again. */
  readonly bytes: Buffer | null
  readonly answers: Map<string, Answer | Promise<Answer>>
}

/**
 * `file:` — one JSON object in a file: a key to its value.
 *
 * A stat in nanoseconds says whether the file is the one that was parsed last; only then is it read. All keys of a call
 * cost one stat, and calls that come while a file is read share the next reading: never the one under way, which may
 * have begun before the change that they must see.
 */
export class FileStore implements OriginStore {
  readonly batchMax = 1024
  readonly #path: string
  readonly #as: ValueKind
  readonly #valueBytesMax: number
  readonly #clock: Clock
  #document: Document | null = null
  /** Gives the file as it is at some moment after the call. */
  readonly #reading = new SharedRuns(() => this.#load())
  readonly #watches = new Set<FileWatch>()

  constructor(path: string, { as, valueBytesMax, clock }: { as: ValueKind; valueBytesMax: number; clock: Clock }) {
    this.#path = path
    this.#as = as
    this.#valueBytesMax = valueBytesMax
    this.#clock = clock
  }

  async fetchMany(asks: readonly Ask[]): Promise<readonly Answer[]> {
    const document = await this.#reading.run()
    const answers: Answer[] = []
    for (const ask of asks) {
      const answer = this.#answer(document, ask.key)
      answers.push(unlessHeld(answer instanceof Promise ? await answer : answer, ask.digest))
    }
    return answers
  }

  watch(listener: ChangeListener): Promise<Watch> {
    return FileWatch.open(this.#path, listener, {
      read: () => this.#reading.run(),
      watching: (watch) => this.#watches.add(watch),
      closed: (watch) => this.#watches.delete(watch),
    })
  }

  async close(): Promise<void> {
    this.#document = null
  }

  #answer(document: Document, key: string): Answer | Promise<Answer> {
    if (!Object.hasOwn(document.entries, key)) return { kind: 'absent' }
    let answer = document.answers.get(key)
    if (answer === undefined) {
      answer = withDigest(answerFromJson(document.entries[key], this.#as, this.#valueBytesMax))
      document.answers.set(key, answer)
    }
    return answer
  }

  async #load(): Promise<Document> {
    let file: FileHandle | null = null
    try {
      file = await open(this.#path, 'r')
      return await this.#read(file)
    } catch (error) {
      if (error instanceof Unavailable) throw error
      throw new Unavailable(`file cannot be read: ${codeOf(error)}`, { counts: false })
    } finally {
      await file?.close()
    }
  }

  async #read(file: FileHandle): Promise<Document> {
    let before = await this.#stat(file)
    if (this.#document !== null && this.#document.settled && this.#document.stamp === before.text) {
      return this.#document
    }
    let problem = new BadContent('file changes while it is read')
    for (let i = 0; i < readingsMax; i++) {
      if (before.size > fileBytesMax) throw new BadContent(`file is larger than ${fileBytesMax} bytes`)
      const bytes = Buffer.alloc(before.size)
      const { bytesRead } = await file.read(bytes, 0, before.size, 0)
      const after = await this.#stat(file)
      if (after.text === before.text && bytesRead === before.size) {
        try {
          return this.#parse(bytes, before)
        } catch (error) {
          if (before.settled || !(error instanceof BadContent)) throw error
          problem = error // a file just touched may be half written
        }
      }
      before = after
    }
    throw problem
  }

  #parse(bytes: Buffer, { text: stamp, settled }: Stamp): Document {
    const kept = settled ? null : bytes
    if (this.#document?.bytes?.equals(bytes) === true) {
      this.#document = { ...this.#document, stamp, settled, bytes: kept }
      return this.#document
    }
    const entries = entriesOf(bytes)
    this.#document = { stamp, settled, bytes: kept, entries, size: bytes.length, answers: new Map() }
    for (const watch of this.#watches) watch.saw(this.#document)
    return this.#document
  }

  async #stat(file: FileHandle): Promise<Stamp> {
    const atMs = this.#clock.unixMs()
    return stampOf(await file.stat({ bigint: true }), atMs)
  }
}

/** @throws {BadContent} what is no JSON object */
function entriesOf(bytes: Buffer): Readonly<Record<string, unknown>> {
  let entries: unknown
  try {
    entries = parseJson(bytes)
  } catch (error) {
    throw error instanceof Unavailable ? new BadContent(error.message) : error
  }
  if (typeof entries === 'object' && entries !== null && !Array.isArray(entries))
    return entries as Record<string, unknown>
  throw new BadContent('file holds no JSON object')
}
