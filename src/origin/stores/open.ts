import { resolve } from 'node:path'
import type { WrittenOption } from '../options.js'
import { RouteError } from '../route-error.js'
import { Template } from '../template.js'
import { openDir } from './dir.js'
import { FileStore } from './file.js'
import { openHttp } from './http/http.js'
import { openModule } from './module.js'
import { readLocalUrl } from './opening.js'
import type { OpenStore } from './opening.js'
import { openMysql } from './sql/mysql.js'
import { openPostgres } from './sql/postgres.js'
import { openRedisCluster } from './redis/redis-cluster.js'
import { openRedis } from './redis/redis.js'
import { openS3 } from './s3/s3.js'
import { openSqlite } from './sql/sqlite.js'

interface Scheme {
  readonly open: OpenStore
  /** Options that not every kind of origin has a use for. */
  readonly takes: readonly string[]
}

const tls = ['ca', 'cert', 'key']
const http = ['header', 'batch', 'webhook', 'webhook-secret']

/** `file:./users.json`, `file:///etc/users.json`; `#{1}` names the JSON key otherwise than by the whole key. */
const openFile: OpenStore = (url, options, { clock, baseDirectory }) => {
  const { path, fragment } = readLocalUrl(url, { example: 'file:./origin.json' })
  const store = new FileStore(resolve(baseDirectory, path), { ...options, clock })
  return { store, template: new Template(fragment ?? '{key}', 'text') }
}

/** Every kind of origin, by its URL's scheme. */
const schemes: ReadonlyMap<string, Scheme> = new Map([
  ['file', { open: openFile, takes: [] }],
  ['dir', { open: openDir, takes: [] }],
  ['http', { open: openHttp, takes: http }],
  ['https', { open: openHttp, takes: [...http, ...tls] }],
  ['sqlite', { open: openSqlite, takes: [] }],
  ['postgres', { open: openPostgres, takes: tls }],
  ['mysql', { open: openMysql, takes: tls }],
  ['s3', { open: openS3, takes: tls }],
  ['redis', { open: openRedis, takes: [] }],
  ['rediss', { open: openRedis, takes: tls }],
  ['redis+cluster', { open: openRedisCluster, takes: [] }],
  ['rediss+cluster', { open: openRedisCluster, takes: tls }],
  ['module', { open: openModule, takes: [] }],
])

/** As libpq has it: the one is the other. */
const spellings: ReadonlyMap<string, string> = new Map([['postgresql', 'postgres']])

const particular = [...tls, ...http]

/** @throws {RouteError} an unknown scheme */
function schemeOf(url: string): [name: string, scheme: Scheme] {
  const written = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1].toLowerCase() ?? ''
  const name = spellings.get(written) ?? written
  const scheme = schemes.get(name)
  if (scheme !== undefined) return [name, scheme]
  // what it starts with instead is not shown: it may be the beginning of a secret in the wrong place
  throw new RouteError(`an origin's URL starts with ${listed([...schemes.keys()], 'or')}, such as file:./origin.json`)
}

/**
 * Looks whether a kind of origin has a use for all options that it was given: one without would be ignored in silence.
 *
 * @param url null: a store in the same process
 * @throws {RouteError} an option that it does not take, or an unknown scheme
 */
export function checkOptions(url: string | null, given: readonly WrittenOption[]): void {
  const [name, { takes }] = url === null ? ['', { takes: [] as string[] }] : schemeOf(url)
  const useless = given.find((option) => particular.includes(option.name) && !takes.includes(option.name))?.name
  if (useless === undefined) return
  const names = [...schemes].filter(([, scheme]) => scheme.takes.includes(useless)).map(([taker]) => taker)
  const here = url === null ? 'a store in the same process' : `${name}:`
  throw new RouteError(`option '${useless}' is for ${listed(names, 'and')} origins, not for ${here}`)
}

const listed = (names: readonly string[], last: 'and' | 'or'): string =>
  [names.slice(0, -1), names.slice(-1)].map((some) => some.map((name) => `${name}:`).join(', ')).join(` ${last} `)

/** Opens the store that a URL names. @throws {RouteError} an unknown scheme, too */
export const openStore: OpenStore = (url, options, context) => schemeOf(url)[1].open(url, options, context)
