import { OutOfMemory, ReplyError, errorReply, type Slice } from '../base/index.js'
import { Expiry } from '../keyspace/index.js'
import {
  Call,
  Gate,
  Unsettled,
  type Block,
  type Client,
  type Command,
  type Services,
  type Settling,
} from '../command/index.js'
import { Args, ReplyWriter } from '../resp/index.js'
import { BlockedClients } from './blocked.js'
import type { CommandTable } from './command-table.js'
import { LaterReply } from './later.js'
import { Ledger } from './ledger.js'
import { endCaching, endSkip, endSpecial, silence } from './modes.js'
import { Pauses } from './pauses.js'
import type { Propagation } from './propagation.js'
import {
  keysUnknown,
  loading,
  monitorsOnlyWatch,
  noAuth,
  noMemory,
  noReplicas,
  notInTransaction,
  outOfMemory,
  primaryDown,
  readOnlyReplica,
  subscribersOnlyListen,
  unknownCommand,
  unknownSubcommand,
  wrongArity,
} from './refusals.js'
import { Settler, type RequestsAhead } from './settler.js'
import type { Tracker } from './tracking.js'
import { abortedBecause, type TransactionQueue } from './transactions.js'
import type { Waiter } from './waiter.js'

/** What became of a request: it is over, it must be executed again when the client resumes, or its reply comes later. */
export type Outcome = 'done' | 'again' | 'later'

/** What the dispatcher is made of beside its services. */
export interface DispatchParts {
  readonly commands: CommandTable
  readonly settling: Settling
  readonly transactions: TransactionQueue
  readonly tracker: Tracker
  readonly propagation: Propagation
}

export interface DispatchHooks {
  /**
   * Shows a call to the monitors, after it ran, as Redis does: SELECT shows the database it chose. Called while
   * `Dispatcher.monitored`, for commands that may be shown.
   */
  monitor(call: Call): void
  /** A handler threw what is no reply: a bug of ours. */
  bug(error: unknown, command: Command): void
  /** Whether memory is above `maxmemory`. Asked while there is a limit. */
  isMemoryFull(): boolean
  /** Why files cannot be written. Asked while `Gate.diskError` is closed. */
  diskError(): ReplyError
}

/** Gates before writes: nothing may be stored while any of them is closed. */
const writeGates =
  Gate.memory |
  Gate.pausedWrites |
  Gate.pausedAll |
  Gate.diskError |
  Gate.fewReplicas |
  Gate.replica |
  Gate.stale |
  Gate.loading

/**
 * Takes each request from its bytes to its reply: known, arity, gates, origin, execution.
 *
 * All that may stand between a command and its execution is a bit of a gate mask, tested at once; origins cost one
 * comparison when there are no routes. Only dispatch waits, and only for one client: handlers are synchronous.
 */
export class Dispatcher {
  /** Gate bits that the server brings to every call. */
  gates = 0
  /** Somebody watches by MONITOR. */
  monitored = false
  #isLimited = false
  readonly pauses: Pauses
  readonly blocked: BlockedClients
  /** What followers hear. */
  readonly propagation: Propagation
  readonly #services: Services
  readonly #commands: CommandTable
  readonly #settling: Settling
  readonly #settler: Settler
  readonly #transactions: TransactionQueue
  readonly #tracker: Tracker
  readonly #hooks: DispatchHooks
  readonly #calls: Call[] = []
  #depth = 0
  readonly #ledger: Ledger
  /** Replies that nobody reads. */
  readonly #replayed = new ReplyWriter()
  /** What the last call that failed was answered with. */
  #refusal: ReplyError | null = null

