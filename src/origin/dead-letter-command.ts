import { Slice, errorReply, syntaxError } from '../base/index.js'
import { integerIn, type Call } from '../command/index.js'
import type { ReplyWriter } from '../resp/index.js'
import type { Behind } from './behind.js'
import type { DeadLetter } from './behind-entries.js'
import type { OriginEngine } from './engine.js'
import { routeNamed } from './route-named.js'

const badCount = errorReply('COUNT must be from 1 to 10000')
const noneThere = errorReply("the origin takes its writes at once: only 'write behind' has dead letters")
const elsewhere = errorReply('the primary of this replica makes its writes; ask that one')
const countDefault = 100
const countMax = 10_000
const idShape = /^\d{1,20}-\d{1,20}$/

/**
 * ORIGIN DEADLETTER name: the writes that its origin did not take, the oldest first; tries one or all once more, or forgets
 * them.
 *
 * @throws {ReplyError}
 */
export function deadLetter(engine: OriginEngine, call: Call): void {
  const { args } = call
  const behind = engine.resolver.behind(routeNamed(engine, args.at(2)))
  if (behind === null) throw noneThere
  const action = args.count > 3 ? args.at(3).toUtf8().toUpperCase() : 'LIST'
  if (action === 'RETRY' || action === 'DROP') return settleLetters(behind, call, action)
  list(behind, call)
}

function list(behind: Behind, { args, reply }: Call): void {
  let [after, count]: [string | null, number] = [null, countDefault]
  for (let i = 3; i < args.count; i += 2) {
    if (i + 1 === args.count) throw syntaxError
    if (args.at(i).is('COUNT')) count = integerIn(args.at(i + 1), 1, countMax, badCount)
    else if (args.at(i).is('AFTER')) after = idOf(args.at(i + 1).toUtf8())
    else throw syntaxError
  }
  const letters = behind.deadLetters.list(after, count)
  reply.array(letters.length)
  for (const letter of letters) replyLetter(reply, letter)
}

function replyLetter(reply: ReplyWriter, { id, entry, reason, failedAtMs }: DeadLetter): void {
  const { db, key, value, expected, atMs } = entry
  reply.map(8)
  const text = (name: string, value: string): void => {
    reply.bulkText(name)
    reply.bulkText(value)
  }
  text('id', id)
  reply.bulkText('db')
  reply.integer(db)
  reply.bulkText('key')
  reply.bulk(Slice.from(key))
  reply.bulkText('value')
  if (value === null) reply.null()
  else if (value.kind === 'string') reply.bulk(Slice.from(value.bytes))
  else {
    reply.map(value.fields.length)
    for (const word of value.fields.flat()) reply.bulk(Slice.from(word))
  }
  text('expected', expected === undefined ? 'any' : expected === 'absent' ? expected : expected.toString('hex'))
  text('reason', reason)
  reply.bulkText('written-at')
  reply.integer(atMs)
  reply.bulkText('failed-at')
  reply.integer(failedAtMs)
}

/** RETRY or DROP of one, or of all; replies how many. */
function settleLetters(behind: Behind, { args, reply }: Call, action: 'RETRY' | 'DROP'): void {
  if (args.count < 5 || args.count > 6) throw syntaxError
  if (!behind.isOn) throw elsewhere
  const force = args.count === 6 && args.at(5).is('FORCE') && action === 'RETRY'
  if (args.count === 6 && !force) throw syntaxError
  const settle = (id: string): boolean => (action === 'RETRY' ? behind.retry(id, force) : behind.deadLetters.drop(id))
  if (!args.at(4).is('ALL')) return reply.integer(settle(idOf(args.at(4).toUtf8())) ? 1 : 0)
  let count = 0
  for (let last: string | null = null, some = behind.deadLetters.list(last, countDefault); some.length > 0;) {
    for (const { id } of some) if (settle((last = id))) count++
    some = behind.deadLetters.list(last, countDefault)
  }
  reply.integer(count)
}

function idOf(text: string): string {
  if (!idShape.test(text)) throw errorReply("an ID is written as ORIGIN DEADLETTER lists it, such as '1700000000000-0'")
  return text
}
