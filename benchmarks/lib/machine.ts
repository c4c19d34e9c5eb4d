import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'

/** Where and on what a run was made. */
export interface Machine {
  readonly machine: string
  readonly versions: string
  readonly date: string
  readonly commit: string
}

/** @throws when redis-server or git cannot be run */
export function describeMachine(redisProgram: string): Machine {
  const run = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'utf8' }).trim()
  const [cpu] = cpus()
  const redis = /v=(\S+)/.exec(run(redisProgram, '--version'))?.[1] ?? 'of unknown version'
  const changed = run('git', 'status', '--porcelain', '--untracked-files=no', '--', 'src', 'bin', 'package.json') !== ''
  return {
    machine: `${cpus().length} × ${cpu.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    versions: `Node ${process.version}, redis-server ${redis}`,
    date: new Date().toISOString().slice(0, 10),
    commit: run('git', 'rev-parse', '--short=12', 'HEAD') + (changed ? ' with changes' : ''),
  }
}
