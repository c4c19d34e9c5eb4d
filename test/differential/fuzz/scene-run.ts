import { SeededRandom } from '../../../src/base/index.js'
import { printable } from '../../support/resp-frames.js'
import type { Pair, Protocol } from '../pair.js'
import { plain } from './forms.js'
import { minimise } from './minimise.js'
import { Scene, stagehand, type Move, type SceneDisagreement } from './scene.js'
import { Author, waiting } from './scene-moves.js'

export interface SceneRunOptions {
  readonly pair: Pair
  readonly seed: number
  readonly moves: number
  readonly protocol: Protocol
  progress?(line: string): void
}

/** What scenes have shown: how often each request that may wait did, and was served by somebody else's. */
export class SceneCoverage {
  readonly #waited = new Map<string, number>(Object.keys(waiting).map((name) => [name, 0]))
  readonly #served = new Map<string, number>(Object.keys(waiting).map((name) => [name, 0]))
  transactions = 0

  note(request: readonly Buffer[], what: 'waits' | 'served' | 'answered' | 'refused'): void {
    const name = request[0].latin1Slice().toUpperCase()
    if (what === 'waits') this.#waited.set(name, (this.#waited.get(name) ?? 0) + 1)
    if (what === 'served') this.#served.set(name, (this.#served.get(name) ?? 0) + 1)
    if (what === 'answered' && name === 'EXEC') this.transactions++
  }

  merge(other: SceneCoverage): void {
    for (const [name, count] of other.#waited) this.#waited.set(name, (this.#waited.get(name) ?? 0) + count)
    for (const [name, count] of other.#served) this.#served.set(name, (this.#served.get(name) ?? 0) + count)
    this.transactions += other.transactions
  }

  /** Requests that never waited, or whose wait nobody ended. */
  missing(): string[] {
    return Object.keys(waiting).filter((name) => !this.#waited.get(name) || !this.#served.get(name))
  }

  summary(): string {
    const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((a, b) => a + b, 0)
    return `${sum(this.#waited)} waits, ${sum(this.#served)} of them served, ${this.transactions} transactions`
  }
}

export interface SceneRunResult {
  readonly coverage: SceneCoverage
  /** The report of the first difference, or null. */
  readonly difference: string | null
}

const movesPerScene = 80
const peopleLeast = 2
const peopleMost = 4
const digest: Move = { actor: stagehand, request: plain('DEBUG', 'DIGEST') }

/** Plays scenes made up from `seed` on both servers and stops at the first thing they do not agree on. */
export async function runScenes(options: SceneRunOptions): Promise<SceneRunResult> {
  const { pair, seed, moves, protocol } = options
  const coverage = new SceneCoverage()
  for (let number = 0, played = 0; played < moves; number++) {
    const random = new SeededRandom((seed ^ (protocol << 28)) + number * 7919)
    const people = peopleLeast + random.below(peopleMost - peopleLeast + 1)
    const scene = await Scene.open(pair, protocol, people, (request, what) => coverage.note(request, what))
    const author = new Author(random, people)
    const done: Move[] = []
    try {
      for (let i = 0; i <= movesPerScene; i++) {
        const move = i === movesPerScene ? digest : author.next(scene)
        done.push(move)
        const found = await scene.play(move)
        if (found === null) continue
        scene.close()
        return { coverage, difference: await explain(options, people, number, done, { ...found, index: i }) }
      }
    } finally {
      scene.close()
    }
    played += done.length
    if (number % 20 === 19) options.progress?.(`seed ${seed}, RESP${protocol}: ${played} of ${moves} moves, no difference`) // prettier-ignore
  }
  return { coverage, difference: null }
}

async function explain(
  { pair, protocol, seed }: SceneRunOptions,
  people: number,
  number: number,
  moves: readonly Move[],
  found: SceneDisagreement,
): Promise<string> {
  const replay = async (some: readonly Move[]): Promise<SceneDisagreement | null> => {
    const scene = await Scene.open(pair, protocol, people)
    try {
      for (const [index, move] of some.entries()) {
        const odd = await scene.play(move)
        if (odd !== null) return { ...odd, index }
      }
      return null
    } finally {
      scene.close()
    }
  }
  const { steps, found: again } = await minimise(moves, replay)
  return [
    `seed ${seed}, RESP${protocol}, scene ${number}, move ${found.index}, as client ${found.actor} sees it:`,
    show(found),
    again === null
      ? 'It did not show again when replayed.'
      : `These ${steps.length} moves show it on an empty server:\n${steps.map(line).join('\n')}\n${show(again)}`,
  ].join('\n')
}

const words = (request: readonly Buffer[]): string => request.map((arg) => printable(arg, 60)).join(' ')

const line = ({ actor, request }: Move): string =>
  `  ${actor === stagehand ? 'stagehand' : `client ${actor}`}: ${request === null ? '(leaves)' : words(request)}`

const show = ({ request, redis, subject }: SceneDisagreement): string =>
  `  ${words(request)}\n    redis:   ${printable(redis)}\n    truedis: ${printable(subject)}`
