import { ReplyError } from '../base/index.js'
import { Transaction, type Call, type Client, type Command, type Transactions } from '../command/index.js'
import type { Keyspace } from '../keyspace/index.js'
import { Args, type ReplyWriter } from '../resp/index.js'
import { InnerReply } from './later.js'
import { Watches } from './watches.js'

const aborted = new ReplyError('EXECABORT', 'Transaction discarded because of previous errors.')

/** The refusal of EXEC itself: why it may not run, whatever is queued. */
export const abortedBecause = (why: ReplyError): ReplyError =>
  new ReplyError('EXECABORT', `Transaction discarded because of: ${why.prefix === 'ERR' ? why.message : why.text}`)

/** Runs one queued request inside of EXEC. */
export type RunWithin = (call: Call, command: Command, args: Args) => void

/** MULTI, EXEC, DISCARD and WATCH: what clients have queued, and how it runs. */
export class TransactionQueue implements Transactions {
  readonly watches: Watches
  readonly #run: RunWithin
  /** Arguments of the queued request that is run; EXEC is not queued, so one at a time. */
  readonly #args = new Args()
  /** Replies of the EXEC at hand that come later, and how those of earlier ones are sent when all are there. */
  #late: InnerReply[] = []
  readonly #waiting = new Map<readonly InnerReply[], () => void>()

  constructor(keyspace: Keyspace, run: RunWithin) {
    this.watches = new Watches(keyspace)
    this.#run = run
  }

  begin(client: Client): void {
    client.transaction = new Transaction()
    client.deriveGates()
  }

  discard(client: Client): void {
    client.transaction = null
    this.watches.clear(client)
    client.deriveGates()
  }

  watch(client: Client, call: Call): void {
    const { args } = call
    for (let i = 1; i < args.count; i++) this.watches.add(client, client.database, args.at(i))
  }

  unwatch(client: Client): void {
    this.watches.clear(client)
  }

  /** Queues a request. Once the transaction cannot succeed any more nothing is kept. @throws {OutOfMemory} */
  queue({ transaction, watch }: Client, command: Command, args: Args): void {
    if (!transaction!.isRefused && watch?.isStale !== true) transaction!.add(command, args)
  }

  /** Whether EXEC would run what is queued. */
  isRunnable(client: Client): boolean {
    const { transaction } = client
    return transaction !== null && !transaction.isRefused && !this.watches.isStale(client)
  }

  /** Calls `visit` with each queued request in turn; the arguments are good until it returns. */
  forEach(client: Client, visit: (command: Command, args: Args) => void): void {
    client.transaction!.forEach(this.#args, (command) => visit(command, this.#args))
  }

  execute(call: Call): void {
    const { client, reply } = call
    const { mark } = reply
    const transaction = client.transaction!
    if (transaction.isRefused || this.watches.isStale(client)) {
      this.discard(client)
      if (transaction.isRefused) throw aborted
      reply.nullArray()
      return
    }
    this.watches.clear(client)
    transaction.isExecuting = true
    reply.array(transaction.count)
    this.forEach(client, (command, args) => this.#run(call, command, args))
    this.discard(client)
    if (this.#late.length > 0) this.#finishLater(call, mark)
  }

  /** The reply of a call inside of EXEC that comes later. */
  innerReply({ client, reply }: Call): InnerReply {
    const late = this.#late
    const inner = new InnerReply(client, reply.mark, () => {
      if (late.every(({ isDone }) => isDone)) this.#settle(late)
    })
    late.push(inner)
    return inner
  }

  /** Takes the reply written so far back, to be sent when what is missing in it is known. */
  #finishLater(call: Call, mark: number): void {
    const { reply } = call
    const late = this.#late
    this.#late = []
    const written = Buffer.from(reply.region.bytes.subarray(reply.start + mark, reply.position))
    reply.rewind(mark)
    const finish = (to: ReplyWriter): void => {
      let at = 0
      for (const inner of late) {
        to.encoded(written.subarray(at, inner.mark - mark))
        to.encoded(inner.bytes)
        at = inner.mark - mark
      }
      to.encoded(written.subarray(at))
    }
    if (late.every(({ isDone }) => isDone)) {
      finish(reply)
      return
    }
    const later = call.later()
    this.#waiting.set(late, () => later.settle(finish))
  }

  #settle(late: readonly InnerReply[]): void {
    this.#waiting.get(late)?.()
    this.#waiting.delete(late)
  }
}
