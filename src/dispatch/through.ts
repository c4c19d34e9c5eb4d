import { OutOfMemory, ReplyError, Slice } from '../base/index.js'
import {
  findKeys,
  settlesValue,
  writesKey,
  type Client,
  type Command,
  type FoundKey,
  type Services,
  type Settlement,
  type Settling,
  type OriginWrite,
} from '../command/index.js'
import type { Args } from '../resp/index.js'
import { noMemory } from './refusals.js'
import { Rehearsal } from './rehearsal.js'
import { deleting, type Settler } from './settler.js'

/** Times that a call is rehearsed before it fails because its key keeps changing at the origin. */
const roundsMax = 3

/** One request of a client that its origin is to take before it is executed here. */
interface State {
  /** Number of the request among the client's. */
  readonly request: number
  readonly write: OriginWrite
  rounds: number
  /** What it replied in its rehearsal. */
  reply: Buffer
}

/** How dispatch runs a call that may be run. */
export interface ThroughHooks {
  /** Runs it as any other, inside of `around` where that is given. */
  run(around?: (job: () => void) => void): void
  /** Replies this in its place, without touching a key. */
  replyWith(reply: Buffer): void
}

/**
 * Calls whose origin is to have what they write: settled, rehearsed on a copy, sent to the origin, and run when it has taken
 * the value; or run at once, where the origin gets it later. A client waits meanwhile, and its request is executed again
 * each time that something is known.
 */
export class Throughs {
  readonly #services: Services
  readonly #settling: Settling
  readonly #settler: Settler
  readonly #states = new Map<Client, State>()
  #rehearsal: Rehearsal | null = null

  constructor(services: Services, settling: Settling, settler: Settler) {
    this.#services = services
    this.#settling = settling
    this.#settler = settler
  }

  /**
   * Whether the origin has said what became of the client's request: made, so that nothing may refuse it any more, or
   * failed, which is told whatever is the matter here by now.
   */
  isAnswered(client: Client): boolean {
    const write = this.#stateOf(client)?.write
    return write?.phase === 'answered' && write.outcome !== 'conflict'
  }

  /** The argument that is written to an origin; null where none is. Several are refused. */
  target(client: Client, command: Command, args: Args): FoundKey | ReplyError | null {
    const isDeleting = deleting.has(command.name)
    if (!command.writesKeys && !isDeleting) return null
    let target: FoundKey | null = null
    for (const key of findKeys(command, args) ?? []) {
      if (!isDeleting && !writesKey(key.spec)) continue
      const name = args.at(key.index)
      if (!this.#settling.writesToOrigin(client.database, name)) continue
      if (target !== null && !name.equals(args.at(target.index))) return tooMany
      target = key
    }
    return target
  }

  /**
   * Brings a request with such a target as far as it goes now.
   *
   * @param closed whether gates are closed for it that it passed only because it was made at its origin
   * @returns 'done' when it was run, or replied to; 'waits'; or why it fails
   */
  execute(
    client: Client,
    command: Command,
    args: Args,
    target: FoundKey,
    closed: boolean,
    hooks: ThroughHooks,
  ): 'done' | 'waits' | ReplyError {
    const state = this.#stateOf(client) ?? this.#begin(client, args, target)
    const { write } = state
    if (write.phase === 'answered' && write.outcome === 'conflict') {
      if (++state.rounds >= roundsMax) return this.#end(client, keepsChanging)
      write.lapse()
      write.retry()
    }
    switch (write.phase) {
      case 'ready':
        return this.#prepare(client, command, args, target, state, hooks)
      case 'answered':
        if (write.outcome instanceof ReplyError) return this.#end(client, write.outcome)
        this.#conclude(state, closed, hooks)
        return this.#end(client, 'done')
      default:
        return 'waits'
    }
  }

  forget(client: Client): void {
    this.#states.get(client)?.write.end()
    this.#states.delete(client)
  }

  #begin(client: Client, args: Args, target: FoundKey): State {
    const request = client.requests
    const key = Slice.from(args.at(target.index).toBuffer())
    const write = this.#settling.beginWrite(client.database, key, () => {
      if (client.waiting && client.requests === request) client.resume()
    })
    const state: State = { request, write, rounds: 0, reply: Buffer.alloc(0) }
    this.#states.set(client, state)
    return state
  }

  #prepare(
    client: Client,
    command: Command,
    args: Args,
    target: FoundKey,
    state: State,
    hooks: ThroughHooks,
  ): 'done' | 'waits' | ReplyError {
    const settled = this.#settler.settle(client, command, args)
    if (settled === 'waits') return 'waits'
    if (settled instanceof ReplyError) return this.#end(client, settled)
    let outcome: 'done' | 'waits' | ReplyError = 'waits'
    within(settled, () => {
      outcome = this.#rehearse(client, command, args, target, state, hooks)
    })
    return outcome
  }

  #rehearse(
    client: Client,
    command: Command,
    args: Args,
    { index, spec }: FoundKey,
    state: State,
    hooks: ThroughHooks,
  ): 'done' | 'waits' | ReplyError {
    this.#rehearsal ??= new Rehearsal(this.#services)
    const isConditional = settlesValue(spec) && command.spec.settles?.({ args }) !== false
    let rehearsed: ReturnType<Rehearsal['run']>
    try {
      rehearsed = this.#rehearsal.run(client, command, args, index, isConditional)
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error
      return this.#end(client, noMemory)
    }
    if (rehearsed === 'unfit') return this.#end(client, otherTypes)
    if (rehearsed === 'fails' || (!rehearsed.isChanged && isConditional)) {
      hooks.run() // it fails, or changes nothing
      return this.#end(client, 'done')
    }
    const { write } = state
    state.reply = rehearsed.reply
    const { value, expireAtMs } = rehearsed
    const refusal = write.send(value, { isConditional, mayDelete: deleting.has(command.name), expireAtMs })
    if (refusal !== null) return this.#end(client, refusal)
    if (write.phase !== 'answered') return 'waits'
    this.#conclude(state, false, hooks) // its origin gets it later
    return this.#end(client, 'done')
  }

  /** The origin has taken it: it is run, unless what it was rehearsed on is no longer there. */
  #conclude({ write, reply }: State, closed: boolean, hooks: ThroughHooks): void {
    if (!write.isCurrent || closed) {
      write.lapse()
      return hooks.replyWith(reply)
    }
    hooks.run((job) => write.run(job))
    write.confirm()
  }

  #end<T>(client: Client, result: T): T {
    this.forget(client)
    return result
  }

  #stateOf(client: Client): State | undefined {
    const state = this.#states.get(client)
    if (state === undefined || state.request === client.requests) return state
    this.forget(client)
    return undefined
  }
}

function within(settled: 'usable' | Settlement, job: () => void): void {
  if (settled === 'usable') job()
  else settled.run(job)
}

const tooMany = new ReplyError(
  'ORIGINWRITE',
  'a call may write only one key through to its origin; write them one by one',
)
const otherTypes = new ReplyError(
  'ORIGINWRITE',
  'what is written through to an origin is made of strings and hashes only',
)
const keepsChanging = new ReplyError('ORIGINWRITE', 'the key keeps changing at its origin; try again')
