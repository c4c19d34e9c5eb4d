import { errorReply, type Clock, type Log, type ReplyError, type Timer } from '../base/index.js'
import type { ShutdownOptions } from '../command/index.js'

/** A signal that asks the server to end. */
export type ShutdownSignal = 'SIGTERM' | 'SIGINT'

/** Something could not be saved, or SHUTDOWN ABORT came: the server goes on. */
export class ShutdownRefused extends Error {}

/** What `shutdown-on-sigterm` or `shutdown-on-sigint` says. */
export const onSignal = (chosen: ReadonlySet<string>): ShutdownOptions => ({
  save: chosen.has('save') ? 'save' : chosen.has('nosave') ? 'nosave' : 'default',
  now: chosen.has('now'),
  force: chosen.has('force'),
})

const cannotShutDown = errorReply('Errors trying to SHUTDOWN. Check logs.')

/** Who is told: why the server cannot end, or null when it is about to. */
export type ShutdownDone = (refusal: ReplyError | null) => void

export interface ShutdownHost {
  readonly clock: Clock
  readonly log: Log
  /** `shutdown-timeout`; 0 waits for no replica. */
  timeoutMs(): number
  readonly laggards: {
    /** Bytes of the stream so far. */
    readonly offset: number
    /** Whether each replica said that it has the first `offset` bytes of the stream. */
    areNone(offset: number): boolean
    /** Asks them how far they are. */
    ask(): void
    /** Says in the log which of them are behind that. */
    report(offset: number): void
  }
  /** Writes wait until the result is called. */
  holdWrites(): () => void
  readonly files: {
    /** Settles when the disk has what was appended until now. */
    drain(): Promise<void>
    /** Saves what is to be saved, before it returns; false: it cannot be, and the log says why. */
    saveAtEnd(options: ShutdownOptions): boolean
  }
  /** Nothing is in the way any more. */
  close(): void
}

interface UnderWay {
  readonly options: ShutdownOptions
  /** Bytes of the stream when it began: what replicas are to have. */
  readonly offset: number
  readonly resumeWrites: () => void
}

/**
 * The end that SHUTDOWN and signals ask for: replicas are waited for, files are saved, and only then the server closes.
 *
 * Writes of clients wait from the beginning on: what is acknowledged is in the files, and with the replicas that were waited
 * for. One end is under way at a time: whoever asks for another waits for it, and its options are those of the first.
 *
 * @see redis 7.0.15, server.c, prepareForShutdown, finishShutdown
 */
export class Shutdown {
  readonly #host: ShutdownHost
  #underWay: UnderWay | null = null
  /** While replicas are waited for. */
  #deadline: { readonly timer: Timer; readonly atMs: number } | null = null
  #asking: ShutdownDone[] = []

  constructor(host: ShutdownHost) {
    this.#host = host
  }

  /** Milliseconds for which replicas are still waited for; null while they are not. */
  get remainingMs(): number | null {
    return this.#deadline === null ? null : Math.ceil(this.#deadline.atMs - this.#host.clock.monotonicMs())
  }

  /** Begins it. `done` is never called before this returns. */
  begin(options: ShutdownOptions, done: ShutdownDone): void {
    const { clock, holdWrites, laggards, log, timeoutMs } = this.#host
    this.#asking.push(done)
    if (this.#underWay !== null) return
    const { offset } = laggards
    this.#underWay = { options, offset, resumeWrites: holdWrites() }
    log.warning('User requested shutdown...')
    const ms = options.now ? 0 : timeoutMs()
    if (ms === 0 || laggards.areNone(offset)) {
      void this.#finish()
      return
    }
    this.#deadline = { timer: clock.schedule(ms, () => void this.#finish()), atMs: clock.monotonicMs() + ms }
    laggards.ask()
    log.notice('Waiting for replicas before shutting down.')
  }

  /** Replicas may have all of the stream now. */
  consider(): void {
    if (this.#deadline !== null && this.#host.laggards.areNone(this.#underWay!.offset)) void this.#finish()
  }

  /** Calls it off; false where there is nothing to call off. Whoever waits for it is told when the call at hand is over. */
  abort(): boolean {
    if (this.#underWay === null) return false
    const refuse = this.#end()
    this.#host.clock.schedule(0, refuse)
    this.#host.log.notice('Shutdown manually aborted.')
    return true
  }

  async #finish(): Promise<void> {
    const host = this.#host
    const underWay = this.#underWay!
    this.#stopWaiting()
    host.laggards.report(underWay.offset)
    await host.files.drain()
    if (this.#underWay !== underWay) return // it was called off
    // from here to the end nobody runs a command
    if (!host.files.saveAtEnd(underWay.options)) {
      host.log.warning('Errors trying to shut down the server. Check the logs for more information.')
      this.#end()()
      return
    }
    for (const done of this.#asking.splice(0)) done(null)
    host.close()
  }

  /** The server goes on, and so do writes. The result tells those who asked. */
  #end(): () => void {
    this.#stopWaiting()
    this.#underWay?.resumeWrites()
    this.#underWay = null
    const asking = this.#asking
    this.#asking = []
    return () => {
      for (const done of asking) done(cannotShutDown)
    }
  }

  #stopWaiting(): void {
    this.#deadline?.timer.cancel()
    this.#deadline = null
  }
}
