import { readSafeInteger } from '../base/index.js'
import type { Args } from '../resp/index.js'
import type { Call } from './call.js'
import type { Command, FoundKey, KeySpec } from './command.js'

/**
 * The keys of a call, by their specifications, as indexes into its arguments.
 *
 * Null when the arguments do not fit the specification (a count of keys that is no number, or larger than what follows):
 * the command's own syntax error says so better.
 */
export function findKeys(command: Command, args: Args): readonly FoundKey[] | null {
  const { spec } = command
  if (spec.findKeys !== undefined) return spec.findKeys({ args } as Pick<Call, 'args'>)
  const found: FoundKey[] = []
  for (const keySpec of spec.keys ?? []) {
    if (keySpec.marks?.includes('not_key') === true) continue
    const first = firstKey(keySpec, args)
    if (first < 0) continue
    if (!(keySpec.count === undefined ? findRange : findCounted)(keySpec, first, args, found)) return null
  }
  return found
}

/** Index of the first key (or of what `count` counts from), or -1 where its keyword is missing. */
function firstKey(spec: KeySpec, args: Args): number {
  if (typeof spec.first === 'number') return spec.first
  if (spec.first === 'unknown') return -1
  const { keyword, from } = spec.first
  const step = from < 0 ? -1 : 1
  for (let i = from < 0 ? args.count + from : from; i > 0 && i < args.count; i += step) {
    if (args.at(i).is(keyword)) return i + 1
  }
  return -1
}

function findRange(spec: KeySpec, first: number, args: Args, found: FoundKey[]): boolean {
  const step = spec.step ?? 1
  let last = spec.last ?? first
  if (last < 0) last = spec.limit === undefined ? args.count + last : first + (args.count - first) / spec.limit - 1
  else if (typeof spec.first !== 'number') last += first
  for (let index = first; index <= last; index += step) {
    if (index >= args.count) return false
    found.push({ index, spec })
  }
  return true
}

function findCounted(spec: KeySpec, first: number, args: Args, found: FoundKey[]): boolean {
  const { at, keysFrom } = spec.count!
  const step = spec.step ?? 1
  if (first + at >= args.count) return false
  const count = readSafeInteger(args.at(first + at))
  if (!(count >= 0) || first + keysFrom + (count - 1) * step >= args.count) return false
  for (let i = 0; i < count; i++) found.push({ index: first + keysFrom + i * step, spec })
  return true
}
