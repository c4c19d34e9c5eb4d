import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks a second in /proc, fixed at 100 for user space on Linux. */
const ticksPerSecond = 100

/**
 * Processor time of a process so far, in seconds, user and system, all its threads.
 *
 * Taken from the scheduler's nanoseconds where the kernel keeps them; from utime + stime, in steps of 10 ms, where not.
 *
 * @throws when the process is gone or there is no /proc
 */
export function cpuSeconds(pid: number): number {
  try {
    let nanos = 0
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      nanos += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ', 1)[0])
    }
    if (nanos > 0) return nanos / 1e9
  } catch {
    // no scheduler statistics in this kernel
  }
  return ticksOf(readFileSync(`/proc/${pid}/stat`, 'latin1')) / ticksPerSecond
}

/** utime + stime of a line of /proc/<pid>/stat; the command's name in it may hold blanks and brackets. */
export function ticksOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  return residentBytesOf(readFileSync(`/proc/${pid}/status`, 'latin1'))
}

/** VmRSS of a /proc/<pid>/status text, in bytes; 0 where it has none. */
export function residentBytesOf(status: string): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(status)
  return line === null ? 0 : Number(line[1]) * 1024
}
