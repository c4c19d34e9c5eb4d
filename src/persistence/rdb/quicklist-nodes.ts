/** By -1 to -5, the bytes of a node: see `list-max-listpack-size`. */
const nodeBytes = [4096, 8192, 16_384, 32_768, 65_536]
/** The most bytes of a node that is limited by its number of elements. */
const safeBytes = 8192
/** What Redis reckons for an element beside its bytes. */
const overheadBytes = 8

/**
 * Whether Redis adds an element of `length` bytes to a node of a list, or begins another one.
 *
 * @param bytes of the node's listpack
 * @param elements in it
 * @see https://github.com/redis/redis/blob/7.0.15/src/quicklist.c _quicklistNodeAllowInsert
 */
export function quicklistAllows(bytes: number, elements: number, length: number, listpackSize: number): boolean {
  const needed = bytes + length + overheadBytes
  if (listpackSize < 0) return needed <= nodeBytes[Math.min(-listpackSize, nodeBytes.length) - 1]
  return needed <= safeBytes && elements < listpackSize
}
