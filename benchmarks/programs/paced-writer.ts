import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { keyAt, valueOf } from '../lib/loads.js'
import { answerParent } from '../lib/programs.js'
import { ReplyCounter } from '../lib/reply-counter.js'
import { encode } from '../lib/resp-client.js'
import { seeded } from '../lib/zipf.js'

export interface PacedAsk {
  readonly port: number
  readonly requestsPerSecond: number
  readonly pipeline: number
  readonly clients: number
  readonly keys: number
  readonly valueBytes: number
}

export type PacedWriterQuestions = {
  /** Begins to write, as redis-benchmark does, but no faster than it is told. */
  start: { ask: PacedAsk; answer: void }
  /** Ends it; answers the requests a second that were answered. */
  stop: { ask: null; answer: number }
}

/** Pipelines that are made before, and written in turn. */
const pipelinesMade = 4000

class PacedWriter {
  readonly #ask: PacedAsk
  readonly #sockets: readonly Socket[]
  readonly #replies: readonly ReplyCounter[]
  readonly #pipelines: readonly Buffer[]
  readonly #startedMs = performance.now()
  readonly #timer = setInterval(() => this.#write(), 1)
  #written = 0

  constructor(ask: PacedAsk, sockets: readonly Socket[]) {
    this.#ask = ask
    this.#sockets = sockets
    this.#replies = sockets.map(() => new ReplyCounter())
    for (const [index, socket] of sockets.entries()) {
      socket.on('data', (chunk) => this.#replies[index].feed(chunk))
      socket.on('error', () => {}) // the rate tells
    }
    const random = seeded(1)
    const set = (): string => encode('SET', keyAt(Math.floor(random() * ask.keys)), valueOf(ask.valueBytes))
    this.#pipelines = Array.from({ length: pipelinesMade }, () =>
      Buffer.from(Array.from({ length: ask.pipeline }, set).join(''), 'latin1'),
    )
  }

  /** What is due since the start: a tick that comes late is made up for. */
  #write(): void {
    const { requestsPerSecond, pipeline } = this.#ask
    const due = ((performance.now() - this.#startedMs) / 1000) * requestsPerSecond
    for (; this.#written * pipeline < due; this.#written++) {
      this.#sockets[this.#written % this.#sockets.length].write(this.#pipelines[this.#written % pipelinesMade])
    }
  }

  /** @throws the first error reply */
  stop(): number {
    clearInterval(this.#timer)
    const answered = this.#replies.reduce((sum, { count }) => sum + count, 0)
    const seconds = (performance.now() - this.#startedMs) / 1000
    for (const socket of this.#sockets) socket.destroy()
    const error = this.#replies.find(({ firstError }) => firstError !== null)?.firstError
    if (error !== undefined && error !== null) throw new Error(error)
    return answered / seconds
  }
}

let writer: PacedWriter | undefined

async function start(ask: PacedAsk): Promise<void> {
  const sockets = Array.from({ length: ask.clients }, () =>
    connect({ port: ask.port, host: '127.0.0.1', noDelay: true }),
  )
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  writer = new PacedWriter(ask, sockets)
}

answerParent<PacedWriterQuestions>({
  start,
  stop: () => writer?.stop() ?? 0,
})
