import { readLenientDouble, type Slice } from '../../base/index.js'
import { partialSort, type Compare } from './partial-sort.js'
import { Texts } from './sort-texts.js'

/** Below this a double has lost digits, which C's strtod reports as an error. */
const normalMin = 2 ** -1022

/** The number that all of a text writes out, up to its first NUL, as C's strtod reads it; NaN where SORT refuses it. */
function readScore(text: Slice): number {
  const score = readLenientDouble(text)
  if (Math.abs(score) >= normalMin && Math.abs(score) !== Infinity) return score
  if (Number.isNaN(score)) return NaN
  // infinite or nearly nothing: as written, or out of the range of doubles
  const written = text.toLatin1()
  if (Math.abs(score) === Infinity) return /inf/i.test(written) ? score : NaN
  return score === 0 && !/^[^ep]*[1-9]/i.test(written.split('\0', 1)[0]) ? score : NaN
}

/** Which of two elements comes first, by scores, by texts that belong to them, or by themselves. */
export class Ranking {
  readonly #elements: Texts
  /** What is stored is compared byte by byte; what is replied as C's strcoll does, in the C locale. */
  readonly #isExact: boolean
  #scores: Float64Array | null = null
  #weights: Texts | null = null

  constructor(elements: Texts, isExact: boolean) {
    this.#elements = elements
    this.#isExact = isExact
  }

  /** Takes a number for each element, 0 where there is no text for it; false when one is no number. */
  takeScores(textOf: (index: number) => Slice | null): boolean {
    const scores = new Float64Array(this.#elements.count)
    let areNumbers = true
    for (let i = 0; i < scores.length; i++) {
      const text = textOf(i)
      if (text !== null) scores[i] = readScore(text)
      if (Number.isNaN(scores[i])) areNumbers = false
    }
    this.#scores = scores
    return areNumbers
  }

  /** Takes a text for each element; those without come first. */
  takeWeights(textOf: (index: number) => Slice | null): void {
    const weights = new Texts()
    for (let i = 0; i < this.#elements.count; i++) {
      const text = textOf(i)
      if (text === null) weights.addNone()
      else weights.add(text)
    }
    this.#weights = weights
  }

  /** Sorts the numbers of elements, in a part of the places where that is enough. */
  sort(order: Int32Array, isDescending: boolean, part: { readonly from: number; readonly to: number } | null): void {
    const ascending = this.#order()
    const compare: Compare = isDescending ? (a, b) => -ascending(a, b) : ascending
    if (part === null) order.sort(compare)
    else partialSort(order, compare, part.from, part.to)
  }

  #order(): Compare {
    const elements = this.#elements
    const scores = this.#scores
    if (scores !== null) {
      return (a, b) => (scores[a] < scores[b] ? -1 : scores[a] > scores[b] ? 1 : elements.compare(a, b))
    }
    const texts = this.#weights ?? elements
    const upToNul = !this.#isExact
    return (a, b) => {
      if (texts.has(a) && texts.has(b)) return texts.compare(a, b, upToNul)
      return Number(texts.has(a)) - Number(texts.has(b))
    }
  }
}
