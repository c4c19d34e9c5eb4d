import { addresses, outputLimits } from '../composite-kinds.js'
import { bool, integer, memory, memoryOrPercent, octal, oneOf, secret, text } from '../kinds.js'
import { limits } from '../numbers.js'
import { accepted, done, notYet, permission } from './directive.js'

const mib = 1024 * 1024

/** Listening, connections and their limits, and who may do what. */
export const networkDirectives = {
  // Redis without a file listens on every address; its own redis.conf, and we, only on this machine.
  bind: done(addresses(['127.0.0.1'])),
  port: done(integer(6379, { max: 65535n })),
  unixsocket: done(text(), { immutable: true }),
  unixsocketperm: done(octal(0, 0o777n), { immutable: true }),
  'tcp-backlog': done(integer(511), { immutable: true }),
  'tcp-keepalive': done(integer(300)),
  timeout: done(integer(0)),
  maxclients: done(integer(10_000, { min: 1, max: limits.uint, unsigned: true })),
  'proto-max-bulk-len': done(memory(512 * mib, { min: mib })),
  'client-query-buffer-limit': done(memory(1024 * mib, { min: mib })),
  'client-output-buffer-limit': done(
    outputLimits({
      normal: { hard: 0n, soft: 0n, seconds: 0n },
      replica: { hard: 268_435_456n, soft: 67_108_864n, seconds: 60n },
      pubsub: { hard: 33_554_432n, soft: 8_388_608n, seconds: 60n },
    }),
  ),
  'maxmemory-clients': done(memoryOrPercent(0, 100n)),
  'bind-source-addr': done(text()),
  'socket-mark-id': accepted(integer(0, { max: limits.uint, unsigned: true }), { immutable: true }),

  'protected-mode': done(bool(true)),
  requirepass: done(secret(), { sensitive: true }),
  'enable-protected-configs': done(oneOf('no', permission), { immutable: true }),
  'enable-debug-command': done(oneOf('no', permission), { immutable: true }),
  'enable-module-command': accepted(oneOf('no', permission), { immutable: true, because: 'there are no modules' }),
  // Not among what CONFIG GET finds by a pattern: tools set again all that they found, and this cannot be set.
  'enable-origin-command': done(oneOf('local', permission), { immutable: true, hidden: true }),
  aclfile: notYet(text(), { immutable: true, because: 'users and their rules come with ACL' }),
  'acl-pubsub-default': accepted(oneOf('resetchannels', ['allchannels', 'resetchannels'])),
  'acllog-max-len': accepted(integer(128, { max: limits.long })),
}
