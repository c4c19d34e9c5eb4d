/** Long lists, written as text: each tag takes its template as it stands, backslashes too. */

/** The lines of a template, without empty ones. */
export function lines(template: TemplateStringsArray): string[] {
  return String.raw(template)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** The words of a template, quoted ones with their quotes. */
export function words(template: TemplateStringsArray): string[] {
  return String.raw(template).match(/"[^"]*"|\S+/g) ?? []
}

/** What stands between the bars of a template, where a word is not enough. */
export function alternatives(template: TemplateStringsArray): string[] {
  return String.raw(template)
    .split('|')
    .map((text) => text.trim())
}

/** Every pattern for each of `values` in turn, put where `$` stands. */
export function each(values: readonly (string | number)[], ...patterns: readonly string[]): string[] {
  return values.flatMap((value) => patterns.map((pattern) => pattern.replaceAll('$', () => String(value))))
}
