import type { Line } from '../pair.js'

/** Scripts of one theme, each named for what it shows. Every one begins with an empty server and a new connection. */
export type Scripts = Readonly<Record<string, readonly Line[]>>

/** The lines of a template as they stand (backslashes too), without empty ones. */
export function lines(template: TemplateStringsArray, ...values: readonly (string | number)[]): string[] {
  return String.raw(template, ...values)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** The same line for each of `values`, put where `$` stands. */
export function each(values: readonly (string | number)[], ...patterns: readonly string[]): string[] {
  return values.flatMap((value) => patterns.map((pattern) => pattern.replaceAll('$', () => String(value))))
}

/** Texts that are numbers, nearly numbers, and numbers at their limits. */
export const integerTexts = [
  '0', '-0', '1', '-1', '+1', '007', '10', '9999', '10000', '1e3', '1.0', '0x10', '""', '" 1"', '"1 "', 'abc', '-', '+', '--1',
  '2147483647', '2147483648', '4294967296', '-2147483648', '-2147483649', '9007199254740991', '9007199254740993',
  '9223372036854775806', '9223372036854775807', '9223372036854775808', '-9223372036854775807', '-9223372036854775808',
  '-9223372036854775809', '18446744073709551615', '18446744073709551616', '99999999999999999999999', '"1\\x00"', 'nan', 'inf',
] // prettier-ignore

/** Texts that long double arithmetic reads, prints or refuses in ways of its own. */
export const floatTexts = [
  '0', '-0', '0.0', '-0.0', '1', '1.0', '1.5', '-1.5', '.5', '5.', '+5', '1e3', '1E3', '1e-3', '1e400', '1e4932', '1e5000', '-1e5000',
  '1e-400', '1e-4950', '1e-5000', '0.1', '0.2', '0.3', '3.14159265358979323846', '2.71828182845904523536', '1e17', '1e18', '1e19',
  '1e20', '1e21', '123456789012345678', '12345678901234567890', '1234567890123456789012', '0.00000000000000001', '0.000000000000000001',
  '1.00000000000000001', '1.000000000000000001', '9007199254740993', '9223372036854775807', '9223372036854775808', '18446744073709551616',
  '0x10', '0x1p4', '0x1.8p1', '0xg', 'inf', '+inf', '-inf', 'infinity', 'Infinity', 'INF', 'nan', 'NaN', '-nan', 'nan(1)', '""', '" 1"', '"1 "', '"\\t1"', 'abc', '1.2.3',
  '1e', '1e+', '--1', '"1\\x00"', '1,5', '1_000', '0.1234567890123456789', '99999999999999999.99', '999999999999999999999999999999',
] // prettier-ignore
