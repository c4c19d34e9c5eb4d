import { OutOfMemory } from '../../base/index.js'
import { command, manyArguments, type Call, type Command, type CommandSpec } from '../../command/index.js'
import type { HashValue } from '../../values/index.js'
import { atMilliseconds, atSeconds, inMilliseconds, inSeconds, type DeadlineUnit } from '../deadlines.js'
import { oneKey } from '../key-specs.js'
import { readFieldDeadline, readFields, readFieldsToExpire } from './field-deadlines.js'

type Condition = 'NX' | 'XX' | 'GT' | 'LT'
const conditions: readonly Condition[] = ['NX', 'XX', 'GT', 'LT']

/** What becomes of a field, as it is replied. */
const Outcome = { missing: -2, noDeadline: -1, refused: 0, done: 1, deleted: 2 } as const

/** Whether a field whose deadline is `oldMs` (0 for none) may get `atMs`. No deadline counts as one that never comes. */
function permits(condition: Condition | undefined, oldMs: number, atMs: number): boolean {
  if (condition === undefined) return true
  if (condition === 'NX') return oldMs === 0
  if (condition === 'XX') return oldMs !== 0
  if (condition === 'GT') return oldMs !== 0 && atMs > oldMs
  return oldMs === 0 || atMs < oldMs
}

/** Replies `outcome` for each field from argument `from` on: there is no such hash. */
function replyForEach({ args, reply }: Call, from: number, outcome: number): void {
  reply.array(args.count - from)
  for (let i = from; i < args.count; i++) reply.integer(outcome)
}

function expire(call: Call, unit: DeadlineUnit): void {
  const { args, db, reply } = call
  const key = args.at(1)
  const hash = db.hashForDeadlines(key)
  const atMs = readFieldDeadline(args.at(2), unit, call)
  const condition = conditions.find((name) => args.at(3).is(name))
  const from = readFieldsToExpire(args, condition === undefined ? 3 : 4)
  if (hash === null) {
    replyForEach(call, from, Outcome.missing)
    return
  }
  const isPast = call.isPast(atMs)
  if (isPast) db.hashForWrite(key)
  else db.fieldDeadlines.note(key, atMs)
  reply.array(args.count - from)
  const deadlines = new FieldChanges(hash)
  for (let i = from; i < args.count; i++) {
    const field = args.at(i)
    const oldMs = hash.deadline(field)
    if (oldMs === null) reply.integer(Outcome.missing)
    else if (!permits(condition, oldMs, atMs)) reply.integer(Outcome.refused)
    else if (!isPast) {
      deadlines.set(call, i, oldMs, atMs)
      reply.integer(Outcome.done)
    } else {
      deadlines.delete(call, i)
      reply.integer(Outcome.deleted)
    }
  }
  deadlines.tell(call, 'hexpire')
}

/** What a call does to the deadlines of a hash, to be taken back where memory runs out, or told of in the end. */
export class FieldChanges {
  readonly #hash: HashValue
  readonly #done: { readonly argument: number; readonly oldMs: number }[] = []
  /** Arguments that are fields which were deleted. */
  readonly #deleted: number[] = []
  #atMs = 0

  constructor(hash: HashValue) {
    this.#hash = hash
  }

