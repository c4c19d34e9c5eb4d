/** A stream as one would write it down on paper: what the real one is compared with. */
export class StreamModel {
  entries: { id: string; pairs: string[] }[] = []
  lastId = '0-0'
  added = 0n
  maxDeleted = '0-0'

  add(id: string, pairs: string[]): void {
    this.entries.push({ id, pairs })
    this.lastId = id
    this.added++
  }

  delete(id: string): boolean {
    const at = this.entries.findIndex((entry) => entry.id === id)
    if (at < 0) return false
    this.entries.splice(at, 1)
    if (compareIds(id, this.maxDeleted) > 0) this.maxDeleted = id
    return true
  }

  /** Entries by their places, as lines. */
  lines(from = 0, to = this.entries.length): string[] {
    return this.entries.slice(from, to).map(({ id, pairs }) => `${id} ${pairs.join(' ')}`)
  }
}

export function compareIds(a: string, b: string): number {
  const [one, other] = [a, b].map((id) => id.split('-').map(BigInt))
  for (const i of [0, 1]) if (one[i] !== other[i]) return one[i] < other[i] ? -1 : 1
  return 0
}
