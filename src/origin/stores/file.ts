import type { Clock } from '../../base/index.js'
import type { CancelSignal } from '../cancellation.js'
import type { ValueKind } from '../options.js'
import type { Answer, Ask, ChangeListener, NamePage, OriginStore, StoreFacts, Watch, Write, Written } from '../store.js'
import { answerFromJson, unlessHeld, withDigest } from '../values.js'
import { FileWatch } from './file-watch.js'
import type { Content } from './file-watch.js'
import { FileWriter } from './file-writer.js'
import { entriesOf, readWhole, stampOfFile, withFile } from './json-file.js'
import { pageOf } from './listing.js'
import { SharedRuns } from './shared-runs.js'
import type { Stamp } from './stamp.js'

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
  readonly facts: StoreFacts
  readonly #path: string
  readonly #as: ValueKind
  readonly #valueBytesMax: number
  readonly #clock: Clock
  #document: Document | null = null
  /** Gives the file as it is at some moment after the call. */
  readonly #reading = new SharedRuns(() => this.#load())
  readonly #watches = new Set<FileWatch>()
  readonly #writer: FileWriter

  constructor(path: string, options: { as: ValueKind; valueBytesMax: number; clock: Clock }) {
    const { as, valueBytesMax, clock } = options
    this.facts = { path }
    this.#path = path
    this.#writer = new FileWriter(path, options)
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

  write(write: Write, signal: CancelSignal): Promise<Written> {
    return this.#writer.write(write, signal)
  }

  watch(listener: ChangeListener): Promise<Watch> {
    return FileWatch.open(this.#path, listener, {
      read: () => this.#reading.run(),
      watching: (watch) => this.#watches.add(watch),
      closed: (watch) => this.#watches.delete(watch),
    })
  }

  list(prefix: string, cursor: NamePage['next']): Promise<NamePage> {
    return pageOf(cursor, async () => {
      const { entries } = await this.#reading.run()
      return Object.keys(entries).filter((name) => name.startsWith(prefix) && entries[name] !== null)
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

  #load(): Promise<Document> {
    return withFile(this.#path, 'r', async (file) => {
      const before = await stampOfFile(file, this.#clock)
      const document = this.#document
      if (document?.settled === true && document.stamp === before.text) return document
      return readWhole(file, this.#clock, before, (bytes, stamp) => this.#parse(bytes, stamp))
    })
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
}
