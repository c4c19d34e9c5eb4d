import type { Config } from './config/index.js'

const tooManyClients = '-ERR max number of clients reached\r\n'
const protectedMode =
  '-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default ' +
  'user. In this mode connections are only accepted from the loopback interface. Set a password (requirepass), or, if ' +
  'nobody else can reach this port, turn it off (CONFIG SET protected-mode no from the loopback interface).\r\n'

/**
 * What a connection that may not come in is told, as it goes over the wire; null where it may.
 *
 * @param path of the unix socket that it came by; '' for TCP
 */
export function refusalOf(
  remoteAddress: string | undefined,
  path: string,
  { maxclients, protectedMode: isProtected, requirepass }: Config['values'],
  clients: number,
): string | null {
  if (clients >= maxclients) return tooManyClients
  const isOpen = isProtected && requirepass.length === 0 && path === '' && !isLoopback(remoteAddress)
  return isOpen ? protectedMode : null
}

const isLoopback = (address: string | undefined): boolean =>
  address === undefined || address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.')
