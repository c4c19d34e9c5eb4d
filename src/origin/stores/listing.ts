import type { NamePage } from '../store.js'

/** Names of one page, where the store can choose. */
export const namesAPage = 1000

/** What is left of the names that were there when the first page was asked for. */
interface Rest {
  readonly names: readonly string[]
  readonly from: number
}

/**
 * A page of names that can only be had all at once, or which change too much to find the place again.
 *
 * @param all gives them for the first page; the others are of that moment
 */
export async function pageOf(cursor: NamePage['next'], all: () => Promise<readonly string[]>): Promise<NamePage> {
  const { names, from } = cursor === null ? { names: await all(), from: 0 } : (cursor as Rest)
  const next: Rest = { names, from: from + namesAPage }
  return { names: names.slice(from, next.from), next: next.from < names.length ? next : null }
}
