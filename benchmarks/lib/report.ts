import type { Spread } from './statistics.js'
import { markOf, showGoal, type Mark, type Target } from './targets.js'

/** A measurement that was held against a target. */
export interface Verdict {
  readonly what: string
  readonly shown: string
  readonly target: Target
  readonly mark: Mark
}

/** The heads of the three columns that `judge` fills. */
export const judgedColumns = ['target', 'stretch', ''] as const

/** One question's answer, built up as markdown. */
export class Report {
  readonly verdicts: Verdict[] = []
  /** Command lines as they were run, with `<port>` for the port. */
  readonly commands = new Set<string>()
  readonly #parts: string[] = []

  constructor(readonly title: string) {}

  text(paragraph: string): void {
    this.#parts.push(paragraph)
  }

  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
    this.#parts.push([line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n'))
  }

  /** The cells target, stretch and mark of a measurement; blank where there is no target. */
  judge(what: string, value: number, target: Target | null): string[] {
    if (target === null) return ['', '', '']
    const mark = markOf(value, target)
    const shown = target.unit === 'x' ? value.toFixed(3) : `${value.toFixed(1)}${target.unit}`
    this.verdicts.push({ what, shown, target, mark })
    return [showGoal(target, target.target), showGoal(target, target.stretch), mark === 'missed' ? '**missed**' : mark]
  }

  toMarkdown(): string {
    return this.#parts.join('\n\n')
  }
}

/** `1.59 (1.52-1.66)` */
export function showSpread({ median, min, max }: Spread, digits = 2): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}-${max.toFixed(digits)})`
}

/** Thousands apart, no fraction: `1,234,567`. */
export function showCount(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
