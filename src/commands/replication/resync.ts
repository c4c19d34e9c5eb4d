import { errorReply, readInt64, syntaxError } from '../../base/index.js'
import { command, integer, integerIn, printed, type FollowerSettings } from '../../command/index.js'
import { describeClient } from '../connection/lists.js'
import { splitInline } from '../../resp/index.js'

/** A name of a host is at most that long, in Redis. */
const addressBytesMax = 46
/** Redis's replica says nothing of images of this version; ours does. */
const fieldDeadlines = { word: 'RDB12', version: 12 }

export const SYNC = command({
  name: 'SYNC',
  group: 'server',
  since: '1.0.0',
  summary: 'Asks for the whole dataset and all changes from then on: what old replicas say.',
  complexity: '',
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
  run(call) {
    const { client, services } = call
    services.replication.sync(client, null, () => describeClient(client, call))
  },
})

export const PSYNC = command({
  name: 'PSYNC',
  group: 'server',
  since: '2.8.0',
  summary: 'Asks for all changes from some byte of a history on, or for the whole dataset first.',
  complexity: '',
  arity: -3,
  flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
  syntax: 'replicationid offset:integer',
  run(call) {
    const { args, client, services } = call
    const id = args.at(1).toLatin1()
    const next = readInt64(args.at(2))
    const isFailover = args.count > 3 && args.at(3).is('FAILOVER')
    services.replication.sync(client, { id, next: next === null ? null : Number(next), isFailover }, () =>
      describeClient(client, call),
    )
  },
})

export const REPLCONF = command({
  name: 'REPLCONF',
  group: 'server',
  since: '3.0.0',
  summary: 'What replica and primary tell each other about themselves.',
  complexity: 'O(1)',
  arity: -1,
  flags: ['admin', 'noscript', 'loading', 'stale', 'allow_busy'],
  system: true,
  run({ args, client, reply, services }) {
    if (args.count % 2 === 0) throw syntaxError
    const { replication } = services
    for (let i = 1; i < args.count; i += 2) {
      const option = args.at(i)
      const value = args.at(i + 1)
      const set = (settings: FollowerSettings): void => replication.configure(client, settings)
      if (option.is('ACK')) {
        const offset = readInt64(value)
        const onDisk = i + 3 < args.count && args.at(i + 2).is('FACK') ? readInt64(args.at(i + 3)) : null
        if (offset !== null) replication.acknowledge(client, Number(offset), Number(onDisk ?? -1n))
        return // it is not replied to
      }
      if (option.is('GETACK')) return replication.sendAcknowledgement()
      if (option.is('LISTENING-PORT')) set({ port: integer(value) })
      else if (option.is('IP-ADDRESS')) {
        if (value.length >= addressBytesMax) {
          throw errorReply(`REPLCONF ip-address provided by replica instance is too long: ${value.length} bytes`)
        }
        set({ address: value.toLatin1() })
      } else if (option.is('CAPA')) {
        if (value.is('EOF')) set({ canMark: true })
        else if (value.is('PSYNC2')) set({ canChangeId: true })
        else if (value.is(fieldDeadlines.word)) set({ rdbVersion: fieldDeadlines.version })
      } else if (option.is('VERSION')) set({ version: value.toLatin1() })
      else if (option.is('RDB-ONLY')) {
        set({ imageOnly: integerIn(value, 0, 1, errorReply('value is out of range')) === 1 })
      } else if (option.is('RDB-FILTER-ONLY')) set(readFilter(value.toBuffer()))
      else throw errorReply(`Unrecognized REPLCONF option: ${printed(option)}`)
    }
    reply.ok()
  },
})

/** What an image is to be reduced to: names in one argument, of which Redis knows one. @throws {ReplyError} */
function readFilter(value: Buffer): FollowerSettings {
  const names = splitInline(value)
  if (names === null) throw errorReply('Missing rdb-filter-only values')
  for (const name of names) {
    const text = Buffer.from(name).toString('latin1')
    if (text.toLowerCase() !== 'functions') throw errorReply(`Unsupported rdb-filter-only option: ${text}`)
  }
  return { withoutKeys: true, withoutFunctions: names.length === 0 }
}
