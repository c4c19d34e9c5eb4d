import { errorReply, syntaxError, type Slice } from '../../base/index.js'
import { command, integerIn, type Call, type Command, type KeySpec } from '../../command/index.js'
import { Draft } from '../../keyspace/index.js'
import type { SetValue, Views } from '../../values/index.js'
import { everyKey } from '../key-specs.js'
import { difference, intersect, readSets, union } from './operations.js'

const tooFewKeys = errorReply('numkeys should be greater than 0')
const tooManyKeys = errorReply("Number of keys can't be greater than number of args")
const negativeLimit = errorReply("LIMIT can't be negative")

/** Puts what comes of some sets (0: a missing one) into another. */
type Operation = (views: Views, refs: readonly number[], into: SetValue) => void

const intersection: Operation = (views, refs, into) =>
  intersect(views, refs, Infinity, (member) => void into.add(member))

/** Replies what comes of the sets under all arguments. It is put together first, so that no member comes twice. */
function replyResult(call: Call, operation: Operation): void {
  const { args, keyspace, reply } = call
  const { views } = keyspace
  const refs = readSets(call, 1)
  const write = (member: Slice): void => reply.bulk(member)
  if (refs.length === 1) {
    const set = refs[0] === 0 ? null : views.sets.open(refs[0], null)
    reply.set(set?.length ?? 0)
    set?.forEach(write)
    return
  }
  const draft = Draft.make(keyspace, views.newSets, args.at(1), (into) => operation(views, refs, into))
  reply.set(views.newSets.length)
  views.newSets.forEach(write)
  draft.discard()
}

/** Stores what comes of the sets behind the first argument under that, or deletes it where that is nothing. */
function storeResult(call: Call, operation: Operation, event: string): void {
  const { args, db, keyspace, reply } = call
  const { views } = keyspace
  const destination = args.at(1)
  const refs = readSets(call, 2)
  const draft = Draft.make(keyspace, views.newSets, destination, (into) => operation(views, refs, into))
  const { length } = views.newSets
  if (length > 0) {
    db.store(destination, draft)
    db.changed(event, destination)
  } else {
    draft.discard()
    if (db.delete(destination)) db.changed('del', destination)
  }
  reply.integer(length)
}

const sources: KeySpec = { first: 2, last: -1, access: 'RO', effects: ['access'] }

const overwritten: readonly KeySpec[] = [{ first: 1, access: 'OW', effects: ['update'] }, sources]

interface Words {
  readonly name: string
  readonly summary: string
  readonly complexity: string
}

const replying = (words: Words, run: (call: Call) => void): Command =>
  command({
    ...words,
    group: 'set',
    since: '1.0.0',
    arity: -2,
    flags: ['readonly'],
    keys: everyKey('RO', ['access']),
    tips: ['nondeterministic_output_order'],
    syntax: 'key...',
    run,
  })

const storing = (words: Words, operation: Operation, event: string, keys = overwritten): Command =>
  command({
    ...words,
    group: 'set',
    since: '1.0.0',
    arity: -3,
    flags: ['write', 'denyoom'],
    keys,
    syntax: 'destination:key#0 key:key#1...',
    run: (call) => storeResult(call, operation, event),
  })

const ofSmallest = 'O(N*M) where N is the number of members of the smallest set and M the number of sets.'
const ofAll = 'O(N) where N is the number of members of all sets together.'

export const SINTER = replying(
  { name: 'SINTER', summary: 'Returns the members that all given sets have.', complexity: ofSmallest },
  (call) => {
    const { keyspace, reply } = call
    const refs = readSets(call, 1)
    const { mark } = reply
    let count = 0
    intersect(keyspace.views, refs, Infinity, (member) => {
      count++
      reply.bulk(member)
    })
    reply.insert(mark, `${reply.protocol === 3 ? '~' : '*'}${count}\r\n`)
  },
)

export const SINTERSTORE = storing(
  { name: 'SINTERSTORE', summary: 'Stores the members that all given sets have as a set.', complexity: ofSmallest },
  intersection,
  'sinterstore',
  // Redis says that it reads its destination, which it does not
  [{ first: 1, access: 'RW', effects: ['update'], settle: 'none' }, sources],
)

export const SUNION = replying(
  { name: 'SUNION', summary: 'Returns the members that any of the given sets has.', complexity: ofAll },
  (call) => replyResult(call, union),
)

export const SUNIONSTORE = storing(
  { name: 'SUNIONSTORE', summary: 'Stores the members that any of the given sets has as a set.', complexity: ofAll },
  union,
  'sunionstore',
)

export const SDIFF = replying(
  { name: 'SDIFF', summary: 'Returns the members of the first set that none of the others has.', complexity: ofAll },
  (call) => replyResult(call, difference),
)

export const SDIFFSTORE = storing(
  {
    name: 'SDIFFSTORE',
    summary: 'Stores the members of the first set that none of the others has as a set.',
    complexity: ofAll,
  },
  difference,
  'sdiffstore',
)

export const SINTERCARD = command({
  name: 'SINTERCARD',
  group: 'set',
  since: '7.0.0',
  summary: 'Returns the number of members that all given sets have.',
  complexity: ofSmallest,
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  keys: [{ first: 1, count: { at: 0, keysFrom: 1 }, access: 'RO', effects: ['access'] }],
  syntax: 'numkeys:integer key... [LIMIT limit:integer]',
  run(call) {
    const { args, keyspace, reply } = call
    const keys = integerIn(args.at(1), 1, Infinity, tooFewKeys)
    if (keys > args.count - 2) throw tooManyKeys
    let limit = 0
    for (let i = 2 + keys; i < args.count; i += 2) {
      if (!args.at(i).is('LIMIT') || i + 1 === args.count) throw syntaxError
      limit = integerIn(args.at(i + 1), 0, Infinity, negativeLimit)
    }
    const most = limit === 0 ? Infinity : limit
    let count = 0
    intersect(keyspace.views, readSets(call, 2, 2 + keys), most, () => void count++)
    reply.integer(Math.min(count, most))
  },
})
