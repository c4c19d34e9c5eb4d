import { formatMemory, limits, parseInteger, parseLoosely, parseMemory } from './numbers.js'
import { BadValue } from './problem.js'
import { type ByteString, fromByteString, quoted, toByteString } from './quoting.js'

/** What a value may need to know while it is read. */
export interface Setting<State> {
  readonly previous: State
  /** Whether the directive stood already in what is being read now: `save` lines add up there, and replace elsewhere. */
  readonly again: boolean
  /** The absolute path of a directory that can be entered, `path` being relative to the present one. Throws if it cannot. */
  enterable(path: string): string
}

export interface RewrittenLine {
  readonly text: ByteString
  /** Written even where the file has no line of that directive to put it in. */
  readonly force: boolean
}

/**
 * A kind of value: how it is read, shown and written.
 *
 * `State` is the value with nothing lost; `Live` is what the server works with.
 */
export interface Kind<State, Live> {
  readonly initial: State
  /** Takes any number of words, as one or as several: `save 900 1 300 10`. Others take exactly one. */
  readonly manyWords: boolean
  /** @throws {BadValue} */
  parse(words: readonly ByteString[], setting: Setting<State>): State
  /** The value as CONFIG GET shows it. */
  show(state: State): ByteString
  /** The lines of a rewritten file; none where the directive has to be absent to mean this value. */
  rewrite(name: string, state: State): readonly RewrittenLine[]
  live(state: State): Live
}

/** One line `name value`, forced where the value is not the default. */
function oneLine<State>(kind: Kind<State, unknown>, name: string, state: State, value: ByteString): RewrittenLine[] {
  return [{ text: `${name} ${value}`, force: kind.show(state) !== kind.show(kind.initial) }]
}

export function bool(initial: boolean): Kind<boolean, boolean> {
  return {
    initial,
    manyWords: false,
    parse([word]) {
      const text = word.toLowerCase()
      if (text !== 'yes' && text !== 'no') throw new BadValue("argument must be 'yes' or 'no'")
      return text === 'yes'
    },
    show: (state) => (state ? 'yes' : 'no'),
    rewrite(name, state) {
      return oneLine(this, name, state, this.show(state))
    },
    live: (state) => state,
  }
}

interface NumberRules {
  readonly min?: bigint | number
  readonly max?: bigint
  /** Compared, and shown, as a number of 64 bits without sign. */
  readonly unsigned?: boolean
  /** Out of bounds is moved to the bound instead of refused. */
  readonly clamp?: readonly [bigint, bigint]
}

function checkBounds(value: bigint, rules: NumberRules, base: 8 | 10): bigint {
  const min = BigInt(rules.min ?? 0)
  const max = rules.max ?? limits.int
  if (value < min || value > max) {
    const bounds = `${min.toString(base)} and ${max.toString(base)}`
    throw new BadValue(`argument must be between ${bounds} inclusive`)
  }
  if (rules.clamp === undefined) return value
  const [low, high] = rules.clamp
  return value < low ? low : value > high ? high : value
}

const signed = (value: bigint, rules: NumberRules): bigint =>
  rules.unsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value)

/** A whole number between `min` (0) and `max` (that of a C int). */
export function integer(initial: number, rules: NumberRules = {}): Kind<bigint, number> {
  return {
    initial: BigInt(initial),
    manyWords: false,
    parse([word]) {
      const value = parseInteger(word)
      if (value === undefined) throw new BadValue("argument couldn't be parsed into an integer")
      return checkBounds(signed(value, rules), rules, 10)
    },
    show: (state) => state.toString(),
    rewrite(name, state) {
      return oneLine(this, name, state, this.show(state))
    },
    live: Number,
  }
}

/** An amount of memory in bytes, with units when read. */
export function memory(initial: number, rules: NumberRules = {}): Kind<bigint, number> {
  const bounds = { max: limits.long, ...rules }
  return {
    ...integer(initial),
    parse([word]) {
      const value = parseMemory(word)
      if (value === undefined) throw new BadValue('argument must be a memory value')
      return checkBounds(signed(value, bounds), bounds, 10)
    },
    rewrite(name, state) {
      return oneLine(this, name, state, formatMemory(state))
    },
  }
}

