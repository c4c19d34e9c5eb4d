import { fileURLToPath } from 'node:url'
import type { Clock, Slice } from '../../base/index.js'
import { RouteError } from '../route-error.js'
import type { RouteOptions } from '../options.js'
import { codeOf } from '../secrets.js'
import type { OriginStore } from '../store.js'
import type { Template } from '../template.js'

export interface StoreContext {
  readonly clock: Clock
  /** What a relative path starts from: the configuration file's folder, or the working directory. */
  readonly baseDirectory: string
  /** The text of a file, by a path as it was written. Throws where it cannot be read. */
  readFile(path: string): string
  /** Whether who names the origin may have code run here: who writes the configuration may, a client may not. */
  readonly mayLoadCode: boolean
}

/** What a store is opened with for one route. */
export interface OpeningContext extends StoreContext {
  /** The keys that it will be asked for. */
  readonly pattern: Slice
}

export interface OpenedStore {
  readonly store: OriginStore
  readonly template: Template
}

/**
 * Makes a store out of its URL, without asking anything of the origin.
 *
 * @throws {RouteError} a URL or an option that it cannot use
 */
export type OpenStore = (url: string, options: RouteOptions, context: OpeningContext) => OpenedStore

/** Connections that a route needs at most: `max-in-flight` bounds its reads and its writes each. */
export const connectionsOf = ({ maxInFlight, write }: Pick<RouteOptions, 'maxInFlight' | 'write'>): number =>
  write === 'through' || write === 'behind' ? maxInFlight * 2 : maxInFlight

const pemBegins = /^\s*-----BEGIN [A-Z]/m

/** PEM texts of a TLS connection, as far as they are given. */
export interface TlsTexts {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/**
 * The texts that the options `ca`, `cert` and `key` name files of, or are: out of a secret file, or the environment.
 *
 * @throws {RouteError}
 */
export function tlsTexts(
  { ca, cert, key }: Pick<RouteOptions, 'ca' | 'cert' | 'key'>,
  context: StoreContext,
): TlsTexts {
  const text = (name: keyof TlsTexts, value: string | null): TlsTexts => {
    if (value === null) return {}
    if (pemBegins.test(value)) return { [name]: value }
    try {
      return { [name]: context.readFile(value) }
    } catch (error) {
      throw new RouteError(`${name} '${value}' cannot be read (${codeOf(error)})`)
    }
  }
  return { ...text('ca', ca), ...text('cert', cert), ...text('key', key) }
}

/** The parts of `scheme:path?search#fragment`. A `?` is part of the path unless the scheme has a search. */
export interface LocalUrl {
  readonly path: string
  readonly search: string
  /** The name asked for, where the URL names it otherwise than its scheme does. */
  readonly fragment: string | null
}

/**
 * Reads the URL of something on this machine: `file:./origin.json`, `dir:///var/pages`.
 *
 * A search may stand behind the path where `hasSearch`, and what keys are named by, as `{1}`, within it where `hasNames`.
 *
 * @throws {RouteError} no path
 */
export function readLocalUrl(
  url: string,
  { example, hasSearch = false, hasNames = false }: { example: string; hasSearch?: boolean; hasNames?: boolean },
): LocalUrl {
  const scheme = example.slice(0, example.indexOf(':'))
  const parts = hasSearch ? /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s : /^([^#]*)()(?:#(.*))?$/s
  const [, location = '', search = '', fragment = null] = parts.exec(url.slice(scheme.length + 1)) ?? []
  const path = location.startsWith('//') ? pathOf(location, example) : location
  if (!hasNames && /\{\w+\}/.test(path)) {
    throw new RouteError(`the URL of ${scheme}: origins is one path, without {1}; a file per key is dir:./pages/{1}`)
  }
  if (path === '') throw new RouteError(`the URL of ${scheme}: origins names a path, such as ${example}`)
  return { path, search, fragment }
}

function pathOf(location: string, example: string): string {
  try {
    return fileURLToPath(`file:${location}`)
  } catch {
    throw new RouteError(`its URL names no path on this machine; write ${example}`)
  }
}
