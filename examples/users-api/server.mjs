// A users API over SQLite, its reads served by an embedded Truedis: node examples/users-api/server.mjs --database users.db
import { parseArgs } from 'node:util'
import Fastify from 'fastify'
import { createServer } from 'truedis'
import { openUsers } from './users.mjs'

const { values: options } = parseArgs({
  options: {
    database: { type: 'string', default: 'users.db' },
    port: { type: 'string', default: '3000' }, // 0 takes a free one
    'redis-port': { type: 'string', default: '0' }, // where redis-cli may look into the cache
  },
})

const app = Fastify({ logger: { level: 'warn', stream: process.stderr } })
const users = await openUsers(options.database)
const cache = await createServer({
  port: Number(options['redis-port']),
  origins: [
    {
      name: 'users',
      pattern: 'user:*',
      url: `sqlite:${options.database}?table=users&key=username`,
      as: 'hash',
      validate: 'always', // each read has its copy's digest compared with the row's
      staleIfError: '10m', // while the database cannot be read
      softTimeout: '5s', // where it is merely slow, rather wait than serve an old row
      write: 'local', // POST seeds the copy; the next read's digest shows whether it is true
    },
  ],
  log: { notice: (text) => app.log.info(text), warning: (text) => app.log.warn(text) },
})
// HSET reads the hash that it changes, so it would ask the origin first. This client never asks: what it writes is a seed.
const seeds = cache.connect()
await seeds.call('CLIENT', 'NO-ORIGIN', 'ON')

const username = { type: 'string', pattern: '^[a-z0-9_-]{1,32}$' }
const user = {
  type: 'object',
  properties: { username, email: { type: 'string', format: 'email', maxLength: 254 } },
  required: ['username', 'email'],
  additionalProperties: false,
}

app.post('/users', { schema: { body: user, response: { 200: user } } }, async (request) => {
  const { username, email } = request.body
  users.upsert(username, email)
  await seeds.call('HSET', `user:${username}`, 'username', username, 'email', email).catch((error) => {
    request.log.warn(error, 'not seeded: the next read will fetch the row')
  })
  return { username, email }
})

const params = { type: 'object', properties: { username }, required: ['username'] }

app.get('/users/:username', { schema: { params, response: { 200: user } } }, async (request, reply) => {
  const { username } = request.params
  const row = await cache.call('HGETALL', `user:${username}`)
  reply.header('cache-status', await howItWasRead(`user:${username}`))
  if (row.size === 0)
    return reply.code(404).send({ statusCode: 404, error: 'Not Found', message: `no user ${username}` })
  return Object.fromEntries(row)
})

/** In the words of RFC 9211: fwd-status=304 says that the digests were equal and no row moved, 200 that one came. */
async function howItWasRead(key) {
  return (await cache.call('ORIGIN', 'EXPLAIN', key)).get('last-cache-status') ?? ''
}

app.get('/health', async () => {
  const origin = Object.fromEntries(await cache.call('ORIGIN', 'INFO', 'users'))
  const { failing_ms, requests, not_modified, fills, stale_if_error } = origin
  const status = failing_ms === 0 ? 'ok' : 'serving stale copies'
  return { status, origin: { failing_ms, requests, not_modified, fills, stale_if_error } }
})

/** What is no fault of the client: the database cannot be read, and no copy may be served, or it cannot be written. */
const unavailable = /^ORIGIN(DOWN|BUSY) |database is locked/

app.setErrorHandler((error, _request, reply) => {
  if (unavailable.test(error.message)) error.statusCode = 503
  return reply.send(error)
})

app.addHook('onClose', async () => {
  await cache.close()
  users.close()
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void app.close())

const address = await app.listen({ host: '127.0.0.1', port: Number(options.port) })
console.log(`users API on ${address}, its cache on redis://127.0.0.1:${cache.port}`)
