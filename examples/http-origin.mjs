// An HTTP API as the origin of `page:*`, with ETags: `npm run build && node examples/http-origin.mjs`
import { createHash } from 'node:crypto'
import http from 'node:http'
import { createServer } from 'truedis'

const pages = new Map([['home', 'Welcome']])
let bodies = 0

const api = http.createServer((request, response) => {
  const body = pages.get(request.url.slice('/pages/'.length))
  if (body === undefined) return response.writeHead(404).end()
  const etag = `"${createHash('sha256').update(body).digest('hex')}"`
  if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end()
  bodies++
  response.writeHead(200, { etag }).end(body)
})
await new Promise((resolve) => api.listen(0, '127.0.0.1', resolve))

const server = await createServer({
  port: 0,
  origins: [
    { name: 'pages', pattern: 'page:*', url: `http://127.0.0.1:${api.address().port}/pages/{1}`, staleIfError: '1h' },
  ],
})

for (let i = 0; i < 3; i++) console.log(await server.call('GET', 'page:home'))
console.log(`three reads, each confirmed by the API, moved its body ${bodies} time(s)`)
pages.set('home', 'Welcome back')
console.log(await server.call('GET', 'page:home'))
api.closeAllConnections()
await new Promise((resolve) => api.close(resolve))
console.log('the API is gone:', await server.call('GET', 'page:home'))

await server.close()
