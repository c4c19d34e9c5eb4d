import { wrongType, type Slice } from '../../base/index.js'
import type { Call } from '../../command/index.js'
import type { Views } from '../../values/index.js'
import { Type, type SetValue } from '../../values/index.js'

/** A set's entry, or 0 for a key that is missing, which counts as an empty set. */
type Ref = number

/** Looks up the sets under some arguments, in their order. @throws {ReplyError} one of them is no set */
export function readSets({ args, db }: Call, from: number, to = args.count): Ref[] {
  const sets: Ref[] = []
  for (let i = from; i < to; i++) {
    const ref = db.read(args.at(i))
    if (ref !== 0 && db.type(ref) !== Type.set) throw wrongType
    sets.push(ref)
  }
  return sets
}

const lengthOf = ({ sets }: Views, ref: Ref): number => (ref === 0 ? 0 : sets.open(ref, null).length)

/** Sets that are asked one by one whether they have a member; the one asked last stays open. */
class Probes {
  readonly #view: SetValue
  readonly #refs: readonly Ref[]
  #open: Ref = 0

  constructor({ otherSets }: Views, refs: readonly Ref[]) {
    this.#view = otherSets
    this.#refs = refs
  }

  #has(ref: Ref, member: Slice): boolean {
    if (ref !== this.#open) this.#view.open((this.#open = ref), null)
    return this.#view.has(member)
  }

  allHave(member: Slice): boolean {
    for (let i = 0; i < this.#refs.length; i++) if (!this.#has(this.#refs[i], member)) return false
    return true
  }

  someHas(member: Slice): boolean {
    for (let i = 0; i < this.#refs.length; i++) if (this.#has(this.#refs[i], member)) return true
    return false
  }
}

/** Slots of a set looked at between two questions whether enough was found. */
const walkSlots = 64

/**
 * Visits the members that all sets have: those of the smallest are looked for in the others.
 *
 * @param most members to find; it may visit a few more
 */
export function intersect(views: Views, refs: readonly Ref[], most: number, visit: (member: Slice) => void): void {
  if (refs.includes(0)) return
  const bySize = refs.map((ref) => ({ ref, length: lengthOf(views, ref) })).sort((a, b) => a.length - b.length)
  const [smallest, ...others] = bySize.map(({ ref }) => ref)
  const probes = new Probes(views, others.filter((ref) => ref !== smallest)) // prettier-ignore
  const set = views.sets.open(smallest, null)
  let found = 0
  let cursor = 0
  do {
    cursor = set.scan(cursor, walkSlots, (member) => {
      if (!probes.allHave(member)) return
      found++
      visit(member)
    })
  } while (cursor !== 0 && found < most)
}

/** Adds the members of all sets to `into`. */
export function union(views: Views, refs: readonly Ref[], into: SetValue): void {
  for (const ref of refs) if (ref !== 0) views.sets.open(ref, null).forEach((member) => into.add(member))
}

/**
 * Adds the members of the first set that no other has to `into`: by looking each up in the others, or by adding all and
 * taking the others' away, whichever is less work. The choice is Redis's, since the result's encoding shows it.
 */
export function difference(views: Views, refs: readonly Ref[], into: SetValue): void {
  const [first, ...others] = refs
  if (first === 0 || others.includes(first)) return
  const lengths = refs.map((ref) => lengthOf(views, ref))
  const there = refs.filter((ref) => ref !== 0)
  const lookUps = (lengths[0] * there.length) / 2
  const all = lengths.reduce((sum, length) => sum + length, 0)
  if (Math.trunc(lookUps) <= all) subtractByLooking(views, first, others, into)
  else subtractByDeleting(views, first, others, into)
}

function subtractByLooking(views: Views, first: Ref, others: readonly Ref[], into: SetValue): void {
  const lengths = new Map(others.map((ref) => [ref, lengthOf(views, ref)]))
  const largestFirst = others.filter((ref) => ref !== 0).sort((a, b) => lengths.get(b)! - lengths.get(a)!)
  const probes = new Probes(views, largestFirst)
  views.sets.open(first, null).forEach((member) => {
    if (!probes.someHas(member)) into.add(member)
  })
}

function subtractByDeleting(views: Views, first: Ref, others: readonly Ref[], into: SetValue): void {
  union(views, [first], into)
  for (const ref of others) {
    if (ref !== 0 && into.length > 0) views.sets.open(ref, null).forEach((member) => into.delete(member))
  }
}
