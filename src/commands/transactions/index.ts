import type { Command } from '../../command/index.js'
import { DISCARD, EXEC, MULTI, UNWATCH, WATCH } from './transactions.js'

export const transactionCommands: readonly Command[] = [DISCARD, EXEC, MULTI, UNWATCH, WATCH]
