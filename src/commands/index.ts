import type { Command } from '../command/index.js'
import { connectionCommands } from './connection/index.js'
import { serverCommands } from './server/index.js'

export { standardInfoSections } from './server/index.js'

/** Every command, group by group. */
export const allCommands: readonly Command[] = [...connectionCommands, ...serverCommands]
