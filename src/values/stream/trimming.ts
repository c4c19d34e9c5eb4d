import type { Chunk } from './chunk.js'
import type { StreamEntries } from './entries.js'
import type { StreamValue } from './stream.js'
import { StreamId } from './stream-id.js'

/** What becomes of a deleted entry that groups still refer to: it goes and they keep it pending, it goes there too, or it stays. */
export type References = 'keep' | 'delete' | 'acknowledged'

/** How far a stream is trimmed. */
export interface TrimRule {
  /** The length that is to be left; or null, and entries before `minId` go. */
  readonly lengthMax: number | null
  readonly minId: StreamId
  /** Only whole chunks go. */
  readonly isApproximate: boolean
  /** Entries that go at most; 0 is any number. Chunks that would exceed it stay. */
  readonly limit: number
  readonly references: References
  /** Told of each entry that goes by itself, which all do unless references are kept; the ID is borrowed. */
  readonly deleted?: ((id: StreamId) => void) | null
}

const last = new StreamId()
const target = new StreamId()

/** Trims from the first chunk on, as Redis does; `shorten` is told of deleted entries at once. Returns how many they were. */
export function trim(
  stream: StreamValue,
  entries: StreamEntries,
  rule: TrimRule,
  shorten: (count: number) => void,
): number {
  const { lengthMax, isApproximate, limit } = rule
  const references = stream.groupCount === 0 ? 'keep' : rule.references
  let trimmed = 0
  let more = entries.index.first()
  while (more && (lengthMax === null || stream.length > lengthMax)) {
    const chunk = entries.openChunk()
    const { count } = chunk
    if (limit !== 0 && trimmed + count > limit) break
    const isWhole = lengthMax === null ? endsBefore(chunk, rule.minId) : stream.length - count >= lengthMax
    if (isApproximate && !isWhole) break
    entries.index.readId(target)
    if (isWhole && (references === 'keep' || count === 0)) {
      entries.dropChunk()
      shorten(count)
      trimmed += count
    } else trimmed += trimWithin(stream, entries, rule, references, shorten)
    if (!isWhole && lengthMax === null) break
    more = target.increment() && entries.index.seek(target)
  }
  return trimmed
}

/** Whether all entries of a chunk, deleted ones too, are before `id`. */
function endsBefore(chunk: Chunk, id: StreamId): boolean {
  chunk.toEnd()
  if (chunk.previous()) last.copy(chunk.id)
  return last.compare(id) < 0
}

/** Deletes entries of the chunk at the index's place one by one, as far as the rule goes; returns how many. */
function trimWithin(
  stream: StreamValue,
  entries: StreamEntries,
  { lengthMax, minId, deleted: told }: TrimRule,
  references: References,
  shorten: (count: number) => void,
): number {
  let deleted = 0
  const chunk = entries.openChunk()
  while (chunk.next()) {
    if (lengthMax === null ? chunk.id.compare(minId) >= 0 : stream.length <= lengthMax) break
    if (chunk.isDeleted) continue
    if (references === 'acknowledged' && stream.isReferenced(chunk.id)) continue
    if (references === 'delete') stream.dropReferences(chunk.id)
    deleted++
    if (references !== 'keep') told?.(chunk.id)
    shorten(1)
    if (chunk.count === 1 && references !== 'keep') {
      entries.dropChunk()
      break
    }
    chunk.markDeleted()
  }
  return deleted
}
