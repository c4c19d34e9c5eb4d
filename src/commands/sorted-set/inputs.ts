import { errorReply, readDouble, syntaxError, wrongType, type ReplyError, type Slice } from '../../base/index.js'
import { integer, type Call, type Command } from '../../command/index.js'
import type { Ref } from '../../memory/index.js'
import { Type, type Views, type VisitMember } from '../../values/index.js'

const weightNotAFloat = errorReply('weight value is not a float')
const limitNegative = errorReply("LIMIT can't be negative")

const noKeys = (command: Command): ReplyError =>
  errorReply(`at least 1 input key is needed for '${command.fullName}' command`)

export type Operation = 'union' | 'intersection' | 'difference'

/** How the scores of one member in several inputs become one. */
export type Aggregate = (sum: number, score: number) => number

const sum: Aggregate = (sum, score) => (Number.isNaN(sum + score) ? 0 : sum + score)
const least: Aggregate = (sum, score) => (score < sum ? score : sum)
const greatest: Aggregate = (sum, score) => (score > sum ? score : sum)

/** A sorted set, or a set, whose members all have the score 1; a missing key has none. */
export class Input {
  readonly #views: Views
  readonly #ref: Ref
  readonly #isSet: boolean
  readonly length: number
  weight = 1

  /** @throws {ReplyError} the key holds another type */
  constructor({ db, keyspace }: Call, key: Slice) {
    this.#views = keyspace.views
    this.#ref = db.read(key)
    const type = this.#ref === 0 ? Type.zset : db.type(this.#ref)
    if (type !== Type.zset && type !== Type.set) throw wrongType
    this.#isSet = type === Type.set
    this.length = this.#ref === 0 ? 0 : this.#views.of(type).open(this.#ref, null).length
  }

  /** Visits all members. Meanwhile `score` may be asked of any input. */
  forEach(visit: VisitMember): void {
    const { sets, sortedSets } = this.#views
    if (this.length === 0) return
    if (this.#isSet) sets.open(this.#ref, null).forEach((member) => visit(member, 1))
    else sortedSets.open(this.#ref, null).forEach(visit)
  }

  /** The score of a member, NaN where it is missing. */
  score(member: Slice): number {
    const { otherSets, otherSortedSets } = this.#views
    if (this.length === 0) return NaN
    if (!this.#isSet) return otherSortedSets.open(this.#ref, null).find(member)
    return otherSets.open(this.#ref, null).has(member) ? 1 : NaN
  }
}

/** What a command of the family of ZUNION was told. */
export interface Inputs {
  readonly inputs: readonly Input[]
  readonly aggregate: Aggregate
  readonly withScores: boolean
  /** Members after which to stop counting; 0 for none. */
  readonly limit: number
}

interface Dialect {
  readonly operation: Operation
  readonly stores: boolean
  readonly counts: boolean
}

/** Reads what stands from argument `at`, the number of keys, on. @throws {ReplyError} */
export function readInputs(call: Call, at: number, dialect: Dialect): Inputs {
  const { args } = call
  const count = integer(args.at(at))
  if (count < 1) throw noKeys(call.command)
  if (count > args.count - at - 1) throw syntaxError
  const inputs = Array.from({ length: count }, (_, i) => new Input(call, args.at(at + 1 + i)))
  return readOptions(call, at + 1 + count, inputs, dialect)
}

function readOptions({ args }: Call, from: number, inputs: Input[], dialect: Dialect): Inputs {
  const { operation, stores, counts } = dialect
  const isWeighed = operation !== 'difference' && !counts
  let aggregate = sum
  let withScores = false
  let limit = 0
  for (let i = from; i < args.count; i++) {
    const option = args.at(i)
    const behind = args.count - i - 1
    if (isWeighed && behind >= inputs.length && option.is('WEIGHTS')) {
      for (const input of inputs) {
        input.weight = readDouble(args.at(++i))
        if (Number.isNaN(input.weight)) throw weightNotAFloat
      }
    } else if (isWeighed && behind >= 1 && option.is('AGGREGATE')) aggregate = readAggregate(args.at(++i))
    else if (!stores && !counts && option.is('WITHSCORES')) withScores = true
    else if (counts && behind >= 1 && option.is('LIMIT')) {
      limit = integer(args.at(++i), limitNegative)
      if (limit < 0) throw limitNegative
    } else throw syntaxError
  }
  return { inputs, aggregate, withScores, limit }
}

function readAggregate(name: Slice): Aggregate {
  if (name.is('SUM')) return sum
  if (name.is('MIN')) return least
  if (name.is('MAX')) return greatest
  throw syntaxError
}
