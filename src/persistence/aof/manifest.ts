import { quotedBytes } from '../../observe/index.js'
import { splitInline } from '../../resp/index.js'

/** A file's part: what a rewrite made, what was appended since, and what the next rewrite made superfluous. */
export type FilePart = 'base' | 'incr' | 'history'

export interface ManifestFile {
  /** Without a folder. Text whose code units are bytes. */
  readonly name: string
  readonly sequence: number
  readonly part: FilePart
}

/** What a manifest is wrong in; `line` counts from 1. */
export class ManifestError extends Error {
  readonly line: number
  readonly text: string

  constructor(message: string, line = 0, text = '') {
    super(message)
    this.line = line
    this.text = text
  }
}

const letters: Readonly<Record<FilePart, string>> = { base: 'b', incr: 'i', history: 'h' }
const parts: Readonly<Record<string, FilePart>> = { b: 'base', i: 'incr', h: 'history' }

const lineBytesMax = 1024
const malformed = 'Invalid AOF manifest file format'

/**
 * Which files an append-only file consists of. Immutable: a change is another manifest, which counts when the disk has it.
 *
 * @see redis 7.0.15, aof.c, "AOF Manifest file implementation"
 */
export class Manifest {
  readonly base: ManifestFile | null
  /** In the order in which they are loaded. */
  readonly increments: readonly ManifestFile[]
  readonly history: readonly ManifestFile[]
  /** The highest sequence numbers that were ever given. */
  readonly #baseSequence: number
  readonly #incrementSequence: number

  constructor(
    base: ManifestFile | null = null,
    increments: readonly ManifestFile[] = [],
    history: readonly ManifestFile[] = [],
    sequences = { base: base?.sequence ?? 0, increment: increments.at(-1)?.sequence ?? 0 },
  ) {
    this.base = base
    this.increments = increments
    this.history = history
    this.#baseSequence = sequences.base
    this.#incrementSequence = sequences.increment
  }

  /** Whether there is nothing to load. */
  get isEmpty(): boolean {
    return this.base === null && this.increments.length === 0
  }

  /** What is loaded, in order. */
  get loaded(): readonly ManifestFile[] {
    return this.base === null ? this.increments : [this.base, ...this.increments]
  }

  /** The file that is appended to. */
  get last(): ManifestFile | null {
    return this.increments.at(-1) ?? null
  }

  /** With one more file to append to. */
  withIncrement(filename: string): Manifest {
    const sequence = this.#incrementSequence + 1
    const name = `${filename}.${sequence}.incr.aof`
    return new Manifest(this.base, [...this.increments, { name, sequence, part: 'incr' }], this.history, {
      base: this.#baseSequence,
      increment: sequence,
    })
  }

  /**
   * With a new base, which holds all that the former one and the first `replaced` increments do: these are history.
   *
   * @param format of the base: a snapshot, or commands
   */
  withBase(filename: string, format: 'rdb' | 'aof', replaced: number): Manifest {
    const sequence = this.#baseSequence + 1
    const base: ManifestFile = { name: `${filename}.${sequence}.base.${format}`, sequence, part: 'base' }
    const old = this.increments.slice(0, replaced)
    const superfluous = this.base === null ? old : [...old, this.base]
    const history = superfluous.map((file): ManifestFile => ({ ...file, part: 'history' }))
    return new Manifest(base, this.increments.slice(replaced), [...history, ...this.history], {
      base: sequence,
      increment: this.#incrementSequence,
    })
  }

  withoutHistory(): Manifest {
    return new Manifest(this.base, this.increments, [], {
      base: this.#baseSequence,
      increment: this.#incrementSequence,
    })
  }

  /** The manifest of a file of old, before there were several, which is the base from now on. */
  static ofSingleFile(name: string): Manifest {
    return new Manifest({ name, sequence: 1, part: 'base' })
  }

  /** @throws {ManifestError} */
  static parse(content: Uint8Array): Manifest {
    const text = Buffer.from(content.buffer, content.byteOffset, content.length).latin1Slice()
    if (text === '') throw new ManifestError('Found an empty AOF manifest')
    const lines = text.split('\n')
    const rest = lines.pop()
    let base: ManifestFile | null = null
    const increments: ManifestFile[] = []
    const history: ManifestFile[] = []
    for (const [index, line] of lines.entries()) {
      if (line.startsWith('#')) continue
      if (line.length >= lineBytesMax) throw tooLong(index + 1)
      const shown = line.replace(/^[ \t\r]+|[ \t\r]+$/g, '')
      const file = parseLine(shown, index + 1)
      if (file.part === 'history') history.push(file)
      else if (file.part === 'base') {
        if (base !== null) throw new ManifestError('Found duplicate base file information', index + 1, shown)
        base = file
      } else {
        if (file.sequence <= (increments.at(-1)?.sequence ?? 0)) {
          throw new ManifestError('Found a non-monotonic sequence number', index + 1, shown)
        }
        increments.push(file)
      }
    }
    if (rest !== '' && rest?.startsWith('#') === false) throw tooLong(lines.length + 1)
    return new Manifest(base, increments, history)
  }

  /** The content of the file: the base, history, increments. */
  toString(): string {
    return [...(this.base === null ? [] : [this.base]), ...this.history, ...this.increments]
      .map(({ name, sequence, part }) => `file ${quotedIfNeeded(name)} seq ${sequence} type ${letters[part]}\n`)
      .join('')
  }
}

/** A line without its end counts as too long, since Redis reads so many bytes of one and no more. */
const tooLong = (line: number): ManifestError => new ManifestError('The AOF manifest file contains too long line', line)

/** @throws {ManifestError} */
function parseLine(line: string, number: number): ManifestFile {
  const fail = (what: string): ManifestError => new ManifestError(what, number, line)
  const words = splitInline(Buffer.from(line, 'latin1'))?.map((word) => word.latin1Slice())
  // further pairs may come with later versions
  if (words === undefined || words.length < 6 || words.length % 2 === 1) throw fail(malformed)
  let name = ''
  let sequence = 0
  let letter = ''
  for (let i = 0; i < words.length; i += 2) {
    const [key, value] = [words[i].toLowerCase(), words[i + 1]]
    if (key === 'file') {
      if (/[/\\]/.test(value)) throw fail("File can't be a path, just a filename")
      name = value
    } else if (key === 'seq') sequence = Number.parseInt(value, 10) || 0
    else if (key === 'type') letter = value.charAt(0)
  }
  if (name === '' || sequence === 0 || letter === '') throw fail(malformed)
  if (!Object.hasOwn(parts, letter)) throw fail('Unknown AOF file type')
  return { name, sequence, part: parts[letter] }
}

/** As sdsneedsrepr(): quotes, spaces and what cannot be printed. */
const quotedIfNeeded = (name: string): string =>
  /^[!#-&(-[\]-~]+$/.test(name) ? name : quotedBytes(Buffer.from(name, 'latin1'))
