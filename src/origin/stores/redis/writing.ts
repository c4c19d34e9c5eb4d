import { ReplyError } from '../../../base/index.js'
import type { Clock } from '../../../base/index.js'
import { oversized } from '../../../resp/index.js'
import type { OriginValue } from '../../../keyspace/index.js'
import type { Reply } from '../../../resp/index.js'
import type { CancelSignal } from '../../cancellation.js'
import type { ValueKind } from '../../options.js'
import { Unavailable } from '../../store.js'
import type { Deadline, Write, Written } from '../../store.js'
import { digestOfLong } from '../../values.js'
import type { Command, RedisConnection } from './connection.js'
import { Refusal, keyForbidden } from './errors.js'
import { fieldsOf, keyBytes, otherReply } from './reading.js'

/** Writes that share one transaction, at most. */
const togetherMax = 64

/** How often an unconditional write is begun anew because somebody else wrote the key meanwhile. */
const attemptsMax = 10

/** A write that waits, and who for. */
interface Job extends Write {
  /** Its slot is on the way to this server, so that it has to be told that we know. */
  readonly asking: boolean
  readonly signal: CancelSignal
  readonly done: (written: Written) => void
  readonly failed: (reason: unknown) => void
}

/** What the server holds, as far as it was looked at: undefined where it was not, 'other' for what can be no copy's. */
type Held = OriginValue | 'other' | 'forbidden' | null | undefined

/** What is left to do once it is known what the server holds: an outcome, or commands for a transaction. */
type Decision = Written | readonly Command[]

const forbidden: Written = { kind: 'refused', reason: 'may not be written there by this user' }
const conflict: Written = { kind: 'conflict' }
const written: Written = { kind: 'written' }
const isOutcome = (decision: Decision): decision is Written => 'kind' in decision

/**
 * Writes keys of one server over one connection, one transaction after the other: WATCH and a look at what is there, then
 * MULTI, the writes, EXEC. Writes of several keys that wait share one; where somebody else wrote one of these meanwhile,
 * each is tried alone.
 *
 * Deadlines become what the client's call makes of them, as if it had been made there: SET's EX is the key's, SET without it
 * takes any away, and INCR leaves it (KEEPTTL; of a hash only those fields are written that differ).
 *
 * A fenced write watches its key, too: a transaction that the server gets late is not made once another write of it was.
 */
export class Writing {
  readonly #connect: () => RedisConnection
  #connection: RedisConnection | null = null
  /** Keys that share a transaction have to lie together: in a cluster, in one slot. */
  readonly #group: (key: Buffer) => number
  #jobs: Job[] = []
  #busy = false

  readonly #as: ValueKind
  readonly #clock: Clock

  /** @param connect gives the connection to write over, where the last one is not usable any more */
  constructor(
    { as, clock }: { readonly as: ValueKind; readonly clock: Clock },
    connect: () => RedisConnection,
    group: (key: Buffer) => number = () => 0,
  ) {
    this.#as = as
    this.#clock = clock
    this.#connect = connect
    this.#group = group
  }

