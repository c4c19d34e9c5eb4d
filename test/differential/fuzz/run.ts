import { SeededRandom } from '../../../src/base/index.js'
import { encodeRequest, printable } from '../../support/resp-frames.js'
import { isError, sameReply } from '../compare.js'
import type { Pair, PairConnection, Protocol } from '../pair.js'
import { Coverage, forms } from './coverage.js'
import { plain, restore, type Form, type Step } from './forms.js'
import { directives } from './grammar-server.js'
import { databases } from './material.js'
import { minimise } from './minimise.js'
import type { Context } from './phrase.js'

/** Rewrites a request on its way to the subject alone: how the tests put a fault in. */
export type Fault = (request: readonly Buffer[]) => readonly Buffer[]

export interface RunOptions {
  readonly pair: Pair
  readonly seed: number
  readonly commands: number
  readonly protocol: Protocol
  readonly fault?: Fault
  /** Told where the run stands, in one line. */
  progress?(line: string): void
}

/** Where the two first differ. */
export interface Disagreement {
  /** Of the step, counted from 0. */
  readonly index: number
  readonly request: readonly Buffer[]
  readonly redis: Buffer
  readonly subject: Buffer
}

export interface RunResult {
  readonly coverage: Coverage
  /** The report of the first difference, or null when there was none. */
  readonly difference: string | null
}

const stepsPerPipelineMost = 400
const commandsPerSurvey = 5_000
const shownMost = 60
const closed = Buffer.from('(connection closed)')

/** Makes up commands from `seed`, tells both servers and stops at the first reply they do not agree on. */
export async function run(options: RunOptions): Promise<RunResult> {
  const { pair, seed, commands, protocol, fault } = options
  const context: Context = { random: new SeededRandom(seed ^ (protocol << 28)), protocol, database: 0 }
  const coverage = new Coverage()
  const session = new Session(pair, protocol, coverage, fault)
  const steps: Step[] = []
  await session.begin()
  try {
    for (let nextSurvey = commandsPerSurvey; steps.length < commands;) {
      const size = Math.min(1 + context.random.below(stepsPerPipelineMost), commands - steps.length)
      const pipeline = Array.from({ length: size }, () => pickForm(context).make(context))
      const found = await session.play(pipeline)
      if (found !== null)
        return {
          coverage,
          difference: await explain(options, steps.concat(pipeline), steps.length + found.index, found),
        }
      steps.push(...pipeline)
      if (steps.length < nextSurvey && steps.length < commands) continue
      nextSurvey += commandsPerSurvey
      const odd = await session.survey(context)
      if (odd !== null)
        return { coverage, difference: await explain(options, [...steps, odd.step], steps.length, odd.found) }
      options.progress?.(`seed ${seed}, RESP${protocol}: ${steps.length} of ${commands} commands, no difference`)
    }
    return { coverage, difference: null }
  } finally {
    session.end()
  }
}

const totalWeight = forms.reduce((sum, { weight }) => sum + weight, 0)

function pickForm({ random }: Context): Form {
  let at = random.below(totalWeight)
  for (const form of forms) if ((at -= form.weight) < 0) return form
  return forms[0]
}

/** One client's life on both servers. */
class Session {
  #connection: PairConnection | null = null

  constructor(
    readonly pair: Pair,
    readonly protocol: Protocol,
    readonly coverage: Coverage | null,
    readonly fault: Fault | undefined,
  ) {}

  /** A new connection to two empty servers in their first configuration. */
  async begin(): Promise<void> {
    await this.pair.revive()
    this.end()
    this.#connection = await this.pair.connect()
    const settings = Object.entries(directives).flatMap(([name, [first]]) => [name, first])
    const requests = [
      plain('FLUSHALL'),
      plain('CONFIG', 'RESETSTAT'), // scenes ask one server more often than the other
      plain('CONFIG', 'SET', 'slowlog-log-slower-than', -1, ...settings),
      plain('CONFIG', 'SET', 'hz', 500),
      plain('DEBUG', 'SET-ACTIVE-EXPIRE', 0),
      ...restore({ protocol: this.protocol, database: 0, random: new SeededRandom(0) }),
    ]
    await this.#connection.differences(requests)
  }

  end(): void {
    this.#connection?.destroy()
    this.#connection = null
  }

  /** Sends the steps in as few pipelines as their closings allow. Gives the first disagreement, or null. */
  async play(steps: readonly Step[]): Promise<Disagreement | null> {
    for (let from = 0; from < steps.length;) {
      const closing = steps.findIndex(({ reopen }, i) => i >= from && reopen !== undefined)
      const to = closing < 0 ? steps.length : closing + 1
      const found = await this.#pipeline(steps.slice(from, to))
      if (found !== null) return { ...found, index: from + found.index }
      const reopen = steps[to - 1].reopen
      if (reopen !== undefined) await this.#reopen(reopen)
      from = to
    }
    return null
  }

