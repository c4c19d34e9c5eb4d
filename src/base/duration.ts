const unitMs = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

/** A hundred years: every sum of a time and a duration stays exact. */
const durationMsMax = 100 * 365.25 * 86_400_000

/**
 * Reads `250ms`, `5s`, `1.5m`, `1h`, `1d`; a bare number is seconds.
 *
 * @returns milliseconds, or null where the text is no duration, negative, or above a hundred years
 */
export function parseDuration(text: string): number | null {
  const parts = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text)
  if (parts === null) return null
  const ms = Number(parts[1]) * (unitMs.get(parts[2] ?? 's') ?? 0)
  return ms <= durationMsMax ? ms : null
}

/** The shortest text that `parseDuration` reads back as `ms`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  for (const [unit, length] of [...unitMs].reverse()) if (ms % length === 0) return `${ms / length}${unit}`
  return `${ms}ms`
}
