import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { OriginValue } from '../../keyspace/index.js'
import type { ValueKind } from '../options.js'
import type { Written } from '../store.js'

/** A value as a file, an object or a body has it: its bytes, or under `as hash` a JSON object whose members are text. */
export function bytesToWrite(value: OriginValue, as: ValueKind): Buffer | Written {
  if (value.kind !== as) return { kind: 'refused', reason: `is no ${as}, as 'as ${as}' needs` }
  if (value.kind === 'string') return value.bytes
  if (!value.fields.flat().every((bytes) => isUtf8(bytes)))
    return { kind: 'refused', reason: 'is no UTF-8, as JSON is' }
  const members = value.fields.map(([field, bytes]) => [field.toString(), bytes.toString()])
  return Buffer.from(JSON.stringify(Object.fromEntries(members)))
}

export interface Body {
  readonly bytes: Buffer
  /** Its SHA-256, taken as it came. */
  readonly digest: Buffer
}

/** A whole body; null where it is larger than `bytesMax`, of which no more is read: the stream is destroyed. */
export async function readBody(stream: AsyncIterable<Buffer>, bytesMax: number): Promise<Body | null> {
  const chunks: Buffer[] = []
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > bytesMax) return null
    hash.update(chunk)
    chunks.push(chunk)
  }
  return { bytes: chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, size), digest: hash.digest() }
}
