import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { startServer, type ServerKind } from '../support/servers.js'
import type { Mode } from './ledger.js'
import { setStage } from './suite.js'

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

/** What the suite is shown: one server, or where it may start its own. */
interface Scene {
  readonly suite: string
  /** As driver.tcl takes it: a port, or the ports to choose from. */
  readonly ports: string
  /** Why the one server ended, once it has. */
  readonly ended: Promise<string> | null
  end(): Promise<void>
}

/** Counts like a test: that nothing outside of the unit's tests went wrong. One unit has nothing else. */
const outside = '(what is outside of tests)'

/** Runs one unit, without the tests of some names, in a scene of its own. */
export async function runUnit(
  mode: Mode,
  kind: ServerKind,
  suite: string,
  unit: string,
  leftOut: ReadonlySet<string> = new Set(),
): Promise<UnitResult> {
  const startMs = performance.now()
  const stalled: string[] = []
  for (;;) {
    const scene = await setScene(mode, kind, suite)
    const driver = new Driver(scene, unit, [...leftOut, ...stalled])
    try {
      const stalledTest = await driver.finished
      if (stalledTest !== null && stalled.length < stallsMost) {
        stalled.push(stalledTest)
        continue
      }
    } finally {
      await scene.end()
    }
    if (mode === 'spawn' && driver.broken.length === 0) driver.passes.set(outside, 1)
    if (unevenUnits.includes(unit)) driver.countOnce()
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

async function setScene(mode: Mode, kind: ServerKind, suite: string): Promise<Scene> {
  const stage = setStage(suite, kind)
  if (mode === 'spawn') {
    return { suite: stage.suite, ports: spawnPorts(), ended: null, end: async () => stage.remove() }
  }
  const server = await startServer(kind)
  return {
    suite: stage.suite,
    ports: String(server.port),
    ended: server.exited.then((code) => `the server ended (${code}): ${server.output().slice(-600)}`),
    end: async () => {
      await server.stop()
      stage.remove()
    },
  }
}

/**
 * A hundred ports, which the suite tries one after the other; of each it wants the one 10,000 above too. By the process,
 * so that runs at the same time seldom meet, and below those that a system gives to clients.
 */
const spawnPorts = (): string => `spawn:${12_000 + (process.pid % 80) * 100}:100`

/** Some names hold what is chosen at random in each run: servers by number, counts. */
const nameOf = (text: string): string =>
  text.startsWith('PSYNC2: ') ? text.replace(/#\d+/g, '#N').replace(/(x =|CYCLE) \d+/, '$1 N') : text

/** How often their tests are run is a matter of time, or of chance: a test counts once, if it passed each time. */
const unevenUnits: readonly string[] = ['integration/psync2', 'integration/psync2-reg']

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

  constructor(scene: Scene, unit: string, leftOut: readonly string[]) {
    const args = ['test/conformance/driver.tcl', scene.suite, unit, scene.ports, String(replySeconds), ...leftOut]
    this.#child = spawn('tclsh', args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true, // a process group, of which the servers that the suite starts are too
      env: { ...process.env, LC_ALL: 'C.UTF-8' }, // the suite's files are UTF-8
    })
    const orphan = (): void => this.#kill()
    process.once('exit', orphan)
    const lines = createInterface({ input: this.#child.stdout!, crlfDelay: Infinity })
    lines.on('line', (line) => this.#hear(line))
    void scene.ended?.then((why) => {
      if (!this.#isDone) this.death = `in "${this.#test}" ${why}`
    })
    const closed = new Promise<void>((resolve) => lines.once('close', resolve))
    const exited = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()))
    void exited.then(() => this.#kill()) // what the unit has left
    this.finished = Promise.all([closed, exited]).then(() => {
      process.removeListener('exit', orphan)
      return this.#end()
    })
    this.#watch()
  }

  /** Each test counts once, and only if it never failed. */
  countOnce(): void {
    for (const name of this.passes.keys()) this.passes.set(name, this.failures.has(name) ? 0 : 1)
  }

  #hear(line: string): void {
    const at = line.indexOf('\x1e')
    if (at < 0) return // the suite's own output
    this.#watch()
    const [kind, text = '', detail = ''] = line.slice(at + 1).split('\t')
    const name = nameOf(text)
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
      this.#kill()
    }, stallMs)
  }

  #kill(): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL')
    } catch {
      // nothing is left of it
    }
  }

  #end(): string | null {
    clearTimeout(this.#stall)
    if (!this.#isDone && this.#hungIn === null) this.broken.push('the driver ended before the unit')
    this.#isDone = true
    return this.#hungIn
  }
}
