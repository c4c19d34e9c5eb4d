export interface Sample {
  readonly value: number
  /** Written downwards under the sample. */
  readonly label: string
}

/** From the bottom of a row to its top; above a row that is full the next one begins. */
const marks = '_o#'
const full = '|'

/**
 * Values as columns of text `rows` lines high, from the least to the greatest of them, with their labels underneath;
 * `columns` of them side by side, the next ones below. As LATENCY GRAPH draws them.
 *
 * @see redis 7.0.15, sparkline.c
 */
export function sparkline(samples: readonly Sample[], columns: number, rows: number): string {
  const values = samples.map(({ value }) => value)
  const least = Math.min(...values)
  const range = Math.max(...values) - least || 1
  const parts: string[] = []
  for (let at = 0; at < samples.length; at += columns) {
    parts.push(part(samples.slice(at, at + columns), rows, least, range))
  }
  return parts.join('\n')
}

function part(samples: readonly Sample[], rows: number, least: number, range: number): string {
  const steps = marks.length * rows
  const heights = samples.map(({ value }) => Math.min(steps - 1, Math.trunc(((value - least) * steps) / range)))
  const lines: string[] = []
  for (let row = rows - 1; row >= 0; row--) {
    lines.push(heights.map((height) => mark(height - row * marks.length)).join(''))
  }
  lines.push(' '.repeat(samples.length))
  const labelHeight = Math.max(...samples.map(({ label }) => label.length))
  for (let i = 0; i < labelHeight; i++) lines.push(samples.map(({ label }) => label[i] ?? ' ').join(''))
  return lines.map((line) => `${line}\n`).join('')
}

const mark = (height: number): string => (height < 0 ? ' ' : (marks[height] ?? full))
