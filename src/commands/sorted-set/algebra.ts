import type { Slice } from '../../base/index.js'
import { command, type Call, type KeySpec } from '../../command/index.js'
import { Draft } from '../../keyspace/index.js'
import type { SortedSetValue } from '../../values/index.js'
import { readInputs, type Input, type Inputs, type Operation } from './inputs.js'
import { openMembers, replyMember } from './replies.js'
import { storeResult } from './store.js'

/** What is not a number, infinity times 0, counts as 0. */
const weighed = (score: number, weight: number): number => {
  const product = score * weight
  return Number.isNaN(product) ? 0 : product
}

/** From the smallest to the largest, as Redis goes through them: sums of doubles depend on their order. */
const bySize = (inputs: readonly Input[]): Input[] => [...inputs].sort((a, b) => a.length - b.length)

function union({ inputs, aggregate }: Inputs, result: SortedSetValue): void {
  for (const input of bySize(inputs)) {
    const { weight } = input
    input.forEach((member, score) => {
      const known = result.find(member)
      const added = weighed(score, weight)
      if (Number.isNaN(known)) result.insert(member, added)
      else {
        const sum = aggregate(known, added)
        if (!Object.is(sum, known)) result.update(member, sum)
      }
    })
  }
}

/** Visits the members that all inputs have, until `visit` says that it is enough. */
function intersect({ inputs, aggregate }: Inputs, visit: (member: Slice, score: number) => boolean | void): void {
  const [smallest, ...others] = bySize(inputs)
  let isEnough = false
  smallest.forEach((member, score) => {
    if (isEnough) return
    let sum = weighed(score, smallest.weight)
    for (const other of others) {
      const found = other.score(member)
      if (Number.isNaN(found)) return
      // a product that is no number is 0 only once it was added
      sum = aggregate(sum, found * other.weight)
    }
    isEnough = visit(member, sum) === true
  })
}

function subtract({ inputs }: Inputs, result: SortedSetValue): void {
  const [first, ...others] = inputs
  // the largest first, where a member is most likely found
  others.sort((a, b) => b.length - a.length)
  first.forEach((member, score) => {
    if (others.every((other) => Number.isNaN(other.score(member)))) result.set(member, score)
  })
}

const fillers: Record<Operation, (inputs: Inputs, result: SortedSetValue) => void> = {
  union,
  intersection: (inputs, result) => intersect(inputs, (member, score) => result.set(member, score)),
  difference: subtract,
}

/** Replies what an operation makes of its inputs. */
function replyResult(call: Call, operation: Operation): void {
  const { args, keyspace, reply } = call
  const inputs = readInputs(call, 1, { operation, stores: false, counts: false })
  const view = keyspace.views.newSortedSets
  view.keepsNegativeZero = true
  const draft = Draft.make(keyspace, view, args.at(0), (result) => fillers[operation](inputs, result))
  openMembers(reply, view.length, inputs.withScores)
  view.forEach((member, score) => replyMember(reply, member, score, inputs.withScores))
  draft.discard()
}

function storeOperation(call: Call, operation: Operation, event: string): void {
  const inputs = readInputs(call, 2, { operation, stores: true, counts: false })
  storeResult(call, { event }, (result) => fillers[operation](inputs, result))
}

const sources: KeySpec = { first: 1, count: { at: 0, keysFrom: 1 }, access: 'RO', effects: ['access'] }
const storedSources: readonly KeySpec[] = [
  { first: 1, access: 'OW', effects: ['update'] },
  { ...sources, first: 2 },
]

const weights = '[WEIGHTS weight:integer...] [AGGREGATE aggregate=<SUM | MIN | MAX>]'
const unionCost = 'O(N)+O(M*log(M)) where N is the number of members in all inputs and M that in the result.'
const intersectionCost =
  'O(N*K)+O(M*log(M)) at worst, where N is the number of members in the smallest input, K that of inputs and M that of ' +
  'members in the result.'
const differenceCost =
  'O(N*K)+O(M*log(M)) at worst, where N is the number of members in the first input, K that of inputs and M that of ' +
  'members in the result.'

export const ZUNION = command({
  name: 'ZUNION',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Returns the members that are in any of several sorted sets.',
  complexity: unionCost,
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  keys: [sources],
  syntax: `numkeys:integer key... ${weights} [WITHSCORES]`,
  run: (call) => replyResult(call, 'union'),
})

export const ZINTER = command({
  name: 'ZINTER',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Returns the members that are in each of several sorted sets.',
  complexity: intersectionCost,
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  keys: [sources],
  syntax: `numkeys:integer key... ${weights} [WITHSCORES]`,
  run: (call) => replyResult(call, 'intersection'),
})

export const ZDIFF = command({
  name: 'ZDIFF',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Returns the members of the first of several sorted sets that are in none of the others.',
  complexity: differenceCost,
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  keys: [sources],
  syntax: 'numkeys:integer key... [WITHSCORES]',
  run: (call) => replyResult(call, 'difference'),
})

export const ZINTERCARD = command({
  name: 'ZINTERCARD',
  group: 'sorted-set',
  since: '7.0.0',
  summary: 'Counts the members that are in each of several sorted sets.',
  complexity: 'O(N*K) at worst, where N is the number of members in the smallest input and K that of inputs.',
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  keys: [sources],
  syntax: 'numkeys:integer key... [LIMIT limit:integer]',
  run(call) {
    const inputs = readInputs(call, 1, { operation: 'intersection', stores: false, counts: true })
    let count = 0
    intersect(inputs, () => ++count === inputs.limit)
    call.reply.integer(count)
  },
})

export const ZUNIONSTORE = command({
  name: 'ZUNIONSTORE',
  group: 'sorted-set',
  since: '2.0.0',
  summary: 'Stores the members that are in any of several sorted sets under a key.',
  complexity: unionCost,
  arity: -4,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: storedSources,
  syntax: `destination:key numkeys:integer key#1... ${weights}`,
  run: (call) => storeOperation(call, 'union', 'zunionstore'),
})

export const ZINTERSTORE = command({
  name: 'ZINTERSTORE',
  group: 'sorted-set',
  since: '2.0.0',
  summary: 'Stores the members that are in each of several sorted sets under a key.',
  complexity: intersectionCost,
  arity: -4,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: storedSources,
  syntax: `destination:key numkeys:integer key#1... ${weights}`,
  run: (call) => storeOperation(call, 'intersection', 'zinterstore'),
})

export const ZDIFFSTORE = command({
  name: 'ZDIFFSTORE',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Stores the members of the first of several sorted sets that are in none of the others under a key.',
  complexity: differenceCost,
  arity: -4,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: storedSources,
  syntax: 'destination:key numkeys:integer key#1...',
  run: (call) => storeOperation(call, 'difference', 'zdiffstore'),
})
