/** The bytes that a pattern fixes at its start, and how it goes on: `*` alone, nothing, or anything. */
export function literalPrefix(elements: readonly (Uint8Array | null)[]): { prefix: Buffer; rest: '*' | '' | 'other' } {
  const bytes: number[] = []
  for (const element of elements) {
    if (element === null || element.reduce((sum, taken) => sum + taken, 0) !== 1) break
    bytes.push(element.indexOf(1))
  }
  const rest = elements.slice(bytes.length)
  const prefix = Buffer.from(bytes)
  if (rest.length === 0) return { prefix, rest: '' }
  return { prefix, rest: rest.every((element) => element === null) ? '*' : 'other' }
}
