import { ConfigProblem } from './problem.js'
import { type ByteString, fromByteString, quotedIfNeeded, splitWords, toByteString } from './quoting.js'
import type { Place, Statement } from './reader.js'

/**
 * One `origin` directive as it was given: nothing in it is expanded, so `${NAME}` and `@file` still stand for their
 * secrets.
 */
export interface OriginLine extends Place {
  /** `['users', 'user:*', 'file:./origin.json', 'validate', '5s']` */
  readonly words: readonly string[]
  /** How CONFIG REWRITE writes it. */
  readonly text: ByteString
}

export interface OriginFault {
  readonly origin: OriginLine
  /** What is wrong and what to do, without the place. */
  readonly reason: string
}

/**
 * Looks at all origins together and names the first fault.
 *
 * @param directory what relative paths start from in lines of no file
 */
export type OriginCheck = (origins: readonly OriginLine[], directory: string) => OriginFault | undefined

/** The `origin` lines in force, in the order in which routes are tried. */
export class OriginLines {
  readonly #lines: OriginLine[] = []
  /** How far a line goes before others of its name: `rankOf` whatever gave it. */
  readonly #ranks = new WeakMap<OriginLine, number>()
  readonly #removed: OriginLine[] = []

  get all(): readonly OriginLine[] {
    return this.#lines
  }

  /**
   * Takes a statement of a file, of standard input or of the command line. It stands in for one of the same name in those
   * named before, as later settings win; two in files, or two on one command line, are for the check to refuse.
   *
   * @throws {ConfigProblem}
   */
  read(statement: Statement): void {
    const given = this.#parse(statement)
    const rank = rankOf(statement)
    const instead = this.#lines.findIndex(
      (other) => other.words[0] === given.words[0] && this.#ranks.get(other)! < rank,
    )
    // It is rewritten where the other one stands, while what is wrong with it is wrong where it was given.
    const line = instead < 0 ? given : { ...this.#lines[instead], ...given }
    if (instead < 0) this.#lines.push(line)
    else this.#lines[instead] = line
    this.#ranks.set(line, rank)
  }

  add(words: readonly string[], where: string): OriginLine {
    const line = {
      where,
      words,
      text: ['origin', ...words.map((word) => quotedIfNeeded(toByteString(word)))].join(' '),
    }
    this.#lines.push(line)
    return line
  }

  remove(name: string): boolean {
    const index = this.#lines.findIndex(({ words }) => words[0] === name)
    if (index < 0) return false
    this.#removed.push(...this.#lines.splice(index, 1))
    return true
  }

  /** What a rewritten `file` says; the lines of included files stay in those. */
  inFile(file: string): readonly OriginLine[] {
    return this.#lines.filter((line) => line.file === undefined || line.file === file)
  }

  /** A line that was removed, yet stands in a file that a rewrite of `file` does not touch. */
  removedElsewhere(file: string): OriginLine | undefined {
    return this.#removed.find((line) => line.file !== undefined && line.file !== file)
  }

  #parse({ where, file, line, text, words }: Statement): OriginLine {
    // As with all directives of many words, one word may hold them all: --origin "users user:* file:./o.json".
    const split = words.length === 1 ? splitWords(words[0]) : words
    if (split === undefined) throw new ConfigProblem(where, 'origin: unbalanced quotes')
    const decoded = split.map((word) => fromByteString(word))
    if (decoded.includes(undefined)) throw new ConfigProblem(where, 'origin: not UTF-8 text; save the file as UTF-8')
    const known = decoded as string[]
    if (file === undefined || line === undefined) return { where, words: known, text: written(known) }
    return { where, file, line, words: known, text }
  }
}

/** Files before standard input, that before the command line: what comes later wins. */
const rankOf = ({ file, line }: Place): number => (file !== undefined ? 0 : line !== undefined ? 1 : 2)

const written = (words: readonly string[]): ByteString =>
  ['origin', ...words.map((word) => quotedIfNeeded(toByteString(word)))].join(' ')
