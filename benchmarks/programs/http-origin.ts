import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { answerParent } from '../lib/programs.js'
import { valueOf } from '../lib/loads.js'

export type HttpOriginQuestions = {
  start: { ask: { readonly valueBytes: number }; answer: { readonly port: number } }
  /** Requests since the last time this was asked. */
  requests: { ask: null; answer: number }
  /** From now on it answers nothing, or again. */
  silence: { ask: boolean; answer: null }
  /** Answers wait until `release`. */
  hold: { ask: null; answer: null }
  release: { ask: null; answer: null }
}

let value = ''
let requests = 0
let isSilent = false
let released: Promise<void> | null = null
let release = (): void => {}

/**
 * An origin that answers as fast as node:http can: every path has the same value, its ETag and its digest; `POST /batch`
 * answers many.
 */
async function start({ valueBytes }: { readonly valueBytes: number }): Promise<{ port: number }> {
  value = valueOf(valueBytes)
  const body = Buffer.from(value)
  const etag = '"1"'
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
  const server = createServer((request, response) => {
    requests++
    if (isSilent) return
    if (request.method === 'POST') return answerBatch(request, response)
    if (released !== null) {
      void released.then(() => response.writeHead(200, { etag, 'repr-digest': digest }).end(body))
      return
    }
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

/** Every copy is current. */
function answerBatch(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const { asks } = JSON.parse(Buffer.concat(chunks).toString()) as { asks: { digest?: string }[] }
    const answers = asks.map(({ digest }) => (digest === undefined ? { status: 200, value } : { status: 304 }))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ answers }))
  })
}

answerParent<HttpOriginQuestions>({
  start,
  silence: (on) => {
    isSilent = on
    return null
  },
  hold: () => {
    released = new Promise((resolve) => (release = resolve))
    return null
  },
  release: () => {
    release()
    released = null
    return null
  },
  requests: () => {
    const count = requests
    requests = 0
    return count
  },
})
