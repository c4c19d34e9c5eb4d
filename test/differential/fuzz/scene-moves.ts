import { words } from '../../support/templates.js'
import type { SeededRandom } from '../../../src/base/index.js'
import { plain } from './forms.js'
import { idOf, stagehand, type Move, type Scene } from './scene.js'

/** Few keys, so that those who wait and those who write meet. These may come to hold any type. */
const keys = words`q:0 q:1 q:2 z:0 z:1 x:0 x:1 s`
/**
 * Where SORT and ZUNIONSTORE store: nothing but lists, and sorted sets. Over a value of another type they store without
 * waking anybody in Redis, who then waits although there is what he waits for; here he is served.
 */
const [listStore, sortedSetStore] = ['q:3', 'z:2']
const lists = [...words`q:0 q:1 q:2`, listStore]
const sortedSets = [...words`z:0 z:1`, sortedSetStore]
const streams = words`x:0 x:1`

/** Draws words of requests. */
class Pen {
  /** So that ids of stream entries only grow, as XADD wants them. */
  #entries = 0

  constructor(readonly random: SeededRandom) {}

  pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)]
  }

  chance(percent: number): boolean {
    return this.random.below(100) < percent
  }

  some<T>(from: readonly T[]): T[] {
    return Array.from({ length: 1 + this.random.below(3) }, () => this.pick(from))
  }

  /** Mostly one of `from`, at times one that holds another type, or comes to. */
  key(from: readonly string[]): string {
    return this.pick(this.chance(90) ? from : keys)
  }

  number(most: number): number {
    return this.random.below(most)
  }

  entryId(): string {
    return `${++this.#entries}-${this.random.below(3)}`
  }

  get lastEntry(): number {
    return this.#entries
  }
}

type Draw = (pen: Pen, people: number) => (string | number | Buffer)[]

const ends = words`LEFT RIGHT`
const group = (pen: Pen): string => pen.pick(['g', 'g', 'g', 'h'])

/** Requests that may wait for keys, without an end. */
export const waiting: Readonly<Record<string, Draw>> = {
  BLPOP: (pen) => ['BLPOP', ...pen.some(lists), 0],
  BRPOP: (pen) => ['BRPOP', ...pen.some(lists), 0],
  BLMOVE: (pen) => ['BLMOVE', pen.key(lists), pen.key(lists), pen.pick(ends), pen.pick(ends), 0],
  BRPOPLPUSH: (pen) => ['BRPOPLPUSH', pen.key(lists), pen.key(lists), 0],
  BLMPOP: (pen) => {
    const names = pen.some(lists)
    return [
      'BLMPOP',
      0,
      names.length,
      ...names,
      pen.pick(ends),
      ...(pen.chance(50) ? ['COUNT', 1 + pen.number(3)] : []),
    ]
  },
  BZPOPMIN: (pen) => ['BZPOPMIN', ...pen.some(sortedSets), 0],
  BZPOPMAX: (pen) => ['BZPOPMAX', ...pen.some(sortedSets), 0],
  BZMPOP: (pen) => {
    const names = pen.some(sortedSets)
    return ['BZMPOP', 0, names.length, ...names, pen.pick(['MIN', 'MAX']), ...(pen.chance(50) ? ['COUNT', 2] : [])]
  },
  XREAD: (pen) => {
    const from = pen.chance(70) ? '$' : `${pen.number(pen.lastEntry + 1)}-0`
    return ['XREAD', ...(pen.chance(30) ? ['COUNT', 2] : []), 'BLOCK', 0, 'STREAMS', pen.key(streams), from]
  },
  XREADGROUP: (pen) => {
    const options = [...(pen.chance(30) ? ['COUNT', 1] : []), 'BLOCK', 0, ...(pen.chance(20) ? ['NOACK'] : [])]
    return ['XREADGROUP', 'GROUP', group(pen), pen.pick(['ann', 'bob']), ...options, 'STREAMS', pen.key(streams), '>']
  },
}

