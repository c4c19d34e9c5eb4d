import type { GlobElement } from '../base/index.js'

/** Beyond this many states the question is left open: no route that a human wrote comes near. */
const statesMax = 2_000

/**
 * Whether every key that `inner` matches is matched by `outer` as well, so that a route with `inner` behind one with
 * `outer` would never be asked. Exact for any two patterns; false where it cannot be told within `statesMax` steps.
 *
 * Walks all keys of `inner` at once, as positions in its pattern, beside the set of positions that `outer` could be at.
 */
export function covers(outer: readonly GlobElement[], inner: readonly GlobElement[]): boolean {
  if (differ(outer, inner)) return inner.some((element) => element?.includes(1) === false) // then it has no key to miss
  const alphabet = representatives([...outer, ...inner])
  const seen = new Set<string>()
  const work: { at: number; set: number[] }[] = [{ at: 0, set: reach(outer, [0]) }]
  for (let state = work.pop(); state !== undefined; state = work.pop()) {
    const { at, set } = state
    const id = `${at}|${set.join()}`
    if (seen.has(id)) continue
    seen.add(id)
    if (seen.size > statesMax) return false
    if (at === inner.length) {
      if (!set.includes(outer.length)) return false
      continue
    }
    const element = inner[at]
    if (element === null) work.push({ at: at + 1, set })
    for (const byte of alphabet) {
      if (element !== null && element[byte] === 0) continue
      work.push({ at: element === null ? at : at + 1, set: step(outer, set, byte) })
    }
  }
  return true
}

/** Whether keys of `inner` may have a byte, before either pattern's first `*`, that `outer` does not take there. Most pairs differ so. */
function differ(outer: readonly GlobElement[], inner: readonly GlobElement[]): boolean {
  for (let at = 0; at < outer.length && at < inner.length; at++) {
    const [one, other] = [outer[at], inner[at]]
    if (one === null || other === null) return false
    for (let byte = 0; byte < 256; byte++) if (other[byte] > one[byte]) return true
  }
  return false
}

/** One byte for each way in which bytes differ to these elements. */
function representatives(elements: readonly GlobElement[]): number[] {
  const kinds = new Map<string, number>()
  for (let byte = 0; byte < 256; byte++) {
    let kind = ''
    for (const element of elements) if (element !== null) kind += element[byte]
    if (!kinds.has(kind)) kinds.set(kind, byte)
  }
  return [...kinds.values()]
}

/** With the positions behind each `*` that may take nothing. */
function reach(elements: readonly GlobElement[], positions: readonly number[]): number[] {
  const reached = new Set<number>()
  for (let at of positions) {
    reached.add(at)
    while (at < elements.length && elements[at] === null) reached.add(++at)
  }
  return [...reached].sort((a, b) => a - b)
}

function step(elements: readonly GlobElement[], positions: readonly number[], byte: number): number[] {
  const next: number[] = []
  for (const at of positions) {
    if (at === elements.length) continue
    const element = elements[at]
    if (element === null) next.push(at)
    else if (element[byte] === 1) next.push(at + 1)
  }
  return reach(elements, next)
}
