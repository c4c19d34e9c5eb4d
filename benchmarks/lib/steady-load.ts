import { spawn, type ChildProcess } from 'node:child_process'
import { endChild, keepTrack } from './children.js'
import { loadArguments, type Load } from './redis-benchmark.js'

/** More than any measurement lasts. */
const requestsMax = 2_000_000_000

/** A load by redis-benchmark that goes on until it is stopped. */
export class SteadyLoad {
  readonly #child: ChildProcess
  #printed = ''

  constructor(port: number, load: Omit<Load, 'requests'>) {
    const args = loadArguments({ ...load, requests: requestsMax })
    this.#child = spawn('redis-benchmark', ['-h', '127.0.0.1', '-p', String(port), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    keepTrack(this.#child)
    this.#child.stdout?.resume() // a rate, several times a second
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#printed = (this.#printed + chunk.toString()).slice(-500)))
    this.#child.on('error', (error) => (this.#printed += error.message))
  }

  /** @throws it had ended before: what was measured then was measured without it */
  async stop(): Promise<void> {
    const hasEnded = this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined
    if (hasEnded) throw new Error(`redis-benchmark ended by itself: ${this.#printed}`)
    await endChild(this.#child)
  }
}