/** What others do meanwhile: it feeds those that wait, or takes what they wait for away. */
const acting: readonly [weight: number, draw: Draw][] = [
  [14, (pen) => ['RPUSH', pen.key(lists), ...pen.some(words`a b c d`)]],
  [8, (pen) => ['LPUSH', pen.key(lists), ...pen.some(words`a b c d`)]],
  [2, (pen) => ['RPUSHX', pen.key(lists), 'x']],
  [3, (pen) => ['LMOVE', pen.key(lists), pen.key(lists), pen.pick(ends), pen.pick(ends)]],
  [2, (pen) => ['RPOPLPUSH', pen.key(lists), pen.key(lists)]],
  [2, (pen) => [pen.pick(['LPOP', 'RPOP', 'LLEN']), pen.key(lists)]],
  [3, (pen) => ['LRANGE', pen.key(lists), 0, -1]],
  [10, (pen) => ['ZADD', pen.key(sortedSets), pen.number(5), pen.pick(words`a b c`)]],
  [2, (pen) => [pen.pick(['ZPOPMIN', 'ZPOPMAX', 'ZCARD']), pen.key(sortedSets)]],
  [2, (pen) => ['ZRANGE', pen.key(sortedSets), 0, -1, 'WITHSCORES']],
  [2, (pen) => ['ZUNIONSTORE', sortedSetStore, 2, pen.key(sortedSets), pen.key(sortedSets)]],
  [10, (pen) => ['XADD', pen.key(streams), pen.entryId(), 'f', pen.number(9)]],
  [8, (pen) => ['XGROUP', 'CREATE', pen.key(streams), group(pen), pen.pick(['0', '$']), 'MKSTREAM']],
  [1, (pen) => ['XGROUP', 'DESTROY', pen.key(streams), group(pen)]],
  [1, (pen) => ['XACK', pen.key(streams), group(pen), `${1 + pen.number(pen.lastEntry + 1)}-0`]],
  [2, (pen) => ['XRANGE', pen.key(streams), '-', '+']],
  [6, (pen) => [pen.pick(['DEL', 'UNLINK', 'TYPE', 'EXISTS']), pen.pick(keys)]],
  [5, (pen) => [pen.pick(['RENAME', 'RENAMENX']), pen.pick(keys), pen.pick(keys)]],
  [4, (pen) => ['COPY', pen.pick(keys), pen.pick(keys), ...(pen.chance(60) ? ['REPLACE'] : [])]],
  [2, (pen) => ['MOVE', pen.pick(keys), pen.number(2)]],
  [3, (pen) => ['SET', pen.pick([...keys, 's', 's']), pen.number(100)]],
  [3, () => ['INCR', 's']],
  [2, (pen) => ['SORT', pen.key(lists), 'ALPHA', 'STORE', listStore]],
  [2, () => ['SWAPDB', 0, 1]],
  [1, (pen) => [pen.pick(['FLUSHDB', 'FLUSHALL'])]],
  [4, (pen) => ['SELECT', pen.number(2)]],
  [3, (pen, people) => ['CLIENT', 'UNBLOCK', idOf(pen.number(people)), ...pen.pick([[], ['TIMEOUT'], ['ERROR']])]],
  [6, (pen) => ['WATCH', ...pen.some(keys)]],
  [1, () => ['UNWATCH']],
  [16, () => ['MULTI']],
  [1, () => ['EXEC']],
  [1, () => ['DISCARD']],
  [1, () => ['RESET']],
  [1, () => ['NONSENSE', 'in', 'between']],
  [1, (pen) => ['RPUSH', pen.key(lists)]],
]

const actingWeight = acting.reduce((sum, [weight]) => sum + weight, 0)

function act(pen: Pen, people: number): ReturnType<Draw> {
  let at = pen.number(actingWeight)
  for (const [weight, draw] of acting) if ((at -= weight) < 0) return draw(pen, people)
  return ['PING']
}

/** Makes up what happens next in a scene. */
export class Author {
  readonly #pen: Pen
  readonly #people: number

  constructor(random: SeededRandom, people: number) {
    this.#pen = new Pen(random)
    this.#people = people
  }

  /** The next move, of somebody who does not wait; of the stagehand when all do. */
  next(scene: Scene): Move {
    const pen = this.#pen
    const free = Array.from({ length: this.#people }, (_, i) => i).filter((i) => !scene.isWaiting(i))
    if (free.length === 0) return this.#rescue()
    const actor = pen.pick(free)
    if (pen.chance(1)) return { actor: pen.number(this.#people), request: null }
    if (scene.isQueueing(actor) && pen.chance(25)) return move(actor, [pen.chance(85) ? 'EXEC' : 'DISCARD'])
    if (pen.chance(30)) return move(actor, pen.pick(Object.values(waiting))(pen, this.#people))
    const request = act(pen, this.#people)
    return move(actor, request, scene.mayTradePlaces(actor) ? [] : ['SWAPDB'])
  }

  #rescue(): Move {
    const pen = this.#pen
    if (pen.chance(30)) {
      return move(stagehand, ['CLIENT', 'UNBLOCK', idOf(pen.number(this.#people)), ...pen.pick([[], ['ERROR']])])
    }
    return move(stagehand, act(pen, this.#people), words`MULTI EXEC DISCARD WATCH UNWATCH RESET SELECT SWAPDB`)
  }
}

/** @param avoid what this actor must not do: a PING takes its place */
function move(actor: number, request: ReturnType<Draw>, avoid: readonly string[] = []): Move {
  const args = avoid.includes(String(request[0])) ? ['PING'] : request
  return { actor, request: args.flatMap((arg) => (Buffer.isBuffer(arg) ? [arg] : plain(arg))) }
}
