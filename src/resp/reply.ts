import { ReplyError } from '../base/index.js'

/** A reply as JavaScript has it. Bulks and texts are Buffers or strings, as the reader was told. */
export type Reply =
  string | Buffer | number | bigint | boolean | null | ReplyError | Reply[] | Map<Reply, Reply> | Set<Reply> | Push

/** An out-of-band message of RESP3. */
export class Push {
  readonly items: Reply[]

  constructor(items: Reply[]) {
    this.items = items
  }
}

export interface ReplyFormat {
  /** Bulk replies as Buffers instead of UTF-8 text. */
  readonly buffers?: boolean
}

export function readNumber(text: string): number | bigint {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text)
}

export function readDouble(text: string): number {
  if (text === 'inf') return Infinity
  if (text === '-inf') return -Infinity
  return Number(text)
}

export function readError(text: string): ReplyError {
  const space = text.indexOf(' ')
  return space < 0 ? new ReplyError(text, '') : new ReplyError(text.slice(0, space), text.slice(space + 1))
}
