import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../../base/index.js'
import { RouteError } from '../route-error.js'
import type { RouteOptions } from '../options.js'
import { codeOf } from '../secrets.js'
import type { OriginStore } from '../store.js'
import { Template, percentEncode } from '../template.js'
import { FileStore } from './file.js'
import { HttpStore } from './http.js'

export interface StoreContext {
  readonly clock: Clock
  /** What a relative path starts from: the configuration file's folder, or the working directory. */
  readonly baseDirectory: string
  /** The text of a file, by a path as it was written. Throws where it cannot be read. */
  readFile(path: string): string
}

export interface OpenedStore {
  readonly store: OriginStore
  readonly template: Template
}

const notYet = ['dir', 'sqlite', 'postgres', 'mysql', 's3', 'redis', 'redis+cluster', 'module']

/**
 * Opens the store that a URL names, without asking anything of it.
 *
 * @throws {RouteError} unknown scheme, one of a later release, a URL or an option that the scheme cannot use
 */
export function openStore(url: string, options: RouteOptions, context: StoreContext): OpenedStore {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1].toLowerCase()
  if (scheme === 'file') return openFile(url, options, context)
  if (scheme === 'http' || scheme === 'https') return openHttp(url, options, context)
  if (scheme !== undefined && notYet.includes(scheme))
    throw new RouteError(`'${scheme}:' origins are not yet supported`)
  throw new RouteError(`an origin's URL starts with file:, http: or https:, not '${scheme ?? ''}'`)
}

/** `file:./users.json`, `file:///etc/users.json`; `#{1}` names the JSON key otherwise than by the whole key. */
function openFile(url: string, options: RouteOptions, { clock, baseDirectory }: StoreContext): OpenedStore {
  if (options.headers.length > 0 || options.ca !== null || options.cert !== null) {
    throw new RouteError('header, ca, cert and key are for http: and https: origins')
  }
  const [, location, fragment] = /^([^#]*)(?:#(.*))?$/s.exec(url) ?? []
  const path = location.startsWith('file://') ? pathOf(location) : location.slice('file:'.length)
  if (path === '') throw new RouteError("a file: origin's URL names a file, such as file:./origin.json")
  const store = new FileStore(resolve(baseDirectory, path), { ...options, clock })
  return { store, template: new Template(fragment ?? '{key}', 'text') }
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url)
  } catch {
    throw new RouteError(`'${url}' is no file URL; write file:./name or file:///path/name`)
  }
}

function openHttp(url: string, options: RouteOptions, context: StoreContext): OpenedStore {
  const [, scheme, authority, rest] = /^(https?):\/\/([^/?#]*)([^#]*)/i.exec(url) ?? []
  const base = `${scheme}://${authority}`
  if (authority === undefined || /[{}]/.test(authority) || !URL.canParse(base)) {
    throw new RouteError('an http: origin is written as http://host:port/path/{1}, with {1} or {key} behind the host')
  }
  const { origin, username, password } = new URL(base)
  const path = rest.startsWith('/') ? rest : `/${rest}`
  const template = new Template(
    path.replace(/[^\x21-\x7e]/gu, (text) => percentEncode(Buffer.from(text))),
    'path',
  )
  const headers = [...options.headers]
  if (username !== '' || password !== '') {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    headers.push(['Authorization', `Basic ${Buffer.from(credentials).toString('base64')}`])
  }
  const store = new HttpStore({
    origin,
    as: options.as,
    valueBytesMax: options.valueBytesMax,
    connections: options.maxInFlight,
    connectTimeoutMs: options.hardTimeoutMs,
    headers,
    ...pem('ca', options.ca, context),
    ...pem('cert', options.cert, context),
    ...pem('key', options.key, context),
  })
  return { store, template }
}

function pem(name: 'ca' | 'cert' | 'key', path: string | null, context: StoreContext): Record<string, string> {
  if (path === null) return {}
  try {
    return { [name]: context.readFile(path) }
  } catch (error) {
    throw new RouteError(`${name} '${path}' cannot be read (${codeOf(error)})`)
  }
}