  /** @throws {Unavailable} it is not known whether the write was made */
  write(write: Write, signal: CancelSignal, asking = false): Promise<Written> {
    return new Promise((done, failed) => {
      this.#jobs.push({ ...write, asking, signal, done, failed })
      if (!this.#busy) void this.#drain()
    })
  }

  /** From now on writes go over another connection, of somebody else's. */
  moveTo(connection: RedisConnection): void {
    this.#connection?.retire()
    this.#connection = connection
  }

  close(): void {
    this.#connection?.destroy()
  }

  async #drain(): Promise<void> {
    this.#busy = true
    while (this.#jobs.length > 0) {
      const together = this.#next().filter(({ signal, failed }) => {
        if (signal.aborted) failed(new Unavailable('nobody waits', { counts: false }))
        return !signal.aborted
      })
      if (together.length === 0) continue
      try {
        await this.#settle(together)
      } catch (error) {
        for (const { failed } of together) failed(error)
      }
    }
    this.#busy = false
  }

  /** The next jobs that may go together: each key once, and its writes in their order. */
  #next(): Job[] {
    const together: Job[] = []
    const seen = new Set<string>()
    let group: number | null = null
    this.#jobs = this.#jobs.filter((job) => {
      const its = job.asking ? -1 : this.#group(keyBytes(job.key))
      group ??= its
      const taken = together.length < togetherMax && its === group && !seen.has(job.key)
      seen.add(job.key)
      if (taken) together.push(job)
      return !taken
    })
    return together
  }

  async #settle(jobs: readonly Job[]): Promise<void> {
    if (await this.#attempt(jobs)) return
    for (const job of jobs) {
      for (let i = 0; !(await this.#attempt([job])); i++) {
        if (job.expected !== undefined) return job.done(conflict)
        if (i === attemptsMax) throw new Unavailable('the key changes all the time', { counts: false })
      }
    }
  }

  /** @returns false where somebody else wrote one of the keys meanwhile, so that nothing was written */
  async #attempt(jobs: readonly Job[]): Promise<boolean> {
    if (this.#connection?.usable !== true) this.#connection = this.#connect()
    const connection = this.#connection
    const controller = new AbortController()
    // a write that is given up may still be made, and over a connection that is watched nobody would hear of it
    const giveUp = (): void => {
      controller.abort()
      connection.destroy(new Unavailable('a write was given up', { counts: false }))
    }
    for (const { signal } of jobs) signal.addEventListener('abort', giveUp)
    try {
      if (jobs.some(({ signal }) => signal.aborted)) throw new Unavailable('nobody waits', { counts: false })
      return await this.#transact(connection, jobs, controller.signal)
    } finally {
      for (const { signal } of jobs) signal.removeEventListener('abort', giveUp)
    }
  }

  async #transact(connection: RedisConnection, jobs: readonly Job[], signal: CancelSignal): Promise<boolean> {
    const asking = jobs.some((job) => job.asking)
    const looks = jobs.map((job) => looksFirst(job, this.#as))
    const replies = looks.some((look) => look.length > 0) ? await ask(connection, looks.flat(), asking, signal) : []
    const held = looks.map((look) => heldOf(replies.splice(0, look.length)))
    const nowMs = this.#clock.unixMs()
    const decisions = await Promise.all(jobs.map((job, i) => decide(job, this.#as, held[i], nowMs)))
    const commands = decisions.map((decision) => (isOutcome(decision) ? [] : decision))
    if (commands.every((its) => its.length === 0)) {
      if (looks.some((look) => look.length > 0)) await connection.request([['UNWATCH']], signal)
      jobs.forEach(({ done }, i) => done(decisions[i] as Written))
      return true
    }
    const before: Command[] = asking ? [['ASKING'], ['MULTI']] : [['MULTI']]
    const queued = await connection.request([...before, ...commands.flat(), ['EXEC']], signal)
    const executed = queued.pop() ?? null
    if (executed === null) return false
    if (!Array.isArray(executed)) {
      if (jobs.length > 1) return false // one of them was not let in: the others may be
      jobs[0].done(outcome([...queued, executed]))
      return true
    }
    jobs.forEach((job, i) => {
      const decision = decisions[i]
      job.done(isOutcome(decision) ? decision : outcome(executed.splice(0, decision.length)))
    })
    return true
  }
}

/** Replies to commands, each with ASKING before it where the key's slot is on the way. */
async function ask(
  connection: RedisConnection,
  commands: readonly Command[],
  asking: boolean,
  signal: CancelSignal,
): Promise<Reply[]> {
  if (!asking) return connection.request(commands, signal)
  const all = await connection.request(
    commands.flatMap((command): Command[] => [['ASKING'], command]),
    signal,
  )
  return all.filter((_, i) => i % 2 === 1)
}

/** What a write has to know of the key before, and that the key is watched from then on. */
function looksFirst({ key, expected, isFenced }: Write, as: ValueKind): Command[] {
  const name = keyBytes(key)
  const isSeen = expected !== undefined || as === 'hash'
  if (expected === 'absent' || (isFenced === true && !isSeen))
    return [
      ['WATCH', name],
      ['EXISTS', name],
    ]
  if (!isSeen) return []
  return [
    ['WATCH', name],
    [as === 'string' ? 'GET' : 'HGETALL', name],
  ]
}

/** @throws {Unavailable} */
function heldOf([watching, reply]: readonly Reply[]): Held {
  if (watching === undefined) return undefined
  const error = [watching, reply].find((each) => each instanceof ReplyError)
  if (error !== undefined) {
    if (error.prefix === 'WRONGTYPE' || error === oversized) return 'other'
    if (keyForbidden(error)) return 'forbidden'
    throw new Refusal(error)
  }
  if (reply === 0 || reply === null) return null
  if (reply === 1) return 'other'
  if (Buffer.isBuffer(reply)) return { kind: 'string', bytes: reply }
  const fields = fieldsOf(reply)
  if (fields === null) throw otherReply
  return fields.length > 0 ? { kind: 'hash', fields } : null
}

async function decide(
  { key, value, expected, expireAtMs }: Write,
  as: ValueKind,
  held: Held,
  nowMs: number,
): Promise<Decision> {
  const name = keyBytes(key)
  // what is left of it, since the origin has a clock of its own
  const lifeMs = typeof expireAtMs === 'number' ? Math.max(1, Math.ceil(expireAtMs - nowMs)) : expireAtMs
  if (value !== null && value.kind !== as) return { kind: 'refused', reason: `is no ${as}, as 'as ${as}' needs` }
  if (held === 'forbidden') return forbidden
  if (expected === 'absent' && held !== null) return conflict
  if (Buffer.isBuffer(expected)) {
    if (held === null || held === undefined || held === 'other') return conflict
    if (!(await digestOfLong(held)).equals(expected)) return conflict
  }
  if (value === null) return held === null ? written : [['DEL', name]]
  if (value.kind === 'string') return [['SET', name, value.bytes, ...setOptions(lifeMs)]]
  const last = deadlineCommands(name, lifeMs)
  if (held === 'other') return [['DEL', name], hset(name, value.fields), ...last]
  const commands = [...hashCommands(name, value.fields, held?.kind === 'hash' ? held.fields : []), ...last]
  return commands.length === 0 ? written : commands
}

function setOptions(lifeMs: Deadline): (string | number)[] {
  if (lifeMs === undefined) return ['KEEPTTL']
  return lifeMs === null ? [] : ['PX', lifeMs]
}

function deadlineCommands(name: Buffer, lifeMs: Deadline): Command[] {
  if (lifeMs === undefined) return []
  return [lifeMs === null ? ['PERSIST', name] : ['PEXPIRE', name, lifeMs]]
}

type Fields = readonly (readonly [Buffer, Buffer])[]

const hset = (name: Buffer, fields: Fields): Command => ['HSET', name, ...fields.flat()]

/** Sets what differs before it deletes what is not there any more: a hash without fields would lose its deadline. */
function hashCommands(name: Buffer, fields: Fields, held: Fields): Command[] {
  const before = new Map(held.map(([field, value]) => [field.latin1Slice(), value]))
  const changed = fields.filter(([field, value]) => {
    const old = before.get(field.latin1Slice())
    before.delete(field.latin1Slice())
    return old?.equals(value) !== true
  })
  const gone = [...before.keys()].map((field) => Buffer.from(field, 'latin1'))
  const commands: Command[] = []
  if (changed.length > 0) commands.push(hset(name, changed))
  if (gone.length > 0) commands.push(['HDEL', name, ...gone])
  return commands
}

/** @throws {Unavailable} */
function outcome(replies: readonly Reply[]): Written {
  const refusal = replies.find((reply) => reply instanceof ReplyError)
  if (refusal === undefined) return written
  if (keyForbidden(refusal)) return forbidden
  throw new Refusal(refusal)
}
