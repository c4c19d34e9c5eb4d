import { formatCoordinate, syntaxError, type Slice } from '../../base/index.js'
import { command, manyArguments, type Call } from '../../command/index.js'
import type { ReplyWriter } from '../../resp/index.js'
import type { SortedSetValue } from '../../values/index.js'
import { oneKey, readKey } from '../key-specs.js'
import { Add, addMembers, scoresFor } from '../sorted-set/add.js'
import { distance, formatDistance } from './distance.js'
import { geohashText, placeOf, scoreOf, type Place } from './geohash.js'
import { readPlace, readUnit } from './units.js'

/** Index of the first argument behind the key that is no option. */
function readOptions({ args }: Call): [options: number, next: number] {
  let options = 0
  let next = 2
  for (; next < args.count; next++) {
    const word = args.at(next)
    if (word.is('NX')) options |= Add.nx
    else if (word.is('XX')) options |= Add.xx
    else if (word.is('CH')) options |= Add.changed
    else break
  }
  return [options, next]
}

export const GEOADD = command({
  name: 'GEOADD',
  group: 'geo',
  since: '3.2.0',
  summary: 'Gives members of a sorted set places on the earth, adding those that are missing.',
  complexity: 'O(log(N)) for each member given, where N is the number of members in the sorted set.',
  arity: -5,
  slowFrom: manyArguments,
  flags: ['write', 'denyoom'],
  keys: oneKey('RW', ['update']),
  history: [['6.2.0', 'Added `CH`, `NX` and `XX`.']],
  syntax:
    'key condition=[NX | XX]@6.2.0 [change=CH]@6.2.0 ' +
    'longitude_latitude_member={longitude:double latitude:double member}...',
  run(call) {
    const { args } = call
    const [options, first] = readOptions(call)
    const words = args.count - first
    const isBoth = (options & Add.nx) !== 0 && (options & Add.xx) !== 0
    if (words % 3 !== 0 || words === 0 || isBoth) throw syntaxError
    const scores = scoresFor(words / 3)
    for (let i = 0; i < words / 3; i++) {
      const at = first + i * 3
      scores[i] = scoreOf(readPlace(args.at(at), args.at(at + 1)))
    }
    addMembers(call, options, scores, first + 2, 3)
  },
})

/** Where a member is; null where it is missing. */
export function placeIn(set: SortedSetValue | null, member: Slice): Place | null {
  const score = set === null ? NaN : set.find(member)
  return Number.isNaN(score) ? null : placeOf(score)
}

export function replyPlace(reply: ReplyWriter, { longitude, latitude }: Place): void {
  reply.array(2)
  reply.doubleText(formatCoordinate(longitude))
  reply.doubleText(formatCoordinate(latitude))
}

export const GEOPOS = command({
  name: 'GEOPOS',
  group: 'geo',
  since: '3.2.0',
  summary: 'Returns longitude and latitude of the given members, nil for those that are missing.',
  complexity: 'O(N) where N is the number of members given.',
  arity: -2,
  slowFrom: manyArguments,
  flags: ['readonly'],
  keys: readKey,
  syntax: 'key member...',
  run({ args, db, reply }) {
    const set = db.readSortedSet(args.at(1))
    reply.array(args.count - 2)
    for (let i = 2; i < args.count; i++) {
      const place = placeIn(set, args.at(i))
      if (place === null) reply.nullArray()
      else replyPlace(reply, place)
    }
  },
})

export const GEOHASH = command({
  name: 'GEOHASH',
  group: 'geo',
  since: '3.2.0',
  summary: 'Returns the places of the given members as standard geohashes, nil for those that are missing.',
  complexity: 'O(log(N)) for each member given, where N is the number of members in the sorted set.',
  arity: -2,
  slowFrom: manyArguments,
  flags: ['readonly'],
  keys: readKey,
  syntax: 'key member...',
  run({ args, db, reply }) {
    const set = db.readSortedSet(args.at(1))
    reply.array(args.count - 2)
    for (let i = 2; i < args.count; i++) {
      const place = placeIn(set, args.at(i))
      if (place === null) reply.null()
      else reply.bulkText(geohashText(place))
    }
  },
})

export const GEODIST = command({
  name: 'GEODIST',
  group: 'geo',
  since: '3.2.0',
  summary: 'Returns the distance between two members.',
  complexity: 'O(log(N))',
  arity: -4,
  slowFrom: manyArguments,
  flags: ['readonly'],
  keys: readKey,
  syntax: 'key member1 member2 unit=[M | KM | FT | MI]',
  run({ args, db, reply }) {
    const metres = args.count === 5 ? readUnit(args.at(4)) : 1
    if (args.count > 5) throw syntaxError
    const set = db.readSortedSet(args.at(1))
    const a = placeIn(set, args.at(2))
    const b = placeIn(set, args.at(3))
    if (a === null || b === null) reply.null()
    else reply.bulkText(formatDistance(distance(a, b) / metres))
  },
})
