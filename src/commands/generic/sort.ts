import { OutOfMemory, Slice, errorReply, syntaxError, wrongType } from '../../base/index.js'
import { command, integer, type Call, type FoundKey, type KeySpec } from '../../command/index.js'
import { Draft } from '../../keyspace/index.js'
import type { Args } from '../../resp/index.js'
import { Type } from '../../values/index.js'
import { loadElements } from './sort-elements.js'
import { SortPattern, hasStar } from './sort-pattern.js'
import { Ranking } from './sort-ranking.js'
import type { Texts } from './sort-texts.js'

const nothing = Slice.from('')
const notDoubles = errorReply("One or more scores can't be converted into double")

/** What is asked of a SORT. */
interface SortOptions {
  isDescending: boolean
  isAlphabetic: boolean
  /** Elements passed over, and elements wanted (negative: all), as given. */
  offset: number
  count: number
  by: SortPattern | null
  /** A BY that names no key: the elements stay in their order. */
  isUnsorted: boolean
  readonly gets: SortPattern[]
  store: Slice | null
}

/** @throws {ReplyError} */
function readOptions(args: Args, mayStore: boolean): SortOptions {
  const options: SortOptions = {
    isDescending: false,
    isAlphabetic: false,
    offset: 0,
    count: -1,
    by: null,
    isUnsorted: false,
    gets: [],
    store: null,
  }
  for (let i = 2; i < args.count; i++) {
    const option = args.at(i)
    const left = args.count - i - 1
    if (option.is('ASC')) options.isDescending = false
    else if (option.is('DESC')) options.isDescending = true
    else if (option.is('ALPHA')) options.isAlphabetic = true
    else if (option.is('LIMIT') && left >= 2) {
      options.offset = integer(args.at(++i))
      options.count = integer(args.at(++i))
    } else if (mayStore && option.is('STORE') && left >= 1) options.store = args.at(++i)
    else if (option.is('BY') && left >= 1) {
      options.by = new SortPattern(args.at(++i))
      if (!hasStar(args.at(i))) options.isUnsorted = true
    } else if (option.is('GET') && left >= 1) options.gets.push(new SortPattern(args.at(++i)))
    else throw syntaxError
  }
  return options
}

/** A part of the elements: `count` from number `from` on. */
interface Range {
  readonly from: number
  readonly count: number
}

function rangeOf({ offset, count }: SortOptions, length: number): Range {
  const from = Math.min(Math.max(offset, 0), length)
  return { from, count: count < 0 ? length - from : Math.min(count, length - from) }
}

/** The sorted set to sort, a large one from now on: Redis makes it one before it sorts it, and OBJECT ENCODING tells. */
function enlarged({ args, db }: Call, ref: number): number {
  const key = args.at(1)
  try {
    db.sortedSetForWrite(key)!.enlarge()
  } catch (error) {
    if (!(error instanceof OutOfMemory)) throw error
    return ref // it is sorted as it is
  }
  return db.find(key)
}

/** Sorts what the first key holds, and replies or stores it. Nothing is changed before every key it needs is settled. */
function sort(call: Call, mayStore: boolean): void {
  const { args, db } = call
  const options = readOptions(args, mayStore)
  const found = db.read(args.at(1))
  const type = found === 0 ? Type.list : db.type(found)
  if (type !== Type.list && type !== Type.set && type !== Type.zset) throw wrongType
  if (options.isUnsorted && type === Type.set && options.store !== null) {
    // a set has no order of its own, and what is stored must not depend on chance
    options.isUnsorted = false
    options.isAlphabetic = true
    options.by = null
  }
  const ref = type === Type.zset ? enlarged(call, found) : found
  const length = ref === 0 ? 0 : call.keyspace.views.of(type).open(ref, null).length
  const range = rangeOf(options, length)
  // what stays in order and has one is read no further than it is wanted
  const isRead = options.isUnsorted && type !== Type.set
  const elements = loadElements(call, ref, isRead ? range : { from: 0, count: length }, isRead && options.isDescending)
  const order = Int32Array.from({ length: elements.count }, (_, i) => i)
  if (!options.isUnsorted) rank(call, elements, order, options, range)
  answer(call, elements, isRead ? order : order.subarray(range.from, range.from + range.count), options)
}

