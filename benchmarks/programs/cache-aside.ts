import { createHash } from 'node:crypto'
import { Redis } from 'ioredis'
import pg from 'pg'
import { nameAt } from '../lib/names.js'
import { answerParent } from '../lib/programs.js'

export interface CacheAsideAsk {
  readonly redisPort: number
  readonly databasePort: number
  readonly keys: number
  /** Reads under way at once. */
  readonly readers: number
}

export type CacheAsideQuestions = {
  /** Reads each key once, validated; answers reads a second. */
  read: { ask: CacheAsideAsk; answer: number }
}

let redis: Redis | undefined
let database: pg.Pool | undefined

/**
 * What a user would write today to never serve a stale row: the value and its digest in Redis, the row's digest asked of
 * the database by each read, by statements that are prepared once.
 */
async function read({ redisPort, databasePort, keys, readers }: CacheAsideAsk): Promise<number> {
  redis ??= new Redis(redisPort, '127.0.0.1', { enableAutoPipelining: true })
  database ??= new pg.Pool({ host: '127.0.0.1', port: databasePort, user: 'admin', database: 'postgres', max: 16 })
  const cache = redis
  const pool = database
  let next = 0
  const reader = async (): Promise<void> => {
    while (next < keys) await readOne(cache, pool, nameAt(next++))
  }
  const startedMs = performance.now()
  await Promise.all(Array.from({ length: readers }, reader))
  return keys / ((performance.now() - startedMs) / 1000)
}

async function readOne(cache: Redis, pool: pg.Pool, key: string): Promise<string> {
  const [[value, digest], { rows }] = await Promise.all([
    cache.hmget(key, 'value', 'digest'),
    pool.query<{ digest: string }>({ name: 'd', text: 'SELECT digest FROM items WHERE key = $1', values: [key] }),
  ])
  if (value !== null && digest === rows[0].digest) return value
  const found = await pool.query<{ value: string }>({
    name: 'v',
    text: 'SELECT value FROM items WHERE key = $1',
    values: [key],
  })
  const fresh = found.rows[0].value
  await cache.hset(key, { value: fresh, digest: createHash('sha256').update(fresh).digest('hex') })
  return fresh
}

answerParent<CacheAsideQuestions>({ read })
