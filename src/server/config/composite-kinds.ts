import { type Kind, notOneOf, type RewrittenLine } from './kinds.js'
import { formatMemory, parseLoosely, parseMemory } from './numbers.js'
import { BadValue, systemReason } from './problem.js'
import { type ByteString, fromByteString, quoted, toByteString } from './quoting.js'

/** Dumps to disk when `changes` writes came in `seconds`. */
export interface SavePoint {
  readonly seconds: number
  readonly changes: number
}

/** `save <seconds> <changes> ...`; `save ""` for none. While a file is read its lines add up. */
export function savePoints(initial: readonly SavePoint[]): Kind<readonly SavePoint[], readonly SavePoint[]> {
  return {
    initial,
    manyWords: true,
    parse(words, { previous, again }) {
      if (words.length === 1 && words[0] === '') return []
      const numbers = words.map((word) => parseLoosely(word))
      const bad = numbers.some((value, i) => value === undefined || value < (i % 2 === 0 ? 1n : 0n))
      if (bad || words.length % 2 === 1) throw new BadValue('Invalid save parameters')
      const points: SavePoint[] = again ? [...previous] : []
      for (let i = 0; i < numbers.length; i += 2) {
        const changes = Number(BigInt.asIntN(32, numbers[i + 1] as bigint))
        points.push({ seconds: Number(numbers[i]), changes })
      }
      return points
    },
    show: (state) => state.map(({ seconds, changes }) => `${seconds} ${changes}`).join(' '),
    rewrite(name, state) {
      // Forced even at its default: a file without any save line would mean other points than `save ""` does.
      if (state.length === 0) return [{ text: `${name} ""`, force: true }]
      return state.map(({ seconds, changes }) => ({ text: `${name} ${seconds} ${changes}`, force: true }))
    },
    live: (state) => state,
  }
}

/** When a client whose replies pile up is closed: at once beyond `hardBytes`, after `softSeconds` beyond `softBytes`; 0 is never. */
export interface OutputLimit {
  readonly hardBytes: number
  readonly softBytes: number
  readonly softSeconds: number
}

const outputClasses = ['normal', 'replica', 'pubsub'] as const
type OutputClass = (typeof outputClasses)[number]
type OutputState = Readonly<Record<OutputClass, { hard: bigint; soft: bigint; seconds: bigint }>>

function outputClass(word: ByteString): OutputClass | undefined {
  const name = word.toLowerCase()
  return name === 'slave' ? 'replica' : outputClasses.find((candidate) => candidate === name)
}

/** `client-output-buffer-limit <class> <hard> <soft> <soft seconds> ...`, for the classes that are named. */
export function outputLimits(initial: OutputState): Kind<OutputState, Readonly<Record<OutputClass, OutputLimit>>> {
  const line = (state: OutputState, of: OutputClass, bytes: (value: bigint) => string): string =>
    `${bytes(state[of].hard)} ${bytes(state[of].soft)} ${state[of].seconds}`
  return {
    initial,
    manyWords: true,
    parse(words, { previous }) {
      if (words.length % 4 !== 0) throw new BadValue('Wrong number of arguments in buffer limit configuration.')
      const state = { ...previous }
      for (let i = 0; i < words.length; i += 4) {
        const of = outputClass(words[i])
        if (of === undefined) throw new BadValue('Invalid client class specified in buffer limit configuration.')
        const hard = parseMemory(words[i + 1])
        const soft = parseMemory(words[i + 2])
        const seconds = parseLoosely(words[i + 3])
        if (hard === undefined || soft === undefined || seconds === undefined || seconds < 0n) {
          throw new BadValue('Error in hard, soft or soft_seconds setting in buffer limit configuration.')
        }
        state[of] = { hard, soft, seconds }
      }
      return state
    },
    show: (state) =>
      outputClasses.map((of) => `${of === 'replica' ? 'slave' : of} ${line(state, of, String)}`).join(' '),
    rewrite: (name, state) =>
      outputClasses.map((of) => ({
        text: `${name} ${of} ${line(state, of, formatMemory)}`,
        force: line(state, of, String) !== line(initial, of, String),
      })),
    live(state) {
      const limit = (of: OutputClass): OutputLimit => ({
        hardBytes: Number(state[of].hard),
        softBytes: Number(state[of].soft),
        softSeconds: Number(state[of].seconds),
      })
      return { normal: limit('normal'), replica: limit('replica'), pubsub: limit('pubsub') }
    },
  }
}

const addressesMax = 16

/** Addresses to listen on; `-` before one makes it optional, `*` is all of IPv4, `::*` all of IPv6. */
export function addresses(initial: readonly string[]): Kind<readonly string[], readonly string[]> {
  return {
    initial,
    manyWords: true,
    parse(words) {
      if (words.length > addressesMax) throw new BadValue('Too many bind addresses specified.')
      return words.length === 1 && words[0] === '' ? [] : words
    },
    show: (state) => state.join(' '),
    rewrite(name, state) {
      const force = this.show(state) !== this.show(initial)
      return [{ text: `${name} ${state.length === 0 ? '""' : state.join(' ')}`, force }]
    },
    live: (state) => state,
  }
}

export interface PrimaryAddress {
  readonly host: string
  readonly port: number
}

