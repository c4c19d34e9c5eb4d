import type { Command } from '../command/index.js'

/** Every command, group by group. */
export const allCommands: readonly Command[] = []
