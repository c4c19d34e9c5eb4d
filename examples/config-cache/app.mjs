// An application whose configuration is a JSON file, seen as soon as it is edited:
// node examples/config-cache/app.mjs [--config config.json] [--port 3000]
import { once } from 'node:events'
import http from 'node:http'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { BasicClientSideCache, createClient } from 'redis'
import { createServer } from 'truedis'

const { values: options } = parseArgs({
  options: {
    config: { type: 'string', default: fileURLToPath(new URL('config.json', import.meta.url)) },
    port: { type: 'string', default: '3000' }, // 0 takes a free one
  },
})

const truedis = await createServer({
  port: 0,
  origins: [{ name: 'config', pattern: 'config:*', url: `file:${options.config}#{1}`, validate: 'push' }],
  log: { notice: console.log, warning: console.warn },
})

// Any client with RESP3 client tracking keeps what it has read, and is told when it changes.
const memory = new BasicClientSideCache()
const client = createClient({ url: `redis://127.0.0.1:${truedis.port}`, RESP: 3, clientSideCache: memory })
client.on('error', (error) => console.error(error.message))
await client.connect()

/** A setting, to be called wherever one is needed: it is in this process's memory unless it has just changed. */
async function setting(name) {
  const text = await client.get(`config:${name}`)
  if (text === null) throw new Error(`the configuration has no '${name}'`)
  return text
}

memory.on('invalidate', async (key) => {
  if (key === null) console.log('any setting may have changed: all are read again')
  else console.log(`${key} is now ${await client.get(String(key))}`)
})

const app = http.createServer(async (request, response) => {
  try {
    const { named, max } = JSON.parse(await setting('visitors'))
    const name = named ? decodeURIComponent(request.url.slice(1)) || 'nobody' : 'visitor'
    response.end(`${await setting('greeting')}, ${name}! One of ${max}.\n`)
  } catch (error) {
    response.writeHead(500).end(`${error.message}\n`)
  }
})
app.listen(Number(options.port), '127.0.0.1')
await once(app, 'listening')
console.log(`greets on http://127.0.0.1:${app.address().port}/your-name, as ${options.config} says`)

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    app.close()
    app.closeIdleConnections()
    const { hitCount, missCount } = memory.stats()
    console.log(`${hitCount + missCount} settings were read, ${missCount} of them from the cache`)
    client.destroy()
    await truedis.close()
  })
}
