import { errorReply, notAnInteger } from '../../base/index.js'
import { command, integer, integerIn, type Call, type DurabilityWish } from '../../command/index.js'
import { timeoutOfMilliseconds } from '../timeouts.js'

const waitOnReplica = errorReply(
  'WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated.',
)
const waitaofOnReplica = errorReply(
  'WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just local and are not propagated.',
)
const noFile = errorReply('WAITAOF cannot be used when numlocal is set but appendonly is disabled.')
const outOfRange = errorReply('value is out of range, must be positive')
const notABit = errorReply('value is out of range')

/** Replies at once where enough have it, or where nobody waits; otherwise when they do. */
function settleWhenDurable(call: Call, wish: DurabilityWish): void {
  const { client, isInner, reply, services } = call
  const { replication } = services
  const has = replication.acknowledged(wish.fedBytes, wish.onDisk)
  const isEnough = has.local >= wish.local && has.replicas >= wish.replicas
  if (isEnough || isInner || client.deniesBlocking) return wish.write(reply, has.local, has.replicas)
  replication.wait(client, wish, call.later())
}

export const WAIT = command({
  name: 'WAIT',
  group: 'generic',
  since: '3.0.0',
  summary: 'Waits until replicas have what the connection has written.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['noscript'],
  categories: ['connection'],
  tips: ['request_policy:all_shards', 'response_policy:agg_min'],
  syntax: 'numreplicas:integer timeout:integer',
  run(call) {
    const { args, client, services } = call
    if (services.replication.isReplica) throw waitOnReplica
    const replicas = integer(args.at(1), notAnInteger)
    const timeoutMs = timeoutOfMilliseconds(args.at(2))
    settleWhenDurable(call, {
      fedBytes: client.fedBytes,
      replicas,
      onDisk: false,
      local: 0,
      timeoutMs,
      write: (reply, _local, count) => reply.integer(count),
    })
  },
})

export const WAITAOF = command({
  name: 'WAITAOF',
  group: 'generic',
  since: '7.2.0',
  summary:
    "Waits until what the connection has written is in this server's append-only file, on disk, and in those of replicas.",
  complexity: 'O(1)',
  arity: 4,
  flags: ['blocking'],
  categories: ['connection'],
  tips: ['request_policy:all_shards', 'response_policy:agg_min'],
  syntax: 'numlocal:integer numreplicas:integer timeout:integer',
  run(call) {
    const { args, client, services } = call
    const local = integerIn(args.at(1), 0, 1, notABit)
    const replicas = integerIn(args.at(2), 0, Infinity, outOfRange)
    const timeoutMs = timeoutOfMilliseconds(args.at(3))
    if (services.replication.isReplica) throw waitaofOnReplica
    if (local === 1 && services.config.value('appendonly') !== 'yes') throw noFile
    settleWhenDurable(call, {
      fedBytes: client.fedBytes,
      replicas,
      onDisk: true,
      local,
      timeoutMs,
      write(reply, isLocal, count) {
        reply.array(2)
        reply.integer(isLocal)
        reply.integer(count)
      },
    })
  },
})
