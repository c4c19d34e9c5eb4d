export type InfoLine = readonly [field: string, value: string | number]

/** One section of INFO, written by the room that knows its figures. */
export interface InfoSection {
  /** In lower case, as INFO's argument names it. */
  readonly name: string
  /** Behind `# `. */
  readonly title: string
  lines(): Iterable<InfoLine>
}

/** Redis's sections in Redis's order; further ones follow in the order they were added. */
const order = [
  'server',
  'clients',
  'memory',
  'persistence',
  'stats',
  'replication',
  'cpu',
  'modules',
  'commandstats',
  'errorstats',
  'latencystats',
  'cluster',
  'keyspace',
]

/** Long ones, shown by name and under ALL and EVERYTHING only. */
const onlyByName = new Set(['commandstats', 'latencystats'])

/** Another name that INFO takes for a section. */
const aliases = new Map([['module_list', 'modules']])

/**
 * What INFO shows. Rooms add their sections when the server is joined together; one added later under the same name takes
 * the place of the first.
 *
 * @see https://redis.io/docs/latest/commands/info/
 */
export class InfoSections {
  readonly #sections = new Map<string, InfoSection>()

  add(...sections: readonly InfoSection[]): this {
    for (const section of sections) this.#sections.set(section.name, section)
    return this
  }

  /**
   * INFO's text.
   *
   * @param wanted section names, `default`, `all` or `everything`, in any case; none means `default`. Unknown names
   * add nothing.
   */
  render(wanted: readonly string[]): string {
    const names = new Set((wanted.length === 0 ? ['default'] : wanted).map((name) => name.toLowerCase()))
    for (const [alias, name] of aliases) if (names.has(alias)) names.add(name)
    const all = names.has('all') || names.has('everything')
    const some = names.has('default')
    return this.#inOrder()
      .filter(({ name }) => all || names.has(name) || (some && !onlyByName.has(name)))
      .map(text)
      .join('\r\n')
  }

  #inOrder(): InfoSection[] {
    return [...this.#sections.values()].sort((a, b) => rank(a) - rank(b))
  }
}

function rank({ name }: InfoSection): number {
  const at = order.indexOf(name)
  return at < 0 ? order.length : at
}

function text(section: InfoSection): string {
  let out = `# ${section.title}\r\n`
  for (const [field, value] of section.lines()) out += `${field}:${value}\r\n`
  return out
}

/** A field's text without what would break the format of INFO. */
export const safeInfoText = (text: string): string => text.replace(/[#:\r\n]/g, '_')

/** Bytes for people: `512B`, `1.50K`, `3.00G`. */
export function humanBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`
  const units = ['K', 'M', 'G', 'T', 'P']
  const power = Math.min(units.length, Math.floor(Math.log2(bytes) / 10))
  return `${(bytes / 1024 ** power).toFixed(2)}${units[power - 1]}`
}
