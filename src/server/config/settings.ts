import { accessSync, constants, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { matchGlob } from '../../base/index.js'
import { camelCase, type Directive, directives, type DirectiveName, type Values } from './directives/index.js'
import { BadValue } from './problem.js'
import { type ByteString, toSlice } from './quoting.js'

type AnyDirective = Directive<unknown, unknown>

/** A directive under one of its names. */
export interface Entry {
  readonly name: string
  readonly primary: DirectiveName
  readonly directive: AnyDirective
}

const table: Readonly<Record<string, AnyDirective>> = directives

/** Every name of every directive, aliases right after their directive. */
const entries: ReadonlyMap<string, Entry> = new Map(
  Object.entries(table).flatMap(([name, directive]) => {
    const primary = name as DirectiveName
    const names = directive.alias === undefined ? [name] : [name, directive.alias]
    return names.map((each): [string, Entry] => [each, { name: each, primary, directive }])
  }),
)

/** The present value of every directive: how it was given, how it is shown, how the server works with it. */
export class Settings {
  /**
   * Read as plain fields, about a nanosecond each. Fields change in place when CONFIG SET is accepted.
   */
  readonly values: Values
  readonly #live: Record<string, unknown> = {}
  readonly #states = new Map<DirectiveName, unknown>()

  /** @param workingDirectory the value of `dir` until it is set */
  constructor(workingDirectory: string) {
    for (const { name, primary, directive } of entries.values()) {
      if (name === primary) this.put(primary, directive.kind.initial)
    }
    this.put('dir', workingDirectory)
    // An object filled by computed names is a dictionary to V8, 7 ns a read; one that has served as a prototype has
    // fixed fields again, 1 ns.
    Object.setPrototypeOf({}, this.#live)
    this.values = this.#live as Values
  }

  static lookup(name: ByteString): Entry | undefined {
    return entries.get(name.toLowerCase())
  }

  static names(): Iterable<string> {
    return entries.keys()
  }

  state(primary: DirectiveName): unknown {
    return this.#states.get(primary)
  }

  put(primary: DirectiveName, state: unknown): void {
    this.#states.set(primary, state)
    this.#live[camelCase(primary)] = table[primary].kind.live(state)
  }

  /** The value in the form of CONFIG GET. */
  show({ primary, directive }: Entry): ByteString {
    return directive.kind.show(this.#states.get(primary))
  }

  isInitial({ primary, directive }: Entry): boolean {
    const { kind } = directive
    return kind.show(this.#states.get(primary)) === kind.show(kind.initial)
  }

  /**
   * What the words mean for this directive; nothing changes yet.
   *
   * @param again whether the directive stood before in what is being read
   * @throws {BadValue}
   */
  parse({ primary, directive }: Entry, words: readonly ByteString[], again: boolean): unknown {
    const { kind, status, because } = directive
    const state = kind.parse(words, {
      previous: this.#states.get(primary),
      again,
      enterable: (path) => this.#enterable(path),
    })
    if (status === 'refused' && kind.show(state) !== kind.show(kind.initial)) {
      throw new BadValue(because === undefined ? 'not yet' : `not yet: ${because}`)
    }
    return state
  }

  /**
   * Names and values that CONFIG GET shows for these patterns. A name asked for without a wildcard comes back as it was
   * spelt; hidden directives are found in that way only.
   */
  matching(patterns: readonly ByteString[]): [ByteString, ByteString][] {
    const found = new Map<string, [ByteString, ByteString]>()
    for (const pattern of patterns) {
      const lower = pattern.toLowerCase()
      if (!/[[*?]/.test(pattern)) {
        const entry = entries.get(lower)
        if (entry !== undefined && !found.has(lower)) found.set(lower, [pattern, this.show(entry)])
        continue
      }
      const glob = toSlice(pattern)
      for (const entry of entries.values()) {
        if (entry.directive.hidden || found.has(entry.name) || !matchGlob(glob, toSlice(entry.name), true)) continue
        found.set(entry.name, [entry.name, this.show(entry)])
      }
    }
    return [...found.values()]
  }

  #enterable(path: string): string {
    const absolute = realpathSync(resolve(this.values.dir, path))
    accessSync(`${absolute}/.`, constants.X_OK)
    return absolute
  }
}
