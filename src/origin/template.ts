import { isUtf8 } from 'node:buffer'
import { globElements, matchGlob, Slice } from '../base/index.js'
import { literalPrefix } from './literal-prefix.js'

/** A template's parts: text as it stands, and what is filled in: 0 for the whole key, n for what the nth `*` took. */
type Part = string | number

type TemplateStyle = 'text' | 'bytes' | 'parameter' | 'path' | 'object'

/** Longest name asked for: what common HTTP servers accept as a request line. */
export const nameBytesMax = 8192

const placeholder = /\{(key|[1-9]\d?)\}/

/** RFC 3986 §2.3: all but what never needs an escape in a URL. */
const reserved = /[^A-Za-z0-9\-._~]/g

const escapes = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)

/** Every byte that is not unreserved as `%XX`, so that a key can never leave its place in a URL. */
export const percentEncode = (bytes: Buffer): string => escaped(bytes.latin1Slice())

/** The same for bytes by the code units of the same numbers. */
const escaped = (text: string): string => text.replace(reserved, (char) => escapes[char.charCodeAt(0)])

/** What a segment begins with that may be empty, or made of dots; hardly any name has one. */
const suspect = /^(?:$|[.?]|%2e)|\/(?:[/.?]|%2e|$)/i

/**
 * What an origin calls a key: `{key}` is the whole key, `{1}`, `{2}` what the pattern's `*`s took, shortest first.
 *
 * As 'text' the bytes of the key have to be UTF-8, as 'parameter' of SQL without NUL too. As 'bytes' any key is named, each
 * byte by the code unit of the same number. As 'path' they are percent-encoded one by one, and a key that would make a
 * segment `.`, `..` or empty, and so name another resource, cannot be expressed. As 'object' the same holds of text without
 * NUL: who is in between, or what the bucket is made of, may take its name for a path.
 */
export class Template {
  readonly #parts: readonly Part[]
  /** Highest number of a `*` that is asked for; 0 where only the whole key is; -1 without any placeholder. */
  readonly highest: number
  readonly #style: TemplateStyle
  readonly #bytesMax: number
  /** Empty segments that the template has by itself. */
  readonly #emptySegments: number

