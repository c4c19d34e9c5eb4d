import { importBuilt, type EmbeddedModule, type EmbeddedServer } from '../lib/embedded.js'
import { keyAt, valueOf } from '../lib/loads.js'
import { Probe, type Pauses } from '../lib/probe.js'
import { answerParent } from '../lib/programs.js'

/** Options of createServer that can cross a process boundary, and an origin in the same process. */
export interface StartAsk {
  readonly options?: Readonly<Record<string, unknown>>
  /** Binds `bnd:*` to an object in this process that has a value of so many bytes for every key. */
  readonly boundValueBytes?: number
}

export interface FillAsk {
  readonly count: number
  readonly valueBytes: number
  /** Unix ms at which all keys expire; leave it out for none. */
  readonly expireAtMs?: number
}

export interface ReadAsk {
  readonly prefix: string
  readonly keys: number
  readonly reads: number
}

export type ProbeQuestions = {
  start: { ask: StartAsk; answer: { readonly port: number } }
  watchTurns: { ask: boolean; answer: void }
  reset: { ask: null; answer: void }
  read: { ask: null; answer: Pauses }
  collectGarbage: { ask: null; answer: void }
  call: { ask: readonly (string | number)[]; answer: string }
  fill: { ask: FillAsk; answer: void }
  /** Reads random keys in batches; answers nanoseconds a read. */
  timeReads: { ask: ReadAsk; answer: number }
}

const batchCalls = 64
const probe = new Probe()
let server: EmbeddedServer

async function start({ options = {}, boundValueBytes }: StartAsk): Promise<{ port: number }> {
  const { createServer } = await importBuilt<EmbeddedModule>('index.js')
  const value = valueOf(boundValueBytes ?? 0)
  const store = { fetch: async () => value }
  const origins =
    boundValueBytes === undefined ? {} : { origins: [{ name: 'bound', pattern: 'bnd:*', store, validate: '1h' }] }
  server = await createServer({ port: 0, ...options, ...origins })
  return { port: server.port }
}

/** One batch a loop turn. What is timed is its synchronous part: the calls as they run, not their promises. */
async function batches(count: number, callAt: (index: number) => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done += batchCalls) {
    const replies: Promise<unknown>[] = []
    const end = Math.min(count, done + batchCalls)
    const startedMs = performance.now()
    for (let index = done; index < end; index++) replies.push(callAt(index))
    probe.batchTook(performance.now() - startedMs)
    await Promise.all(replies)
    await new Promise(setImmediate)
  }
}

async function fill({ count, valueBytes, expireAtMs }: FillAsk): Promise<void> {
  const value = valueOf(valueBytes)
  const deadline = expireAtMs === undefined ? [] : ['PXAT', String(expireAtMs)]
  await batches(count, (index) => server.call('SET', keyAt(index), value, ...deadline))
}

async function timeReads({ prefix, keys, reads }: ReadAsk): Promise<number> {
  const names = Array.from({ length: keys }, (_, index) => keyAt(index, prefix))
  const startedMs = performance.now()
  for (let done = 0; done < reads; done += batchCalls) {
    const replies: Promise<unknown>[] = []
    for (let i = 0; i < batchCalls; i++) replies.push(server.call('GET', names[((done + i) * 7919) % keys]))
    await Promise.all(replies)
  }
  return ((performance.now() - startedMs) * 1e6) / reads
}

answerParent<ProbeQuestions>({
  start,
  fill,
  timeReads,
  watchTurns: (on) => probe.watchTurns(on),
  reset: () => probe.reset(),
  read: () => probe.read(),
  collectGarbage: () => (globalThis as { gc?: () => void }).gc?.(),
  call: async (args) => String(await server.call(...args)),
})
