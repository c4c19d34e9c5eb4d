import { primaryAddress } from '../composite-kinds.js'
import { bool, integer, memory, oneOf, secret, text } from '../kinds.js'
import { limits } from '../numbers.js'
import { accepted, done, notYet } from './directive.js'

const port = () => integer(0, { max: 65535n })
const sameRelease = { because: 'memory is released in small steps whoever asks' }
const hostnameLengthMax = 256

function refuseHostname(host: string): string | undefined {
  if (host.length >= hostnameLengthMax) return `Hostnames must be less than ${hostnameLengthMax} characters`
  if (/[^A-Za-z0-9.-]/.test(host)) return 'Hostnames may only contain alphanumeric characters, hyphens or dots'
  return undefined
}

/** Primaries and replicas. */
export const replicationDirectives = {
  replicaof: done(primaryAddress(), { alias: 'slaveof', immutable: true }),
  masterauth: done(secret(), { sensitive: true }),
  masteruser: done(text(), { sensitive: true }),
  'min-replicas-to-write': done(integer(0), { alias: 'min-slaves-to-write' }),
  'min-replicas-max-lag': done(integer(10), { alias: 'min-slaves-max-lag' }),
  'replica-serve-stale-data': done(bool(true), { alias: 'slave-serve-stale-data' }),
  'replica-read-only': done(bool(true), { alias: 'slave-read-only' }),
  'replica-lazy-flush': accepted(bool(false), { alias: 'slave-lazy-flush', ...sameRelease }),
  'replica-ignore-maxmemory': done(bool(true), { alias: 'slave-ignore-maxmemory' }),
  'replica-ignore-disk-write-errors': accepted(bool(false)),
  'replica-priority': done(integer(100), { alias: 'slave-priority' }),
  'replica-announced': done(bool(true)),
  'replica-announce-ip': done(text(), { alias: 'slave-announce-ip' }),
  'replica-announce-port': done(port(), { alias: 'slave-announce-port' }),
  'repl-diskless-sync': done(bool(true)),
  'repl-diskless-sync-delay': done(integer(5)),
  'repl-diskless-sync-max-replicas': done(integer(0)),
  'repl-diskless-load': done(oneOf('disabled', ['disabled', 'on-empty-db', 'swapdb']), { notWhileLoading: true }),
  'repl-disable-tcp-nodelay': done(bool(false)),
  'repl-backlog-size': done(memory(1024 * 1024, { min: 1 })),
  'repl-backlog-ttl': done(integer(3600, { max: limits.long })),
  'repl-timeout': done(integer(60, { min: 1 })),
  /** Ours: what the oldest replica can load. Under 7.0, commands that make what only later versions know are refused. */
  'replica-compat': done(oneOf('any', ['any', '7.0']), { hidden: true }),
  'repl-ping-replica-period': done(integer(10, { min: 1 }), { alias: 'repl-ping-slave-period' }),
  'propagation-error-behavior': done(oneOf('ignore', ['ignore', 'panic', 'panic-on-replicas'])),
}

/** Redis Cluster. */
export const clusterDirectives = {
  'cluster-enabled': notYet(bool(false), { immutable: true, because: 'it would answer for slots it does not know' }),
  'cluster-config-file': accepted(text('nodes.conf'), { immutable: true }),
  'cluster-port': accepted(port(), { immutable: true }),
  'cluster-node-timeout': accepted(integer(15_000, { max: limits.long })),
  'cluster-migration-barrier': accepted(integer(1)),
  'cluster-replica-validity-factor': accepted(integer(10), { alias: 'cluster-slave-validity-factor' }),
  'cluster-require-full-coverage': accepted(bool(true)),
  'cluster-replica-no-failover': accepted(bool(false), { alias: 'cluster-slave-no-failover' }),
  'cluster-allow-reads-when-down': accepted(bool(false)),
  'cluster-allow-pubsubshard-when-down': accepted(bool(true)),
  'cluster-allow-replica-migration': accepted(bool(true)),
  'cluster-link-sendbuf-limit': accepted(memory(0, { max: limits.ulong, unsigned: true })),
  'cluster-announce-hostname': accepted(text('', { refuse: refuseHostname })),
  'cluster-announce-ip': accepted(text()),
  'cluster-announce-port': accepted(port()),
  'cluster-announce-tls-port': accepted(port()),
  'cluster-announce-bus-port': accepted(port()),
  'cluster-preferred-endpoint-type': accepted(oneOf('ip', ['ip', 'hostname', 'unknown-endpoint'])),
}

const unencrypted = { because: 'connections would not be encrypted' }

/** TLS. Certificates may be named already; only what would have to encrypt is refused. */
export const tlsDirectives = {
  'tls-port': notYet(port(), unencrypted),
  'tls-cluster': notYet(bool(false), unencrypted),
  'tls-replication': notYet(bool(false), unencrypted),
  'tls-auth-clients': accepted(oneOf('yes', ['no', 'yes', 'optional'])),
  'tls-cert-file': accepted(text()),
  'tls-key-file': accepted(text()),
  'tls-key-file-pass': accepted(text(), { sensitive: true }),
  'tls-client-cert-file': accepted(text()),
  'tls-client-key-file': accepted(text()),
  'tls-client-key-file-pass': accepted(text(), { sensitive: true }),
  'tls-dh-params-file': accepted(text()),
  'tls-ca-cert-file': accepted(text()),
  'tls-ca-cert-dir': accepted(text()),
  'tls-protocols': accepted(text()),
  'tls-ciphers': accepted(text()),
  'tls-ciphersuites': accepted(text()),
  'tls-prefer-server-ciphers': accepted(bool(false)),
  'tls-session-caching': accepted(bool(true)),
  'tls-session-cache-size': accepted(integer(20 * 1024)),
  'tls-session-cache-timeout': accepted(integer(300)),
}
