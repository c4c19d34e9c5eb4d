import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { cpuSeconds } from './process-stats.js'
import type { Sample } from './interleave.js'
import type { RunningServer } from './servers.js'

const execute = promisify(execFile)

/** Latencies are of a whole pipeline, from its writing to its last reply, as redis-benchmark takes them. */
export type LoadMetric = 'rps' | 'cpuMicros' | 'p50Ms' | 'p99Ms' | 'p999Ms' | 'maxMs'

/** One load: a built-in test (`-t`) or a command of its own, with `__rand_int__` where a random number goes. */
export interface Load {
  readonly test: string | readonly string[]
  readonly requests: number
  readonly pipeline: number
  /** Numbers that `__rand_int__` is drawn from. */
  readonly keys: number
  /** Bytes of a value, for the built-in tests that write one. */
  readonly valueBytes?: number
  readonly clients?: number
}

/** The arguments of redis-benchmark for a load, without the port. */
export function loadArguments(load: Load): string[] {
  const { test, requests, pipeline, keys, valueBytes, clients = 50 } = load
  const size = valueBytes === undefined ? [] : ['-d', String(valueBytes)]
  const common = ['-c', clients, '-n', requests, '-r', keys, '-P', pipeline].map(String)
  return [...common, ...size, ...(typeof test === 'string' ? ['-t', test] : test)]
}

/** Runs one load against a server. `cpuMicros` is the server's processor time per request. */
export async function runLoad(server: RunningServer, load: Load): Promise<Sample<LoadMetric>> {
  const before = cpuSeconds(server.pid)
  const { stdout } = await execute(
    'redis-benchmark',
    ['-h', '127.0.0.1', '-p', String(server.port), ...loadArguments(load)],
    { maxBuffer: 1 << 26 },
  )
  const cpu = cpuSeconds(server.pid) - before
  return { ...parseLoad(stdout), cpuMicros: (cpu / load.requests) * 1e6 }
}

/**
 * Reads the full (not `-q`, not `--csv`) output of redis-benchmark 7.0 for one test.
 *
 * The percentile lines fall where its histogram does (99.902 %, not 99.9 %): taken is the first at or above.
 *
 * @throws when a server answered with an error, or a line is missing
 */
export function parseLoad(output: string): Omit<Sample<LoadMetric>, 'cpuMicros'> {
  const failure = /^(?:Error from server|Error:|-ERR|WARNING:.*error).*$/m.exec(output)
  if (failure !== null) throw new Error(`redis-benchmark: ${failure[0]}`)
  const rate = /throughput summary: ([\d.]+) requests per second/.exec(output)
  const summary = /avg\s+min\s+p50\s+p95\s+p99\s+max\s+([\d.\s]+)/.exec(output)
  const percentiles = output.split('Latency by percentile distribution:')[1]?.split('Cumulative distribution')[0]
  if (rate === null || summary === null || percentiles === undefined) {
    throw new Error(`redis-benchmark's output has no summary:\n${output.slice(-500)}`)
  }
  const [, , p50Ms, , p99Ms, maxMs] = summary[1].trim().split(/\s+/).map(Number)
  const lines = [...percentiles.matchAll(/^([\d.]+)% <= ([\d.]+) milliseconds/gm)]
  const p999 = lines.find((line) => Number(line[1]) >= 99.9)
  return { rps: Number(rate[1]), p50Ms, p99Ms, p999Ms: p999 === undefined ? maxMs : Number(p999[2]), maxMs }
}
