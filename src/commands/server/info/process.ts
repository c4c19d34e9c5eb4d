import { platform, release, totalmem, type as systemType, machine } from 'node:os'
import type { Services } from '../../../command/index.js'
import { humanBytes, type InfoLine, type InfoSection } from '../../../observe/index.js'
import { memoryFigures, netUse, ratio, type MemoryFigures } from '../memory/figures.js'

/** What libuv waits for sockets with. */
const pollers: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'epoll',
  darwin: 'kqueue',
  freebsd: 'kqueue',
  win32: 'iocp',
}

const addressBits = /64|s390x/.test(process.arch) ? 64 : 32

export function serverSection({ clock, config, server }: Services): InfoSection {
  return {
    name: 'server',
    title: 'Server',
    lines: (): InfoLine[] => {
      const micros = clock.unixMicros()
      const uptime = Math.max(0, Math.floor((clock.unixMs() - server.startedUnixMs) / 1000))
      const hz = config.value('hz')
      return [
        ['redis_version', '7.0.15'],
        ['server_name', 'truedis'],
        ['truedis_version', server.version],
        ['redis_git_sha1', '00000000'],
        ['redis_git_dirty', 0],
        ['redis_build_id', '0000000000000000'],
        ['redis_mode', 'standalone'],
        ['os', `${systemType()} ${release()} ${machine()}`],
        ['arch_bits', addressBits],
        ['monotonic_clock', 'POSIX clock_gettime'],
        ['multiplexing_api', pollers[platform()] ?? 'poll'],
        ['node_version', process.versions.node],
        ['process_id', process.pid],
        ['process_supervised', 'no'],
        ['run_id', server.runId],
        ['tcp_port', server.port],
        ['server_time_usec', micros],
        ['uptime_in_seconds', uptime],
        ['uptime_in_days', Math.floor(uptime / 86_400)],
        ['hz', hz],
        ['configured_hz', hz],
        ['lru_clock', Math.floor(micros / 1e6) & 0xffffff],
        ['executable', server.executable],
        ['config_file', server.configFile],
        ['io_threads_active', 0],
        ...shutdownLines(server.shutdownInMs),
      ]
    },
  }
}

const shutdownLines = (ms: number | null): InfoLine[] => (ms === null ? [] : [['shutdown_in_milliseconds', ms]])

/** The most that one client has in its buffers now, coming and going. */
function fullestBuffers({ clients }: Services): [inputBytes: number, outputBytes: number] {
  let input = 0
  let output = 0
  for (const client of clients.all()) {
    input = Math.max(input, client.queryBytes + client.queryFreeBytes)
    output = Math.max(output, client.outputBytes)
  }
  return [input, output]
}

export function clientsSection(services: Services): InfoSection {
  return {
    name: 'clients',
    title: 'Clients',
    lines: (): InfoLine[] => {
      const [input, output] = fullestBuffers(services)
      const all = [...services.clients.all()]
      const waiting = all.filter((client) => client.waiting).length
      return [
        ['connected_clients', all.length - all.filter((client) => client.replica?.isAttached === true).length],
        ['cluster_connections', 0],
        ['maxclients', services.config.value('maxclients')],
        ['client_recent_max_input_buffer', input],
        ['client_recent_max_output_buffer', output],
        ['blocked_clients', waiting],
        ['clients_waiting_for_origins', services.server.waitingForOrigins()],
        ['tracking_clients', services.tracking.clients],
        ['clients_in_timeout_table', services.waiting.timed],
      ]
    },
  }
}

const ratioText = (part: number, whole: number): string => ratio(part, whole).toFixed(2)

const percent = (part: number, whole: number): string => `${ratio(part * 100, whole).toFixed(2)}%`