  /** Compares every key of every database by its bytes, and the digests over all. */
  async survey(context: Context): Promise<{ step: Step; found: Disagreement } | null> {
    const connection = this.#connected()
    const steps: Step[] = [stepOf(plain('DEBUG', 'DIGEST'))]
    for (let database = 0; database < databases; database++) {
      const select = plain('SELECT', database)
      connection.send(Buffer.concat([encodeRequest(select), encodeRequest(plain('KEYS', '*'))]))
      const [[, keys]] = await connection.read(2)
      steps.push(stepOf(select, plain('DBSIZE')), stepOf(select, plain('KEYS', '*')))
      for (const key of bulks(keys)) {
        steps.push(
          stepOf(
            select,
            ['TYPE', key],
            ['PEXPIRETIME', key],
            ['OBJECT', 'ENCODING', key],
            ['GET', key],
            ['HGETALL', key],
            ['XRANGE', key, '-', '+'],
            ['XINFO', 'STREAM', key, 'FULL', 'COUNT', '0'],
            ['SMEMBERS', key],
            ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
            ['LRANGE', key, '0', '-1'],
          ),
        )
      }
    }
    steps.push(stepOf(plain('SELECT', context.database)))
    const found = await this.play(steps)
    return found === null ? null : { step: steps[found.index], found }
  }

  async #pipeline(steps: readonly Step[]): Promise<Disagreement | null> {
    const connection = this.#connected()
    const requests = steps.flatMap((step) => step.requests)
    connection.redis.send(Buffer.concat(requests.map(encodeRequest)))
    connection.subject.send(Buffer.concat(requests.map((request) => encodeRequest(this.fault?.(request) ?? request))))
    const count = steps.reduce((sum, { replies }) => sum + replies.length, 0)
    const [redis, subject] = await connection.read(count)
    let at = 0
    for (const [index, step] of steps.entries()) {
      const first = at
      for (const reply of step.replies) {
        const request = step.requests[reply]
        const [one, other] = [redis[at] ?? closed, subject[at] ?? closed]
        if (!sameReply(request, one, other)) return { index, request, redis: one, subject: other }
        at++
      }
      if (this.coverage !== null && !isError(redis[first] ?? closed)) this.coverage.add(step.counts)
    }
    return null
  }

  async #reopen(requests: readonly (readonly Buffer[])[]): Promise<void> {
    const old = this.#connected()
    await Promise.all([old.redis.readToEnd(), old.subject.readToEnd()])
    this.#connection = await this.pair.connect()
    await this.#connection.differences(requests)
  }

  #connected(): PairConnection {
    if (this.#connection === null) throw new Error('the session has not begun')
    return this.#connection
  }
}

function stepOf(...requests: readonly (readonly (Buffer | string)[])[]): Step {
  const plainRequests = requests.map((request) =>
    request.map((arg) => (typeof arg === 'string' ? Buffer.from(arg) : arg)),
  )
  return { requests: plainRequests, replies: plainRequests.map((_, i) => i), counts: [] }
}

/** The bytes of each bulk string in a flat array reply. */
function bulks(reply: Buffer): Buffer[] {
  const found: Buffer[] = []
  let at = reply.indexOf('\r\n') + 2
  while (at < reply.length) {
    const start = reply.indexOf('\r\n', at) + 2
    const length = Number(reply.latin1Slice(at + 1, start - 2))
    found.push(reply.subarray(start, start + length))
    at = start + length + 2
  }
  return found
}

/** Seed, place and replies of a disagreement, and the fewest commands that show it again. */
async function explain(
  options: RunOptions,
  steps: readonly Step[],
  index: number,
  found: Disagreement,
): Promise<string> {
  const { pair, protocol, fault, seed } = options
  const replay = async (some: readonly Step[]): Promise<Disagreement | null> => {
    const session = new Session(pair, protocol, null, fault)
    await session.begin()
    try {
      for (let from = 0; from < some.length; from += stepsPerPipelineMost) {
        const odd = await session.play(some.slice(from, from + stepsPerPipelineMost))
        if (odd !== null) return { ...odd, index: from + odd.index }
      }
      return null
    } finally {
      session.end()
    }
  }
  const { steps: fewest, found: again } = await minimise(steps.slice(0, index + 1), replay)
  const show = ({ request, redis, subject }: Disagreement): string =>
    `  ${line(request)}\n    redis:   ${printable(redis)}\n    truedis: ${printable(subject)}`
  return [
    `seed ${seed}, RESP${protocol}, command ${index}:`,
    show(found),
    again === null
      ? 'It did not show again when replayed: it depends on time, or on an earlier run.'
      : `These ${fewest.length} commands show it on an empty server:\n${listing(fewest)}\n${show(again)}`,
  ].join('\n')
}

const line = (request: readonly Buffer[]): string => request.map(quoted).join(' ')

/** The commands one by one, the last of them when they are too many to read. */
function listing(steps: readonly Step[]): string {
  const shown = steps.slice(-shownMost).flatMap((step) => step.requests.map((request) => `  ${line(request)}`))
  return [...(steps.length > shownMost ? [`  (${steps.length - shownMost} more before)`] : []), ...shown].join('\n')
}

/** An argument as redis-cli reads it. */
function quoted(arg: Buffer): string {
  const text = printable(arg, 200)
  return /^[!-&(-~]+$/.test(text) && !text.includes('\\') && !text.includes('"')
    ? text
    : `"${text.replaceAll('"', '\\"')}"`
}
