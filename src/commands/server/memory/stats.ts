import { command, type Call } from '../../../command/index.js'
import { memoryFigures, netUse, ratio, type MemoryFigures } from './figures.js'

type Line = readonly [name: string, value: number]

const whole = (lines: readonly Line[], { reply }: Call): void => {
  for (const [name, value] of lines) {
    reply.bulkText(name)
    reply.integer(Math.trunc(value))
  }
}

const fraction = (name: string, value: number, { reply }: Call): void => {
  reply.bulkText(name)
  reply.doubleText(String(value))
}

function replyDatabases({ databases }: MemoryFigures, call: Call): void {
  for (const { index, table, deadlines } of databases) {
    call.reply.bulkText(`db.${index}`)
    call.reply.map(3)
    const lines: Line[] = [
      ['overhead.hashtable.main', table],
      ['overhead.hashtable.expires', deadlines],
      ['overhead.hashtable.slot-to-keys', 0],
    ]
    whole(lines, call)
  }
}

function replyRatios(figures: MemoryFigures, call: Call): void {
  const { used, allocated, active, resident, residentSet, peak, dataset } = figures
  fraction('dataset.percentage', (dataset * 100) / netUse(figures), call)
  fraction('peak.percentage', ratio(used * 100, peak), call)
  const allocator: Line[] = [
    ['allocator.allocated', allocated],
    ['allocator.active', active],
    ['allocator.resident', resident],
  ]
  whole(allocator, call)
  fraction('allocator-fragmentation.ratio', ratio(active, allocated), call)
  whole([['allocator-fragmentation.bytes', active - allocated]], call)
  fraction('allocator-rss.ratio', ratio(resident, active), call)
  whole([['allocator-rss.bytes', resident - active]], call)
  fraction('rss-overhead.ratio', ratio(residentSet, resident), call)
  whole([['rss-overhead.bytes', residentSet - resident]], call)
  fraction('fragmentation', ratio(residentSet, used), call)
  whole([['fragmentation.bytes', residentSet - used]], call)
}

export const STATS = command({
  name: 'MEMORY|STATS',
  group: 'server',
  since: '4.0.0',
  summary: 'Tells what memory is used for.',
  complexity: 'O(1)',
  arity: 2,
  flags: [],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  run(call) {
    const figures = memoryFigures(call.services)
    const { peak, used, startup, clients, overhead, keys, dataset, databases } = figures
    call.reply.map(27 + databases.length)
    const totals: Line[] = [
      ['peak.allocated', peak],
      ['total.allocated', used],
      ['startup.allocated', startup],
      ['replication.backlog', figures.backlog],
      ['clients.slaves', figures.replicas],
      ['clients.normal', clients],
      ['cluster.links', 0],
      ['aof.buffer', 0],
      ['lua.caches', 0],
      ['functions.caches', 0],
    ]
    whole(totals, call)
    replyDatabases(figures, call)
    const data: Line[] = [
      ['overhead.total', overhead],
      ['keys.count', keys],
      ['keys.bytes-per-key', keys === 0 ? 0 : netUse(figures) / keys],
      ['dataset.bytes', dataset],
    ]
    whole(data, call)
    replyRatios(figures, call)
  },
})
