import type { Command, Services } from '../../../command/index.js'
import { safeInfoText, type InfoLine, type InfoSection } from '../../../observe/index.js'

const kib = (bytes: number): string => (bytes / 1024).toFixed(2)

/** Figures of what this server has not (replicas, threads) are 0: tools look for them. */
export function statsSection({
  keyspace,
  migration,
  pubsub,
  statistics,
  tracking,
  eviction,
  compaction,
}: Services): InfoSection {
  return {
    name: 'stats',
    title: 'Stats',
    lines: (): InfoLine[] => {
      const rates = statistics.rates()
      const { stats } = keyspace
      const exceeded = eviction.exceededMs()
      const moved = compaction.stats
      const compacting = compaction.runningMs()
      return [
        ['total_connections_received', statistics.connectionsReceived],
        ['total_commands_processed', statistics.commandsProcessed],
        ['instantaneous_ops_per_sec', Math.round(rates.commands)],
        ['total_net_input_bytes', statistics.bytesIn],
        ['total_net_output_bytes', statistics.bytesOut],
        ['total_net_repl_input_bytes', statistics.replicationBytesIn],
        ['total_net_repl_output_bytes', statistics.replicationBytesOut],
        ['instantaneous_input_kbps', kib(rates.bytesIn)],
        ['instantaneous_output_kbps', kib(rates.bytesOut)],
        ['instantaneous_input_repl_kbps', kib(0)],
        ['instantaneous_output_repl_kbps', kib(0)],
        ['rejected_connections', statistics.rejectedConnections],
        ['sync_full', statistics.fullResyncs],
        ['sync_partial_ok', statistics.partialResyncs],
        ['sync_partial_err', statistics.refusedPartialResyncs],
        ['expired_keys', stats.expired],
        ['expired_subkeys', stats.expiredFields],
        ['expired_stale_perc', (stats.stalePart * 100).toFixed(2)],
        ['expired_time_cap_reached_count', stats.expireCapReached],
        ['expire_cycle_cpu_milliseconds', Math.round(stats.sweepMs)],
        ['evicted_keys', stats.evicted],
        ['evicted_clients', statistics.evictedClients],
        ['total_eviction_exceeded_time', Math.floor(exceeded.total)],
        ['current_eviction_exceeded_time', Math.floor(exceeded.current)],
        ['keyspace_hits', stats.hits],
        ['keyspace_misses', stats.misses],
        ['pubsub_channels', pubsub.count('channel')],
        ['pubsub_patterns', pubsub.count('pattern')],
        ['pubsubshard_channels', pubsub.count('shard')],
        // for each of them Redis forks
        ['latest_fork_usec', statistics.lastImageMicros],
        ['total_forks', statistics.images],
        ['migrate_cached_sockets', migration.cachedConnections],
        ['slave_expires_tracked_keys', 0],
        ['active_defrag_hits', moved.hits],
        ['active_defrag_misses', moved.misses],
        ['active_defrag_key_hits', moved.keyHits],
        ['active_defrag_key_misses', moved.keyMisses],
        ['total_active_defrag_time', Math.floor(compacting.total)],
        ['current_active_defrag_time', Math.floor(compacting.current)],
        ['tracking_total_keys', tracking.keys],
        ['tracking_total_items', tracking.items],
        ['tracking_total_prefixes', tracking.prefixes],
        ['unexpected_error_replies', 0],
        ['total_error_replies', statistics.errorReplies],
        ['dump_payload_sanitizations', 0],
        ['total_reads_processed', statistics.readsProcessed],
        ['total_writes_processed', statistics.writesProcessed],
        ['io_threaded_reads_processed', 0],
        ['io_threaded_writes_processed', 0],
        ['reply_buffer_shrinks', 0],
        ['reply_buffer_expands', 0],
        ['client_query_buffer_limit_disconnections', statistics.queryBufferLimitDisconnections],
        ['client_output_buffer_limit_disconnections', statistics.outputBufferLimitDisconnections],
      ]
    },
  }
}

/** Every command and subcommand that can run. */
const runnable = ({ commands }: Services): Command[] =>
  commands.all.flatMap((command) => [command, ...(command.subcommands?.values() ?? [])])

/** Execution times of commands that are not timed one by one are their share of the time of all those. */
export function commandStatsSection(services: Services): InfoSection {
  const { statistics } = services
  return {
    name: 'commandstats',
    title: 'Commandstats',
    lines: () =>
      runnable(services).flatMap(({ id, fullName }): InfoLine[] => {
        const calls = statistics.calls[id]
        const rejected = statistics.rejectedCalls[id]
        const failed = statistics.failedCalls[id]
        if (calls === 0 && rejected === 0 && failed === 0) return []
        const micros = statistics.micros(id)
        const each = (calls === 0 ? 0 : micros / calls).toFixed(2)
        const figures = `calls=${calls},usec=${micros},usec_per_call=${each},rejected_calls=${rejected},failed_calls=${failed}`
        return [[`cmdstat_${fullName}`, figures]]
      }),
  }
}

export function errorStatsSection({ statistics }: Services): InfoSection {
  return {
    name: 'errorstats',
    title: 'Errorstats',
    lines: () =>
      [...statistics.errors]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([prefix, count]): InfoLine => [`errorstat_${safeInfoText(prefix)}`, `count=${count}`]),
  }
}

/** Percentiles of the commands whose calls are timed one by one. */
export function latencyStatsSection(services: Services): InfoSection {
  const { config, statistics } = services
  return {
    name: 'latencystats',
    title: 'Latencystats',
    lines: () => {
      if (!statistics.tracksLatency) return []
      const percentiles = config.value('latency-tracking-info-percentiles').split(' ').filter((text) => text !== '') // prettier-ignore
      return runnable(services).flatMap(({ id, fullName }): InfoLine[] => {
        const histogram = statistics.latencies.get(id)
        if (histogram === undefined) return []
        const figures = percentiles.map((text) => `p${text}=${histogram.percentile(Number(text)).toFixed(3)}`)
        return [[`latency_percentiles_usec_${fullName}`, figures.join(',')]]
      })
    },
  }
}
