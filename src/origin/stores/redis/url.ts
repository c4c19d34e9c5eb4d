import { RouteError } from '../../route-error.js'
import type { RouteOptions } from '../../options.js'
import { tlsTexts } from '../opening.js'
import type { StoreContext } from '../opening.js'
import type { RedisAccess, RedisAddress } from './connection.js'

/** What the URL of a Redis says. */
export interface RedisUrl {
  readonly addresses: readonly RedisAddress[]
  readonly access: RedisAccess
  /** The template of names. */
  readonly name: string
}

const usage =
  'is written as redis://user:password@host:6379/0, a cluster as redis+cluster://host:7000,host:7001, over TLS with rediss'
const defaultPort = 6379

/** A cluster's description has to fit, whatever values may take. */
const replyBytesLeast = 1024 * 1024

/**
 * Reads `redis://[[user]:password@]host[:port][,host[:port]...][/database][#name]`. The last `@` ends the password, which
 * is percent-decoded.
 *
 * @throws {RouteError}
 */
export function readRedisUrl(url: string, options: RouteOptions, context: StoreContext): RedisUrl {
  const [, scheme, secret, hosts, database = '', name = '{key}'] =
    /^(rediss?(?:\+cluster)?):\/\/(?:(.*)@)?([^@/?#]*)(?:\/(\d*))?(?:#(.+))?$/is.exec(url) ?? []
  if (hosts === undefined) throw new RouteError(`a redis: origin ${usage}`)
  const [user = null, password = null] = secret === undefined ? [] : credentials(secret)
  return {
    addresses: hosts.split(',').map(readAddress),
    access: {
      tls: /^rediss/i.test(scheme) ? tlsTexts(options, context) : null,
      user,
      password,
      database: Number(database),
      replyBytesMax: Math.max(options.valueBytesMax, replyBytesLeast),
    },
    name,
  }
}

function readAddress(text: string): RedisAddress {
  const [, host, port = String(defaultPort)] = /^(\[[\da-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i.exec(text) ?? []
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) throw new RouteError(`a redis: origin ${usage}`)
  return { host: host.replace(/[[\]]/g, ''), port: Number(port) }
}

function credentials(secret: string): [user: string | null, password: string] {
  const colon = secret.indexOf(':')
  try {
    const [user, password] = [secret.slice(0, Math.max(0, colon)), secret.slice(colon + 1)].map(decodeURIComponent)
    return [user === '' ? null : user, password]
  } catch {
    throw new RouteError('a % in the user or password of its URL is written as %25')
  }
}
