import { OutOfMemory, ReplyError } from '../base/index.js'
import { Expiry } from '../keyspace/index.js'
import {
  Gate,
  permits,
  type Call,
  type Client,
  type Command,
  type FoundKey,
  type Services,
  type Settlement,
  type Settling,
} from '../command/index.js'
import { Args, ReplyWriter } from '../resp/index.js'
import { refusalBehind, writeGates } from './admission.js'
import type { BlockedClients } from './blocked.js'
import type { CommandTable } from './command-table.js'
import { writeOriginStatus } from './origin-status.js'
import { Execution, type ExecutionHooks, type Outcome } from './execution.js'
import { endCaching, endSkip, silence } from './modes.js'
import { Pauses } from './pauses.js'
import type { Propagation } from './propagation.js'
import { noMemory, unknownCommand, unknownSubcommand, wrongArity } from './refusals.js'
import { Settler, type RequestsAhead } from './settler.js'
import { Throughs } from './through.js'
import type { Tracker } from './tracking.js'
import { abortedBecause, type TransactionQueue } from './transactions.js'

export type { Outcome }

/** What the dispatcher is made of beside its services. */
export interface DispatchParts {
  readonly commands: CommandTable
  readonly settling: Settling
  readonly transactions: TransactionQueue
  readonly tracker: Tracker
  readonly propagation: Propagation
}

export interface DispatchHooks extends ExecutionHooks {
  /** Whether memory is above `maxmemory`. Asked while there is a limit. */
  isMemoryFull(): boolean
  /** Why files cannot be written. Asked while `Gate.diskError` is closed. */
  diskError(): ReplyError
}

/**
 * Takes each request from its bytes to its reply: known, arity, gates, origin, execution.
 *
 * All that may stand between a command and its execution is a bit of a gate mask, tested at once; origins cost one
 * comparison when there are no routes. Only dispatch waits, and only for one client: handlers are synchronous.
 */