  constructor(
    services: Services,
    { commands, settling, tracker, transactions, propagation }: DispatchParts,
    hooks: DispatchHooks,
  ) {
    this.#services = services
    this.#commands = commands
    this.#settling = settling
    this.#transactions = transactions
    this.#tracker = tracker
    this.#hooks = hooks
    this.#ledger = new Ledger(services)
    this.propagation = propagation
    this.#settler = new Settler(settling, commands, transactions, services.keyspace.databases.length)
    this.blocked = new BlockedClients(services, (waiter, args, key) => this.#rerun(waiter, args, key))
    this.pauses = new Pauses(services.clock, (gates) => {
      this.gates = (this.gates & ~(Gate.pausedAll | Gate.pausedWrites)) | gates
    })
  }

  /** Whether nothing may be written now: memory is full, writes are paused, or refused. */
  get refusesWrites(): boolean {
    if (this.#isLimited) this.#readMemoryGate()
    return (this.gates & writeGates) !== 0
  }

  /** Closes or opens a gate for all clients, one of those that the server's state decides. */
  setGate(gate: number, isClosed: boolean): void {
    this.gates = isClosed ? this.gates | gate : this.gates & ~gate
  }

  /**
   * Executes what a file or a primary says: past all gates, origins and `maxmemory`. Requests behind MULTI are queued and
   * run by their EXEC, as for any client. Its reply is dropped; an error is returned.
   */
  replay(client: Client, args: Args): ReplyError | null {
    const command = this.#commands.resolve(args.at(0), args.count > 1 ? args.at(1) : null)
    if (command === null) return unknownCommand(args)
    if (args.count < command.argumentsMin || args.count > command.argumentsMax) return wrongArity(command)
    if (client.transaction !== null && command.spec.inTransaction === undefined) {
      this.#transactions.queue(client, command, args)
      return null
    }
    const { keyspace } = this.#services
    const reply = this.#replayed
    reply.reset(false)
    reply.begin(2)
    this.#refusal = null
    keyspace.expiry = Expiry.waits
    this.#run(client, command, args, reply, 0)
    return this.#refusal
  }

  /** `maxmemory` in bytes; 0 is none. */
  setMemoryLimit(bytes: number): void {
    this.#isLimited = bytes !== 0
    if (!this.#isLimited) this.gates &= ~Gate.memory
  }

  /** Begins to execute what one client sent: one moment for all of it. Returns it, monotonic milliseconds. */
  beginBatch(): number {
    this.#services.keyspace.tick()
    return this.#ledger.begin()
  }

  /** What was replied so far in the batch has been sent, which is no part of any call. */
  hasSent(): void {
    this.#ledger.lapse()
  }

  /** Ends it. */
  endBatch(): void {
    this.#tracker.current = null
    if (this.blocked.isReady) this.blocked.serve() // a call that waits itself may have met a key whose time had come
    this.#ledger.end()
  }

  /** Executes one request of a client. Its reply, if it is done, is written to `reply`. */
  execute(client: Client, args: Args, reply: ReplyWriter): Outcome {
    let command = this.#commands.find(args.at(0))
    if (command === null) return this.#unknown(client, args, reply)
    if (command.subcommands !== null && args.count > 1) {
      const sub = command.subcommands.get(args.at(1).toLatin1().toUpperCase())
      if (sub === undefined) return this.#refuse(client, unknownSubcommand(command, args.at(1)), null, reply)
      command = sub
    }
    if (args.count < command.argumentsMin || args.count > command.argumentsMax) {
      return this.#refuseCall(client, wrongArity(command), command, args, reply)
    }
    if (this.#isLimited) {
      this.#readMemoryGate()
      if (client.tracking !== null) client.writePushed() // what was evicted comes before the reply of what is there
    }
    const closed = (this.gates | client.gates) & command.gates
    if (closed !== 0) {
      const stopped = this.#stop(client, command, args, reply, closed)
      if (stopped !== null) return stopped
    }
    if (this.#settling.routeCount !== 0 && command.hasKeys && !client.noOrigin) {
      const outcome = this.#executeBound(client, command, args, reply)
      // the next call's arguments stand in the same slices, and it may look without asking an origin
      this.#services.keyspace.databases[client.database].forget()
      return outcome
    }
    return this.#run(client, command, args, reply, closed)
  }

  /** A request is over, be it one without arguments: it was what CLIENT REPLY SKIP skips. */
  passOver(client: Client): void {
    endSkip(client)
  }

  /** Executes a command inside a call: the same client, the same reply. */
  executeWithin(call: Call, values: readonly Buffer[]): void {
    const args = new Args().load(values)
    const command = this.#commands.resolve(args.at(0), args.count > 1 ? args.at(1) : null)
    if (command === null) throw unknownCommand(args)
    if (args.count < command.argumentsMin || args.count > command.argumentsMax) throw wrongArity(command)
    this.#run(call.client, command, args, call.reply, 0)
  }

  /** Runs a queued request inside of EXEC. Whatever refuses it now is its reply. */
  executeQueued({ client, reply }: Call, command: Command, args: Args): void {
    if (this.#settling.routeCount !== 0 && command.hasKeys) {
      // the last request's arguments stood in the same slices
      this.#services.keyspace.databases[client.database].forget()
      const refusal = this.#refusedWrite(client, command, args)
      if (refusal !== null) {
        reply.error(refusal)
        this.#services.statistics.countError(refusal.prefix)
        this.#services.statistics.rejectedCalls[command.id]++
        return
      }
    }
    this.#run(client, command, args, reply, client.gates & command.gates)
  }

  /** Number of clients that wait for an origin. */
  get settlingClients(): number {
    return this.#settler.clients
  }

  /** Whether the request that the client is at waits for an origin. */
  isSettling(client: Client): boolean {
    return this.#settler.isWaiting(client)
  }

  /** Starts asking for the bound keys of the requests behind the one that waits. */
  readAhead(client: Client, requests: RequestsAhead): void {
    this.#settler.readAhead(client, requests)
  }

  /** The client left: nothing waits for it any more. */
  forget(client: Client): void {
    this.#transactions.discard(client)
    this.#settler.forget(client)
    this.pauses.forget(client)
    this.blocked.forget(client)
  }

  /** What closed gates make of a request: its outcome, or null where it may run nevertheless. In Redis's order. */
  #stop(client: Client, command: Command, args: Args, reply: ReplyWriter, closed: number): Outcome | null {
    const { transaction } = client
    if (transaction !== null) {
      if (command.executesQueue) closed |= (this.gates | client.gates) & transaction.gates
      // what is queued takes memory, whatever it does
      else if (command.spec.inTransaction !== 'ends') closed |= this.gates & Gate.memory
    }
    if ((closed & Gate.auth) !== 0) return this.#refuseCall(client, noAuth, command, args, reply)
    if (transaction !== null && command.hasFlag('no_multi')) {
      return this.#refuseCall(client, notInTransaction, command, args, reply)
    }
    if ((closed & Gate.memory) !== 0) return this.#refuseCall(client, outOfMemory, command, args, reply)
    const refusal = this.#refusedByState(closed)
    if (refusal !== null) return this.#refuseCall(client, refusal, command, args, reply)
    if ((closed & Gate.subscribed) !== 0)
      return this.#refuseCall(client, subscribersOnlyListen(command), command, args, reply)
    if ((closed & Gate.monitor) !== 0) return this.#refuseCall(client, monitorsOnlyWatch, command, args, reply)
    if ((closed & Gate.stale) !== 0) return this.#refuseCall(client, primaryDown, command, args, reply)
    if ((closed & Gate.loading) !== 0) return this.#refuseCall(client, loading, command, args, reply)
    if ((closed & (Gate.pausedAll | Gate.pausedWrites)) !== 0) {
      this.pauses.hold(client)
      return 'again'
    }
    return transaction === null || command.spec.inTransaction !== undefined
      ? null
      : this.#queue(client, command, args, reply)
  }

  /** The refusal of a write that the state of files and replicas forbids, or null. */
  #refusedByState(closed: number): ReplyError | null {
    if ((closed & Gate.diskError) !== 0) return this.#hooks.diskError()
    if ((closed & Gate.fewReplicas) !== 0) return noReplicas
    return (closed & Gate.replica) !== 0 ? readOnlyReplica : null
  }

  /** Behind MULTI: keeps the request for EXEC. */
  #queue(client: Client, command: Command, args: Args, reply: ReplyWriter): Outcome {
    const refusal = this.#refusedWrite(client, command, args)
    if (refusal !== null) return this.#refuse(client, refusal, command, reply)
    const { mark } = reply
    try {
      this.#transactions.queue(client, command, args)
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error
      return this.#refuse(client, noMemory, command, reply)
    }
    client.lastCommand = command
    client.requests++
    reply.raw('+QUEUED\r\n')
    if (client.replyMode !== 'on') silence(client, reply, mark)
    return 'done'
  }