/** Puts the numbers of the elements in order, in the range that is wanted at least. @throws {ReplyError} */
function rank(call: Call, elements: Texts, order: Int32Array, options: SortOptions, { from, count }: Range): void {
  const { by, isAlphabetic, isDescending, store } = options
  if (by !== null) {
    call.needsEach(elements.count, (i) => by.keyFor(elements.at(i)))
  }
  const ranking = new Ranking(elements, store !== null)
  const weightOf = (i: number): Slice | null => by!.valueFor(call, elements.at(i))
  if (!isAlphabetic && !ranking.takeScores(by === null ? (i) => elements.at(i) : weightOf)) throw notDoubles
  if (isAlphabetic && by !== null) ranking.takeWeights(weightOf)
  // Redis sorts a part only under BY; where no two elements can be of equal rank the result is the same
  const isPart = (by !== null || !isAlphabetic) && count < elements.count
  ranking.sort(order, isDescending, isPart ? { from, to: from + count - 1 } : null)
}

function answer(call: Call, elements: Texts, chosen: Int32Array, options: SortOptions): void {
  const { db, keyspace, reply } = call
  const { gets, store } = options
  for (const pattern of gets) call.needsEach(chosen.length, (i) => pattern.keyFor(elements.at(chosen[i])))
  const count = chosen.length * Math.max(1, gets.length)
  if (store === null) {
    reply.array(count)
    forEachResult(call, elements, chosen, gets, (value) => {
      if (value === null) reply.null()
      else reply.bulk(value)
    })
    return
  }
  if (count > 0) {
    const draft = Draft.make(keyspace, keyspace.views.lists, store, (list) =>
      forEachResult(call, elements, chosen, gets, (value) => list.push(value ?? nothing, false)),
    )
    db.store(store, draft)
    db.changed('sortstore', store, count)
  } else if (db.delete(store)) db.changed('del', store)
  reply.integer(count)
}

/** Visits the elements in their order, or what is to be got for each of them. */
function forEachResult(
  call: Call,
  elements: Texts,
  chosen: Int32Array,
  gets: readonly SortPattern[],
  visit: (value: Slice | null) => void,
): void {
  for (const i of chosen) {
    if (gets.length === 0) visit(elements.at(i))
    else for (const pattern of gets) visit(pattern.valueFor(call, elements.at(i)))
  }
}

const sortedKey: KeySpec = { first: 1, access: 'RO', effects: ['access'] }

/** Keys that are known only when the elements are. */
const patternKeys: KeySpec = {
  first: 'unknown',
  access: 'RO',
  effects: ['access'],
  notes:
    "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort",
}

const storeKey: KeySpec = {
  first: 'unknown',
  access: 'OW',
  effects: ['update'],
  notes:
    "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument array",
}

/** The key to sort and the one behind the last STORE. As in Redis, what follows a STORE may be an option itself. */
function keysOf({ args }: Pick<Call, 'args'>): readonly FoundKey[] {
  const keys: FoundKey[] = [{ index: 1, spec: sortedKey }]
  for (let i = 2; i < args.count; i++) {
    const option = args.at(i)
    if (option.is('LIMIT')) i += 2
    else if (option.is('GET') || option.is('BY')) i++
    else if (option.is('STORE') && i + 1 < args.count) keys[1] = { index: i + 1, spec: storeKey }
  }
  return keys
}

const syntax =
  'key [BY pattern#1] [LIMIT offset_count={offset:integer count:integer}] [GET pattern#1]... [order=<ASC | DESC>] [sorting=ALPHA]'

const complexity =
  'O(N+M*log(M)) where N is the number of elements and M the number of those returned; O(N) where nothing is sorted.'

const categories = ['set', 'sortedset', 'list', 'dangerous']

export const SORT = command({
  name: 'SORT',
  group: 'generic',
  since: '1.0.0',
  summary: 'Sorts the elements of a list, a set or a sorted set, and returns or stores them, or what belongs to them.',
  complexity,
  arity: -2,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: [sortedKey, patternKeys, storeKey],
  categories,
  syntax: `${syntax} [STORE destination:key#2]`,
  findKeys: keysOf,
  run: (call) => sort(call, true),
})

export const SORT_RO = command({
  name: 'SORT_RO',
  group: 'generic',
  since: '7.0.0',
  summary: 'Sorts the elements of a list, a set or a sorted set, and returns them, or what belongs to them.',
  complexity,
  arity: -2,
  flags: ['readonly', 'movablekeys'],
  keys: [sortedKey, patternKeys],
  categories,
  syntax,
  run: (call) => sort(call, false),
})