/** What memory is used for. Nothing has scripts, replicas or a file yet. */
function useLines(figures: MemoryFigures): InfoLine[] {
  const { used, peak, residentSet, overhead, startup, dataset } = figures
  const total = totalmem()
  return [
    ['used_memory', used],
    ['used_memory_human', humanBytes(used)],
    ['used_memory_rss', residentSet],
    ['used_memory_rss_human', humanBytes(residentSet)],
    ['used_memory_peak', peak],
    ['used_memory_peak_human', humanBytes(peak)],
    ['used_memory_peak_perc', percent(used, peak)],
    ['used_memory_overhead', overhead],
    ['used_memory_startup', startup],
    ['used_memory_dataset', dataset],
    ['used_memory_dataset_perc', percent(dataset, netUse(figures))],
    ['allocator_allocated', figures.allocated],
    ['allocator_active', figures.active],
    ['allocator_resident', figures.resident],
    ['total_system_memory', total],
    ['total_system_memory_human', humanBytes(total)],
    ['used_memory_lua', 0],
    ['used_memory_vm_eval', 0],
    ['used_memory_lua_human', humanBytes(0)],
    ['used_memory_scripts_eval', 0],
    ['number_of_cached_scripts', 0],
    ['number_of_functions', 0],
    ['number_of_libraries', 0],
    ['used_memory_vm_functions', 0],
    ['used_memory_vm_total', 0],
    ['used_memory_vm_total_human', humanBytes(0)],
    ['used_memory_functions', 0],
    ['used_memory_scripts', 0],
    ['used_memory_scripts_human', humanBytes(0)],
    ['used_memory_node_heap', figures.nodeHeap],
  ]
}

/** What memory is lost between and beside the data. */
function lossLines(figures: MemoryFigures): InfoLine[] {
  const { used, allocated, active, resident, residentSet, clients, replicas, backlog, beyond } = figures
  return [
    ['allocator_frag_ratio', ratioText(active, allocated)],
    ['allocator_frag_bytes', active - allocated],
    ['allocator_rss_ratio', ratioText(resident, active)],
    ['allocator_rss_bytes', resident - active],
    ['rss_overhead_ratio', ratioText(residentSet, resident)],
    ['rss_overhead_bytes', residentSet - resident],
    ['mem_fragmentation_ratio', ratioText(residentSet, used)],
    ['mem_fragmentation_bytes', residentSet - used],
    ['mem_not_counted_for_evict', beyond],
    ['mem_replication_backlog', backlog],
    ['mem_total_replication_buffers', backlog + beyond],
    ['mem_clients_slaves', replicas],
    ['mem_clients_normal', clients],
    ['mem_cluster_links', 0],
    ['mem_aof_buffer', 0],
    ['mem_allocator', 'truedis-arena'],
  ]
}

/**
 * `used_memory` is the arena in use, tables and buffers; what Redis calls the allocator is the arena. The part of V8's
 * heap, which holds no data, shows in the resident set alone.
 */
export function memorySection(services: Services): InfoSection {
  const { config, keyspace, compaction } = services
  return {
    name: 'memory',
    title: 'Memory',
    lines: (): InfoLine[] => {
      const figures = memoryFigures(services)
      const limit = Number(config.value('maxmemory'))
      return [
        ...useLines(figures),
        ['maxmemory', limit],
        ['maxmemory_human', humanBytes(limit)],
        ['maxmemory_policy', config.value('maxmemory-policy')],
        ...lossLines(figures),
        ['active_defrag_running', compaction.share],
        ['lazyfree_pending_objects', keyspace.wasteCount],
        ['lazyfreed_objects', keyspace.stats.lazyFreed],
      ]
    },
  }
}

const seconds = (micros: number): string => (micros / 1e6).toFixed(6)

export function cpuSection(): InfoSection {
  return {
    name: 'cpu',
    title: 'CPU',
    lines: (): InfoLine[] => {
      const { system, user } = process.cpuUsage()
      return [
        ['used_cpu_sys', seconds(system)],
        ['used_cpu_user', seconds(user)],
        ['used_cpu_sys_children', seconds(0)],
        ['used_cpu_user_children', seconds(0)],
      ]
    },
  }
}
