/** What a measurement should reach, and what it would be proud of. */
export interface Target {
  readonly direction: 'at least' | 'at most'
  readonly target: number
  readonly stretch: number
  readonly unit: string
}

export type Mark = 'stretch' | 'met' | 'missed'

const atLeast = (target: number, stretch: number, unit = 'x'): Target => ({
  direction: 'at least',
  target,
  stretch,
  unit,
})
const atMost = (target: number, stretch: number, unit = 'x'): Target => ({
  direction: 'at most',
  target,
  stretch,
  unit,
})

/** The design's targets. Those in `x` are ratios to redis-server in the same interleaved run, unless they say else. */
export const targets = {
  cpuUnpipelined: atMost(1.15, 1.05),
  p99Pipelined: atMost(1, 0.7),
  p999Unpipelined: atMost(1.5, 1),
  keyMemory: atMost(0.6, 0.54),
  keyWithDeadlineMemory: atMost(0.5, 0.45),
  smallHashMemory: atMost(0.8, 0.7),
  mediumHashMemory: atMost(1, 0.9),
  largeHashMemory: atMost(0.65, 0.6),
  collectionMemory: atMost(0.8, 0.7),
  collectionUnpipelined: atLeast(1, 1.1),
  collectionPipelined: atLeast(1.3, 1.6),
  boundKeyBytes: atMost(160, 140, ' B'),
  /** INFO's used_memory and RSS growth, the larger by the smaller. */
  usedMemoryAgreement: atMost(1.1, 1.05),
  gcPauseMs: atMost(5, 3, ' ms'),
  batchOrJobMs: atMost(5, 2, ' ms'),
  loopTurnMs: atMost(16, 8, ' ms'),
  /** Time, against a plain GET. */
  freshBoundRead: atMost(1.03, 1),
  /** Time, against a server without origins. */
  plainReadBesideOrigins: atMost(1.02, 1),
  /** Reads a second, against undici alone. */
  validatedReads: atLeast(0.6, 0.8),
  batchedHttpReads: atLeast(20_000, 40_000, ' reads/s'),
  validatedRows: atLeast(50_000, 80_000, ' reads/s'),
  validatedHotKey: atLeast(50_000, 80_000, ' reads/s'),
  herdRequests: atMost(1, 1, ' requests'),
  /** Beyond the soft timeout. */
  outageReadMs: atMost(2, 1, ' ms'),
  outageServedPercent: atLeast(100, 100, ' %'),
  /** Of a hot key under `refresh-ahead`, behind the first. */
  hotKeyBlockedReads: atMost(0, 0, ' reads'),
  hotKeyRequests: atMost(1.1, 1.06, ' requests'),
  pushStalenessMs: atMost(50, 20, ' ms'),
  /** Share of requests that find their key, against Redis with as many keys in memory. */
  hitRatio: atLeast(1, 1.01),
  /** Resident memory that a snapshot takes, in percent of what was resident. */
  snapshotMemoryPercent: atMost(10, 5, ' %'),
  snapshotTurnMs: atMost(5, 2, ' ms'),
  /** Time from the start of the process to its first reply. */
  snapshotLoad: atMost(1, 0.8),
  /** Writes a second, against Redis with the same `appendfsync`. */
  appendedWrites: atLeast(1, 1.1),
  /** Writes a second with one replica, against none. */
  followedWrites: atLeast(0.8, 0.9),
  /** From the writing of a request to the reply of a replica that shows its effect. */
  replicaLagMs: atMost(10, 5, ' ms'),
  embeddedStartMs: atMost(30, 30, ' ms'),
} as const satisfies Record<string, Target>

const throughput: Readonly<Record<string, Target>> = {
  'GET 1': atLeast(1, 1.1),
  'SET 1': atLeast(1, 1.1),
  'SET 16': atLeast(1.4, 1.7),
  'GET 16': atLeast(1.2, 1.5),
  'HSET 16': atLeast(1.3, 1.6),
  'SET 64': atLeast(1.8, 2.2),
  'GET 64': atLeast(1.5, 1.8),
  'HSET 64': atLeast(1.4, 1.7),
  'INCR 64': atLeast(1.4, 1.7),
  'MSET 64': atLeast(1.4, 1.7),
}

/** Requests a second against Redis; null where the design sets none. */
export function throughputTarget(command: string, pipeline: number): Target | null {
  return throughput[`${command} ${pipeline}`] ?? null
}

export function markOf(value: number, { direction, target, stretch }: Target): Mark {
  const reaches = (goal: number): boolean => (direction === 'at least' ? value >= goal : value <= goal)
  if (reaches(stretch)) return 'stretch'
  return reaches(target) ? 'met' : 'missed'
}

/** A goal as a table shows it: `≥ 1.4`, `≤ 16 ms`. */
export function showGoal({ direction, unit }: Target, goal: number): string {
  return `${direction === 'at least' ? '≥' : '≤'} ${goal}${unit === 'x' ? '' : unit}`
}
