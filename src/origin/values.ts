import { isUtf8 } from 'node:buffer'
import canonicalizeModule from 'canonicalize'
import { digestOfHash, digestOfLongHash, digestOfLongString, digestOfString, digestSliceBytes } from '../base/index.js'
import type { OriginValue } from '../keyspace/index.js'
import type { ValueKind } from './options.js'
import { Unavailable } from './store.js'
import type { Answer } from './store.js'

/** The package's types say ESM, the package is CommonJS: its default import is the function itself. */
const canonicalize = canonicalizeModule as unknown as (value: unknown) => string | undefined

/** A JSON value's text as a string or a field has it. May throw for what no JSON text has. */
export function textOfJson(value: unknown): string | undefined {
  return typeof value === 'string' ? value : canonicalize(value)
}

/** The bytes of one JSON value: a string is its UTF-8, anything else its RFC 8785 text. */
function bytesOf(value: unknown): Buffer | null {
  try {
    const text = textOfJson(value)
    return text === undefined ? null : Buffer.from(text)
  } catch {
    return null // too deep, a bigint, a NaN: only an in-process object can hold these, or a hostile nesting
  }
}

const refused = (reason: string): Answer => ({ kind: 'refused', reason })

export const tooLarge = (bytesMax: number): Answer => refused(`is larger than value-bytes-max (${bytesMax} bytes)`)

/**
 * What a JSON value of an origin means for a bound key. null, and a hash without a field, are absent.
 *
 * @param bytesMax of the value; of a hash, of all its fields and values
 * @see RFC 8785 (the one text of a JSON value)
 */
export function answerFromJson(json: unknown, as: ValueKind, bytesMax: number): Answer {
  if (json === null || json === undefined) return { kind: 'absent' }
  if (as === 'string') {
    const bytes = bytesOf(json)
    if (bytes === null) return refused('has no JSON text')
    return bytes.length > bytesMax ? tooLarge(bytesMax) : { kind: 'found', value: { kind: 'string', bytes } }
  }
  if (typeof json !== 'object' || Array.isArray(json)) {
    return refused(`is no object, as 'as hash' needs, but ${Array.isArray(json) ? 'an array' : `a ${typeof json}`}`)
  }
  return answerFromFields(json, bytesMax)
}

function answerFromFields(object: object, bytesMax: number): Answer {
  const fields: [Buffer, Buffer][] = []
  let size = 0
  for (const [name, value] of Object.entries(object)) {
    if (value === null || value === undefined) continue
    const bytes = Buffer.isBuffer(value) ? value : bytesOf(value)
    if (bytes === null) return refused(`has a field '${name}' without a JSON text`)
    const field = Buffer.from(name)
    size += field.length + bytes.length
    if (size > bytesMax) return tooLarge(bytesMax)
    fields.push([field, bytes])
  }
  return fields.length === 0 ? { kind: 'absent' } : { kind: 'found', value: { kind: 'hash', fields } }
}

/**
 * The same for the bytes of a body.
 *
 * @throws {Unavailable} where JSON is needed and something else came: an error page, half a document
 */
export function answerFromBytes(bytes: Buffer, as: ValueKind, bytesMax: number): Answer {
  if (bytes.length > bytesMax) return tooLarge(bytesMax)
  if (as === 'string') return { kind: 'found', value: { kind: 'string', bytes } }
  return answerFromJson(parseJson(bytes), as, bytesMax)
}

/** @throws {Unavailable} bad UTF-8, or no JSON */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new Unavailable('what came is no UTF-8', { counts: false })
  const text = bytes.toString()
  try {
    return JSON.parse(text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text)
  } catch {
    throw new Unavailable('what came is no JSON', { counts: false })
  }
}

const byteOrderMark = 0xfeff

/** A found value with its digest: at once where it is short, in pieces, between which others run, where it is long. */
export function withDigest(answer: Answer): Answer | Promise<Answer> {
  if (answer.kind !== 'found' || answer.digest !== undefined) return answer
  const { value } = answer
  if (valueBytes(value) <= digestSliceBytes) return { ...answer, digest: digestOf(value) }
  return digestOfLong(value).then((digest) => ({ ...answer, digest }))
}

/** What an answer with its digest says to who holds a value of `digest`: an equal one is confirmed, its bytes stay here. */
export function unlessHeld(answer: Answer, digest: Buffer | null): Answer {
  if (answer.kind !== 'found' || digest === null || answer.digest?.equals(digest) !== true) return answer
  return answer.validator === undefined
    ? { kind: 'not-modified' }
    : { kind: 'not-modified', validator: answer.validator }
}

/** Takes the digest in pieces, between which others run. */
export const digestOfLong = (value: OriginValue): Promise<Buffer> =>
  value.kind === 'string' ? digestOfLongString(value.bytes) : digestOfLongHash(value.fields)

export const digestOf = (value: OriginValue): Buffer =>
  value.kind === 'string' ? digestOfString(value.bytes) : digestOfHash(value.fields)

/** Bytes of a value as `value-bytes-max` counts them: of a hash, of all its fields and values. */
export function valueBytes(value: OriginValue): number {
  if (value.kind === 'string') return value.bytes.length
  return value.fields.reduce((sum, [field, bytes]) => sum + field.length + bytes.length, 0)
}
