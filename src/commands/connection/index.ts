import type { Command } from '../../command/index.js'
import { CLIENT } from './client.js'
import { AUTH, ECHO, HELLO, PING, QUIT, RESET, SELECT } from './session.js'

export { describeClientAt } from './lists.js'

/** Commands about the connection itself. */
export const connectionCommands: readonly Command[] = [AUTH, CLIENT, ECHO, HELLO, PING, QUIT, RESET, SELECT]
