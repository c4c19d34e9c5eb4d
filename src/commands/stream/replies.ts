import { Region, ReplyError, borrowed, type Slice } from '../../base/index.js'
import { printed } from '../../command/index.js'
import type { ReplyWriter } from '../../resp/index.js'
import { idTextBytesMax, type Chunk, type StreamCursor, type StreamId } from '../../values/index.js'

const text = Region.allocate(idTextBytesMax)
const idText = borrowed()

/** The text of an ID, good until the next one. */
export const textOf = (id: StreamId): Slice => idText.set(text, 0, id.write(text.bytes, 0))

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
