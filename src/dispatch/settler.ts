import { errorReply, type ReplyError, type Slice } from '../base/index.js'
import {
  findKeys,
  settlesValue,
  writesKey,
  type Client,
  type Command,
  type OriginService,
  type ReadAt,
  type SettleKey,
  type Settlement,
  type Settling,
} from '../command/index.js'
import type { Args } from '../resp/index.js'
import type { CommandTable } from './command-table.js'
import type { TransactionQueue } from './transactions.js'

/** Requests that are looked at behind the one that waits. */
const aheadMax = 1024
/** Times that a call is run again for keys which its declaration could not name. */
const lateMax = 8

/** Behind these nothing is asked ahead: they change what later requests mean, or leave them to another moment. */
const endsReadAhead = new Set(['EXEC', 'RESET', 'HELLO', 'AUTH', 'SWAPDB', 'SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE'])

/** By these alone clients delete at an origin, under `write through` and `behind`; whatever else deletes is about the copy here. */
export const deleting: ReadonlySet<string> = new Set(['DEL', 'UNLINK', 'GETDEL', 'DELEX', 'DELIFEQ'])

/** What one request of a client waits for. */
interface Wait {
  /** Number of the request among the client's. */
  readonly request: number
  settlement: Settlement
  /** Its turn came and it could not run: the client is resumed when it is settled. Else it is only asked for ahead. */
  isHeld: boolean
  /** Its keys became known only as it ran, so many times. */
  lateRounds: number
}

/** The requests of a client from the one that waits on, as far as they have come. */
export interface RequestsAhead {
  /** The next one's arguments, good until the one after; null when it is not complete. */
  next(): Args | null
  /** Passes over this many: the one that waits, and those that were looked at before. Called once, first. */
  skip(count: number): void
  /** When the bytes of the one just returned had been read: monotonic milliseconds. */
  readonly arrivedAtMs: number
}

/** How far a client's requests have been looked at. */
interface Frontier {
  /** Number of the first request that was not. */
  request: number
  /** The database in which it will run. */
  database: number
}

/** Brings calls and settlements together: which keys a call needs, whether it may run, what it waits for. */
export class Settler {
  /** Calls that wait for keys which they did not declare. */
  late = 0
  readonly #settling: Settling
  readonly #commands: CommandTable
  readonly #transactions: TransactionQueue
  readonly #databases: number
  /** Of each client, by the request's number, nearly in order: a later look ahead may add what an earlier one passed. */
  readonly #waits = new Map<Client, Map<number, Wait>>()
  readonly #frontiers = new Map<Client, Frontier>()

  constructor(settling: Settling, commands: CommandTable, transactions: TransactionQueue, databases: number) {
    this.#settling = settling
    this.#commands = commands
    this.#transactions = transactions
    this.#databases = databases
  }

  /** Whether nothing is kept for any client. */
  get isIdle(): boolean {
    return this.#waits.size === 0
  }

  /** Number of clients for whose requests something is kept. */
  get clients(): number {
    return this.#waits.size
  }

