/**
 * Reads what a hash is digested as: `5:field,3:abc,` and so on.
 *
 * @returns null where it is cut off, or something else
 * @see https://cr.yp.to/proto/netstrings.txt
 */
export function readNetstrings(bytes: Buffer): Map<string, Buffer> | null {
  const fields = new Map<string, Buffer>()
  let at = 0
  const next = (): Buffer | null => {
    const colon = bytes.indexOf(':', at)
    const length = colon < 0 ? NaN : Number(bytes.latin1Slice(at, colon))
    const end = colon + 1 + length
    if (!(end < bytes.length) || bytes[end] !== 0x2c) return null
    at = end + 1
    return bytes.subarray(colon + 1, end)
  }
  while (at < bytes.length) {
    const name = next()
    const value = next()
    if (name === null || value === null) return null
    fields.set(name.toString(), value)
  }
  return fields
}
