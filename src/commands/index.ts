import type { Command } from '../command/index.js'
import { connectionCommands } from './connection/index.js'
import { genericCommands } from './generic/index.js'
import { hashCommands } from './hash/index.js'
import { originCommands } from './origin/index.js'
import { serverCommands } from './server/index.js'
import { stringCommands } from './string/index.js'

export { standardInfoSections } from './server/index.js'

/** Every command, group by group. */
export const allCommands: readonly Command[] = [
  connectionCommands,
  genericCommands,
  hashCommands,
  originCommands,
  serverCommands,
  stringCommands,
].flat() // prettier-ignore
