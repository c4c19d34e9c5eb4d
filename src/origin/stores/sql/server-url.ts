import { RouteError } from '../../route-error.js'
import type { RouteOptions } from '../../options.js'
import { tlsTexts } from '../opening.js'
import type { StoreContext, TlsTexts } from '../opening.js'

/** Where a database is, and who asks. */
export interface SqlServer {
  /** A name, an address, or the path of a socket or of its folder. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string | null
  readonly database: string
  /** How the server proves itself; null: nothing is encrypted. */
  readonly tls: TlsTexts | null
}

export interface SqlServerUrl {
  readonly server: SqlServer
  readonly search: string
  /** The name asked for, where the URL names it otherwise than by `{1}`. */
  readonly fragment: string | null
}

const parts = /^[a-z]+:\/\/(?:([^@/?#]*)@)?([^@/?#]*)\/([^/?#]+)\?([^#]*)(?:#(.*))?$/is

/**
 * Reads `scheme://user:password@host:port/database?...`, every part percent-encoded; a host that is a path
 * (`%2Fvar%2Frun%2Fpostgresql`) is a socket on this machine. With `ca` or `cert` the connection is TLS, and the
 * server's certificate is verified, also its name.
 *
 * @throws {RouteError} which shows nothing of the URL: it holds a password
 */
export function readServerUrl(
  url: string,
  options: RouteOptions,
  context: StoreContext,
  { example, port }: { readonly example: string; readonly port: number },
): SqlServerUrl {
  const refused = new RouteError(
    `its URL is written as ${example}, with @, :, /, ? and # in its parts as %40 and so on`,
  )
  const [, userInfo = '', place = '', path = '', search = '', fragment = null] = parts.exec(url) ?? []
  const [, user = '', password = null] = /^([^:]*)(?::(.*))?$/s.exec(userInfo) ?? []
  const [, host = '', portText = String(port)] = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(place) ?? []
  if (user === '' || host === '' || path === '' || Number(portText) > 65_535) throw refused
  const decoded = (text: string): string => {
    try {
      return decodeURIComponent(text)
    } catch {
      throw refused
    }
  }
  const server = {
    host: decoded(host).replace(/^\[(.*)\]$/, '$1'),
    port: Number(portText),
    user: decoded(user),
    password: password === null ? null : decoded(password),
    database: decoded(path),
    tls: options.ca === null && options.cert === null ? null : tlsTexts(options, context),
  }
  return { server, search, fragment }
}
