import { errorReply, int64Min, syntaxError } from '../../base/index.js'
import { command, int64, integerIn, type Call } from '../../command/index.js'
import type { Args } from '../../resp/index.js'
import { readKey } from '../key-specs.js'

const noRank = errorReply(
  "RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
)
const negativeCount = errorReply("COUNT can't be negative")
const negativeLength = errorReply("MAXLEN can't be negative")

interface Search {
  /** The first match that counts, from the tail where it is negative. */
  rank: number
  /** How many matches to reply, 0 for all; null for the first one alone, not in an array. */
  count: number | null
  /** How many elements to look at, 0 for all. */
  length: number
}

/** @throws {ReplyError} */
function readSearch(args: Args): Search {
  const search: Search = { rank: 1, count: null, length: 0 }
  let isLeast = false
  for (let i = 3; i < args.count; i += 2) {
    const option = args.at(i)
    if (i + 1 === args.count) throw syntaxError
    const value = args.at(i + 1)
    if (option.is('RANK')) {
      const rank = int64(value)
      if (rank === 0n) throw noRank
      isLeast = rank === int64Min
      search.rank = isLeast ? -1 : Number(rank)
    } else if (option.is('COUNT')) search.count = integerIn(value, 0, Infinity, negativeCount)
    else if (option.is('MAXLEN')) search.length = integerIn(value, 0, Infinity, negativeLength)
    else throw syntaxError
  }
  // the least number has no positive counterpart: in Redis every match from the tail counts, and none is the last
  if (isLeast && search.count !== null) search.count = 0
  return search
}

export const LPOS = command({
  name: 'LPOS',
  group: 'list',
  since: '6.0.6',
  summary: 'Returns the indexes of elements equal to a value.',
  complexity: 'O(N) where N is the number of elements looked at.',
  arity: -3,
  flags: ['readonly'],
  keys: readKey,
  syntax: 'key element [RANK rank:integer] [COUNT num-matches:integer] [MAXLEN len:integer]',
  run(call) {
    const search = readSearch(call.args)
    if (search.count === null) replyFirst(call, search)
    else replyAll(call, search, search.count)
  },
})

/** Calls `visit` with the index of each match that counts, until it answers false. */
function forEachMatch({ args, db }: Call, { rank, length }: Search, visit: (index: number) => boolean): void {
  const list = db.readList(args.at(1))
  if (list === null) return
  const fromHead = rank > 0
  let passOver = Math.abs(rank) - 1
  list.search(args.at(2), fromHead, length === 0 ? Infinity : length, (passed) => {
    if (passOver-- > 0) return true
    return visit(fromHead ? passed : list.length - 1 - passed)
  })
}

function replyFirst(call: Call, search: Search): void {
  let found = -1
  forEachMatch(call, search, (index) => {
    found = index
    return false
  })
  if (found < 0) call.reply.null()
  else call.reply.integer(found)
}

function replyAll(call: Call, search: Search, count: number): void {
  const { reply } = call
  const { mark } = reply
  let replied = 0
  forEachMatch(call, search, (index) => {
    reply.integer(index)
    return ++replied !== count
  })
  reply.insert(mark, `*${replied}\r\n`)
}
