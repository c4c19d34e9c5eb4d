import type { Command } from '../../command/index.js'
import { ORIGIN } from './origin.js'

/** Commands about origins: what the keys of a pattern are read through from. */
export const originCommands: readonly Command[] = [ORIGIN]
