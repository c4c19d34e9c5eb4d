import type { Client } from './client.js'

/**
 * Whether the client is on this machine, as Redis has it (a unix socket, or the first loopback address), or calls from
 * within the process.
 */
export const isLocal = ({ address, isUnixSocket }: Pick<Client, 'address' | 'isUnixSocket'>): boolean =>
  isUnixSocket || /^(?:127\.0\.0\.1|\[::1\]|local):/.test(address)

/** Whether a directive of the kind `no`, `local` or `yes` lets this client do what it is about. */
export const permits = (value: string | null, client: Pick<Client, 'address' | 'isUnixSocket'>): boolean =>
  value === 'yes' || (value === 'local' && isLocal(client))
