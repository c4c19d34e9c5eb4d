import { Region, ReplyError, borrowed, type Slice } from '../../base/index.js'
import { printed } from '../../command/index.js'
import type { ReplyWriter } from '../../resp/index.js'
import { StreamId, idTextBytesMax, writeUint64, type Chunk, type StreamCursor } from '../../values/index.js'

const hyphen = 45
const text = Region.allocate(idTextBytesMax)
const idText = borrowed()
/** The ID whose milliseconds `text` begins with, as nearly always the next one's do, and where its sequence number begins. */
const last = new StreamId()
let sequenceAt = writeUint64(text.bytes, 0, 0, 0) + 1

/** The text of an ID, good until the next one. */
export function textOf(id: StreamId): Slice {
  const { bytes } = text
  if (!id.sameMs(last)) {
    last.copy(id)
    sequenceAt = writeUint64(bytes, 0, id.msHigh, id.msLow) + 1
  }
  bytes[sequenceAt - 1] = hyphen
  return idText.set(text, 0, writeUint64(bytes, sequenceAt, id.sequenceHigh, id.sequenceLow))
}

export function replyId(reply: ReplyWriter, id: StreamId): void {
  reply.bulk(textOf(id))
}

/** An entry: its ID, and its fields each followed by its value. */
export function replyEntry(reply: ReplyWriter, entry: Chunk): void {
  reply.array(2)
  replyId(reply, entry.id)
  reply.array(entry.fieldCount * 2)
  for (let left = entry.fieldCount; left > 0; left--) {
    entry.readPair()
    reply.bulk(entry.field)
    reply.bulk(entry.value)
  }
}

/** The entries of a walk, `countMax` of them at most; 0 is any number. */
export function replyEntries(reply: ReplyWriter, cursor: StreamCursor, countMax: number): void {
  const { mark } = reply
  let count = 0
  while ((countMax === 0 || count < countMax) && cursor.next()) {
    replyEntry(reply, cursor.entry)
    count++
  }
  reply.insert(mark, `*${count}\r\n`)
}

/** A number of 64 bits, or null for one that is not known. */
export function replyCount(reply: ReplyWriter, count: bigint | null): void {
  if (count === null) reply.null()
  else reply.bigInteger(count)
}

export const noSuchGroup = (key: Slice, group: Slice): ReplyError =>
  new ReplyError('NOGROUP', `No such key '${printed(key)}' or consumer group '${printed(group)}'`)

export const noSuchGroupForKey = (key: Slice, group: Slice): ReplyError =>
  new ReplyError('NOGROUP', `No such consumer group '${printed(group)}' for key name '${printed(key)}'`)
