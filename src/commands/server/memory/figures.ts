import type { Services } from '../../../command/index.js'

/** What a deadline takes in its record. */
const deadlineBytes = 8

/** Memory as INFO, MEMORY STATS and MEMORY DOCTOR tell of it. Bytes; what Redis calls the allocator is the arena. */
export interface MemoryFigures {
  readonly used: number
  readonly startup: number
  readonly peak: number
  /** Of the process, V8's heap and code included. */
  readonly residentSet: number
  readonly nodeHeap: number
  /** Given out by the arena; chunks and blocks that hold it; those, and chunks kept empty. */
  readonly allocated: number
  readonly active: number
  readonly resident: number
  /** Buffers of clients. */
  readonly clients: number
  /** Of replicas, with what is kept for them beyond the backlog; the backlog; what is beyond it. */
  readonly replicas: number
  readonly backlog: number
  readonly beyond: number
  readonly clientCount: number
  /** Databases that hold keys, and bytes that are neither keys nor values. */
  readonly databases: readonly { readonly index: number; readonly table: number; readonly deadlines: number }[]
  readonly overhead: number
  readonly dataset: number
  readonly keys: number
}

/** Takes the figures. They are read where they stand, but for the resident set, which the system counts. */
export function memoryFigures({ keyspace, clients, replication, server, statistics }: Services): MemoryFigures {
  const used = server.usedMemory()
  statistics.peakMemory = Math.max(statistics.peakMemory, used)
  const { startMemory, peakMemory } = statistics
  const { arena } = keyspace
  const { rss, heapUsed } = process.memoryUsage()
  const { backlog, beyond } = replication.streamBytes
  let buffers = 0
  let replicas = beyond
  for (const client of clients.all()) {
    if (client.replica?.isAttached === true) replicas += client.memoryBytes
    else buffers += client.memoryBytes
  }
  const tables = keyspace.databases.reduce((bytes, { tableBytes }) => bytes + tableBytes, 0)
  const overhead = Math.min(used, Math.max(startMemory, tables) + buffers + replicas + backlog)
  return {
    used,
    startup: startMemory,
    peak: peakMemory,
    residentSet: rss,
    nodeHeap: heapUsed,
    allocated: arena.usedBytes,
    active: arena.reservedBytes,
    resident: arena.residentBytes,
    clients: buffers,
    replicas,
    backlog,
    beyond,
    clientCount: clients.size,
    databases: keyspace.databases
      .filter(({ size }) => size > 0)
      .map(({ index, tableBytes, volatileSize }) => {
        return { index, table: tableBytes, deadlines: volatileSize * deadlineBytes }
      }),
    overhead,
    dataset: used - overhead,
    keys: keyspace.databases.reduce((keys, { size }) => keys + size, 0),
  }
}

/** 0 of nothing. */
export const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)

/** What is used beyond what an empty server uses; at least 1, since others are divided by it. */
export const netUse = ({ used, startup }: MemoryFigures): number => (used > startup ? used - startup : 1)
