/** Negative where element `a` comes before `b`, 0 where it does not matter. */
export type Compare = (a: number, b: number) => number

/**
 * Sorts so far that the places `from` to `to` hold what they would hold if all were sorted. Elements of equal rank end up
 * where Redis's SORT puts them under BY and LIMIT: clients see that, so the steps are those of its algorithm, Bentley and
 * McIlroy's quicksort, which recurs only into parts that reach into the range.
 *
 * @see https://cs.fit.edu/~pkc/classes/writing/samples/bentley93engineering.pdf
 */
export function partialSort(items: Int32Array, compare: Compare, from: number, to: number): void {
  sortPart(items, 0, items.length, compare, from, to)
}

const insertionMax = 6
const medianOfThreeMax = 40

function sortPart(items: Int32Array, first: number, count: number, compare: Compare, from: number, to: number): void {
  while (count > insertionMax) {
    swap(items, first, pivotOf(items, first, count, compare))
    const { less, greater } = partition(items, first, count, compare)
    if (less > 1 && first <= to && first + less > from) sortPart(items, first, less, compare, from, to)
    const last = first + count
    if (greater <= 1 || last - greater > to || last <= from) return
    first = last - greater
    count = greater
  }
  for (let i = first + 1; i < first + count; i++) {
    for (let j = i; j > first && compare(items[j - 1], items[j]) > 0; j--) swap(items, j, j - 1)
  }
}

/** The place of an element that is probably near the middle: of seven the middle one, of more a median of medians. */
function pivotOf(items: Int32Array, first: number, count: number, compare: Compare): number {
  const middle = first + (count >>> 1)
  if (count === insertionMax + 1) return middle
  const last = first + count - 1
  if (count <= medianOfThreeMax) return median(items, first, middle, last, compare)
  const step = count >>> 3
  return median(
    items,
    median(items, first, first + step, first + 2 * step, compare),
    median(items, middle - step, middle, middle + step, compare),
    median(items, last - 2 * step, last - step, last, compare),
    compare,
  )
}

function median(items: Int32Array, a: number, b: number, c: number, compare: Compare): number {
  if (compare(items[a], items[b]) < 0) {
    if (compare(items[b], items[c]) < 0) return b
    return compare(items[a], items[c]) < 0 ? c : a
  }
  if (compare(items[b], items[c]) > 0) return b
  return compare(items[a], items[c]) < 0 ? a : c
}

/**
 * Brings what is less than the first element before what is equal to it, and what is greater behind. Equal ones gather at
 * both ends on the way and are swapped to the middle last.
 */
function partition(
  items: Int32Array,
  first: number,
  count: number,
  compare: Compare,
): { less: number; greater: number } {
  const last = first + count
  let equalBelow = first + 1
  let low = first + 1
  let high = last - 1
  let equalAbove = last - 1
  for (;;) {
    for (let order; low <= high && (order = compare(items[low], items[first])) <= 0; low++) {
      if (order === 0) swap(items, equalBelow++, low)
    }
    for (let order; low <= high && (order = compare(items[high], items[first])) >= 0; high--) {
      if (order === 0) swap(items, high, equalAbove--)
    }
    if (low > high) break
    swap(items, low++, high--)
  }
  const less = low - equalBelow
  const greater = equalAbove - high
  swapRuns(items, first, low, Math.min(equalBelow - first, less))
  swapRuns(items, low, last, Math.min(greater, last - 1 - equalAbove))
  return { less, greater }
}

/** Exchanges `count` elements from `at` on with as many that end before `end`. */
function swapRuns(items: Int32Array, at: number, end: number, count: number): void {
  for (let i = 0; i < count; i++) swap(items, at + i, end - count + i)
}

function swap(items: Int32Array, a: number, b: number): void {
  const item = items[a]
  items[a] = items[b]
  items[b] = item
}