export class Dispatcher {
  /** Gate bits that the server brings to every call. */
  gates: number = Gate.permission
  #isLimited = false
  readonly pauses: Pauses
  readonly blocked: BlockedClients
  /** What followers hear. */
  readonly propagation: Propagation
  readonly #execution: Execution
  readonly #services: Services
  readonly #commands: CommandTable
  readonly #settling: Settling
  readonly #settler: Settler
  readonly #throughs: Throughs
  readonly #transactions: TransactionQueue
  readonly #tracker: Tracker
  readonly #hooks: DispatchHooks
  /** Replies that nobody reads. */
  readonly #replayed = new ReplyWriter()

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
    this.propagation = propagation
    this.#settler = new Settler(settling, commands, transactions, services.keyspace.databases.length)
    this.#throughs = new Throughs(services, settling, this.#settler)
    this.pauses = new Pauses(services.clock, (gates) => {
      this.gates = (this.gates & ~(Gate.pausedAll | Gate.pausedWrites)) | gates
    })
    const { pauses } = this
    this.#execution = new Execution(
      services,
      { settler: this.#settler, transactions, tracker, propagation, pauses },
      hooks,
    )
    this.blocked = this.#execution.blocked
  }

  /** Whether somebody watches by MONITOR. */
  get monitored(): boolean {
    return this.#execution.monitored
  }

  set monitored(isMonitored: boolean) {
    this.#execution.monitored = isMonitored
  }

  /** Whether the call at hand runs inside of a transaction, of which followers have heard nothing yet. */
  get isInTransaction(): boolean {
    return this.#execution.isInside
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
    this.#execution.refusal = null
    keyspace.expiry = Expiry.waits
    this.#execution.run(client, command, args, reply, 0)
    return this.#execution.refusal
  }

  /** `maxmemory` in bytes; 0 is none. */
  setMemoryLimit(bytes: number): void {
    this.#isLimited = bytes !== 0
    if (!this.#isLimited) this.gates &= ~Gate.memory
  }

  /** Begins to execute what one client sent: one moment for all of it. Returns it, monotonic milliseconds. */
  beginBatch(): number {
    this.#services.keyspace.tick()
    return this.#execution.ledger.begin()
  }

  /** What was replied so far in the batch has been sent, which is no part of any call. */
  hasSent(): void {
    this.#execution.ledger.lapseSeldom()
  }

  /** Ends it. */
  endBatch(): void {
    this.#tracker.current = null
    if (this.blocked.isReady) this.blocked.serve() // a call that waits itself may have met a key whose time had come
    this.#execution.ledger.end()
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
    if (closed !== 0 && !(this.#settling.routeCount !== 0 && this.#throughs.isAnswered(client))) {
      const stopped = this.#stop(client, command, args, reply, closed)
      if (stopped !== null) return stopped
    }
    if (this.#settling.routeCount !== 0 && command.hasKeys) {
      return this.#executeBound(client, command, args, reply, closed)
    }
    return this.#execution.run(client, command, args, reply, closed)
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
    this.#execution.run(call.client, command, args, call.reply, 0)
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
    if (client.showsOrigin && client.protocol === 3) {
      writeOriginStatus(this.#settling, client, command, args, reply, null)
    }
    this.#execution.run(client, command, args, reply, client.gates & command.gates)
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
    this.#throughs.forget(client)
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
    const refusal = refusalBehind(closed, command, transaction !== null, {
      permits: (directive) => permits(this.#services.config.value(directive), client),
      diskError: () => this.#hooks.diskError(),
    })
    if (refusal !== null) return this.#refuseCall(client, refusal, command, args, reply)
    const isPaused = (closed & (Gate.pausedAll | Gate.pausedWrites)) !== 0
    if (isPaused && client.replica?.isAttached !== true) {
      this.pauses.hold(client)
      return 'again'
    }
    return transaction === null || command.spec.inTransaction !== undefined
      ? null
      : this.#queue(client, command, args, reply)
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
    if (this.#settling.routeCount === 0 || !command.isWrite || client.isReplay) return null
    return this.#settler.refuseWrite(client, command, args, this.#services.origin)
  }

  /** A call of a client that asks no origin: what is written to bound keys goes by their routes all the same. */
  #executeUnasked(client: Client, command: Command, args: Args, reply: ReplyWriter, closed: number): Outcome {
    const refusal = this.#refusedWrite(client, command, args)
    if (refusal !== null) return this.#refuse(client, refusal, command, reply)
    return this.#execution.run(client, command, args, reply, closed)
  }

  /**
   * A call while there are routes. Most are a read of one key that may be used, by a client for whom nothing waits: these
   * are decided here, in code that is short enough for V8 to make one piece of, and all others elsewhere.
   */
  #executeBound(client: Client, command: Command, args: Args, reply: ReplyWriter, closed: number): Outcome {
    const db = this.#services.keyspace.databases[client.database]
    const { onlyKey } = command
    db.forget()
    const outcome =
      onlyKey !== 0 &&
      this.#settler.isIdle &&
      !client.noOrigin &&
      !client.showsOrigin &&
      this.#settling.usable(client.database, args.at(onlyKey), client)
        ? this.#execution.run(client, command, args, reply, closed & client.gates)
        : this.#executeOther(client, command, args, reply, closed)
    // the next call's arguments stand in the same slices, and it may look without asking an origin
    db.forget()
    return outcome
  }

  /** Any other call while there are routes. No closure stands here: it would cost each such call an allocation. */
  #executeOther(client: Client, command: Command, args: Args, reply: ReplyWriter, closed: number): Outcome {
    if (client.noOrigin) return this.#executeUnasked(client, command, args, reply, closed)
    const { onlyKey, singleKey } = command
    const { database } = client
    if (this.#settler.late === 0 && !client.showsOrigin) {
      if (onlyKey === 0) {
        if (singleKey !== 0 && !this.#settling.isBound(database, args.at(singleKey))) {
          return this.#execution.run(client, command, args, reply, closed & client.gates)
        }
      } else if (!this.#settler.isIdle && this.#settling.usable(database, args.at(onlyKey), client)) {
        return this.#runFetched(client, command, args, reply, this.#settler.fetched(client), null)
      }
    }
    return this.#executeSettling(client, command, args, reply, closed)
  }

  /** A call that may write to an origin, or has to wait for one. */
  #executeSettling(client: Client, command: Command, args: Args, reply: ReplyWriter, closed: number): Outcome {
    if (command.isWrite) {
      const target = this.#throughs.target(client, command, args)
      if (target instanceof ReplyError) return this.#refuse(client, target, command, reply)
      if (target !== null) return this.#writeThrough(client, command, args, reply, target, closed)
    }
    if (command.writesKeys) {
      const refusal = this.#settler.refuseWrite(client, command, args, this.#services.origin)
      if (refusal !== null) return this.#refuse(client, refusal, command, reply)
    }
    const settled = this.#settler.settle(client, command, args)
    if (settled === 'waits') return 'again'
    if (settled instanceof ReplyError) return this.#refuseCall(client, settled, command, args, reply)
    if (command.executesQueue) for (const each of this.#services.keyspace.databases) each.forget()
    if (settled === 'usable') return this.#runShowing(client, command, args, reply, null)
    return this.#runSettled(client, command, args, reply, settled)
  }

  #runSettled(client: Client, command: Command, args: Args, reply: ReplyWriter, settled: Settlement): Outcome {
    const db = this.#services.keyspace.databases[client.database]
    let outcome: Outcome = 'done'
    db.forget()
    try {
      settled.run(() => {
        outcome = this.#runFetched(client, command, args, reply, settled.fetched, settled)
      })
    } catch (error) {
      // there was no room for what was to be put in place: the call did not run
      if (!(error instanceof OutOfMemory)) throw error
      outcome = this.#refuseCall(client, noMemory, command, args, reply)
    }
    db.forget()
    return outcome
  }

  /** Runs a call for which so many keys had to be fetched: to read these is a miss of the keyspace. */
  #runFetched(
    client: Client,
    command: Command,
    args: Args,
    reply: ReplyWriter,
    fetched: number,
    settlement: Settlement | null,
  ): Outcome {
    const { stats } = this.#services.keyspace
    const { hits } = stats
    const outcome = this.#runShowing(client, command, args, reply, settlement)
    const misses = Math.min(stats.hits - hits, fetched)
    stats.hits -= misses
    stats.misses += misses
    return outcome
  }

  /** Runs a call whose reply says how fresh it is, if its client wants to know. */
  #runShowing(
    client: Client,
    command: Command,
    args: Args,
    reply: ReplyWriter,
    settlement: Settlement | null,
  ): Outcome {
    const plain = client.gates & command.gates
    if (!client.showsOrigin) return this.#execution.run(client, command, args, reply, plain)
    const { mark } = reply
    if (client.replyMode === 'on' && client.protocol === 3) {
      writeOriginStatus(this.#settling, client, command, args, reply, settlement)
    }
    const outcome = this.#execution.run(client, command, args, reply, plain)
    if (outcome !== 'done') reply.rewind(mark) // there is no reply yet
    return outcome
  }

  /** A call whose origin is to take it first. */
  #writeThrough(
    client: Client,
    command: Command,
    args: Args,
    reply: ReplyWriter,
    target: FoundKey,
    closed: number,
  ): Outcome {
    const passed = client.gates & command.gates
    const refused = closed & ~passed // by now only what was made at its origin comes here past a closed gate
    const outcome = this.#throughs.execute(client, command, args, target, refused !== 0, {
      run: (around) =>
        around === undefined
          ? this.#execution.run(client, command, args, reply, passed)
          : this.#execution.run(client, command, args, reply, passed, null, (call) => around(() => command.run(call))),
      replyWith: (bytes) =>
        this.#execution.run(client, command, args, reply, passed, null, (call) => {
          call.propagateNothing()
          call.reply.encoded(bytes)
        }),
    })
    if (outcome === 'waits') return 'again'
    return outcome === 'done' ? 'done' : this.#refuse(client, outcome, command, reply)
  }

  #refuseCall(client: Client, refusal: ReplyError, command: Command, args: Args, reply: ReplyWriter): Outcome {
    return command.executesQueue
      ? this.#abort(client, refusal, command, args, reply)
      : this.#refuse(client, refusal, command, reply)
  }

  /** Refuses EXEC itself: the transaction is over, and monitors see its end, as Redis has it. */
  #abort(client: Client, why: ReplyError, command: Command, args: Args, reply: ReplyWriter): Outcome {
    this.#transactions.discard(client)
    if (this.monitored) this.#execution.show(Object.assign(this.#execution.pooled, { client, command, args }))
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
    this.#execution.ledger.lapse() // what is evicted is no part of the next call
    this.gates = this.#hooks.isMemoryFull() ? this.gates | Gate.memory : this.gates & ~Gate.memory
  }
}
