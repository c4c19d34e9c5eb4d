import { Slice } from '../../base/index.js'
import { command, type Call } from '../../command/index.js'
import type { SortedSetValue } from '../../values/index.js'
import { readKey } from '../key-specs.js'
import { storeResult } from '../sorted-set/store.js'
import { distanceWithin, scoreRanges } from './areas.js'
import { formatDistance } from './distance.js'
import { placeOf, type Place } from './geohash.js'
import { partialSort } from './partial-sort.js'
import { replyPlace } from './places.js'
import { readSearch, type Dialect, type Search } from './search-options.js'

/** A member within the shape. */
interface Found {
  readonly member: Buffer
  readonly score: number
  readonly place: Place
  /** Metres from the middle. */
  readonly distance: number
}

/** Members looked at before it is asked whether there are enough. */
const stride = 64

/** The members within the shape, in the order in which they are found. */
function find(set: SortedSetValue, { shape, any, count }: Search): Found[] {
  const found: Found[] = []
  const enough = any ? count : Infinity
  for (const { min, max } of scoreRanges(shape)) {
    const { from, count: length } = set.spanOfScores({ min, max, isMinOpen: false, isMaxOpen: true })
    const end = from + length
    for (let at = from; at < end && found.length < enough; at += stride) {
      set.forEachIn(at, Math.min(stride, end - at), false, (member, score) => {
        if (found.length >= enough) return
        const place = placeOf(score)
        const distance = distanceWithin(shape, place)
        if (distance >= 0) found.push({ member: member.toBuffer(), score, place, distance })
      })
    }
  }
  return found
}

/** The members that the reply or the result has. */
function select(set: SortedSetValue, search: Search): Found[] {
  const found = find(set, search)
  const { count, any, order } = search
  const wanted = count === 0 ? found.length : Math.min(count, found.length)
  // the nearest are meant where nothing is said
  if (order !== 'none' || (count !== 0 && !any)) {
    const sign = order === 'descending' ? -1 : 1
    const byDistance = (a: Found, b: Found): number =>
      a.distance === b.distance ? 0 : a.distance > b.distance ? sign : -sign
    if (wanted === found.length) found.sort(byDistance)
    else partialSort(found, wanted, byDistance)
  }
  return found.slice(0, wanted)
}

function replyFound({ reply }: Call, found: readonly Found[], search: Search): void {
  const { withDistance, withHash, withPlace } = search
  const details = Number(withDistance) + Number(withHash) + Number(withPlace)
  reply.array(found.length)
  for (const { member, score, place, distance } of found) {
    if (details > 0) reply.array(details + 1)
    reply.bulkBytes(member)
    if (withDistance) reply.bulkText(formatDistance(distance / search.unitMetres))
    if (withHash) reply.bigInteger(toInt64(score))
    if (withPlace) replyPlace(reply, place)
  }
}

/** As C casts a double to a signed number of 64 bits on x86-64. */
const toInt64 = (score: number): bigint => (Math.abs(score) < 2 ** 63 ? BigInt(Math.trunc(score)) : -(2n ** 63n))

/** Finds members near a place, and replies or stores them. */
export function search(call: Call, dialect: Dialect): void {
  const { args, db, reply } = call
  const set = db.readSortedSet(args.at(dialect.source))
  const wanted = readSearch(call, dialect, set)
  const found = set === null ? [] : select(set, wanted)
  if (wanted.storeAt === 0) {
    if (set === null) reply.array(0)
    else replyFound(call, found, wanted)
    return
  }
  const event = dialect.center === 'option' ? 'geosearchstore' : 'georadiusstore'
  storeResult(call, { event, key: wanted.storeAt, countsMembers: true }, (result) => {
    for (const { member, score, distance } of found) {
      result.set(Slice.from(member), wanted.storesDistance ? distance / wanted.unitMetres : score)
    }
  })
}

const cost =
  'O(N+log(M)) where N is the number of members in the squares of the grid that cover the shape and M that of members ' +
  'in the sorted set.'
const unit = 'unit=<M | KM | FT | MI>'
const shape =
  'from=<FROMMEMBER member | FROMLONLAT longitude_latitude={longitude:double latitude:double}> ' +
  `by=<circle={BYRADIUS radius:double ${unit}} | box={BYBOX width:double height:double ${unit}}> ` +
  'order=[ASC | DESC] [count={COUNT count:integer [ANY]}]'

export const GEOSEARCH = command({
  name: 'GEOSEARCH',
  group: 'geo',
  since: '6.2.0',
  summary: 'Returns the members within a circle or a box around a place or a member.',
  complexity: cost,
  arity: -7,
  flags: ['readonly'],
  keys: readKey,
  history: [['7.0.0', 'Units may be in upper case.']],
  syntax: `key ${shape} [WITHCOORD] [WITHDIST] [WITHHASH]`,
  run: (call) => search(call, { center: 'option', source: 1, stores: 'never' }),
})

export const GEOSEARCHSTORE = command({
  name: 'GEOSEARCHSTORE',
  group: 'geo',
  since: '6.2.0',
  summary: 'Stores the members within a circle or a box around a place or a member under a key.',
  complexity: cost,
  arity: -8,
  flags: ['write', 'denyoom'],
  keys: [
    { first: 1, access: 'OW', effects: ['update'] },
    { first: 2, access: 'RO', effects: ['access'] },
  ],
  history: [['7.0.0', 'Units may be in upper case.']],
  syntax: `destination:key source:key#1 ${shape} [STOREDIST]`,
  run: (call) => search(call, { center: 'option', source: 2, stores: 'always' }),
})
