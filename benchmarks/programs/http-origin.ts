import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { answerParent } from '../lib/programs.js'
import { valueOf } from '../lib/loads.js'

export type HttpOriginQuestions = {
  start: { ask: { readonly valueBytes: number }; answer: { readonly port: number } }
  /** Requests since the last time this was asked. */
  requests: { ask: null; answer: number }
}

let requests = 0

/** An origin that answers as fast as node:http can: every path has the same value, its ETag and its digest. */
async function start({ valueBytes }: { readonly valueBytes: number }): Promise<{ port: number }> {
  const body = Buffer.from(valueOf(valueBytes))
  const etag = '"1"'
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
  const server = createServer((request, response) => {
    requests++
    const current = request.headers['if-none-match'] === etag
    response.writeHead(current ? 304 : 200, { etag, 'repr-digest': digest })
    response.end(current ? undefined : body)
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return { port: address.port }
}

answerParent<HttpOriginQuestions>({
  start,
  requests: () => {
    const count = requests
    requests = 0
    return count
  },
})
