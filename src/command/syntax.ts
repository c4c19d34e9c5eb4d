/*
 * A command's arguments in one line, for COMMAND DOCS:
 *
 *   key value           an argument by its name; its type behind a colon where the name does not tell: `count:integer`
 *   destination:key#1   a key of the second KeySpec; `key` alone is `key:key#0`
 *   WITHVALUES          a token that stands alone; its argument's name is the same in lower case, or given: `len=LEN`
 *   EX seconds:integer  a token with its argument
 *   [ ]                 what may be left out
 *   name=<A | B>        one of them
 *   name={field value}  arguments that belong together
 *   ...                 behind any of these: may be repeated; behind `[GET pattern]` the token is repeated too
 *   @6.2.0 !7.0.0       behind any of these: since which version it is there, since which it is deprecated
 *
 * A token is in upper case or in double quotes; everything else is a name, in single quotes where it has other signs.
 */

export type ArgumentType =
  'block' | 'double' | 'integer' | 'key' | 'oneof' | 'pattern' | 'pure-token' | 'string' | 'unix-time'

/** One argument of a command, as COMMAND DOCS has it. */
export interface Argument {
  name: string
  type: ArgumentType
  token: string | null
  /** Which KeySpec of the command the key belongs to; null for what is no key. */
  keySpec: number | null
  since: string | null
  deprecatedSince: string | null
  optional: boolean
  multiple: boolean
  /** The token is repeated with the argument. */
  multipleToken: boolean
  /** Of a `oneof` its choices, of a `block` its parts. */
  arguments: readonly Argument[]
}

const lexeme = /\s*(\.\.\.|[[\]<>{}|]|[@!][\d.]+|[\w-]+=|"[^"]*"|(?:[\w-]+|'[^']+')(?::[a-z-]+)?(?:#\d+)?)/y

/** Reads a command's `syntax`. @throws {Error} it is none: a mistake in the declaration */
export function parseSyntax(syntax: string): readonly Argument[] {
  return new Parser(syntax).parse()
}

class Parser {
  readonly #lexemes: string[] = []
  readonly #syntax: string
  #at = 0

  constructor(syntax: string) {
    this.#syntax = syntax
    lexeme.lastIndex = 0
    const text = syntax.trimEnd()
    while (lexeme.lastIndex < text.length) {
      const found = lexeme.exec(text)
      if (found === null) throw new Error(`syntax '${syntax}': cannot be read`)
      this.#lexemes.push(found[1])
    }
  }

  parse(): readonly Argument[] {
    const sequence = this.#sequence()
    if (this.#at < this.#lexemes.length) this.#fail(`unexpected ${this.#lexemes[this.#at]}`)
    return sequence
  }

  #sequence(): Argument[] {
    const sequence: Argument[] = []
    while (this.#at < this.#lexemes.length && !/^[\]>}|]$/.test(this.#lexemes[this.#at])) sequence.push(this.#element())
    return sequence
  }

  /** What stands between brackets of any kind: one thing as it is, choices as `oneof`, several things as `block`. */
  #group(name: string, close: string): Argument {
    const choices = [this.#joined(name)]
    while (this.#take('|')) choices.push(this.#joined(name))
    if (!this.#take(close)) this.#fail(`${close} is missing`)
    return choices.length === 1 ? choices[0] : { ...argument(name, 'oneof'), arguments: choices }
  }

  #joined(name: string): Argument {
    const sequence = this.#sequence()
    if (sequence.length === 0) this.#fail('nothing between two brackets or bars')
    return sequence.length === 1 ? sequence[0] : { ...argument(name, 'block'), arguments: sequence }
  }

  #element(): Argument {
    const element = this.#core()
    for (;;) {
      if (this.#take('...')) {
        element.multiple = true
        element.multipleToken = element.optional && element.token !== null
      } else {
        const next = this.#lexemes[this.#at] ?? ''
        if (next.startsWith('@')) element.since = next.slice(1)
        else if (next.startsWith('!')) element.deprecatedSince = next.slice(1)
        else return element
        this.#at++
      }
    }
  }

  #core(): Argument {
    const name = this.#lexemes[this.#at].endsWith('=') ? this.#lexemes[this.#at++].slice(0, -1) : null
    const next = this.#lexemes[this.#at++] ?? this.#fail('ends too early')
    if (next === '[') return { ...this.#group(name ?? 'options', ']'), optional: true }
    if (next === '<') return this.#group(name ?? 'options', '>')
    if (next === '{') {
      const parts = this.#sequence()
      if (!this.#take('}')) this.#fail('} is missing')
      return { ...argument(name ?? 'options', 'block'), arguments: parts }
    }
    const token = tokenOf(next)
    if (token === null) return named(next)
    if (name === null && this.#isTokensArgument()) return { ...this.#core(), token }
    return { ...argument(name ?? token.toLowerCase(), 'pure-token'), token }
  }

  /** Whether what follows is the argument of the token just read. */
  #isTokensArgument(): boolean {
    const next = this.#lexemes[this.#at]
    return next !== undefined && (/^[a-z'<{]/.test(next) || next.endsWith('='))
  }

  #take(wanted: string): boolean {
    if (this.#lexemes[this.#at] !== wanted) return false
    this.#at++
    return true
  }

  #fail(why: string): never {
    throw new Error(`syntax '${this.#syntax}': ${why}`)
  }
}

function tokenOf(word: string): string | null {
  if (word.startsWith('"')) return word.slice(1, -1)
  return /^[A-Z][A-Z0-9_-]*$/.test(word) ? word : null
}

function named(word: string): Argument {
  const [, quoted, plain, type, keySpec] = /^(?:'([^']+)'|([\w-]+))(?::([a-z-]+))?(?:#(\d+))?$/.exec(word)!
  const name = quoted ?? plain
  const natural = name === 'key' || name === 'pattern' ? name : 'string'
  const result = argument(name, (type ?? natural) as ArgumentType)
  if (result.type === 'key') result.keySpec = Number(keySpec ?? 0)
  else if (keySpec !== undefined) result.keySpec = Number(keySpec)
  return result
}

const argument = (name: string, type: ArgumentType): Argument => ({
  name,
  type,
  token: null,
  keySpec: null,
  since: null,
  deprecatedSince: null,
  optional: false,
  multiple: false,
  multipleToken: false,
  arguments: [],
})
