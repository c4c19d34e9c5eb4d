import { readFileSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { filesMatching, isPattern } from './include-files.js'
import { ConfigProblem, systemReason } from './problem.js'
import { type ByteString, fromByteString, splitWords } from './quoting.js'

/** Where a statement stands. `file` is absolute, and missing for standard input; both are for the command line and the like. */
export interface Place {
  /** As shown to a person: `redis.conf:12`. */
  readonly where: string
  readonly file?: string
  readonly line?: number
}

/** One line that says something, its first word in lower case. */
export interface Statement extends Place {
  readonly name: string
  readonly words: readonly ByteString[]
  /** The line as it was written. */
  readonly text: ByteString
}

/**
 * Reads redis.conf files and hands on their statements one by one, in the order in which they take effect.
 *
 * An `include` is read where it stands, relative to the working directory of that moment.
 */
export class Reader {
  readonly #take: (statement: Statement) => void
  readonly #directory: () => string
  readonly #open: string[] = []

  /** @param directory what relative paths are relative to now */
  constructor(take: (statement: Statement) => void, directory: () => string) {
    this.#take = take
    this.#directory = directory
  }

  /** @throws {ConfigProblem} */
  readFile(path: string, from?: Place): void {
    const absolute = resolve(this.#directory(), path)
    const text = this.#contents(path, absolute, from)
    const real = realpathSync(absolute)
    if (this.#open.includes(real)) {
      throw new ConfigProblem(from?.where ?? path, `'${path}' includes itself; remove one of the include lines`)
    }
    this.#open.push(real)
    this.readText(text, (line) => ({ where: `${path}:${line}`, file: absolute, line }))
    this.#open.pop()
  }

  /** @throws {ConfigProblem} */
  readText(text: ByteString, place: (line: number) => Place): void {
    text.split('\n').forEach((line, index) => this.#readLine(line, place(index + 1)))
  }

  #contents(path: string, absolute: string, from: Place | undefined): ByteString {
    try {
      return readFileSync(absolute, 'latin1')
    } catch (error) {
      const reason = systemReason(error)
      throw from === undefined
        ? new ConfigProblem('', `can't open config file '${path}': ${reason}`)
        : new ConfigProblem(from.where, `can't open included file '${path}': ${reason}`)
    }
  }

  #readLine(raw: ByteString, place: Place): void {
    const text = raw.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
    if (text === '' || text.startsWith('#')) return
    const words = splitWords(text)
    if (words === undefined) {
      throw new ConfigProblem(
        place.where,
        'unbalanced quotes; a closing quote ends the word and needs a space after it',
      )
    }
    if (words.length === 0) return
    const name = words[0].toLowerCase()
    if (name === 'include') this.#include(words, place)
    else this.#take({ ...place, name, words: words.slice(1), text })
  }

  #include(words: readonly ByteString[], place: Place): void {
    const path = words.length === 2 ? fromByteString(words[1]) : undefined
    if (path === undefined) {
      throw new ConfigProblem(place.where, 'include takes one path; quote it where it has spaces')
    }
    if (isPattern(path)) {
      for (const file of filesMatching(path, this.#directory())) this.readFile(file, place)
    } else {
      this.readFile(path, place)
    }
  }
}
