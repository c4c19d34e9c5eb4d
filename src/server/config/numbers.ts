const uint64Max = 0xffff_ffff_ffff_ffffn
const int64Max = 0x7fff_ffff_ffff_ffffn

/** The largest values of C's types, which bound Redis's directives. */
export const limits = {
  int: 2_147_483_647n,
  uint: 4_294_967_295n,
  long: int64Max,
  ulong: uint64Max,
} as const

const units: Readonly<Record<string, bigint>> = {
  '': 1n,
  b: 1n,
  k: 1000n,
  kb: 1024n,
  m: 1000n ** 2n,
  mb: 1024n ** 2n,
  g: 1000n ** 3n,
  gb: 1024n ** 3n,
}

/**
 * Bytes out of `64mb`, `1k`, `100`: `k` is 1000, `kb` 1024, any case.
 *
 * As in Redis no digits are 0, digits beyond 64 bits saturate and the product wraps.
 *
 * @returns undefined for what is no amount of memory
 * @see memtoull() in Redis's util.c
 */
export function parseMemory(text: string): bigint | undefined {
  const match = /^(\d{0,127})([a-zA-Z]*)$/.exec(text)
  const unit = match === null ? undefined : units[match[2].toLowerCase()]
  if (match === null || unit === undefined) return undefined
  const digits = match[1] === '' ? 0n : BigInt(match[1])
  return BigInt.asUintN(64, (digits > uint64Max ? uint64Max : digits) * unit)
}

/** The shortest way to write so many bytes that reads back the same: `1gb`, `64mb`, `3000`. */
export function formatMemory(bytes: bigint): string {
  for (const unit of ['gb', 'mb', 'kb']) {
    if (bytes !== 0n && bytes % units[unit] === 0n) return `${bytes / units[unit]}${unit}`
  }
  return bytes.toString()
}

/** A decimal number of 64 bits written the one canonical way: no plus, no leading zero, no space. */
export function parseInteger(text: string): bigint | undefined {
  if (!/^(0|-?[1-9]\d{0,18})$/.test(text)) return undefined
  const value = BigInt(text)
  return BigInt.asIntN(64, value) === value ? value : undefined
}

/**
 * A number as C's strtoll() reads a whole text: leading space, plus and zeros are fine, nothing at all is 0, and what
 * does not fit saturates.
 */
export function parseLoosely(text: string, base: 8 | 10 = 10): bigint | undefined {
  if (text === '') return 0n
  const match = (base === 8 ? /^[\s]*([+-]?)([0-7]+)$/ : /^[\s]*([+-]?)(\d+)$/).exec(text)
  if (match === null) return undefined
  const magnitude = BigInt(base === 8 ? `0o${match[2]}` : match[2])
  if (match[1] === '-') return magnitude > int64Max ? -int64Max - 1n : -magnitude
  return magnitude > int64Max ? int64Max : magnitude
}