  /** The refusal of a write to a key whose route forbids it, or null. */
  #refusedWrite(client: Client, command: Command, args: Args): ReplyError | null {
    if (this.#settling.routeCount === 0 || !command.writesKeys || client.noOrigin) return null
    return this.#settler.refuseWrite(client, command, args, this.#services.origin)
  }

  #executeBound(client: Client, command: Command, args: Args, reply: ReplyWriter): Outcome {
    const db = this.#services.keyspace.databases[client.database]
    db.forget()
    const { onlyKey, singleKey } = command
    const plain = client.gates & command.gates
    if (this.#settler.late === 0) {
      if (onlyKey !== 0) {
        if (this.#settling.usable(client.database, args.at(onlyKey), client.arrivedAtMs)) {
          return this.#run(client, command, args, reply, plain)
        }
      } else if (singleKey !== 0 && !this.#settling.isBound(client.database, args.at(singleKey))) {
        return this.#run(client, command, args, reply, plain)
      }
    }
    if (command.writesKeys) {
      const refusal = this.#settler.refuseWrite(client, command, args, this.#services.origin)
      if (refusal !== null) return this.#refuse(client, refusal, command, reply)
    }
    const settled = this.#settler.settle(client, command, args)
    if (settled === 'waits') return 'again'
    if (settled instanceof ReplyError) return this.#refuseCall(client, settled, command, args, reply)
    if (command.executesQueue) for (const each of this.#services.keyspace.databases) each.forget()
    if (settled === 'usable') return this.#run(client, command, args, reply, plain)
    let outcome: Outcome = 'done'
    db.forget()
    try {
      settled.run(() => {
        outcome = this.#run(client, command, args, reply, plain)
      })
    } catch (error) {
      // there was no room for what was to be put in place: the call did not run
      if (!(error instanceof OutOfMemory)) throw error
      outcome = this.#refuseCall(client, noMemory, command, args, reply)
    }
    db.forget()
    return outcome
  }