  /** The refusal of a write to a key whose route forbids it, or null; of what deletes at an origin, where that is elsewhere. */
  refuseWrite(client: Client, command: Command, args: Args, origin: OriginService): ReplyError | null {
    const deletes = deleting.has(command.name)
    for (const { index, spec } of findKeys(command, args) ?? []) {
      const key = args.at(index)
      const isRefused = writesKey(spec) || (deletes && this.#settling.writesToOrigin(client.database, key))
      const refusal = isRefused ? origin.refuseWrite(client.database, key) : null
      if (refusal !== null) return refusal
    }
    return null
  }

  /**
   * Whether a call may run: at once, inside the settlement it waited for, not yet (the client is resumed when that may
   * have changed), or not at all.
   */
  settle(client: Client, command: Command, args: Args): 'usable' | 'waits' | ReplyError | Settlement {
    const wait = this.#waitOf(client)
    const keys = command.executesQueue
      ? this.#unusableQueued(client, wait?.settlement)
      : this.#unusable(client.database, command, args, client, wait?.settlement)
    if (wait === undefined) {
      if (keys.length === 0) return 'usable'
      this.#wait(client, client.requests, keys, client.arrivedAtMs, true)
      return 'waits'
    }
    const { settlement } = wait
    wait.isHeld = true
    // keys that were waited for may be usable sooner; those that are served in passing are in their place only inside of it
    if (keys.length === 0 && (settlement.done || wait.lateRounds === 0)) return settlement
    if (!settlement.done) return 'waits'
    if (settlement.refusal !== null) return settlement.refusal
    this.#start(client, wait, keys, client.arrivedAtMs, settlement)
    return 'waits'
  }

  /** Settles keys that a call met as it ran. Never a reason to run: it is run again when they are settled. */
  settleLate(client: Client, keys: readonly Buffer[]): 'waits' | ReplyError {
    const wait = this.#waitOf(client)
    const asked = keys.map((key) => ({ db: client.database, key }))
    if (wait === undefined) {
      const started = this.#wait(client, client.requests, asked, client.arrivedAtMs, true)
      started.lateRounds = 1
      this.late++
      return 'waits'
    }
    if (wait.settlement.done && wait.settlement.refusal !== null) return wait.settlement.refusal
    if (wait.lateRounds++ === 0) this.late++
    if (wait.lateRounds > lateMax) return errorReply('the keys of this call kept changing while it was run')
    wait.isHeld = true
    this.#start(client, wait, asked, client.arrivedAtMs, wait.settlement)
    return 'waits'
  }

  /** Whether a call that is running may use a key that its declaration could not name. */
  isUsable(client: Client, key: Slice): boolean {
    if (this.#settling.routeCount === 0 || client.noOrigin) return true
    const settlement = this.#waitOf(client)?.settlement
    return this.#settling.usable(client.database, key, client) || settlement?.permits(client.database, key) === true
  }

  /** Starts settling the requests behind the one that waits, as far as their keys can be known now; each one once. */
  readAhead(client: Client, requests: RequestsAhead): void {
    const first = client.requests + 1
    let frontier = this.#frontiers.get(client)
    if (frontier === undefined || frontier.request < first) {
      frontier = { request: first, database: client.database }
      this.#frontiers.set(client, frontier)
    }
    requests.skip(frontier.request - client.requests)
    while (frontier.request < first + aheadMax) {
      const args = requests.next()
      const seen = args === null ? 'nothing' : this.#lookAt(client, frontier, args, requests)
      if (seen === 'nothing') return
      frontier.request++
      if (seen === 'enough') return
    }
  }

  /**
   * Settles what one request ahead needs: 'nothing' when nothing of it and behind it can be known, 'enough' when to ask for more
   * would only make it wait. Then it is looked further when the client's next request waits.
   */
  #lookAt(client: Client, frontier: Frontier, args: Args, requests: RequestsAhead): 'nothing' | 'enough' | 'more' {
    const command = this.#commands.resolve(args.at(0), args.count > 1 ? args.at(1) : null)
    if (command === null || endsReadAhead.has(command.name) || command.name.startsWith('CLIENT|')) return 'nothing'
    if (args.count < command.argumentsMin || args.count > command.argumentsMax) return 'more'
    if (command.name === 'SELECT') {
      const database = this.#selected(args)
      if (database < 0) return 'nothing'
      frontier.database = database
    }
    if (!command.settlesKeys) return 'more'
    const keys = this.#unusable(frontier.database, command, args, requests, undefined)
    if (keys.length === 0) return 'more'
    const { settlement } = this.#wait(client, frontier.request, keys, requests.arrivedAtMs, false)
    return settlement.isBacklogged ? 'enough' : 'more'
  }

  /** How many keys had to be fetched for the request that the client is at. */
  fetched(client: Client): number {
    return this.#waitOf(client)?.settlement.fetched ?? 0
  }

  isWaiting(client: Client): boolean {
    return this.#waitOf(client) !== undefined
  }

  forget(client: Client): void {
    for (const wait of this.#waits.get(client)?.values() ?? []) this.#end(wait)
    this.#waits.delete(client)
    this.#frontiers.delete(client)
  }

  /** The database that SELECT chooses, or -1 where it will be refused. */
  #selected(args: Args): number {
    const database = Number(args.at(1).toLatin1())
    return database >= 0 && database < this.#databases ? database : -1
  }

  /** Keys that may not be used yet by what EXEC is to run; none where it will run nothing. */
  #unusableQueued(client: Client, settlement: Settlement | undefined): SettleKey[] {
    const keys: SettleKey[] = []
    if (!this.#transactions.isRunnable(client)) return keys
    let { database } = client
    this.#transactions.forEach(client, (command, args) => {
      if (command.name === 'SELECT' && this.#selected(args) >= 0) database = this.#selected(args)
      keys.push(...this.#unusable(database, command, args, client, settlement))
    })
    return keys
  }

  /** Keys that a call may not use yet. */
  #unusable(
    database: number,
    command: Command,
    args: Args,
    read: ReadAt,
    settlement: Settlement | undefined,
  ): SettleKey[] {
    if (!command.settlesKeys || command.spec.settles?.({ args }) === false) return []
    const keys: SettleKey[] = []
    for (const { index, spec } of findKeys(command, args) ?? []) {
      const key = args.at(index)
      if (!settlesValue(spec) || this.#settling.usable(database, key, read)) continue
      if (settlement?.permits(database, key) !== true) keys.push({ db: database, key: key.toBuffer() })
    }
    return keys
  }

  #wait(client: Client, request: number, keys: readonly SettleKey[], arrivedAtMs: number, isHeld: boolean): Wait {
    const wait = { request, isHeld, lateRounds: 0 } as Wait
    this.#start(client, wait, keys, arrivedAtMs)
    let waits = this.#waits.get(client)
    if (waits === undefined) this.#waits.set(client, (waits = new Map()))
    waits.set(request, wait)
    return wait
  }

  #start(client: Client, wait: Wait, keys: readonly SettleKey[], arrivedAtMs: number, again?: Settlement): void {
    const settled = (): void => {
      if (!wait.isHeld || !client.waiting || client.requests !== wait.request) return
      client.resume()
      this.#waitOf(client) // nothing is kept for requests that are over by now
    }
    wait.settlement = this.#settling.settle(keys, arrivedAtMs, settled, again)
  }

  /** The wait of the request that the client is at, forgetting those of requests that are over. */
  #waitOf(client: Client): Wait | undefined {
    const waits = this.#waits.get(client)
    if (waits === undefined) return undefined
    for (const [request, wait] of waits) {
      if (request >= client.requests) break
      waits.delete(request)
      this.#end(wait)
    }
    if (waits.size === 0) {
      this.#waits.delete(client)
      this.#frontiers.delete(client)
    }
    return waits.get(client.requests)
  }

  #end(wait: Wait): void {
    if (wait.lateRounds > 0) this.late--
    wait.settlement.cancel()
  }
}
