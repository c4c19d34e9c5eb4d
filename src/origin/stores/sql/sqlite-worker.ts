import { parentPort, workerData } from 'node:worker_threads'
import { Unavailable } from '../../store.js'
import { pack } from './sqlite-messages.js'
import type { Request, Response } from './sqlite-messages.js'
import { SqliteReader } from './sqlite-reader.js'
import type { SqliteReaderOptions } from './sqlite-reader.js'

/** The thread of one `sqlite:` origin: SQLite's drivers wait for disk and locks where they are called. */
const reader = new SqliteReader(workerData as SqliteReaderOptions)
const port = parentPort

process.removeAllListeners('warning') // Node says at every start that its own driver is young

let last: Promise<void> = Promise.resolve()

port?.on('message', (request: Request | 'close') => {
  last = last.then(() => (request === 'close' ? close() : serve(request)))
})

function close(): void {
  reader.close()
  port?.close()
}

async function serve(request: Request): Promise<void> {
  const response = await respond(request)
  port?.postMessage(response, response.kind === 'answers' ? [response.bytes.buffer] : [])
}

async function respond(request: Request): Promise<Response> {
  const { id } = request
  try {
    if (request.kind === 'changes') return { id, kind: 'changes', ...(await reader.changes(request.afterId)) }
    if (request.kind === 'names') return { id, kind: 'names', ...(await reader.names(request.after)) }
    if (request.kind === 'open') {
      await reader.open()
      return { id, kind: 'opened' }
    }
    return { id, kind: 'answers', ...pack(await reader.answer(request.asks)) }
  } catch (error) {
    const { message, counts } = error instanceof Unavailable ? error : new Unavailable('its thread failed')
    return { id, kind: 'unavailable', reason: message, counts }
  }
}
