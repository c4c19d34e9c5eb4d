import { isUtf8 } from 'node:buffer'
import { errorReply, matchGlob, ReplyError, Slice, syntaxError, wrongType } from '../base/index.js'
import { integerIn, isLocal } from '../command/index.js'
import type { Call, Later, OriginService } from '../command/index.js'
import type { ReplyWriter } from '../resp/index.js'
import { slowLog } from './slow-log.js'
import { deadLetter } from './dead-letter-command.js'
import { explain } from './explain.js'
import type { Job, JobKind } from './job.js'
import { rateDefault, rateMax } from './jobs.js'
import type { JobFigures } from './jobs.js'
import { valuesAt } from './options.js'
import type { OriginEngine } from './engine.js'
import { anyPatience, sinceArrival } from './patience.js'
import { RouteError } from './route-error.js'
import type { Route } from './route.js'
import { writeSettled } from './settled.js'
import { routeNamed } from './route-named.js'
import { digestOfLong } from './values.js'

type Subcommand = (engine: OriginEngine, call: Call) => void

const notAllowed = errorReply(
  "ORIGIN ADD and DEL are not allowed from here: they read files and open connections. Set 'enable-origin-command' to " +
    "'local' (connections from this machine) or 'yes', and restart the server.",
)
const notBound = errorReply('the key is not bound to an origin')

/** The engine as commands and dispatch see it. */
export class OriginCommands implements OriginService {
  readonly #engine: OriginEngine

  constructor(engine: OriginEngine) {
    this.#engine = engine
  }

  get routeCount(): number {
    return this.#engine.resolver.routeCount
  }

