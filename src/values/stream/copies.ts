import { borrowed } from '../../base/index.js'
import type { Records } from '../../memory/index.js'
import { StreamConsumer, StreamGroup } from './group.js'
import type { Names } from './names.js'
import { StreamId } from './stream-id.js'

/** Copies groups with their consumers and pending entries into a list that is empty. @throws {OutOfMemory} some are there */
export function copyGroups(records: Records, from: Names, to: Names): void {
  const group = new StreamGroup(records)
  const copy = new StreamGroup(records)
  const name = borrowed()
  for (let i = 0; i < from.count; i++) {
    group.open(from.at(i))
    const ref = StreamGroup.create(records, records.key(group.ref, name))
    try {
      to.add(ref)
    } catch (error) {
      records.free(ref)
      throw error
    }
    copyGroup(records, group, copy.open(ref))
  }
}

/** Consumer by consumer, so that each pending entry finds its owner. */
function copyGroup(records: Records, from: StreamGroup, to: StreamGroup): void {
  const consumer = new StreamConsumer(records)
  const copy = new StreamConsumer(records)
  const name = borrowed()
  const id = new StreamId()
  to.setLastId(from.lastId)
  to.entriesRead = from.entriesRead
  for (let i = 0; i < from.consumers.count; i++) {
    consumer.open(from.consumers.at(i))
    copy.open(to.addConsumer(records.key(consumer.ref, name), consumer.seenMs))
    const own = consumer.pending
    for (let more = own.first(); more; more = own.next()) {
      from.pending.find(own.readId(id))
      to.assign(id, copy)
      to.deliveredMs = from.deliveredMs
      to.deliveries = from.deliveries
    }
  }
}
