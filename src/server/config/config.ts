import { dirname, resolve } from 'node:path'
import { errorReply, type ReplyError } from '../../base/index.js'
import { Changes, type ChangeListener } from './changes.js'
import { camelCase, type DirectiveName, directives, refusedStatements, skippedDirectives } from './directives/index.js'
import type { Directives } from './directives/index.js'
import type { Values } from './directives/index.js'
import type { RewrittenLine } from './kinds.js'
import { type OriginCheck, type OriginLine, OriginLines } from './origins.js'
import { BadValue, ConfigProblem, nearest, systemReason } from './problem.js'
import { type ByteString, quotedIfNeeded, shown, splitWords, toByteString } from './quoting.js'
import { Reader, type Statement } from './reader.js'
import { oldText, replaceFile, rewriteText } from './rewrite.js'
import { type Entry, Settings } from './settings.js'

/** Where a configuration comes from. Later sources win: file, standard input, lines. */
export interface ConfigSources {
  readonly configFile?: string
  readonly stdin?: ByteString
  /** Lines of redis.conf from the command line, or from what `linesFrom` says. */
  readonly lines?: readonly ByteString[]
  readonly linesFrom?: string
  /** What relative paths are relative to until `dir` says otherwise. Default: the process's own directory. */
  readonly workingDirectory?: string
  /** Looks at the origins when all is read. */
  readonly checkOrigins?: OriginCheck
}

/** Values by their names in camel case, as a program gives them. */
export type ConfigOptions = {
  readonly [Name in keyof Values]?: string | number | boolean | readonly (string | number)[]
}

/** The configuration: read once, shown by CONFIG GET, changed by CONFIG SET, written back by CONFIG REWRITE. */
export class Config {
  /** The present values, as the server works with them. */
  readonly values: Values
  /** Absolute path of the file that CONFIG REWRITE replaces; undefined without one. */
  readonly configFile: string | undefined
  readonly #settings: Settings
  readonly #changes: Changes
  readonly #origins = new OriginLines()
  /** Where each directive was given last, while reading. */
  readonly #given = new Map<DirectiveName, string>()