  #run(
    client: Client,
    command: Command,
    args: Args,
    reply: ReplyWriter,
    closed: number,
    wokenBy: Slice | null = null,
    run = command.run,
  ): Outcome {
    const { statistics, keyspace } = this.#services
    const call = (this.#calls[this.#depth] ??= this.#newCall())
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
    const timed = isInner || this.#ledger.times(call)
    const startMs = timed ? this.#ledger.start() : 0
    const mark = reply.mark
    if (!isInner && wokenBy === null) this.#tracker.current = client // who woke another is still at it
    this.#depth++
    if (closed !== 0) keyspace.touching = !client.noTouch
    if ((this.gates & (Gate.pausedAll | Gate.pausedWrites)) !== 0 && command.isReadOnly) keyspace.expiry = Expiry.hides
    // whoever writes to a replica nevertheless must not meet what is only hidden
    if (keyspace.expiryOfClients !== Expiry.deletes && command.isWrite && !client.isReplay) {
      keyspace.expiry = Expiry.deletes
    }
    const { changes } = keyspace
    const isFollowed = this.propagation.isActive
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
    keyspace.afterCall?.()
    if (wokenBy === null) {
      statistics.calls[command.id]++
      statistics.commandsProcessed++
      if (!isInner) client.requests++
      if (this.monitored) this.#show(call)
    }
    let wish = call.wish as Call['wish']
    if (wish !== null && 'keys' in wish) {
      if (!isInner && !client.isReplay) return this.#wait(call, wish, mark, startMs)
      // inside another call nobody waits
      const deny = wish.denied ?? wish.timedOut
      deny(reply)
      wish = null
    }
    if (timed) this.#ledger.took(call, startMs)
    else this.#ledger.passed(command)
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
    this.#refusal = refusal
    reply.error(refusal)
    this.#services.statistics.countError(refusal.prefix)
    this.#services.statistics.failedCalls[command.id]++
    return 'done'
  }

  /** The call found nothing: its client waits for keys to change. */
  #wait(call: Call, block: Block, mark: number, startMs: number): Outcome {
    const { client, command, reply, wokenBy } = call
    if (wokenBy !== null) {
      this.#ledger.lapse()
      return 'later' // in vain: it keeps its place in the line
    }
    this.#ledger.waits(command, startMs)
    this.blocked.wait(call, block, client.replyMode === 'off' || client.replyMode === 'skip')
    if (client.replyMode !== 'on') silence(client, reply, mark)
    return 'later'
  }

  /** Runs the call of a client that waited, for the key that woke it; whether it goes on waiting. */
  #rerun({ client, command, block, isSilent }: Waiter, args: Args, key: Slice): boolean {
    let outcome = 'done' as Outcome
    client.send((reply) => {
      const { mark } = reply
      outcome = this.#run(client, command, args, reply, client.gates & command.gates, key, block.resume)
      if (isSilent) reply.rewind(mark)
    })
    return outcome === 'later'
  }

  #newCall(): Call {
    return new Call(this.#services, {
      makeLater: (call) => (call.isInner ? this.#transactions.innerReply(call) : new LaterReply(call.client)),
      isUsable: (call, key) => this.#settler.isUsable(call.client, key),
      followers: this.propagation,
    })
  }

  /** Shows what ran to the monitors, but for what administrators do. */
  #show(call: Call): void {
    const { command } = call
    if (!command.hasFlag('admin') && !command.hasFlag('skip_monitor')) this.#hooks.monitor(call)
  }

  #refuseCall(client: Client, refusal: ReplyError, command: Command, args: Args, reply: ReplyWriter): Outcome {
    return command.executesQueue
      ? this.#abort(client, refusal, command, args, reply)
      : this.#refuse(client, refusal, command, reply)
  }

  /** Refuses EXEC itself: the transaction is over, and monitors see its end, as Redis has it. */
  #abort(client: Client, why: ReplyError, command: Command, args: Args, reply: ReplyWriter): Outcome {
    this.#transactions.discard(client)
    if (this.monitored) {
      const call = (this.#calls[this.#depth] ??= this.#newCall())
      Object.assign(call, { client, command, args })
      this.#show(call)
    }
    return this.#refuse(client, abortedBecause(why), command, reply)
  }

  #refuse(client: Client, refusal: ReplyError, command: Command | null, reply: ReplyWriter): Outcome {
    const { mark } = reply
    if (client.transaction !== null) client.transaction.isRefused = true
    reply.error(refusal)
    this.#services.statistics.countError(refusal.prefix)
    if (command !== null) this.#services.statistics.rejectedCalls[command.id]++
    client.lastCommand = command
    client.requests++
    endCaching(client, command)
    if (client.replyMode !== 'on') silence(client, reply, mark)
    return 'done'
  }

  #unknown(client: Client, args: Args, reply: ReplyWriter): Outcome {
    const name = args.at(0)
    if (name.is('POST') || name.is('HOST:')) {
      // a browser was lured into sending a form here: say nothing, leave
      client.close(false)
      return 'done'
    }
    return this.#refuse(client, unknownCommand(args), null, reply)
  }

  #readMemoryGate(): void {
    this.#ledger.lapse() // what is evicted is no part of the next call
    this.gates = this.#hooks.isMemoryFull() ? this.gates | Gate.memory : this.gates & ~Gate.memory
  }
}
