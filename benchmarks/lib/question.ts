import type { Report } from './report.js'
import type { CommandTemplate } from './servers.js'

/** What a question needs to know to measure. */
export interface Bench {
  /** Small counts, one round: says that everything works, not how fast it is. */
  readonly quick: boolean
  readonly rounds: number
  readonly redis: CommandTemplate
  readonly truedis: CommandTemplate
  /** Progress, for whoever watches. */
  progress(line: string): void
}

/** One file of benchmarks/: measures, and reports in tables. */
export interface Question {
  readonly title: string
  answer(bench: Bench, report: Report): Promise<void>
}
