import type { OriginValue } from '../../../keyspace/index.js'
import type { Answer } from '../../store.js'
import type { SqliteNames } from './sqlite-names.js'
import type { SqliteAsk } from './sqlite-reader.js'

/** What a store says to its thread. Requests are served one by one, in their order. */
export type Request = { readonly id: number } & (
  | { readonly kind: 'answer'; readonly asks: readonly SqliteAsk[] }
  | { readonly kind: 'changes'; readonly afterId: number }
  | { readonly kind: 'names'; readonly after: string | null }
  | { readonly kind: 'open' }
)

/** What the thread says back. */
export type Response = { readonly id: number } & (
  | { readonly kind: 'answers'; readonly answers: readonly PackedAnswer[]; readonly bytes: Uint8Array<ArrayBuffer> }
  | {
      readonly kind: 'changes'
      /** SQLite's counter of commits by others, as this connection sees it: compare, nothing else. */
      readonly version: number
      /** Which of the thread's connections that is: of another one the counter means something else. */
      readonly connection: number
      /** Keys of the outbox's rows after the one asked for; null: there is no outbox, or too many rows. */
      readonly keys: readonly string[] | null
      /** The outbox's last row. */
      readonly lastId: number
    }
  | ({ readonly kind: 'names' } & SqliteNames)
  | { readonly kind: 'opened' }
  | { readonly kind: 'unavailable'; readonly reason: string; readonly counts: boolean }
)

/** Where a piece lies in the bytes of a response. */
type Place = readonly [start: number, end: number]

type PackedValue =
  | { readonly kind: 'string'; readonly bytes: Place }
  | { readonly kind: 'hash'; readonly fields: readonly (readonly [Place, Place])[] }

type PackedAnswer =
  | Exclude<Answer, { kind: 'found' }>
  | { readonly kind: 'found'; readonly value: PackedValue; readonly digest: Place | null }

/** Packs answers into one piece of memory, which can be handed over instead of copied. */
export function pack(answers: readonly Answer[]): {
  readonly answers: readonly PackedAnswer[]
  readonly bytes: Uint8Array<ArrayBuffer>
} {
  const pieces: Uint8Array[] = []
  let size = 0
  const put = (piece: Uint8Array): Place => {
    pieces.push(piece)
    size += piece.length
    return [size - piece.length, size]
  }
  const packed = answers.map((answer): PackedAnswer => {
    if (answer.kind !== 'found') return answer
    const { value, digest } = answer
    const packedValue: PackedValue =
      value.kind === 'string'
        ? { kind: 'string', bytes: put(value.bytes) }
        : { kind: 'hash', fields: value.fields.map(([field, bytes]) => [put(field), put(bytes)] as const) }
    return { kind: 'found', value: packedValue, digest: digest === undefined ? null : put(digest) }
  })
  const bytes = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return { answers: packed, bytes }
}

/** The answers as they were packed; their buffers share the memory of `bytes`. */
export function unpack(answers: readonly PackedAnswer[], bytes: Uint8Array<ArrayBuffer>): Answer[] {
  const get = ([start, end]: Place): Buffer => Buffer.from(bytes.buffer, start, end - start)
  return answers.map((answer): Answer => {
    if (answer.kind !== 'found') return answer
    const value: OriginValue =
      answer.value.kind === 'string'
        ? { kind: 'string', bytes: get(answer.value.bytes) }
        : { kind: 'hash', fields: answer.value.fields.map(([field, value]) => [get(field), get(value)] as const) }
    return { kind: 'found', value, ...(answer.digest === null ? {} : { digest: get(answer.digest) }) }
  })
}
