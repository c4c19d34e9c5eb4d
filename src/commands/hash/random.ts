import { errorReply, int64Max, syntaxError, type Random, type Slice } from '../../base/index.js'
import { command, type Call } from '../../command/index.js'
import type { HashValue } from '../../values/index.js'
import { readKey } from '../key-specs.js'
import { boundedCount, isWalked, readSampleCount, sampler } from '../sampling.js'

const countOutOfRange = errorReply('value is out of range')

export const HRANDFIELD = command({
  name: 'HRANDFIELD',
  group: 'hash',
  since: '6.2.0',
  summary: 'Returns fields of a hash drawn at random, different ones or, with a negative count, with repetition.',
  complexity: 'O(N) where N is the number of fields returned.',
  arity: -2,
  flags: ['readonly'],
  keys: readKey,
  tips: ['nondeterministic_output'],
  syntax: 'key [options={count:integer [WITHVALUES]}]',
  run(call) {
    const { args, db, reply, random } = call
    if (args.count > 2) {
      replyMany(call)
      return
    }
    const hash = db.readHash(args.at(1))
    if (hash === null || !hash.random(random, (field) => reply.bulk(field))) reply.null()
  },
})

function replyMany({ args, db, reply, random }: Call): void {
  const asked = readSampleCount(args.at(2))
  if (args.count > 4 || (args.count === 4 && !args.at(3).is('WITHVALUES'))) throw syntaxError
  const withValues = args.count === 4
  if (withValues && (asked > int64Max / 2n || asked < -int64Max / 2n)) throw countOutOfRange
  const hash = db.readHash(args.at(1))
  if (hash === null || asked === 0n) {
    reply.array(0)
    return
  }
  const count = boundedCount(asked, countOutOfRange, reply.isLimited)
  const length = count < 0 ? 0 : hash.liveLength
  const replies = count < 0 ? -count : Math.min(count, length)
  const { mark } = reply
  const nested = withValues && reply.protocol === 3
  reply.array(withValues && !nested ? replies * 2 : replies)
  const visit = (field: Slice, value: Slice): void => {
    if (nested) reply.array(2)
    reply.bulk(field)
    if (withValues) reply.bulk(value)
  }
  if (count < 0) {
    for (let i = 0; i < replies && !reply.isTooMuch; i++) {
      if (hash.random(random, visit)) continue
      reply.rewind(mark) // all fields are past their deadlines
      return reply.array(0)
    }
  } else if (isWalked(replies, length)) walk(hash, sampler(replies, length, random), visit)
  else draw(hash, replies, random, visit)
}

/** Visits the fields that are chosen one after the other, in the hash's order. */
function walk(hash: HashValue, isChosen: () => boolean, visit: (field: Slice, value: Slice) => void): void {
  hash.forEach((field, value) => {
    if (isChosen()) visit(field, value)
  })
}

/** Visits `count` different fields, drawn until there are as many. */
function draw(hash: HashValue, count: number, random: Random, visit: (field: Slice, value: Slice) => void): void {
  const drawn = new Set<string>()
  while (drawn.size < count) {
    hash.random(random, (field, value) => {
      const name = field.toLatin1()
      if (drawn.has(name)) return
      drawn.add(name)
      visit(field, value)
    })
  }
}
