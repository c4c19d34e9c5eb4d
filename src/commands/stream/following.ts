import type { Slice } from '../../base/index.js'
import type { Call, Word } from '../../command/index.js'
import { StreamId, type StreamGroup, type StreamValue } from '../../values/index.js'
import type { TrimOptions } from './trim-options.js'

/*
 * What followers are told in place of calls on streams: IDs that were chosen, how far trimming went, and deliveries as
 * claims, all in words that Redis 7.0 has.
 */

const first = new StreamId()

/** A trim without leave to do less: what it left here is what is to be left there. */
function exactTrim(stream: StreamValue, { strategy, isApproximate, minId }: TrimOptions): readonly Word[] {
  if (strategy === 'length') return ['MAXLEN', '=', stream.length]
  const cursor = isApproximate ? stream.walk() : null
  const id = cursor?.next() === true ? first.copy(cursor.entry.id) : minId
  return ['MINID', '=', id.toString()]
}

/** Remembers which entries a trim deletes that looks at the groups which refer to them. Null: their number says it all. */
export function watchTrim(call: Call, options: TrimOptions, stream: StreamValue): string[] | null {
  options.deleted = null
  if (!call.isFollowed || options.references === 'keep' || stream.groupCount === 0) return null
  const ids: string[] = []
  options.deleted = (id) => ids.push(id.toString())
  return ids
}

/** @param trimmed entries deleted one by one, or null */
export function propagateAdd(
  call: Call,
  stream: StreamValue,
  id: StreamId,
  options: TrimOptions,
  trimmed: readonly string[] | null,
): void {
  const { args } = call
  const fields: Slice[] = []
  for (let i = options.idAt + 1; i < args.count; i++) fields.push(args.at(i))
  const trim = options.strategy === null || trimmed !== null ? [] : exactTrim(stream, options)
  call.propagate('XADD', args.at(1), ...trim, id.toString(), ...fields)
  if (trimmed !== null) propagateDeletion(call, stream, trimmed, options.references === 'delete')
}

export function propagateTrim(
  call: Call,
  stream: StreamValue,
  options: TrimOptions,
  trimmed: readonly string[] | null,
): void {
  if (trimmed === null) call.propagate('XTRIM', call.args.at(1), ...exactTrim(stream, options))
  else propagateDeletion(call, stream, trimmed, options.references === 'delete')
}

/** @param isForgotten whether the groups forget them as well */
export function propagateDeletion(call: Call, stream: StreamValue, ids: readonly string[], isForgotten: boolean): void {
  if (ids.length === 0) return
  const key = call.args.at(1)
  if (isForgotten) {
    for (let i = 0; i < stream.groupCount; i++) call.propagate('XACK', key, stream.groupAt(i).name, ...ids)
  }
  call.propagate('XDEL', key, ...ids)
}

/** What a group delivered to a consumer: claims of one moment, and how far the group has come. */
export function propagateDelivery(
  call: Call,
  key: Slice,
  group: StreamGroup,
  consumerName: Slice,
  ids: readonly string[],
): void {
  if (ids.length > 0) {
    const claim: Word[] = ['XCLAIM', key, group.name, consumerName, 0, ...ids]
    call.propagate(...claim, 'TIME', call.nowMs, 'RETRYCOUNT', 1, 'FORCE', 'JUSTID', 'LASTID', group.lastId.toString())
  }
  call.propagate('XGROUP', 'SETID', key, group.name, group.lastId.toString(), ...entriesRead(group))
}

/** What SETID is to say of how many entries a group has read: without it, that nobody knows. */
export const entriesRead = (group: StreamGroup): readonly Word[] =>
  group.knowsEntriesRead ? ['ENTRIESREAD', group.entriesRead] : []

/** One entry that a consumer claimed, as it is pending now: the group is at its place. */
export function propagateClaim(call: Call, key: Slice, group: StreamGroup, consumerName: Slice, id: StreamId): void {
  const { deliveredMs, deliveries } = group
  const delivery: readonly Word[] = ['TIME', deliveredMs, 'RETRYCOUNT', deliveries]
  call.propagate('XCLAIM', key, group.name, consumerName, 0, id.toString(), ...delivery, 'FORCE', 'JUSTID')
}
