import type { ProbeQuestions } from '../programs/probe-server.js'
import { timedMs } from './info.js'
import type { Pauses } from './probe.js'
import type { Program } from './programs.js'
import { judgedColumns, type Report } from './report.js'
import type { Target } from './targets.js'

export type ProbeServer = Program<ProbeQuestions>

/** What a probed server felt while something went on. */
export interface Phase {
  readonly name: string
  readonly seconds: number
  readonly pauses: Pauses
  /** Whether it is a measure for others only, and held against no target. */
  readonly isControl?: boolean
}

export async function phase(probe: ProbeServer, name: string, run: () => Promise<void>): Promise<Phase> {
  await probe.ask('reset', null)
  const tookMs = await timedMs(run)
  return { name, seconds: tookMs / 1000, pauses: await probe.ask('read', null) }
}

/** Reports phases, their longest turns held against a target. */
export function showPhases(report: Report, where: string, target: Target, phases: readonly Phase[]): void {
  report.table(
    [
      'phase',
      's',
      'longest turn ms',
      ...judgedColumns,
      'p99.99 ms',
      'next ms',
      'turns > 1 ms',
      'longest batch ms',
      'longest GC ms',
      'GC ms',
      'timer delay ms',
    ],
    phases.map(({ name, seconds, pauses, isControl }) => [
      name,
      seconds.toFixed(1),
      pauses.turnMaxMs.toFixed(2),
      ...report.judge(`longest turn, ${where}, ${name}`, pauses.turnMaxMs, isControl ? null : target),
      pauses.turnP9999Ms.toFixed(2),
      pauses.turnNextMs.toFixed(2),
      String(pauses.turnsOver1Ms),
      pauses.batchMaxMs === 0 ? '' : pauses.batchMaxMs.toFixed(2),
      pauses.gcMaxMs.toFixed(2),
      pauses.gcTotalMs.toFixed(1),
      pauses.timerDelayMaxMs.toFixed(2),
    ]),
  )
}