  /**
   * Gives the field at an argument a deadline, or takes it away with 0.
   *
   * @throws {OutOfMemory} all that was done before is taken back
   */
  set({ args }: Call, argument: number, oldMs: number, atMs: number): void {
    try {
      this.#hash.setDeadline(args.at(argument), atMs)
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error
      for (const done of this.#done.toReversed()) this.#hash.setDeadline(args.at(done.argument), done.oldMs)
      throw error
    }
    this.#done.push({ argument, oldMs })
    this.#atMs = atMs
  }

  /** Deletes the field at an argument, whose time has come. */
  delete({ args }: Call, argument: number): void {
    if (this.#hash.delete(args.at(argument))) this.#deleted.push(argument)
  }

  /** Says what was done: `event` where deadlines were set. The key goes with its last field. */
  tell(call: Call, event: string): void {
    const { args, db } = call
    const key = args.at(1)
    const isEmpty = this.#hash.length === 0
    if (isEmpty) db.delete(key)
    db.changed(this.#deleted.length > 0 ? 'hdel' : event, key, this.#deleted.length + this.#done.length)
    if (isEmpty) db.alsoChanged('del', key)
    if (call.isFollowed) this.#propagate(call)
  }

  #propagate(call: Call): void {
    const { args } = call
    const key = args.at(1)
    const done = this.#done.map(({ argument }) => args.at(argument))
    if (this.#deleted.length > 0) call.propagate('HDEL', key, ...this.#deleted.map((argument) => args.at(argument)))
    if (done.length === 0) return
    if (this.#atMs === 0) call.propagate('HPERSIST', key, 'FIELDS', done.length, ...done)
    else call.propagate('HPEXPIREAT', key, this.#atMs, 'FIELDS', done.length, ...done)
  }
}

function expiring(name: string, unit: DeadlineUnit, argument: string, summary: string): Command {
  return command({
    name,
    group: 'hash',
    since: '7.4.0',
    summary,
    complexity: 'O(N) where N is the number of fields.',
    arity: -6,
    flags: ['write', 'fast'],
    keys: oneKey('RW', ['update'], { settle: 'none', write: false }),
    syntax: `key ${argument} [condition=<NX | XX | GT | LT>] FIELDS fields={numfields:integer field...}`,
    run: (call) => expire(call, unit),
  })
}

export const HEXPIRE = expiring('HEXPIRE', inSeconds, 'seconds:integer', 'Lets fields of a hash expire after some seconds.') // prettier-ignore
export const HPEXPIRE = expiring('HPEXPIRE', inMilliseconds, 'milliseconds:integer', 'Lets fields of a hash expire after some milliseconds.') // prettier-ignore
export const HEXPIREAT = expiring('HEXPIREAT', atSeconds, 'unix-time-seconds:unix-time', 'Lets fields of a hash expire at a Unix time in seconds.') // prettier-ignore
export const HPEXPIREAT = expiring('HPEXPIREAT', atMilliseconds, 'unix-time-milliseconds:unix-time', 'Lets fields of a hash expire at a Unix time in milliseconds.') // prettier-ignore

export const HPERSIST = command({
  name: 'HPERSIST',
  group: 'hash',
  since: '7.4.0',
  summary: 'Takes the deadlines of fields of a hash away.',
  complexity: 'O(N) where N is the number of fields.',
  arity: -5,
  slowFrom: manyArguments,
  flags: ['write', 'fast'],
  keys: oneKey('RW', ['update'], { settle: 'none', write: false }),
  syntax: 'key FIELDS fields={numfields:integer field...}',
  run(call) {
    const { args, db, reply } = call
    const key = args.at(1)
    const hash = db.hashForDeadlines(key)
    const from = readFields(args, 2)
    if (hash === null) {
      replyForEach(call, from, Outcome.missing)
      return
    }
    reply.array(args.count - from)
    let isChanged = false
    for (let i = from; i < args.count; i++) {
      const oldMs = hash.deadline(args.at(i))
      if (oldMs === null) reply.integer(Outcome.missing)
      else if (oldMs === 0) reply.integer(Outcome.noDeadline)
      else {
        hash.setDeadline(args.at(i), 0)
        isChanged = true
        reply.integer(Outcome.done)
      }
    }
    db.changed('hpersist', key, isChanged ? 1 : 0)
  },
})

/** Replies for each field what `shown` makes of its deadline in Unix milliseconds. */
function replyDeadlines(call: Call, shown: (deadlineMs: number) => number): void {
  const { args, db, reply } = call
  const hash = db.readHash(args.at(1))
  const from = readFields(args, 2)
  if (hash === null) {
    replyForEach(call, from, Outcome.missing)
    return
  }
  reply.array(args.count - from)
  for (let i = from; i < args.count; i++) {
    const deadlineMs = hash.deadline(args.at(i))
    if (deadlineMs === null) reply.integer(Outcome.missing)
    else reply.integer(deadlineMs === 0 ? Outcome.noDeadline : shown(deadlineMs))
  }
}

function telling(
  name: string,
  summary: string,
  shown: (deadlineMs: number, nowMs: number) => number,
  tips: CommandSpec['tips'] = [],
): Command {
  return command({
    name,
    group: 'hash',
    since: '7.4.0',
    summary,
    complexity: 'O(N) where N is the number of fields.',
    arity: -5,
    flags: ['readonly', 'fast'],
    keys: oneKey('RO', ['access'], { settle: 'none' }),
    tips,
    syntax: 'key FIELDS fields={numfields:integer field...}',
    run: (call) => replyDeadlines(call, (deadlineMs) => shown(deadlineMs, call.nowMs)),
  })
}

const changing = ['nondeterministic_output']
const wholeSeconds = (ms: number): number => Math.ceil(ms / 1000)

export const HTTL = telling('HTTL', 'Returns the seconds that fields of a hash have left.', (atMs, nowMs) => wholeSeconds(atMs - nowMs), changing) // prettier-ignore
export const HPTTL = telling('HPTTL', 'Returns the milliseconds that fields of a hash have left.', (atMs, nowMs) => atMs - nowMs, changing) // prettier-ignore
export const HEXPIRETIME = telling('HEXPIRETIME', 'Returns the Unix times in seconds at which fields of a hash expire.', wholeSeconds) // prettier-ignore
export const HPEXPIRETIME = telling('HPEXPIRETIME', 'Returns the Unix times in milliseconds at which fields of a hash expire.', (atMs) => atMs) // prettier-ignore