/** `replicaof <host> <port>`, or `no one`. */
export function primaryAddress(): Kind<PrimaryAddress | null, PrimaryAddress | null> {
  const show = (state: PrimaryAddress | null): string => (state === null ? '' : `${state.host} ${state.port}`)
  return {
    initial: null,
    manyWords: true,
    parse(words) {
      if (words.length !== 2) throw new BadValue('wrong number of arguments')
      const [host, port] = words
      if (host.toLowerCase() === 'no' && port.toLowerCase() === 'one') return null
      const value = parseLoosely(port)
      if (value === undefined || value < 0n || value > 65535n) throw new BadValue('Invalid master port')
      return { host, port: Number(value) }
    },
    show,
    rewrite: (name, state) => (state === null ? [] : [{ text: `${name} ${show(state)}`, force: true }]),
    live: (state) => state,
  }
}

/** A fixed number of small whole numbers. */
export function adjustments(
  initial: readonly number[],
  range: { readonly min: bigint; readonly max: bigint; readonly refusal: string },
): Kind<readonly number[], readonly number[]> {
  return {
    initial,
    manyWords: true,
    parse(words) {
      if (words.length !== initial.length) throw new BadValue('wrong number of arguments')
      return words.map((word) => {
        const value = parseLoosely(word)
        if (value === undefined || value < range.min || value > range.max) throw new BadValue(range.refusal)
        return Number(value)
      })
    },
    show: (state) => state.join(' '),
    rewrite(name, state) {
      return [{ text: `${name} ${this.show(state)}`, force: this.show(state) !== this.show(initial) }]
    },
    live: (state) => state,
  }
}

/** Percentages from 0 to 100, fractions allowed. */
export function percentiles(initial: readonly number[], name: string): Kind<readonly number[], readonly number[]> {
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
  const infinite = /^[+-]?inf(inity)?$/i
  return {
    initial,
    manyWords: true,
    parse(words) {
      if (words.length === 1 && words[0] === '') return []
      return words.map((word) => {
        if (!number.test(word) && !infinite.test(word)) throw new BadValue(`Invalid ${name} parameters`)
        const value = Number(word)
        if (!(value >= 0 && value <= 100)) throw new BadValue(`${name} parameters should sit between [0.0,100.0]`)
        return value
      })
    },
    show: (state) => state.map((value) => value.toFixed(6).replace(/\.?0+$/, '')).join(' '),
    rewrite(name, state) {
      return [{ text: `${name} ${state.length === 0 ? '""' : this.show(state)}`, force: true }]
    },
    live: (state) => state,
  }
}

/**
 * Several names at once, each at most once, shown in the order of `names`.
 *
 * @param none the name that stands for no other, and is the default
 * @param refuse why this set of names will not do, or nothing
 */
export function anyOf<const Name extends string>(
  none: Name,
  names: readonly Name[],
  refuse: (chosen: ReadonlySet<string>) => string | undefined,
): Kind<ReadonlySet<Name>, ReadonlySet<Name>> {
  const show = (state: ReadonlySet<Name>): string =>
    state.size === 0 ? none : names.filter((name) => state.has(name)).join(' ')
  return {
    initial: new Set(),
    manyWords: true,
    parse(words) {
      const chosen = new Set<Name>()
      if (words.length === 0) throw notOneOf([none, ...names])
      for (const word of words) {
        const name = [none, ...names].find((candidate) => candidate === word.toLowerCase())
        if (name === undefined) throw notOneOf([none, ...names])
        if (name !== none) chosen.add(name)
      }
      const reason = refuse(chosen)
      if (reason !== undefined) throw new BadValue(reason)
      return chosen
    },
    show,
    rewrite: (name, state) => [{ text: `${name} ${show(state)}`, force: state.size > 0 }],
    live: (state) => state,
  }
}

/** Classes of keyspace events in the order they are shown; `A` is all of the first row. */
const eventClasses = 'g$lshzxetdnKEm'
const allEvents = 'g$lshzxetd'

/** Redis shows no `n` beside `A`, though it heeds it: its list of the other letters is not looked at then. */
const shownEvents = (letters: string): string =>
  letters.startsWith(allEvents) ? `A${letters.slice(allEvents.length).replace('n', '')}` : letters

/** `notify-keyspace-events`: letters, shown in Redis's order, `A` for all classes of data. */
export function eventLetters(): Kind<string, string> {
  return {
    initial: '',
    manyWords: false,
    parse([word]) {
      let chosen = ''
      for (const letter of word) {
        if (letter !== 'A' && !eventClasses.includes(letter)) {
          throw new BadValue("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
        }
        chosen += letter === 'A' ? allEvents : letter
      }
      return [...eventClasses].filter((letter) => chosen.includes(letter)).join('')
    },
    show: shownEvents,
    rewrite: (name, state) => [{ text: `${name} ${quoted(shownEvents(state))}`, force: state !== '' }],
    live: (state) => state,
  }
}

/** The working directory, which what follows in a file is relative to. */
export function directory(): Kind<string, string> {
  return {
    initial: '.',
    manyWords: false,
    parse([word], { enterable }) {
      const path = fromByteString(word)
      if (path === undefined) throw new BadValue('argument must be UTF-8 text')
      try {
        return enterable(path)
      } catch (error) {
        throw new BadValue(systemReason(error))
      }
    },
    show: toByteString,
    rewrite: (name, state): RewrittenLine[] => [{ text: `${name} ${quoted(toByteString(state))}`, force: true }],
    live: (state) => state,
  }
}
