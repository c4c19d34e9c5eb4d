import { errorReply, syntaxError, type Slice } from '../../base/index.js'
import { integer, type Call } from '../../command/index.js'
import type { Args } from '../../resp/index.js'
import { StreamId, type References } from '../../values/index.js'
import { isLetter, parseId, parseNewId } from './ids.js'

const twoStrategies = errorReply('syntax error, MAXLEN and MINID options at the same time are not compatible')
const negativeLength = errorReply('The MAXLEN argument must be >= 0.')
const negativeLimit = errorReply('The LIMIT argument must be >= 0.')
const limitAlone = errorReply('syntax error, LIMIT cannot be used without specifying a trimming strategy')
const noStrategy = errorReply('syntax error, XTRIM must be called with a trimming strategy')
const limitOfExact = errorReply('syntax error, LIMIT cannot be used without the special ~ option')

/** What is asked of XADD or XTRIM behind the key. */
export class TrimOptions {
  /** By `MAXLEN` or by `MINID`. */
  strategy: 'length' | 'id' | null = null
  lengthMax: number | null = null
  readonly minId = new StreamId()
  isApproximate = false
  limit = 0
  references: References = 'keep'
  /** See TrimRule. */
  deleted: ((id: StreamId) => void) | null = null
  /** Of XADD: NOMKSTREAM; where the ID stands; whether it is one, and whether its sequence number is given. */
  makesNone = false
  idAt = 0
  readonly id = new StreamId()
  hasId = false
  hasSequence = false

  /** As nobody has asked for anything. */
  reset(): this {
    this.strategy = this.lengthMax = null
    this.limit = this.idAt = 0
    this.references = 'keep'
    this.isApproximate = this.makesNone = this.hasId = this.hasSequence = false
    return this
  }
}

/** Those of the call at hand. */
const shared = new TrimOptions()

/** Chunks that approximate trimming gives back at most when it is not told. */
const chunksMax = 100

/** The LIMIT of approximate trimming that is given none. */
function defaultLimit(entriesPerChunk: number): number {
  const limit = chunksMax * entriesPerChunk
  return limit <= 0 ? 10_000 : Math.min(limit, 1_000_000)
}

/** The policy that a word names, of Redis 8.2; or null. */
export function referencesNamed(word: Slice): References | null {
  if (word.is('KEEPREF')) return 'keep'
  if (word.is('DELREF')) return 'delete'
  return word.is('ACKED') ? 'acknowledged' : null
}

/** Reads the options of XADD up to its ID, or all those of XTRIM; good until the next call. @throws {ReplyError} */
export function readTrimOptions({ args, keyspace }: Call, isAdd: boolean): TrimOptions {
  const options = shared.reset()
  const { count } = args
  let hasLimit = false
  let hasReferences = false
  let i = 2
  for (; i < count; i++) {
    const option = args.at(i)
    if (isAdd && isLetter(option, '*')) break
    const hasMore = i + 1 < count
    const references = hasReferences ? null : referencesNamed(option)
    if (hasMore && (option.is('MAXLEN') || option.is('MINID'))) i = readStrategy(args, i, options)
    else if (hasMore && option.is('LIMIT')) {
      options.limit = integer(args.at(++i))
      if (options.limit < 0) throw negativeLimit
      hasLimit = true
    } else if (references !== null) {
      options.references = references
      hasReferences = true
    } else if (isAdd && option.is('NOMKSTREAM')) options.makesNone = true
    else if (isAdd) {
      options.hasSequence = parseNewId(option, options.id)
      options.hasId = true
      break
    } else throw syntaxError
  }
  options.idAt = i
  if (options.strategy === null) {
    if (options.limit !== 0) throw limitAlone
    if (!isAdd) throw noStrategy
  }
  if (hasLimit && !options.isApproximate) throw limitOfExact
  if (!hasLimit && options.isApproximate) options.limit = defaultLimit(keyspace.limits.stream.nodeEntriesMax)
  return options
}

/** Reads `MAXLEN [=|~] length` or `MINID [=|~] id` at `i`; returns the index of its last argument. */
function readStrategy(args: Args, i: number, options: TrimOptions): number {
  if (options.strategy !== null) throw twoStrategies
  const byLength = args.at(i).is('MAXLEN')
  const next = args.at(i + 1)
  options.isApproximate = i + 2 < args.count && isLetter(next, '~')
  const at = options.isApproximate || (i + 2 < args.count && isLetter(next, '=')) ? i + 2 : i + 1
  if (byLength) {
    options.lengthMax = integer(args.at(at))
    if (options.lengthMax < 0) throw negativeLength
  } else parseId(args.at(at), options.minId)
  options.strategy = byLength ? 'length' : 'id'
  return at
}
