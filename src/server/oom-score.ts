import { readFileSync, writeFileSync } from 'node:fs'
import type { Log } from '../base/index.js'
import { BadValue, type Config } from './config/index.js'

/** Where Linux keeps by how much a process is more likely to be killed than others when memory runs out. */
const systemFile = '/proc/self/oom_score_adj'
const [scoreMin, scoreMax] = [-1000, 1000]

const refusal = 'Failed to apply new oom_score_adj configuration: the system refuses it.'

/**
 * `oom-score-adj`: tells the system how soon it may kill this process, a replica sooner than a primary. Of the three
 * values of `oom-score-adj-values` the last, for child processes, is never used: there are none.
 */
export class OomScore {
  readonly #config: Config
  readonly #log: Log
  readonly #file: string
  #isReplica = false
  /** The system's number before it was changed here; null while it is as it was. */
  #before: number | null = null

  /** What the system does not allow is a line in the log, and no reason not to start. */
  constructor(config: Config, log: Log, file = systemFile) {
    this.#config = config
    this.#log = log
    this.#file = file
    const apply = (): void => this.#apply()
    this.#try(apply)
    config.onChange('oomScoreAdj', apply)
    config.onChange('oomScoreAdjValues', apply)
  }

  set isReplica(isReplica: boolean) {
    this.#isReplica = isReplica
    this.#try(() => this.#apply())
  }

  #try(apply: () => void): void {
    try {
      apply()
    } catch (error) {
      if (!(error instanceof BadValue)) throw error
      this.#log.warning(error.reason)
    }
  }

  /** @throws {BadValue} */
  #apply(): void {
    const { oomScoreAdj, oomScoreAdjValues } = this.#config.values
    if (oomScoreAdj === 'no') {
      if (this.#before !== null) this.#write(this.#before)
      this.#before = null
      return
    }
    try {
      this.#before ??= Number(readFileSync(this.#file, 'utf8'))
    } catch {
      throw new BadValue(refusal)
    }
    const base = oomScoreAdj === 'absolute' ? 0 : this.#before
    this.#write(base + Number(oomScoreAdjValues[this.#isReplica ? 1 : 0]))
  }

  #write(score: number): void {
    try {
      writeFileSync(this.#file, String(Math.min(Math.max(score, scoreMin), scoreMax)))
    } catch {
      throw new BadValue(refusal)
    }
  }
}