  /** @throws {ConfigProblem} the first mistake, in one line */
  constructor(sources: ConfigSources = {}) {
    const directory = sources.workingDirectory ?? process.cwd()
    this.#settings = new Settings(directory)
    this.#changes = new Changes(this.#settings)
    this.values = this.#settings.values
    this.configFile = sources.configFile === undefined ? undefined : resolve(directory, sources.configFile)
    const reader = new Reader(
      (statement) => this.#take(statement),
      () => this.values.dir,
    )
    if (sources.configFile !== undefined) reader.readFile(sources.configFile)
    if (sources.stdin !== undefined)
      reader.readText(sources.stdin, (line) => ({ where: `standard input:${line}`, line }))
    const where = sources.linesFrom ?? 'command line'
    for (const line of sources.lines ?? []) reader.readText(line, () => ({ where }))
    const fault = sources.checkOrigins?.(this.#origins.all, this.originDirectory)
    if (fault !== undefined) throw new ConfigProblem(fault.origin.where, fault.reason)
  }

  /**
   * A configuration out of a program's options.
   *
   * @throws {ConfigProblem}
   */
  static fromOptions(
    options: ConfigOptions,
    sources: Omit<ConfigSources, 'lines' | 'linesFrom' | 'stdin'> = {},
  ): Config {
    const lines = Object.entries(options).map(([option, value]) => {
      const name = Object.keys(directives).find((directive) => camelCase(directive) === option)
      if (name === undefined) throw new ConfigProblem('', unknownOption(option))
      const list = Array.isArray(value) ? value : [typeof value === 'boolean' ? (value ? 'yes' : 'no') : value]
      return [name, ...list.map((word) => quotedIfNeeded(toByteString(String(word))))].join(' ')
    })
    return new Config({ ...sources, lines, linesFrom: 'options' })
  }

  /** The path that `path` stands for: relative ones are relative to `dir`. */
  resolvePath(path: string): string {
    return resolve(this.values.dir, path)
  }

  /**
   * What relative paths start from in origins that no file names: the folder of the file that a rewrite puts them in, where
   * they have to mean the same; without one `dir`.
   */
  get originDirectory(): string {
    return this.configFile === undefined ? this.resolvePath('.') : dirname(this.configFile)
  }

  /** One line for each setting that was given, and has no effect here. */
  notices(): string[] {
    const lines: string[] = []
    for (const [name, where] of this.#given) {
      const entry = Settings.lookup(name) as Entry
      const { status, worthSaying, sensitive, because } = entry.directive
      const worth = worthSaying?.(this.#settings.state(name)) ?? !this.#settings.isInitial(entry)
      if (status !== 'accepted' || !worth) continue
      const value = sensitive ? '' : ` ${shown(this.#settings.show(entry))}`
      lines.push(`${where}: ${name}${value} has no effect here${because === undefined ? '' : `: ${because}`}`)
    }
    return lines
  }

  /** Name and value of every directive that a pattern matches, as CONFIG GET replies them. */
  get(patterns: readonly ByteString[]): [ByteString, ByteString][] {
    return this.#settings.matching(patterns)
  }

  /** One value as CONFIG GET shows it; empty for an unknown name. */
  value(name: ByteString): ByteString {
    const entry = Settings.lookup(name)
    return entry === undefined ? '' : this.#settings.show(entry)
  }

  /** Whether the directive's value has to be masked in MONITOR, SLOWLOG and logs. */
  isSecret(name: ByteString): boolean {
    return Settings.lookup(name)?.directive.sensitive === true
  }

  /** Where the directive was given, `redis.conf:12` say, for what turns out wrong later; empty if it was not. */
  placeOf(name: DirectiveName): string {
    return this.#given.get(name) ?? ''
  }

  /**
   * CONFIG SET: all pairs, or none.
   *
   * Listeners run before it answers, and one that refuses undoes everything. The answer is a promise only where a
   * listener took its time; calls made meanwhile wait for it.
   *
   * @param client `local`: connected over loopback or a unix socket
   * @returns the refusal, or undefined for OK
   */
  set(
    pairs: readonly (readonly [name: ByteString, value: ByteString])[],
    client: { readonly local: boolean },
  ): ReplyError | undefined | Promise<ReplyError | undefined> {
    return this.#changes.set(pairs, client)
  }

  /**
   * Calls `listener` after each accepted change of the directive, with the new value and the one before.
   *
   * A listener refuses by throwing `BadValue` (or rejecting with it): everything is put back, and it is called again
   * with the old value.
   */
  onChange<Name extends keyof Values>(name: Name, listener: ChangeListener<Values[Name]>): void {
    this.#changes.on(name, listener as ChangeListener<unknown>)
  }

  /** Whether a dataset is being loaded: then some directives cannot be set. */
  set isLoading(isLoading: boolean) {
    this.#changes.isLoading = isLoading
  }

  /** Notes what the server was told otherwise than by CONFIG SET (REPLICAOF), to be shown and rewritten. */
  remember<Name extends DirectiveName>(name: Name, state: Directives[Name]['kind']['initial']): void {
    this.#settings.put(name, state)
  }

  /** The `origin` lines in force, in the order in which routes are tried. */
  get origins(): readonly OriginLine[] {
    return this.#origins.all
  }

  /** Adds what ORIGIN ADD accepted, so that a rewrite keeps it. */
  addOrigin(words: readonly string[], where = 'ORIGIN ADD'): OriginLine {
    return this.#origins.add(words, where)
  }

  /** Takes out what ORIGIN DEL dropped; whether there was such a line. */
  removeOrigin(name: string): boolean {
    return this.#origins.remove(name)
  }

  /**
   * CONFIG REWRITE. Blocks until the disk has the file.
   *
   * @param all the file gets every directive, those that have their default too
   * @returns the refusal, or undefined for OK
   */
  rewrite(all = false): ReplyError | undefined {
    const file = this.configFile
    if (file === undefined) return errorReply('The server is running without a config file')
    const orphan = this.#origins.removedElsewhere(file)
    if (orphan !== undefined) {
      return errorReply(
        `Rewriting config file: origin '${orphan.words[0]}' stands in ${orphan.file}:${orphan.line}; delete it there`,
      )
    }
    try {
      replaceFile(file, rewriteText(oldText(file), this.#plan(file, all), nameInFile))
    } catch (error) {
      return errorReply(`Rewriting config file: ${systemReason(error)}`)
    }
    return undefined
  }

  #plan(file: string, all: boolean): Map<string, readonly RewrittenLine[]> {
    const plan = new Map<string, readonly RewrittenLine[]>()
    for (const [name, { kind }] of Object.entries(directives)) {
      const { rewrite } = kind as { rewrite(name: string, state: unknown): readonly RewrittenLine[] }
      const lines = rewrite.call(kind, name, this.#settings.state(name as DirectiveName))
      plan.set(name, all ? lines.map(({ text }) => ({ text, force: true })) : lines)
    }
    const origins = this.#origins.inFile(file)
    plan.set(
      'origin',
      origins.map(({ text }) => ({ text, force: true })),
    )
    return plan
  }

  #take(statement: Statement): void {
    const { name, words, where } = statement
    if (name === 'origin') return this.#origins.read(statement)
    if (skippedDirectives.has(name) && words.length === 1) return
    if (name === 'user' && isDefaultUser(words)) return
    if (Object.hasOwn(refusedStatements, name)) {
      throw new ConfigProblem(where, `${name}: not yet: ${refusedStatements[name]}; remove the line`)
    }
    const entry = Settings.lookup(name)
    if (entry === undefined) throw new ConfigProblem(where, unknownDirective(name))
    this.#give(entry, statement)
  }

  #give(entry: Entry, { words, where, text }: Statement): void {
    const { primary, directive } = entry
    const { manyWords } = directive.kind
    const problem = (reason: string): ConfigProblem =>
      new ConfigProblem(where, `'${directive.sensitive ? entry.name : shown(text)}': ${reason}`)
    if (!manyWords && words.length !== 1) {
      const advice = words.length === 0 ? '' : '; quote a value that has spaces'
      throw problem(`wrong number of arguments${advice}`)
    }
    const split = manyWords && words.length === 1 && words[0] !== '' ? splitWords(words[0]) : words
    if (split === undefined) throw problem('unbalanced quotes')
    try {
      this.#settings.put(primary, this.#settings.parse(entry, split, this.#given.has(primary)))
    } catch (error) {
      if (!(error instanceof BadValue)) throw error
      throw problem(error.reason)
    }
    this.#given.set(primary, where)
  }
}

/** The one user there is, as Redis writes it into every file it rewrites: it may do everything. */
function isDefaultUser([user, ...rules]: readonly ByteString[]): boolean {
  const everything = ['on', 'nopass', 'sanitize-payload', '~*', '&*', '+@all']
  return user === 'default' && rules.length > 0 && rules.every((rule) => everything.includes(rule))
}

/** What a rewritten file calls a directive, which may stand there under an alias; undefined for an unknown one. */
function nameInFile(name: string): string | undefined {
  if (name === 'origin' || name === 'include' || Object.hasOwn(refusedStatements, name)) return name
  return Settings.lookup(name)?.primary
}

function unknownDirective(name: ByteString): string {
  const meant = nearest(name, [...Settings.names(), 'origin', 'include'])
  const advice = meant === undefined ? 'see truedis --help for what there is' : `did you mean '${meant}'?`
  return `unknown directive '${shown(name)}'; ${advice}`
}

function unknownOption(option: string): string {
  const meant = nearest(option, Object.keys(directives).map(camelCase))
  return `unknown option '${option}'${meant === undefined ? '' : `; did you mean '${meant}'?`}`
}
