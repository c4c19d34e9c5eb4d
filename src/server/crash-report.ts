import type { Log } from '../base/index.js'

/** Signals of a crash that Node lets be heard. Of those that a fault raises, SIGSEGV and its like, none: nothing can run then. */
const heard = ['SIGABRT'] as const
const numbers = { SIGABRT: 6, SIGSEGV: 11 } as const

/** A signal that a server can end itself by, as by a crash. */
export type CrashSignal = keyof typeof numbers

/** The process around a server that may crash. */
export interface CrashProcess {
  readonly pid: number
  on(event: (typeof heard)[number], listener: () => void): unknown
  off(event: (typeof heard)[number], listener: () => void): unknown
  on(event: 'uncaughtException', listener: (error: unknown) => void): unknown
  off(event: 'uncaughtException', listener: (error: unknown) => void): unknown
  kill(pid: number, signal: CrashSignal): void
  exit(code: number): void
}

export interface CrashHost {
  readonly around: CrashProcess
  readonly log: Log
  /** Truedis's own. */
  readonly version: string
  /** What INFO and CLIENT LIST tell now. */
  describe(): { readonly info: string; readonly clients: string }
  /** What the process leaves behind is to be taken away. */
  leave(): void
}

/**
 * Writes to the log what is known of a crash, and ends the process as the crash would have: by its signal, or with exit code
 * 1 where it is an error that nobody caught.
 *
 * The report is written by the event loop: a server that hangs writes none, and its stack is that of an error only. What V8
 * and the system themselves end by, memory that is exhausted or a fault of native code, ends without one.
 */
export class CrashReporter {
  readonly #host: CrashHost
  #isEnabled = false
  readonly #listeners = heard.map((signal) => ({ signal, listener: () => this.crash(signal) }))

  constructor(host: CrashHost) {
    this.#host = host
  }

  start(): void {
    this.#host.around.on('uncaughtException', this.#uncaught)
  }

  stop(): void {
    this.#host.around.off('uncaughtException', this.#uncaught)
    this.isEnabled = false
  }

  /** `crash-log-enabled`. Without it signals are not heard: they end the process even while it hangs. */
  get isEnabled(): boolean {
    return this.#isEnabled
  }

  set isEnabled(isEnabled: boolean) {
    if (isEnabled === this.#isEnabled) return
    this.#isEnabled = isEnabled
    const { around } = this.#host
    for (const { signal, listener } of this.#listeners) {
      if (isEnabled) around.on(signal, listener)
      else around.off(signal, listener)
    }
  }

  /** Ends the process by the signal. */
  crash(signal: CrashSignal): void {
    const { around, leave } = this.#host
    this.#report(`crashed by signal: ${numbers[signal]} (${signal})`)
    leave()
    this.isEnabled = false
    around.kill(around.pid, signal)
  }

  readonly #uncaught = (error: unknown): void => {
    const { around, leave } = this.#host
    const { stack } = error as { stack?: unknown }
    this.#report('crashed by an error that nobody caught', typeof stack === 'string' ? stack : String(error))
    leave()
    around.exit(1)
  }

  #report(cause: string, stack: string | null = null): void {
    const { log, version } = this.#host
    if (!this.#isEnabled) {
      log.warning(`Truedis ${version} ${cause}${stack === null ? '' : `: ${stack}`}`)
      return
    }
    log.warning('=== TRUEDIS BUG REPORT START: Cut & paste starting from here ===')
    log.warning(`Truedis ${version} ${cause}`)
    if (stack !== null) this.#section('STACK TRACE', stack)
    try {
      const { info, clients } = this.#host.describe()
      this.#section('INFO OUTPUT', info)
      this.#section('CLIENT LIST OUTPUT', clients)
    } catch (error) {
      log.warning(`(more could not be told: ${String(error)})`)
    }
    log.warning('=== TRUEDIS BUG REPORT END. Please add the log above, and what was done before, to a bug report ===')
  }

  #section(title: string, text: string): void {
    const { log } = this.#host
    log.warning(`------ ${title} ------`)
    for (const line of text.split(/\r?\n/)) if (line !== '') log.warning(line)
  }
}