  /** @throws {ReplyError} */
  execute(subcommand: string, call: Call): void {
    subcommands.get(subcommand)?.(this.#engine, call)
  }

  refuseWrite(db: number, key: Slice): ReplyError | null {
    return this.#engine.resolver.refuseWrite(db, key)
  }
}

const subcommands = new Map<string, Subcommand>([
  ['LIST', list],
  ['INFO', info],
  ['EXPLAIN', explainKey],
  ['DIGEST', digest],
  ['VALIDATE', validate],
  ['INVALIDATE', invalidate],
  ['SETTLE', (engine, call) => settleForFollower(engine, call, false)],
  ['FETCH', (engine, call) => settleForFollower(engine, call, true)],
  ['WARM', (engine, call) => startJob(engine, call, 'warm')],
  ['RECONCILE', (engine, call) => startJob(engine, call, 'reconcile')],
  ['JOBS', jobs],
  ['CANCEL', cancel],
  ['ADD', add],
  ['DEL', remove],
  ['DEADLETTER', deadLetter],
  ['SLOWLOG', slowLog],
])

function list(engine: OriginEngine, { reply }: Call): void {
  const { all } = engine.resolver.routes
  reply.array(all.length)
  for (const route of all) {
    reply.map(4)
    for (const [field, text] of [
      ['name', route.name],
      ['pattern', route.patternText],
      ['url', route.shownUrl],
    ]) {
      reply.bulkText(field)
      reply.bulkText(text)
    }
    reply.bulkText('options')
    const options = route.shownOptions
    reply.array(options.length)
    for (const option of options) reply.bulkText(option)
  }
}

function info(engine: OriginEngine, { args, reply }: Call): void {
  const route = routeNamed(engine, args.at(2))
  replyFigures(reply, [
    ['name', route.name],
    ['url', route.shownUrl],
    ...Object.entries(route.facts),
    ...engine.figures(route),
  ])
}

function replyFigures(reply: ReplyWriter, figures: JobFigures): void {
  reply.map(figures.length)
  for (const [name, value] of figures) {
    reply.bulkText(name)
    figure(reply, value)
  }
}

function figure(reply: ReplyWriter, value: string | number | null): void {
  if (value === null) reply.null()
  else if (Number.isInteger(value)) reply.integer(Number(value))
  else reply.bulkText(String(value))
}

function explainKey(engine: OriginEngine, { args, client, clock, reply }: Call): void {
  const lines = explain(engine.resolver, clock, client.database, args.at(2))
  reply.map(lines.length)
  for (const [field, value] of lines) {
    reply.bulkText(field)
    if (value === null) reply.null()
    else if (typeof value === 'number') reply.integer(value)
    else reply.bulkText(value)
  }
}

/** Replies the digest of what is held. @throws {ReplyError} the value has no digest: no string and no hash */
function digest({ resolver: { holdings } }: OriginEngine, call: Call): void {
  const { args, client, reply } = call
  const key = args.at(2)
  const kind = holdings.kindOf(client.database, key)
  if (kind === null) return reply.null()
  if (kind === 'other') throw wrongType
  const known = holdings.digest(client.database, key, kind)
  if (known !== null) return reply.bulkText(known.toString('hex'))
  const value = holdings.read(client.database, key)
  if (value === null) return reply.null()
  const later = call.later()
  void digestOfLong(value).then((taken) => later.settle((out) => out.bulkText(taken.toString('hex'))))
}

/** Asks the origin now, and replies what it said of the copy. */
function validate(engine: OriginEngine, call: Call): void {
  const { args, client } = call
  const { resolver } = engine
  const key = args.at(2).toBuffer()
  if (!resolver.isBound(client.database, args.at(2))) throw notBound
  if (resolver.behinds.has(client.database, args.at(2))) return call.reply.simple('pending')
  const later = call.later()
  const settlement = resolver.validate([{ db: client.database, key }], () => {
    const [waiter] = settlement.waiters
    later.settle((reply) => {
      if (waiter.refusal !== null) reply.error(waiter.refusal)
      else reply.simple(waiter.answer ?? 'unbound')
    })
  })
}

function invalidate(engine: OriginEngine, call: Call): void {
  const { args, client, reply } = call
  const { resolver } = engine
  const how = args.at(2)
  if (how.is('KEYS')) {
    let count = 0
    for (let i = 3; i < args.count; i++) if (resolver.invalidate(client.database, args.at(i))) count++
    return reply.integer(count)
  }
  if (args.count !== 4) throw syntaxError
  const what = Slice.from(args.at(3).toBuffer())
  const database = client.database
  const isBound = (db: number, key: Slice): boolean => resolver.isBound(db, key)
  let databases: readonly number[] = [database]
  let matches = (db: number, key: Slice): boolean => isBound(db, key) && matchGlob(what, key)
  if (how.is('ORIGIN')) {
    const route = routeNamed(engine, what)
    databases = engine.databasesOf(route)
    matches = (db, key) => resolver.routes.find(db, key) === route
  } else if (!how.is('MATCH')) throw syntaxError
  const later = call.later()
  engine.invalidateMatching(databases, matches, (count) => later.settle((out) => out.integer(count)))
}

/** A follower asks: its keys are settled here, and it is told what is held of them then. */
function settleForFollower(engine: OriginEngine, call: Call, wantsValues: boolean): void {
  const { args, client } = call
  const patienceMs = integerIn(args.at(2), sinceArrival, anyPatience)
  const keys = Array.from({ length: args.count - 3 }, (_, i) => args.at(3 + i).toBuffer())
  const later = call.later()
  const ask = { db: client.database, keys, patienceMs, wantsValues, arrivedAtMs: client.arrivedAtMs }
  engine.settleForFollower(client, ask, (batch) => later.settle((reply) => writeSettled(reply, batch)))
}

function startJob(engine: OriginEngine, call: Call, kind: JobKind): void {
  const { args, client } = call
  const route = routeNamed(engine, args.at(2))
  let match: Slice | null = null
  let rate = rateDefault
  for (let i = 3; i < args.count; i += 2) {
    if (i + 1 === args.count) throw syntaxError
    if (args.at(i).is('RATE')) rate = rateOf(args.at(i + 1).toUtf8())
    else if (args.at(i).is('MATCH') && kind === 'warm') match = Slice.from(args.at(i + 1).toBuffer())
    else throw syntaxError
  }
  let later: Later | null = null
  const wanted = (): boolean => later?.wanted !== false
  const done = (outcome: Job | ReplyError): void =>
    later?.settle((reply) => {
      if (outcome instanceof ReplyError) reply.error(outcome)
      else replyFigures(reply, engine.jobs.report(outcome))
    })
  engine.jobs.start({ kind, route, database: client.database, match, rate, wanted, done })
  later = call.later()
}

/** @throws {ReplyError} */
function rateOf(text: string): number {
  const rate = /^\d{1,7}$/.test(text) ? Number(text) : 0
  if (rate < 1 || rate > rateMax) throw errorReply(`RATE is a number of keys a second, from 1 to ${rateMax}`)
  return rate
}

function jobs(engine: OriginEngine, { reply }: Call): void {
  const { running } = engine.jobs
  reply.array(running.length)
  for (const job of running) replyFigures(reply, engine.jobs.figures(job))
}

/** Whoever waits for a job gets the counts it has come to. */
function cancel(engine: OriginEngine, { args, reply }: Call): void {
  reply.integer(engine.jobs.cancel(routeNamed(engine, args.at(2))))
}

function add(engine: OriginEngine, call: Call): void {
  allow(call)
  const { words, adopt } = readAdd(call)
  const route = parsed(engine, words)
  const later = call.later()
  engine.bind(route, adopt, (problem) => {
    later.settle((reply) => (problem === null ? reply.ok() : reply.error(errorReply(problem))))
  })
}

/** @throws {ReplyError} what is wrong with the directive */
function parsed(engine: OriginEngine, words: readonly string[]): Route {
  try {
    return engine.parse(words)
  } catch (error) {
    throw error instanceof RouteError ? errorReply(error.message) : error
  }
}

function remove(engine: OriginEngine, call: Call): void {
  allow(call)
  const { args } = call
  let [keep, discard] = [false, false]
  for (let i = 3; i < args.count; i++) {
    if (args.at(i).is('KEEP')) keep = true
    else if (args.at(i).is('DISCARD')) discard = true
    else throw syntaxError
  }
  const behind = engine.resolver.behind(routeNamed(engine, args.at(2)))
  const [waiting, dead] = [behind?.length ?? 0, behind?.deadLetters.count ?? 0]
  if (waiting + dead > 0 && !discard) {
    throw errorReply(
      `${waiting} writes wait for it and it did not take ${dead}; wait, see ORIGIN DEADLETTER, or have them forgotten ` +
        `by ORIGIN DEL ${args.at(2).toUtf8()} DISCARD`,
    )
  }
  const later = call.later()
  engine.remove(args.at(2).toUtf8(), keep, () => later.settle((out) => out.ok()))
}

function readAdd({ args }: Call): { words: string[]; adopt: boolean } {
  const words: string[] = []
  for (let i = 2; i < args.count; i++) {
    const bytes = args.at(i).toBuffer()
    if (!isUtf8(bytes)) throw errorReply('the arguments of ORIGIN ADD are UTF-8 text')
    words.push(bytes.toString())
  }
  let adopt = false
  for (let at = 3; at < words.length;) {
    if (words[at].toLowerCase() !== 'adopt') {
      at += 1 + valuesAt(words, at).length
      continue
    }
    const [, answer = ''] = words.splice(at, 2)
    if (!/^(yes|no)$/i.test(answer)) throw errorReply('adopt is yes or no')
    adopt = answer.toLowerCase() === 'yes'
  }
  return { words, adopt }
}

/** @throws {ReplyError} this client may not change routes */
function allow({ services, client }: Call): void {
  const allowed = services.config.value('enable-origin-command')
  if (allowed !== 'yes' && !(allowed === 'local' && isLocal(client))) throw notAllowed
}
