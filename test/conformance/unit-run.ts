import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { startServer, type RunningServer, type ServerKind } from '../support/servers.js'

/** What became of one unit. */
export interface UnitResult {
  /** How often a test of each name passed. */
  readonly passes: ReadonlyMap<string, number>
  /** Why tests failed, by name; the last reason where several of one name did. */
  readonly failures: ReadonlyMap<string, string>
  /** Errors outside of tests: what would have come after them in the same statement was not run. */
  readonly broken: readonly string[]
  /** Why the server ended before the unit did, or null. */
  readonly death: string | null
  readonly seconds: number
}

/** A reply that takes longer fails its test. */
const replySeconds = 45
/** A test that shows no progress for so long is given up, and the unit run again without it. */
const stallMs = 240_000
const stallsMost = 4

/** Runs one unit, without the tests of some names, against a server of its own. */
export async function runUnit(
  kind: ServerKind,
  suite: string,
  unit: string,
  leftOut: ReadonlySet<string> = new Set(),
): Promise<UnitResult> {
  const startMs = performance.now()
  const stalled: string[] = []
  for (;;) {
    const server = await startServer(kind)
    const driver = new Driver(suite, unit, server, [...leftOut, ...stalled])
    try {
      const stalledTest = await driver.finished
      if (stalledTest !== null && stalled.length < stallsMost) {
        stalled.push(stalledTest)
        continue
      }
    } finally {
      await server.stop()
    }
    for (const name of stalled) driver.failures.set(name, `no progress for ${stallMs / 1000} seconds`)
    return {
      passes: driver.passes,
      failures: driver.failures,
      broken: driver.broken,
      death: driver.death,
      seconds: (performance.now() - startMs) / 1000,
    }
  }
}

/** One run of driver.tcl. */
class Driver {
  readonly passes = new Map<string, number>()
  readonly failures = new Map<string, string>()
  readonly broken: string[] = []
  death: string | null = null
  /** Settles when the driver has ended: the test that it hung in, or null. */
  readonly finished: Promise<string | null>
  readonly #child: ChildProcess
  #test = ''
  #isDone = false
  #stall: NodeJS.Timeout | undefined
  #hungIn: string | null = null

  constructor(suite: string, unit: string, server: RunningServer, leftOut: readonly string[]) {
    const args = ['test/conformance/driver.tcl', suite, unit, String(server.port), String(replySeconds), ...leftOut]
    this.#child = spawn('tclsh', args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, LC_ALL: 'C.UTF-8' }, // the suite's files are UTF-8
    })
    const orphan = (): void => void this.#child.kill('SIGKILL')
    process.once('exit', orphan)
    const lines = createInterface({ input: this.#child.stdout!, crlfDelay: Infinity })
    lines.on('line', (line) => this.#hear(line))
    void server.exited.then((code) => {
      if (!this.#isDone) this.death = `the server ended (${code}) in "${this.#test}": ${server.output().slice(-600)}`
    })
    const closed = new Promise<void>((resolve) => lines.once('close', resolve))
    const exited = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()))
    this.finished = Promise.all([closed, exited]).then(() => {
      process.removeListener('exit', orphan)
      return this.#end()
    })
    this.#watch()
  }

  #hear(line: string): void {
    const at = line.indexOf('\x1e')
    if (at < 0) return // the suite's own output
    this.#watch()
    const [kind, name = '', detail = ''] = line.slice(at + 1).split('\t')
    if (kind === 'testing') this.#test = name
    else if (kind === 'ok') this.passes.set(name, (this.passes.get(name) ?? 0) + 1)
    else if (kind === 'failed') this.failures.set(name, detail)
    else if (kind === 'broken') this.broken.push(`${name}: ${detail}`)
    else if (kind === 'done') this.#isDone = true
  }

  #watch(): void {
    clearTimeout(this.#stall)
    this.#stall = setTimeout(() => {
      this.#hungIn = this.#test
      this.#child.kill('SIGKILL')
    }, stallMs)
  }

  #end(): string | null {
    clearTimeout(this.#stall)
    if (!this.#isDone && this.#hungIn === null) this.broken.push('the driver ended before the unit')
    this.#isDone = true
    return this.#hungIn
  }
}
