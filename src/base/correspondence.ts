/**
 * Two counters of one stream that grow each at a pace of its own: places where both were known are noted, and looked up by
 * the first one.
 */
export class Correspondence {
  #value: number
  readonly #placesMost: number
  readonly #places: { readonly first: number; readonly second: number }[] = []

  /**
   * @param value of the second counter before the first place
   * @param placesMost places beyond are not noted
   */
  constructor(value: number, placesMost = Infinity) {
    this.#value = value
    this.#placesMost = placesMost
  }

  /** The second counter at the last place that was reached. */
  get value(): number {
    return this.#value
  }

  /** The first counter at the last place that was noted and is not reached; NaN without one. */
  get lastFirst(): number {
    return this.#places.at(-1)?.first ?? NaN
  }

  note(first: number, second: number): void {
    if (this.#places.length < this.#placesMost) this.#places.push({ first, second })
  }

  /** The first counter has come this far. */
  reach(first: number): void {
    const places = this.#places
    let count = 0
    while (count < places.length && places[count].first <= first) count++
    if (count === 0) return
    this.#value = places[count - 1].second
    places.splice(0, count)
  }

  /** Forgets all places. */
  clear(value: number): void {
    this.#value = value
    this.#places.length = 0
  }
}
