/** Where two servers first disagree: the step's number, and what else a report wants to know. */
export interface Found {
  readonly index: number
}

/** Replays on an empty server; gives the first disagreement. */
export type Replay<Step, Disagreement extends Found> = (steps: readonly Step[]) => Promise<Disagreement | null>

const replaysMost = 250

/**
 * The fewest steps found that still disagree: first the shortest tail that does, then ever smaller pieces taken out
 * (delta debugging). What is left need not be the very fewest when the replays run out.
 */
export async function minimise<Step, Disagreement extends Found>(
  steps: readonly Step[],
  replay: Replay<Step, Disagreement>,
): Promise<{ steps: readonly Step[]; found: Disagreement | null }> {
  let best: readonly Step[] = steps
  let found: Disagreement | null = null
  const attempt = async (candidate: readonly Step[]): Promise<boolean> => {
    const odd = await replay(candidate)
    if (odd === null) return false
    best = candidate.slice(0, odd.index + 1)
    found = odd
    return true
  }
  for (let length = 10; ; length *= 10) {
    if (await attempt(steps.slice(-length))) break
    if (length >= steps.length) return { steps, found }
  }
  let left = replaysMost
  for (let size = Math.ceil(best.length / 2); size >= 1 && left > 0;) {
    let shrank = false
    for (let at = 0; at < best.length - 1 && left > 0; left--) {
      // The last step is the one that shows the difference: it stays.
      const end = Math.min(at + size, best.length - 1)
      if (await attempt([...best.slice(0, at), ...best.slice(end)])) shrank = true
      else at = end
    }
    if (size === 1 && !shrank) break
    size = Math.max(1, shrank && size === 1 ? 1 : Math.floor(size / 2))
  }
  return { steps: best, found }
}
