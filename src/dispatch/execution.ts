import { OutOfMemory, ReplyError, errorReply, type Slice } from '../base/index.js'
import {
  Call,
  Gate,
  Unsettled,
  findKeys,
  type Block,
  type Client,
  type Command,
  type Services,
} from '../command/index.js'
import { Expiry } from '../keyspace/index.js'
import type { Args, ReplyWriter } from '../resp/index.js'
import { BlockedClients } from './blocked.js'
import { LaterReply, isSilent } from './later.js'
import { Ledger } from './ledger.js'
import { endSpecial, silence } from './modes.js'
import type { Pauses } from './pauses.js'
import type { Propagation } from './propagation.js'
import { keysUnknown, noMemory } from './refusals.js'
import type { Settler } from './settler.js'
import type { Tracker } from './tracking.js'
import type { TransactionQueue } from './transactions.js'
import type { Waiter } from './waiter.js'

/** What became of a request: it is over, it must be executed again when the client resumes, or its reply comes later. */
export type Outcome = 'done' | 'again' | 'later'

/** What calls are run with. */
export interface ExecutionParts {
  readonly settler: Settler
  readonly transactions: TransactionQueue
  readonly tracker: Tracker
  readonly propagation: Propagation
  readonly pauses: Pauses
}

export interface ExecutionHooks {
  /**
   * Shows a call to the monitors, after it ran, as Redis does: SELECT shows the database it chose. Called while
   * `monitored`, for commands that may be shown.
   */
  monitor(call: Call): void
  /** A handler threw what is no reply: a bug of ours. */
  bug(error: unknown, command: Command): void
}

/** A client of a replica wrote to keys: nobody but the replica will delete them when their time comes. */
function noteDeadlines({ args, client, command, keyspace }: Call): void {
  for (const { index } of findKeys(command, args) ?? []) keyspace.localDeadlines.note(client.database, args.at(index))
}

/** Runs calls that were admitted: times them, tells followers and monitors of them, and lets them wait for keys. */
export class Execution {
  /** Somebody watches by MONITOR. */
  monitored = false
  /** What the last call that failed was answered with. */
  refusal: ReplyError | null = null
  readonly blocked: BlockedClients
  readonly propagation: Propagation
  readonly ledger: Ledger
  readonly #services: Services
  readonly #settler: Settler
  readonly #transactions: TransactionQueue
  readonly #tracker: Tracker
  readonly #pauses: Pauses
  readonly #hooks: ExecutionHooks
  readonly #calls: Call[] = []
  #depth = 0