/** Bytes, or a share of maxmemory in percent, which is kept (and live) as a negative number. */
export function memoryOrPercent(initial: number, percentMax: bigint): Kind<bigint, number> {
  return {
    ...memory(initial),
    parse([word]) {
      const bytes = parseMemory(word)
      const percent = word.length > 1 && word.endsWith('%') ? parseInteger(word.slice(0, -1)) : undefined
      if (bytes === undefined && (percent === undefined || percent < 0n)) {
        throw new BadValue('argument must be a memory or percent value')
      }
      // Bytes beyond 63 bits come out negative, and so as percent, as they do in Redis.
      const value = bytes === undefined ? -(percent as bigint) : BigInt.asIntN(64, bytes)
      if (value < -percentMax) throw new BadValue(`percentage argument must be less or equal to ${percentMax}`)
      return value
    },
    show: (state) => (state < 0n ? `${-state}%` : state.toString()),
    rewrite(name, state) {
      return oneLine(this, name, state, state < 0n ? this.show(state) : formatMemory(state))
    },
  }
}

/** File permissions in octal digits. */
export function octal(initial: number, max: bigint): Kind<bigint, number> {
  return {
    ...integer(initial),
    parse([word]) {
      const value = parseLoosely(word, 8)
      if (value === undefined) throw new BadValue("argument couldn't be parsed as an octal number")
      return checkBounds(BigInt.asUintN(64, value), { max }, 8)
    },
    show: (state) => state.toString(8),
  }
}

/**
 * One of a few names, in any case.
 *
 * @param synonyms names that mean, and are shown as, another of `names`
 */
export function oneOf<const Name extends string>(
  initial: NoInfer<Name>,
  names: readonly Name[],
  synonyms: { readonly [Synonym in Name]?: NoInfer<Name> } = {},
): Kind<Name, Name> {
  return {
    initial,
    manyWords: false,
    parse([word]) {
      const text = word.toLowerCase()
      const name = names.find((candidate) => candidate === text)
      if (name === undefined) throw notOneOf(names)
      return synonyms[name] ?? name
    },
    show: (state) => state,
    rewrite(name, state) {
      return oneLine(this, name, state, state)
    },
    live: (state) => state,
  }
}

export const notOneOf = (names: readonly string[]): BadValue =>
  new BadValue(`argument(s) must be one of the following: ${names.join(', ')}`)

interface TextRules {
  /** The empty text means "none": a rewritten file has no line for it. */
  readonly emptyIsNone?: boolean
  /** Why `text` will not do, or nothing. */
  readonly refuse?: (text: string) => string | undefined
}

/** Text in UTF-8: names, paths, addresses. */
export function text(initial = '', rules: TextRules = {}): Kind<string, string> {
  const emptyIsNone = rules.emptyIsNone ?? initial === ''
  return {
    initial,
    manyWords: false,
    parse([word]) {
      const value = fromByteString(word)
      if (value === undefined) throw new BadValue('argument must be UTF-8 text')
      const reason = rules.refuse?.(value)
      if (reason !== undefined) throw new BadValue(reason)
      return value
    },
    show: toByteString,
    rewrite(name, state) {
      if (emptyIsNone && state === '') return []
      return oneLine(this, name, state, quoted(this.show(state)))
    },
    live: (state) => state,
  }
}

/** Any bytes, none being "not set": passwords. */
export function secret(): Kind<ByteString, Buffer> {
  return {
    initial: '',
    manyWords: false,
    parse: ([word]) => word,
    show: (state) => state,
    rewrite(name, state) {
      return state === '' ? [] : oneLine(this, name, state, quoted(state))
    },
    live: (state) => Buffer.from(state, 'latin1'),
  }
}
