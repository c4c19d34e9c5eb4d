/** Negative, 0 or positive, as for Array.sort. */
type Order<T> = (a: T, b: T) => number

/** Below this many elements are sorted by insertion, beyond that a pivot is the middle one of three, or of nine. */
const few = 7
const many = 40

/**
 * Sorts so that the first `wanted` elements are right, and no more than that needs: Bentley and McIlroy's quicksort, as
 * Redis has it, so that elements that are equal come out in the order in which its replies have them.
 *
 * @see Bentley and McIlroy, Engineering a Sort Function (1993); redis 7.0.15, pqsort.c
 */
export function partialSort<T>(items: T[], wanted: number, order: Order<T>): void {
  sortPart(items, 0, items.length, wanted - 1, order)
}

function sortPart<T>(items: T[], from: number, count: number, last: number, order: Order<T>): void {
  for (let start = from, length = count; ;) {
    if (length < few) return insertionSort(items, start, length, order)
    swap(items, start, pivotOf(items, start, length, order))
    const end = start + length
    const [below, above] = partition(items, start, end, order)
    if (below > 1 && start <= last) sortPart(items, start, below, last, order)
    if (above <= 1 || end - above > last) return
    start = end - above
    length = above
  }
}

function insertionSort<T>(items: T[], start: number, length: number, order: Order<T>): void {
  for (let i = start + 1; i < start + length; i++) {
    for (let j = i; j > start && order(items[j - 1], items[j]) > 0; j--) swap(items, j, j - 1)
  }
}

function pivotOf<T>(items: T[], start: number, length: number, order: Order<T>): number {
  let middle = start + (length >> 1)
  if (length === few) return middle
  let low = start
  let high = start + length - 1
  if (length > many) {
    const step = length >> 3
    low = median(items, low, low + step, low + 2 * step, order)
    middle = median(items, middle - step, middle, middle + step, order)
    high = median(items, high - 2 * step, high - step, high, order)
  }
  return median(items, low, middle, high, order)
}

function median<T>(items: T[], a: number, b: number, c: number, order: Order<T>): number {
  const isBelow = order(items[a], items[b]) < 0
  if (isBelow) return order(items[b], items[c]) < 0 ? b : order(items[a], items[c]) < 0 ? c : a
  return order(items[b], items[c]) > 0 ? b : order(items[a], items[c]) < 0 ? a : c
}

/**
 * Parts elements by the first of them: lower ones come first, equal ones in the middle. Equal ones are gathered at both
 * ends on the way. Returns how many are lower, and how many higher.
 */
function partition<T>(items: T[], start: number, end: number, order: Order<T>): [below: number, above: number] {
  let equalLow = start + 1
  let low = start + 1
  let high = end - 1
  let equalHigh = end - 1
  for (;;) {
    for (; low <= high; low++) {
      const compared = order(items[low], items[start])
      if (compared > 0) break
      if (compared === 0) swap(items, equalLow++, low)
    }
    for (; low <= high; high--) {
      const compared = order(items[high], items[start])
      if (compared < 0) break
      if (compared === 0) swap(items, high, equalHigh--)
    }
    if (low > high) break
    swap(items, low++, high--)
  }
  swapMany(items, start, low, Math.min(equalLow - start, low - equalLow))
  swapMany(items, low, end, Math.min(equalHigh - high, end - equalHigh - 1))
  return [low - equalLow, equalHigh - high]
}

/** Swaps `count` elements from `at` on with as many before `end`. */
function swapMany<T>(items: T[], at: number, end: number, count: number): void {
  for (let i = 0; i < count; i++) swap(items, at + i, end - count + i)
}

function swap<T>(items: T[], a: number, b: number): void {
  const item = items[a]
  items[a] = items[b]
  items[b] = item
}