  constructor(services: Services, parts: ExecutionParts, hooks: ExecutionHooks) {
    this.#services = services
    this.#settler = parts.settler
    this.#transactions = parts.transactions
    this.#tracker = parts.tracker
    this.#pauses = parts.pauses
    this.#hooks = hooks
    this.propagation = parts.propagation
    this.ledger = new Ledger(services)
    this.blocked = new BlockedClients(services, (waiter, args, key) => this.#rerun(waiter, args, key))
  }

  /**
   * Runs one call.
   *
   * @param closed gates that were closed for it, and that it passed
   * @param wokenBy the key that woke it, where it had to wait
   * @param run what is run in place of the command, of a call that was woken
   */
  run(
    client: Client,
    command: Command,
    args: Args,
    reply: ReplyWriter,
    closed: number,
    wokenBy: Slice | null = null,
    run = command.run,
  ): Outcome {
    const { statistics, keyspace } = this.#services
    const call = this.pooled
    call.command = command
    call.args = args
    call.db = keyspace.databases[client.database]
    call.reply = reply
    call.client = client
    call.wish = null
    call.wokenBy = wokenBy
    const isInner = this.#depth > 0
    call.isInner = isInner
    if (client.lastCommand !== command && !isInner) client.lastCommand = command
    const timed = isInner || this.ledger.times(call)
    const startMs = timed ? this.ledger.start() : 0
    const mark = reply.mark
    if (!isInner && wokenBy === null) this.#tracker.current = client // who woke another is still at it
    this.#depth++
    if (closed !== 0) keyspace.touching = !client.noTouch
    if (this.#pauses.active && command.isReadOnly) keyspace.expiry = Expiry.hides
    // whoever writes to a replica nevertheless must not meet what is only hidden
    const isLocal = keyspace.expiryOfClients !== Expiry.deletes && command.isWrite && !client.isReplay
    if (isLocal) keyspace.expiry = Expiry.deletes
    const { changes } = keyspace
    const isFollowed = this.propagation.isActive && (command.isUnit || isInner)
    if (isFollowed) this.propagation.begin()
    call.isPropagated = false
    let failed: Outcome = 'done'
    try {
      run(call)
    } catch (error) {
      reply.rewind(mark)
      failed = this.#failed(error, client, command, reply)
    }
    this.#depth--
    if (isFollowed) this.#propagate(call, changes)
    keyspace.touching = true
    if (!isInner) keyspace.expiry = keyspace.expiryOfClients
    if (failed !== 'done') return failed
    if (isLocal) noteDeadlines(call)
    keyspace.afterCall?.()
    if (wokenBy === null) {
      statistics.calls[command.id]++
      statistics.commandsProcessed++
      if (!isInner) client.requests++
      if (this.monitored) this.show(call)
    }
    let wish = call.wish as Call['wish']
    if (wish !== null && 'keys' in wish) {
      if (!isInner && !client.isReplay) return this.#wait(call, wish, mark, startMs)
      // inside another call nobody waits
      const deny = wish.denied ?? wish.timedOut
      deny(reply)
      wish = null
    }
    if (timed) this.ledger.took(call, startMs)
    else this.ledger.passed(call, reply.mark - mark)
    if ((client.gates & Gate.special) !== 0) {
      if (command.isReadOnly && client.tracking?.remembers === true) this.#tracker.remember(call)
      endSpecial(call, mark, closed)
    }
    if (wish !== null) return wish instanceof LaterReply && wish.isDone ? 'done' : 'later'
    if (this.blocked.isReady && !isInner) this.blocked.serve()
    return 'done'
  }

  /** Tells followers what a call did: what it said, or the call itself where it changed something. */
  #propagate({ args, client, command, db, isPropagated, keyspace }: Call, changes: number): void {
    const { propagation } = this
    if (!isPropagated && command.isRepeated && keyspace.changes !== changes) propagation.addCall(db.index, args)
    const { bytes } = propagation
    propagation.end()
    if (propagation.bytes !== bytes) client.fedBytes = propagation.bytes
  }

  /** Turns what a handler threw into its reply. */
  #failed(error: unknown, client: Client, command: Command, reply: ReplyWriter): Outcome {
    if (error instanceof Unsettled) {
      // what runs inside of EXEC cannot be run again
      const settled = this.#depth > 1 ? keysUnknown(error.keys) : this.#settler.settleLate(client, error.keys)
      if (settled === 'waits') return 'again'
      error = settled
    }
    if (error instanceof OutOfMemory) error = noMemory
    if (!(error instanceof ReplyError)) {
      this.#hooks.bug(error, command)
      error = errorReply(`internal error in '${command.fullName}'; the server's log has it`)
    }
    const refusal = error as ReplyError
    this.refusal = refusal
    reply.error(refusal)
    this.#services.statistics.countError(refusal.prefix)
    this.#services.statistics.failedCalls[command.id]++
    return 'done'
  }

  /** The call found nothing: its client waits for keys to change. */
  #wait(call: Call, block: Block, mark: number, startMs: number): Outcome {
    const { client, command, reply, wokenBy } = call
    if (wokenBy !== null) {
      this.ledger.lapse()
      return 'later' // in vain: it keeps its place in the line
    }
    this.ledger.waits(command, startMs)
    this.blocked.wait(call, block, isSilent(client))
    if (client.replyMode !== 'on') silence(client, reply, mark)
    return 'later'
  }

  /** Runs the call of a client that waited, for the key that woke it; whether it goes on waiting. */
  #rerun({ client, command, block, isSilent }: Waiter, args: Args, key: Slice): boolean {
    let outcome = 'done' as Outcome
    client.send((reply) => {
      const { mark } = reply
      outcome = this.run(client, command, args, reply, client.gates & command.gates, key, block.resume)
      if (isSilent) reply.rewind(mark)
    })
    return outcome === 'later'
  }

  /** Whether the call at hand runs inside of another one. */
  get isInside(): boolean {
    return this.#depth > 1
  }

  #newCall(): Call {
    return new Call(this.#services, {
      makeLater: (call) => (call.isInner ? this.#transactions.innerReply(call) : new LaterReply(call.client)),
      isUsable: (call, key) => this.#settler.isUsable(call.client, key),
      followers: this.propagation,
    })
  }

  /** The pooled call of the depth that is reached, as it was left. */
  get pooled(): Call {
    return (this.#calls[this.#depth] ??= this.#newCall())
  }

  /** Shows what ran to the monitors, but for what administrators do. */
  show(call: Call): void {
    const { command } = call
    if (!command.hasFlag('admin') && !command.hasFlag('skip_monitor')) this.#hooks.monitor(call)
  }
}
