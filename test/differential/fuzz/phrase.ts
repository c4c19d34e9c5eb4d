import type { SeededRandom } from '../../../src/base/index.js'

/** What a generator knows while it makes up one command. */
export interface Context {
  readonly random: SeededRandom
  readonly protocol: 2 | 3
  /** The database that the connection has selected. */
  database: number
}

/** One command in the making. */
export class Phrase {
  readonly args: Buffer[] = []
  /** Arguments that a mutation must leave alone, by index: deadlines, which would come too near. */
  readonly fixed = new Set<number>()
  /** The option tokens used, in upper case. */
  readonly tokens: string[] = []

  constructor(readonly context: Context) {}

  get random(): SeededRandom {
    return this.context.random
  }

  push(arg: string | Buffer): void {
    this.args.push(typeof arg === 'string' ? Buffer.from(arg, 'latin1') : arg)
  }

  chance(percent: number): boolean {
    return this.random.below(100) < percent
  }

  pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)]
  }

  between(low: number, high: number): number {
    return low + this.random.below(high - low + 1)
  }
}

/** A part of a command: writes its arguments, and says beforehand which option tokens it may use. */
export interface Piece {
  readonly tokens: readonly string[]
  write(phrase: Phrase): void
}

/** A part without option tokens. */
export const piece = (write: (phrase: Phrase) => void): Piece => ({ tokens: [], write })

/** A word as the protocol has it, in a case of its own: Redis reads every word in any case. */
export const word = (text: string): Piece => piece((phrase) => phrase.push(anyCase(phrase, text)))

/** An option's word, counted for the coverage. */
export function token(text: string): Piece {
  return {
    tokens: [text],
    write(phrase) {
      phrase.tokens.push(text)
      phrase.push(anyCase(phrase, text))
    },
  }
}

/** Exactly these bytes. */
export const literal = (text: string): Piece => piece((phrase) => phrase.push(text))

export const all = (...pieces: readonly Piece[]): Piece => ({
  tokens: tokensOf(pieces),
  write: (phrase) => pieces.forEach((part) => part.write(phrase)),
})

export const oneOf = (...pieces: readonly Piece[]): Piece => ({
  tokens: tokensOf(pieces),
  write: (phrase) => phrase.pick(pieces).write(phrase),
})

export const maybe = (part: Piece, percent = 40): Piece => ({
  tokens: part.tokens,
  write(phrase) {
    if (phrase.chance(percent)) part.write(phrase)
  },
})

/** All of them, in an order of its own each time. */
export const anyOrder = (...pieces: readonly Piece[]): Piece => ({
  tokens: tokensOf(pieces),
  write(phrase) {
    const left = [...pieces]
    while (left.length > 0) left.splice(phrase.random.below(left.length), 1)[0].write(phrase)
  },
})

export const repeat = (part: Piece, least: number, most: number): Piece => ({
  tokens: part.tokens,
  write(phrase) {
    for (let left = phrase.between(least, most); left > 0; left--) part.write(phrase)
  },
})

const tokensOf = (pieces: readonly Piece[]): string[] => [...new Set(pieces.flatMap((part) => part.tokens))]

export function anyCase(phrase: Phrase, text: string): string {
  const style = phrase.random.below(10)
  if (style < 6) return text.toUpperCase()
  if (style < 9) return text.toLowerCase()
  return Array.from(text, (letter) => (phrase.chance(50) ? letter.toUpperCase() : letter.toLowerCase())).join('')
}
