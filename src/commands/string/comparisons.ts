import { errorReply, xxh3Hex, type Slice } from '../../base/index.js'

/** What the string under a key is compared with, and what must come of it: the conditions of SET and DELEX. */
export type Comparison = 'IFEQ' | 'IFNE' | 'IFDEQ' | 'IFDNE'

export const comparisons: readonly Comparison[] = ['IFEQ', 'IFNE', 'IFDEQ', 'IFDNE']

const badDigest = errorReply('must be exactly 16 hexadecimal characters')

/** The comparison that an option names, or undefined. */
export const comparisonNamed = (option: Slice): Comparison | undefined => comparisons.find((name) => option.is(name))

/**
 * Whether the condition holds for `value`.
 *
 * @param operand a string, or under IFDEQ and IFDNE the 16 digits of an XXH3 in any case
 * @throws {ReplyError} a digest of another length
 */
export function holds(comparison: Comparison, value: Slice, operand: Slice): boolean {
  const wantsEqual = comparison === 'IFEQ' || comparison === 'IFDEQ'
  if (comparison === 'IFEQ' || comparison === 'IFNE') return value.equals(operand) === wantsEqual
  if (operand.length !== 16) throw badDigest
  return (operand.toLatin1().toLowerCase() === xxh3Hex(value)) === wantsEqual
}
