import { resolve } from 'node:path'
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

/** `file:./users.json`, `file:///etc/users.json`; `#{1}` names the JSON key otherwise than by the whole key. */
const openFile: OpenStore = (url, options, { clock, baseDirectory }) => {
  const { path, fragment } = readLocalUrl(url, options, { example: 'file:./origin.json' })
  const store = new FileStore(resolve(baseDirectory, path), { ...options, clock })
  return { store, template: new Template(fragment ?? '{key}', 'text') }
}

/** Every kind of origin, by its URL's scheme. */
const schemes: ReadonlyMap<string, OpenStore> = new Map([
  ['file', openFile],
  ['dir', openDir],
  ['http', openHttp],
  ['https', openHttp],
  ['sqlite', openSqlite],
  ['postgres', openPostgres],
  ['mysql', openMysql],
  ['s3', openS3],
  ['redis', openRedis],
  ['rediss', openRedis],
  ['redis+cluster', openRedisCluster],
  ['rediss+cluster', openRedisCluster],
  ['module', openModule],
])

/** Opens the store that a URL names. @throws {RouteError} an unknown scheme, too */
export const openStore: OpenStore = (url, options, context) => {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1].toLowerCase() ?? ''
  const open = schemes.get(scheme)
  for (const name of ['batch', 'webhook'] as const) {
    if (options[name] !== null && open !== openHttp) throw new RouteError(`${name} is for http: and https: origins`)
  }
  if (open !== undefined) return open(url, options, context)
  const names = [...schemes.keys()].map((name) => `${name}:`)
  throw new RouteError(
    `an origin's URL starts with ${names.slice(0, -1).join(', ')} or ${names.at(-1)}, not '${scheme}'`,
  )
}