  /** @param bytesMax of a name: a longer one cannot be expressed */
  constructor(text: string, style: TemplateStyle, bytesMax = nameBytesMax) {
    this.#parts = text.split(placeholder).map((part, i) => {
      if (i % 2 === 0) return style === 'bytes' ? Buffer.from(part).latin1Slice() : part
      return part === 'key' ? 0 : Number(part)
    })
    this.highest = this.#parts.reduce<number>((max, part) => (typeof part === 'number' ? Math.max(max, part) : max), -1)
    this.#style = style
    this.#bytesMax = bytesMax
    this.#emptySegments = this.#emptySegmentsOf(text.replace(new RegExp(placeholder, 'g'), 'x'))
  }

  /** @returns null where the origin cannot express the key: it is absent there, and nothing is asked */
  expand(pattern: Slice, key: Slice): string | null {
    const ends: number[] = []
    if (this.highest > 0 && !matchGlob(pattern, key, false, ends)) return null
    const { bytes } = key.region
    let name = ''
    for (const part of this.#parts) {
      if (typeof part === 'string') {
        name += part
        continue
      }
      const start = part === 0 ? key.start : ends[part * 2 - 2]
      const end = part === 0 ? key.start + key.length : ends[part * 2 - 1]
      if (this.#style === 'path' || this.#style === 'bytes') {
        const taken = bytes.latin1Slice(start, end)
        name += this.#style === 'path' ? escaped(taken) : taken
        continue
      }
      const taken = bytes.subarray(start, end)
      if (!isUtf8(taken) || (this.#style !== 'text' && taken.includes(0))) return null
      name += taken.utf8Slice()
    }
    if (name.length > this.#bytesMax || this.#bytesOf(name) > this.#bytesMax) return null
    return this.#isPath && this.#namesAnother(name) ? null : name
  }

  /**
   * What the names of all keys of a pattern begin with.
   *
   * @param within only of those that match this pattern, too
   */
  prefix(pattern: Slice, within: Slice = pattern): string {
    const [text, placeholder] = this.#parts // a template's first part is text, maybe of no length
    const [all, some] = [pattern, within].map((one) => literalPrefix(globElements(one)))
    const longer = some.prefix.length > all.prefix.length ? some.prefix : all.prefix
    if (placeholder === 0) return text + this.#begin(longer)
    const isTail = placeholder === 1 && all.rest === '*' // {1} is all that follows the prefix
    return isTail ? text + this.#begin(longer.subarray(all.prefix.length)) : String(text)
  }

  /** How a name begins for what begins with these bytes. */
  #begin(bytes: Buffer): string {
    if (this.#style === 'path') return percentEncode(bytes)
    if (this.#style === 'bytes') return bytes.latin1Slice()
    let end = bytes.length
    while (!isUtf8(bytes.subarray(0, end))) end-- // it may end within a character
    return bytes.utf8Slice(0, end)
  }

  /**
   * Whether every name belongs to one key: it holds the whole key, or all that the pattern leaves open, once.
   *
   * Two parts could be told apart in several ways: `{1}-{2}` gives a-b-c for two different keys.
   */
  isInvertible(pattern: Slice): boolean {
    if (this.#parts.filter((part) => typeof part === 'number').length !== 1) return false
    return this.highest === 0 || oneStar(pattern) !== null
  }

  /** The key that `expand` gives this name for, if it is invertible; null where it gives it for none. */
  invert(pattern: Slice, name: string): Slice | null {
    const [before, , after] = this.#parts as [string, number, string]
    if (name.length < before.length + after.length || !name.startsWith(before) || !name.endsWith(after)) return null
    const taken = this.#decode(name.slice(before.length, name.length - after.length))
    const around = this.highest === 0 ? [Buffer.alloc(0), Buffer.alloc(0)] : oneStar(pattern)
    if (taken === null || around === null) return null
    const key = Slice.from(Buffer.concat([around[0], taken, around[1]]))
    return this.expand(pattern, key) === name ? key : null
  }

  /**
   * A name of style 'path' as `expand` gives it, of one that percent-encodes more or less than it has to; null where it is
   * no key's. What belongs to no one key stays as it is.
   */
  respell(pattern: Slice, name: string): string | null {
    if (!this.isInvertible(pattern)) return name
    const [before, , after] = this.#parts as [string, number, string]
    if (name.length < before.length + after.length || !name.startsWith(before) || !name.endsWith(after)) return null
    const taken = Buffer.from(name.slice(before.length, name.length - after.length)).latin1Slice()
    const bytes = taken.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    const respelled = before + percentEncode(Buffer.from(bytes, 'latin1')) + after
    return this.invert(pattern, respelled) === null ? null : respelled
  }

  #decode(text: string): Buffer | null {
    if (this.#style !== 'path') return Buffer.from(text, this.#style === 'bytes' ? 'latin1' : 'utf8')
    if (/%(?![0-9A-F]{2})/.test(text)) return null
    return Buffer.from(
      text.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
      'latin1',
    )
  }

  get #isPath(): boolean {
    return this.#style === 'path' || this.#style === 'object'
  }

  /** Bytes of a name that has at most as many code units as it may have bytes. */
  #bytesOf(name: string): number {
    return this.#style === 'bytes' ? name.length : Buffer.byteLength(name)
  }

  /** Whether a path, once a server has normalized it, is another resource. */
  #namesAnother(path: string): boolean {
    if (!suspect.test(path)) return this.#emptySegments !== (path.startsWith('/') ? 1 : 0)
    if (this.#emptySegmentsOf(path) !== this.#emptySegments) return true
    const special = this.#style === 'path' ? /^(\.|%2e){1,2}$/i : /^\.{1,2}$/
    return this.#segmentsOf(path).some((segment) => special.test(segment))
  }

  #segmentsOf(path: string): string[] {
    const query = this.#style === 'path' ? path.indexOf('?') : -1
    return (query < 0 ? path : path.slice(0, query)).split('/')
  }

  #emptySegmentsOf(path: string): number {
    return this.#segmentsOf(path).filter((segment) => segment === '').length
  }
}

/** What a pattern has before and behind its only `*`; null where it leaves anything else open. */
function oneStar(pattern: Slice): [Buffer, Buffer] | null {
  const around: [number[], number[]] = [[], []]
  let stars = 0
  for (const element of globElements(pattern)) {
    if (element === null) stars++
    else if (stars > 1 || element.reduce((sum, taken) => sum + taken, 0) !== 1) return null
    else around[stars].push(element.indexOf(1))
  }
  return stars === 1 ? [Buffer.from(around[0]), Buffer.from(around[1])] : null
}
