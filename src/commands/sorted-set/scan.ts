import { formatDouble } from '../../base/index.js'
import { command } from '../../command/index.js'
import { readKey } from '../key-specs.js'
import { readCursor, scanElements } from '../scanning.js'

/** Whole numbers up to here are written out by Redis where it keeps scores as text: half of what 64 bits hold. */
const wholeMax = 2 ** 62

/** A score as ZSCAN shows it: of a small sorted set as Redis stores it, whole numbers without an exponent. */
function scoreText(score: number, isPacked: boolean): string {
  if (!isPacked || !Number.isInteger(score) || Math.abs(score) > wholeMax) return formatDouble(score)
  return BigInt(score).toString()
}

export const ZSCAN = command({
  name: 'ZSCAN',
  group: 'sorted-set',
  since: '2.8.0',
  summary: 'Iterates over the members of a sorted set and their scores, some at a time.',
  complexity: 'O(1) for a call, O(N) for a whole iteration over N members.',
  arity: -3,
  flags: ['readonly'],
  keys: readKey,
  tips: ['nondeterministic_output'],
  syntax: 'key cursor:integer [MATCH pattern] [COUNT count:integer]',
  run(call) {
    const { args, db, reply } = call
    const cursor = readCursor(args.at(2))
    const set = db.readSortedSet(args.at(1))
    const isPacked = set?.encoding === 'listpack'
    scanElements(call, cursor, set, 2, (member, score) => {
      reply.bulk(member)
      reply.bulkText(scoreText(score, isPacked))
    })
  },
})
