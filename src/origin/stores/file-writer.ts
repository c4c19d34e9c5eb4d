import { isUtf8 } from 'node:buffer'
import { lstat } from 'node:fs/promises'
import type { Clock } from '../../base/index.js'
import type { OriginValue } from '../../keyspace/index.js'
import type { CancelSignal } from '../cancellation.js'
import type { ValueKind } from '../options.js'
import { codeOf } from '../secrets.js'
import { Unavailable } from '../store.js'
import type { Write, Written } from '../store.js'
import { answerFromJson, withDigest } from '../values.js'
import { entriesOf, fileBytesMax, readWhole, stampOfFile, withFile } from './json-file.js'
import { ObjectText } from './json-text.js'
import { hashText, jsonText, noUtf8 } from './json-values.js'
import { failedWrite, openFlags, replaceFile, unwritable } from './replace-file.js'
import { stampOf } from './stamp.js'
import type { Stamp } from './stamp.js'
import { Turns } from './turns.js'

/** The file is read and written again this often when another program changes it meanwhile. */
const roundsMax = 3

const refused = (reason: string): Written => ({ kind: 'refused', reason })
const written: Written = { kind: 'written' }
const linkRefused = refused('is in a file behind a link, which is not written to')

interface Waiting {
  readonly write: Write
  readonly signal: CancelSignal
  readonly settle: (outcome: Written | Unavailable) => void
}

/** A valid content, as it was at one moment. */
interface Reading {
  readonly text: string
  readonly stamp: Stamp
}

/** One at a time of each file, whichever route's store writes it. */
const commits = new Turns()

/**
 * Writes members of a JSON file: the whole file is put in place by rename, with all other members as they were.
 *
 * Writes that wait for one another go out together. What is expected is compared with a reading of the very moment: of
 * two writers in this process one finds a conflict. What another program changes is looked for once more right before the
 * rename, and not seen after that.
 */
export class FileWriter {
  readonly #path: string
  readonly #as: ValueKind
  readonly #valueBytesMax: number
  readonly #clock: Clock
  #waiting: Waiting[] = []

  constructor(path: string, { as, valueBytesMax, clock }: { as: ValueKind; valueBytesMax: number; clock: Clock }) {
    this.#path = path
    this.#as = as
    this.#valueBytesMax = valueBytesMax
    this.#clock = clock
  }

  /** @throws {Unavailable} */
  write(write: Write, signal: CancelSignal): Promise<Written> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: Written | Unavailable): void =>
        outcome instanceof Unavailable ? reject(outcome) : resolve(outcome)
      this.#waiting.push({ write, signal, settle })
      if (this.#waiting.length === 1) void commits.take(this.#path, () => this.#commit())
    })
  }

  async #commit(): Promise<void> {
    const all = this.#waiting
    this.#waiting = []
    const waiting = all.filter(({ signal }) => !signal.aborted)
    for (const { signal, settle } of all) {
      if (signal.aborted) settle(new Unavailable('nobody waits', { counts: false, unwritten: true }))
    }
    try {
      const outcomes = await this.#write(waiting.map(({ write }) => write))
      waiting.forEach(({ settle }, i) => settle(outcomes[i]))
    } catch (error) {
      const failure = failedWrite(error)
      for (const { settle } of waiting) settle(failure)
    }
  }

  /** @throws {Unavailable} or a system's error */
  async #write(writes: readonly Write[]): Promise<Written[]> {
    if (writes.length === 0) return []
    for (let round = 0; round < roundsMax; round++) {
      if ((await lstat(this.#path).catch(() => null))?.isSymbolicLink() === true) return writes.map(() => linkRefused)
      const before = await this.#read()
      const { text } = before
      const object = new ObjectText(text)
      const outcomes: Written[] = []
      for (const write of writes) outcomes.push(await this.#apply(object, write))
      const bytes = Buffer.from(object.toString())
      if (bytes.length > fileBytesMax) return writes.map(() => refused('would make the file too large'))
      if (text === bytes.toString()) return outcomes
      try {
        if (await replaceFile(this.#path, bytes, () => this.#isStill(before))) return outcomes
      } catch (error) {
        const code = codeOf(error)
        if (!unwritable.has(code)) throw error
        return writes.map(() => refused(`cannot be written: ${code}`))
      }
    }
    throw new Unavailable('file changes while it is written', { counts: false })
  }

  #read(): Promise<Reading> {
    return withFile(this.#path, openFlags, async (file) => {
      const before = await stampOfFile(file, this.#clock)
      return readWhole(file, this.#clock, before, (bytes, stamp) => {
        entriesOf(bytes)
        return { text: bytes.toString(), stamp }
      })
    })
  }

  /** Whether the file holds what was read; one that is young may hold something else under the same stamp. */
  async #isStill({ text, stamp }: Reading): Promise<boolean> {
    const now = stampOf(await lstat(this.#path, { bigint: true }), this.#clock.unixMs())
    return now.text === stamp.text && (stamp.settled || (await this.#read()).text === text)
  }

  /** Puts a write into the text, if it may be made. */
  async #apply(object: ObjectText, { key, value, expected }: Write): Promise<Written> {
    if (object.isTwice(key)) return refused('is there several times in the file')
    const before = object.get(key)
    if (expected !== undefined) {
      const json: unknown = before === null ? null : JSON.parse(before)
      const held = await withDigest(answerFromJson(json, this.#as, this.#valueBytesMax))
      if (held.kind === 'refused') return held
      const digest = held.kind === 'found' ? held.digest : undefined
      const isExpected = expected === 'absent' ? held.kind === 'absent' : digest?.equals(expected) === true
      if (!isExpected) return { kind: 'conflict' }
    }
    const after = value === null ? null : this.#textOf(value, before)
    if (typeof after === 'object' && after !== null) return after
    object.set(key, after)
    return written
  }

  /** A value as the file is to have it, given what it has now. */
  #textOf(value: OriginValue, before: string | null): string | Written {
    if (value.kind !== this.#as) return refused(`is no ${this.#as}, as 'as ${this.#as}' needs`)
    if (value.kind === 'string') return isUtf8(value.bytes) ? jsonText(value.bytes.toString(), before) : noUtf8
    return hashText(value, before?.startsWith('{') === true ? before : '{}')
  }
}
