import { words } from '../../support/templates.js'
import type { Line } from '../pair.js'

/** Scripts of one theme, each named for what it shows. Every one begins with an empty server and a new connection. */
export type Scripts = Readonly<Record<string, readonly Line[]>>

/** Texts that are numbers, nearly numbers, and numbers at their limits. */
export const integerTexts = words`
  0 -0 1 -1 +1 007 10 9999 10000 1e3 1.0 0x10 "" " 1" "1 " abc - + --1 "1\x00" nan inf
  2147483647 2147483648 4294967296 -2147483648 -2147483649 9007199254740991 9007199254740993
  9223372036854775806 9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616
  -9223372036854775807 -9223372036854775808 -9223372036854775809 99999999999999999999999
`

/** Integers but those that, as a deadline counted from now, might pass while a script runs. */
export const farIntegerTexts = integerTexts.filter((text) => !/^[+]?(1|10|007|9999|10000)$/.test(text))

/** Texts that long double arithmetic reads, prints or refuses in ways of its own. */
export const floatTexts = words`
  0 -0 0.0 -0.0 1 1.0 1.5 -1.5 .5 5. +5 1e3 1E3 1e-3 1e400 1e4932 1e5000 -1e5000 1e-400 1e-4950 1e-5000
  0.1 0.2 0.3 3.14159265358979323846 2.71828182845904523536 1e17 1e18 1e19 1e20 1e21
  123456789012345678 12345678901234567890 1234567890123456789012 999999999999999999999999999999
  0.00000000000000001 0.000000000000000001 1.00000000000000001 1.000000000000000001 0.1234567890123456789
  9007199254740993 9223372036854775807 9223372036854775808 18446744073709551616 99999999999999999.99
  0x10 0x1p4 0x1.8p1 0xg inf +inf -inf infinity Infinity INF nan NaN -nan nan(1) "" " 1" "1 " "\t1" abc 1.2.3
  1e 1e+ --1 "1\x00" 1,5 1_000
`
