import type { JournalEntry, OriginValue } from '../keyspace/index.js'
import type { Deadline } from './store.js'

/** A write that waits to be made at its origin, as its journal keeps it. */
export interface BehindEntry {
  readonly db: number
  readonly key: Buffer
  /** null deletes it. */
  readonly value: OriginValue | null
  /** As in `Write`. */
  readonly expected: Buffer | 'absent' | undefined
  readonly validator: string | null
  /** Unix milliseconds of the client's call. */
  readonly atMs: number
  /** As in `Write`. */
  readonly expireAtMs: Deadline
}

/** A write that its origin did not take. */
export interface DeadLetter {
  readonly id: string
  readonly entry: BehindEntry
  readonly reason: string
  /** Unix milliseconds. */
  readonly failedAtMs: number
}

const headWords = 14

/** Names and values by turns: seven pairs of what it is, then the value, as `value` or by its fields. */
export function entryWords(entry: BehindEntry): (Buffer | string)[] {
  const { db, key, value, expected, validator, atMs, expireAtMs } = entry
  const condition = expected === undefined ? 'any' : expected === 'absent' ? expected : expected.toString('hex')
  const head = ['db', String(db), 'key', key, 'kind', value?.kind ?? 'none', 'expected', condition]
  const rest = [
    'validator',
    validator ?? '',
    'expire-at',
    String(expireAtMs ?? deadlineWord(expireAtMs)),
    'at',
    String(atMs),
  ]
  if (value === null) return [...head, ...rest]
  return [...head, ...rest, ...(value.kind === 'string' ? ['value', value.bytes] : value.fields.flat())]
}

/** Reads them again; null where they are not such words. */
export function entryOf({ words }: JournalEntry): BehindEntry | null {
  const [, db, , key, , kind, , condition, , validator, , expireAt, , at] = words
  if (words.length < headWords || words[0].toString() !== 'db' || words[12].toString() !== 'at') return null
  const value = valueOf(kind.toString(), words.slice(headWords))
  if (value === undefined) return null
  const expected = condition.toString()
  return {
    db: Number(db),
    key,
    value,
    expected: expected === 'any' ? undefined : expected === 'absent' ? expected : Buffer.from(expected, 'hex'),
    validator: validator.length === 0 ? null : validator.toString(),
    atMs: Number(at),
    expireAtMs: deadlineOf(expireAt.toString()),
  }
}

const deadlineWord = (none: null | undefined): string => (none === null ? 'never' : 'kept')

const deadlineOf = (word: string): Deadline => (word === 'kept' ? undefined : word === 'never' ? null : Number(word))

function valueOf(kind: string, words: readonly Buffer[]): OriginValue | null | undefined {
  if (kind === 'none') return null
  if (kind === 'string' && words.length === 2) return { kind, bytes: words[1] }
  if (kind !== 'hash') return undefined
  const fields: [Buffer, Buffer][] = []
  for (let i = 0; i + 1 < words.length; i += 2) fields.push([words[i], words[i + 1]])
  return { kind, fields }
}

const failureWords = 4

/** A letter stands before its entry, whose fields may have any names. */
export const letterWords = (entry: BehindEntry, reason: string, failedAtMs: number): (Buffer | string)[] => [
  'reason',
  reason,
  'failed-at',
  String(failedAtMs),
  ...entryWords(entry),
]

export function letterOf({ id, words }: JournalEntry): DeadLetter | null {
  const entry = entryOf({ id, words: words.slice(failureWords) })
  return entry === null ? null : { id, entry, reason: words[1].toString(), failedAtMs: Number(words[3]) }
}
