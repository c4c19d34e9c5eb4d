import type { InfoLine, InfoSection } from '../observe/index.js'
import type { ReplicationHost } from './host.js'
import type { PrimaryLink } from './primary-link.js'
import type { Replication } from './replication.js'

const bit = (on: boolean): number => (on ? 1 : 0)

/** INFO replication, with Redis's fields. */
export function replicationSection(replication: Replication, { settings }: ReplicationHost): InfoSection {
  return {
    name: 'replication',
    title: 'Replication',
    lines: () => [
      ['role', replication.isReplica ? 'slave' : 'master'],
      ...(replication.link === null ? [] : linkLines(replication.link, settings)),
      ...replicaLines(replication, settings),
      ...historyLines(replication, settings),
    ],
  }
}

function linkLines(link: PrimaryLink, settings: ReplicationHost['settings']): InfoLine[] {
  const { address, resync, isUp } = link
  return [
    ['master_host', address.host],
    ['master_port', address.port],
    ['master_link_status', isUp ? 'up' : 'down'],
    ['master_last_io_seconds_ago', link.silentSeconds],
    ['master_sync_in_progress', bit(resync !== null)],
    ['slave_read_repl_offset', link.received],
    ['slave_repl_offset', link.applied],
    ...transferLines(link),
    ...(isUp ? [] : ([['master_link_down_since_seconds', link.downSeconds]] satisfies InfoLine[])),
    ['slave_priority', settings.replicaPriority],
    ['slave_read_only', bit(settings.replicaReadOnly)],
    ['replica_announced', bit(settings.replicaAnnounced)],
  ]
}

function transferLines({ resync, transferSilentSeconds }: PrimaryLink): InfoLine[] {
  if (resync === null) return []
  const { totalBytes, readBytes } = resync
  return [
    ['master_sync_total_bytes', totalBytes],
    ['master_sync_read_bytes', readBytes],
    ['master_sync_left_bytes', totalBytes - readBytes],
    ['master_sync_perc', (totalBytes === 0 ? 0 : (readBytes / totalBytes) * 100).toFixed(2)],
    ['master_sync_last_io_seconds_ago', transferSilentSeconds],
  ]
}

function replicaLines({ primary }: Replication, settings: ReplicationHost['settings']): InfoLine[] {
  const { replicas, goodReplicas } = primary
  const counts = settings.minReplicasToWrite > 0 && settings.minReplicasMaxLag > 0
  const shown = [...replicas].filter(({ shownState }) => shownState !== '')
  return [
    ['connected_slaves', replicas.size],
    ...(counts ? ([['min_slaves_good_slaves', goodReplicas]] satisfies InfoLine[]) : []),
    ...shown.map((replica, i): InfoLine => {
      const { address, port, shownState, acknowledged, isOnline } = replica
      const lag = isOnline ? primary.lag(replica) : 0
      return [`slave${i}`, `ip=${address},port=${port},state=${shownState},offset=${acknowledged},lag=${lag}`]
    }),
  ]
}

function historyLines({ failover, history, primary }: Replication, settings: ReplicationHost['settings']): InfoLine[] {
  const { backlog } = primary.stream
  return [
    ['master_failover_state', failover.state],
    ['master_replid', history.id],
    ['master_replid2', history.secondId],
    ['master_repl_offset', history.offset],
    ['second_repl_offset', history.secondOffset],
    ['repl_backlog_active', bit(backlog !== null)],
    ['repl_backlog_size', settings.replBacklogSize],
    ['repl_backlog_first_byte_offset', backlog === null ? 0 : backlog.start + 1],
    ['repl_backlog_histlen', backlog === null ? 0 : backlog.length],
  ]
}
