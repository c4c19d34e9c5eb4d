/** One member of an object, by where it stands in the text. */
interface Member {
  readonly name: string
  readonly start: number
  readonly nameEnd: number
  readonly valueStart: number
  readonly end: number
}

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = [...'"\\{}[]'].map((char) =>
  char.charCodeAt(0),
)
const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09

/**
 * The text of a JSON object, of which single members are set or deleted, while all others stay character by character:
 * numbers that JavaScript would round, order, white space. The text has to be valid: `JSON.parse` has taken it.
 */
export class ObjectText {
  readonly #text: string
  readonly #members: readonly Member[]
  readonly #byName = new Map<string, Member>()
  readonly #twice = new Set<string>()
  /** What is to be, by name; null: deleted. */
  readonly #changes = new Map<string, string | null>()

  constructor(text: string) {
    this.#text = text
    this.#members = membersOf(text)
    for (const member of this.#members) {
      if (this.#byName.has(member.name)) this.#twice.add(member.name)
      this.#byName.set(member.name, member)
    }
  }

  get names(): readonly string[] {
    return [...this.#byName.keys()]
  }

  /** Whether several members have this name: readers differ in which of them counts. */
  isTwice(name: string): boolean {
    return this.#twice.has(name)
  }

  /** The JSON text of a member's value as it is to be; null without such a member. */
  get(name: string): string | null {
    const change = this.#changes.get(name)
    if (change !== undefined) return change
    const member = this.#byName.get(name)
    return member === undefined ? null : this.#text.slice(member.valueStart, member.end)
  }

  /** @param value a JSON text; null deletes the member */
  set(name: string, value: string | null): void {
    this.#changes.set(name, value)
  }

  /** The whole text with the changes. A new member is written behind the others, in the manner of the last. */
  toString(): string {
    const text = this.#text
    const members = this.#members
    const last = members.at(-1)
    const parts: string[] = []
    let from = text.indexOf('{') + 1
    const head = text.slice(0, from)
    let lead = ''
    for (const member of members) {
      lead = text.slice(from, member.start)
      const change = this.#changes.get(member.name)
      from = text.indexOf(member === last ? '}' : ',', member.end) + 1
      if (change === null) continue
      const value = change ?? text.slice(member.valueStart, member.end)
      const trail = member === last ? '' : text.slice(member.end, from - 1)
      parts.push(lead + text.slice(member.start, member.valueStart) + value + trail)
    }
    const colon = last === undefined ? ':' : text.slice(last.nameEnd, last.valueStart)
    for (const [name, value] of this.#changes) {
      if (value !== null && !this.#byName.has(name)) parts.push(`${lead}${JSON.stringify(name)}${colon}${value}`)
    }
    return head + parts.join(',') + text.slice(last?.end ?? from)
  }
}

function membersOf(text: string): Member[] {
  const members: Member[] = []
  let at = pastSpace(text, text.indexOf('{') + 1)
  while (text.charCodeAt(at) !== closeBrace) {
    const start = at
    const nameEnd = pastString(text, start)
    const valueStart = pastSpace(text, pastSpace(text, nameEnd) + 1)
    const end = pastValue(text, valueStart)
    members.push({ name: JSON.parse(text.slice(start, nameEnd)) as string, start, nameEnd, valueStart, end })
    at = pastSpace(text, end)
    if (text[at] === ',') at = pastSpace(text, at + 1)
  }
  return members
}

function pastSpace(text: string, at: number): number {
  while (isSpace(text.charCodeAt(at))) at++
  return at
}

/** @param at of the opening quote */
function pastString(text: string, at: number): number {
  for (;;) {
    at = text.indexOf('"', at + 1)
    let escapes = 0
    while (text.charCodeAt(at - 1 - escapes) === backslash) escapes++
    if (escapes % 2 === 0) return at + 1
  }
}

function pastValue(text: string, at: number): number {
  let depth = 0
  do {
    const code = text.charCodeAt(at)
    if (code === quote) {
      at = pastString(text, at)
      continue
    }
    if (code === openBrace || code === openBracket) depth++
    else if (code === closeBrace || code === closeBracket) depth--
    else if (depth === 0) return pastScalar(text, at)
    at++
  } while (depth > 0)
  return at
}

function pastScalar(text: string, at: number): number {
  while (/[-+.\w]/.test(text.charAt(at))) at++
  return at
}
