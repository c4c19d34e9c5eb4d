import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Clock } from '../../base/index.js'
import type { ValueKind } from '../options.js'
import { codeOf } from '../secrets.js'
import { Unavailable } from '../store.js'
import type { Answer, Ask, OriginStore } from '../store.js'
import { answerFromJson, parseJson, unlessHeld, withDigest } from '../values.js'
import { stampOf } from './stamp.js'
import type { Stamp } from './stamp.js'

/** A longer file is refused: it would be parsed in one piece. */
const fileBytesMax = 256 * 1024 * 1024

/** A file is read again this often when it changes while it is read. */
const readingsMax = 3

/** A file's content at one stamp, and the answers that were made of it so far. */
interface Document {
  readonly stamp: string
  /** Whether an equal stamp later means equal content. */
  readonly settled: boolean
  /** Kept while it is not settled, so that the same content need not be parsed again. */
  readonly bytes: Buffer | null
  readonly entries: Readonly<Record<string, unknown>>
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
  #reading: Promise<Document> | null = null
  #nextReading: Promise<Document> | null = null

  constructor(path: string, { as, valueBytesMax, clock }: { as: ValueKind; valueBytesMax: number; clock: Clock }) {
    this.#path = path
    this.#as = as
    this.#valueBytesMax = valueBytesMax
    this.#clock = clock
  }

  async fetchMany(asks: readonly Ask[]): Promise<readonly Answer[]> {
    const document = await this.#current()
    const answers: Answer[] = []
    for (const ask of asks) {
      const answer = this.#answer(document, ask.key)
      answers.push(unlessHeld(answer instanceof Promise ? await answer : answer, ask.digest))
    }
    return answers
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

  /** The file as it is at some moment after this call. */
  #current(): Promise<Document> {
    if (this.#nextReading !== null) return this.#nextReading
    if (this.#reading === null) return this.#start()
    const next = this.#reading.catch(() => undefined).then(() => this.#start())
    this.#nextReading = next
    return next
  }

  #start(): Promise<Document> {
    this.#nextReading = null
    const reading = this.#load().finally(() => {
      if (this.#reading === reading) this.#reading = null
    })
    this.#reading = reading
    return reading
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
    let problem = new Unavailable('file changes while it is read', { counts: false })
    for (let i = 0; i < readingsMax; i++) {
      if (before.size > fileBytesMax)
        throw new Unavailable(`file is larger than ${fileBytesMax} bytes`, { counts: false })
      const bytes = Buffer.alloc(before.size)
      const { bytesRead } = await file.read(bytes, 0, before.size, 0)
      const after = await this.#stat(file)
      if (after.text === before.text && bytesRead === before.size) {
        try {
          return this.#parse(bytes, before)
        } catch (error) {
          if (before.settled || !(error instanceof Unavailable)) throw error
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
    const entries = parseJson(bytes)
    if (typeof entries !== 'object' || entries === null || Array.isArray(entries)) {
      throw new Unavailable('file holds no JSON object', { counts: false })
    }
    this.#document = { stamp, settled, bytes: kept, entries: entries as Record<string, unknown>, answers: new Map() }
    return this.#document
  }

  async #stat(file: FileHandle): Promise<Stamp> {
    const atMs = this.#clock.unixMs()
    return stampOf(await file.stat({ bigint: true }), atMs)
  }
}
