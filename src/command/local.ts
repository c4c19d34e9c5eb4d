import type { Client } from './client.js'

/**
 * Whether the client is on this machine, as Redis has it (a unix socket, or the first loopback address), or calls from
 * within the process.
 */
export const isLocal = ({ address, isUnixSocket }: Pick<Client, 'address' | 'isUnixSocket'>): boolean =>
  isUnixSocket || /^(?:127\.0\.0\.1|\[::1\]|local):/.test(address)
