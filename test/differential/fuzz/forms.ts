import type { Context, Piece } from './phrase.js'
import { Phrase, all, anyCase } from './phrase.js'
import { oddities } from './material.js'

/** One stroke of a run: requests that belong together, and how many replies they have in all. */
export interface Step {
  readonly requests: readonly (readonly Buffer[])[]
  /** The request each reply belongs to, in order. */
  readonly replies: readonly number[]
  /** Names to count when the first reply is no error: the command and each of its option tokens. */
  readonly counts: readonly string[]
  /** The server closes the connection after the last reply; these follow on the next one, one reply each. */
  readonly reopen?: readonly (readonly Buffer[])[]
}

/** A way to write one command. */
export interface Form {
  /** The command, with its subcommand. */
  readonly name: string
  readonly tokens: readonly string[]
  /** How often it is drawn, against the others. */
  readonly weight: number
  make(context: Context): Step
}

const commonWeight = 10
const mutatedPercent = 3

interface FormOptions {
  readonly weight?: number
  /** Never mutated: another argument would end the connection, sleep or ask for gigabytes. */
  readonly exact?: boolean
}

/** A form that is one request with one reply, mutated now and then so that it meets every refusal. */
export function form(name: string, pieces: readonly Piece[] = [], options: FormOptions = {}): Form {
  const body = all(...pieces)
  return {
    name,
    tokens: body.tokens,
    weight: options.weight ?? commonWeight,
    make(context) {
      const phrase = new Phrase(context)
      for (const part of name.split(' ')) phrase.push(anyCase(phrase, part))
      body.write(phrase)
      const mutated = options.exact !== true && phrase.chance(mutatedPercent)
      if (mutated) mutate(phrase, name.split(' ').length)
      return { requests: [phrase.args], replies: [0], counts: mutated ? [] : countsOf(name, phrase.tokens) }
    },
  }
}

export const countsOf = (name: string, tokens: readonly string[]): string[] => [
  name,
  ...tokens.map((text) => `${name} ${text}`),
]

/** Drops, adds or replaces one argument behind the first `nameLength`. */
function mutate(phrase: Phrase, nameLength: number): void {
  const { args } = phrase
  const at = nameLength + phrase.random.below(Math.max(1, args.length - nameLength))
  const odd = Buffer.from(phrase.pick(oddities), 'latin1')
  const way = phrase.random.below(3)
  if (way === 0) args.splice(at, 1)
  else if (way === 1) args.splice(args.length, 0, odd)
  else if (at < args.length && !phrase.fixed.has(at)) args[at] = odd
}

/** A request that another one of the same step needs, written plainly. */
export const plain = (...words: readonly (string | number)[]): Buffer[] =>
  words.map((text) => Buffer.from(String(text)))

/** What brings a connection back to where it was after RESET or on a new one. */
export function restore({ protocol, database }: Context): Buffer[][] {
  return [...(protocol === 3 ? [plain('HELLO', 3)] : []), plain('SELECT', database)]
}
