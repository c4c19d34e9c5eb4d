import { Pool } from 'undici'
import { answerParent } from '../lib/programs.js'
import { keyAt } from '../lib/loads.js'

export interface ReaderAsk {
  readonly port: number
  readonly keys: number
  readonly inFlight: number
}

export type UndiciReaderQuestions = {
  /** Validates each key once; answers reads a second. */
  read: { ask: ReaderAsk; answer: number }
}

let pool: Pool | undefined

/** What any cache in front of this origin must do at least: one conditional request a key. */
async function read({ port, keys, inFlight }: ReaderAsk): Promise<number> {
  pool ??= new Pool(`http://127.0.0.1:${port}`, { connections: inFlight })
  const headers = { 'if-none-match': '"1"', 'accept-encoding': 'identity', 'cache-control': 'no-cache' }
  let next = 0
  const reader = async (client: Pool): Promise<void> => {
    while (next < keys) {
      const { statusCode, body } = await client.request({ path: `/${keyAt(next++)}`, method: 'GET', headers })
      await body.dump()
      if (statusCode !== 304) throw new Error(`the origin answered ${statusCode}`)
    }
  }
  const startedMs = performance.now()
  const client = pool
  await Promise.all(Array.from({ length: inFlight }, () => reader(client)))
  return keys / ((performance.now() - startedMs) / 1000)
}

answerParent<UndiciReaderQuestions>({ read })
