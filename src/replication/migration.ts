import type { Region, Timer } from '../base/index.js'
import type { MigrationOutcome, MigrationService, MigrationTarget } from '../command/index.js'
import type { Connect, Link, ReplicationHost } from './host.js'

/** Connections that are kept for the next migration to the same server, and for how long. */
const keptMost = 64
const keptMs = 10_000
/** What answers with longer lines is no Redis. */
const lineBytesMax = 4096

/** What is asked of one connection at a time. */
interface Errand {
  /** Replies that are still to come. */
  left: number
  readonly lines: string[]
  readonly timeoutMs: number
  timer: Timer | null
  readonly done: (lines: readonly string[], problem: Problem | null) => void
}

type Problem = 'timeout' | 'closed' | 'connecting' | 'refused' | 'nonsense'

/** What the client is told: a connection that is refused shows when it is written to. */
const words = {
  connecting: 'connecting',
  refused: 'writing',
  closed: 'reading',
  timeout: 'reading',
  nonsense: 'reading',
} as const

/** A connection to a server that keys are sent to. */
class Channel {
  database = -1
  usedAtMs = 0
  isOpen = true
  readonly #host: Pick<ReplicationHost, 'clock'>
  readonly #link: Link
  #isConnected = false
  #waiting: Uint8Array[] = []
  #errand: Errand | null = null
  #line = ''

  constructor(host: Pick<ReplicationHost, 'clock'>, connect: Connect, address: { host: string; port: number }) {
    this.#host = host
    this.#link = connect(address.host, address.port, {
      connected: () => {
        this.#isConnected = true
        for (const bytes of this.#waiting.splice(0)) this.#link.write(bytes)
        this.#restart()
      },
      received: (region, length) => this.#take(region, length),
      closed: () => this.#end(this.#isConnected ? 'closed' : 'refused'),
    })
  }

  get isBusy(): boolean {
    return this.#errand !== null
  }

  /** Sends requests, and hears a line for each; each is waited for as long as the last one allowed. */
  ask(requests: readonly Uint8Array[], timeoutMs: number, done: Errand['done']): void {
    this.#errand = { left: requests.length, lines: [], timeoutMs, timer: null, done }
    for (const bytes of requests) {
      if (this.#isConnected) this.#link.write(bytes)
      else this.#waiting.push(bytes)
    }
    this.#restart()
  }

  close(): void {
    this.isOpen = false
    this.#link.destroy()
  }

  #restart(): void {
    const errand = this.#errand
    if (errand === null) return
    errand.timer?.cancel()
    errand.timer = this.#host.clock.schedule(errand.timeoutMs, () =>
      this.#end(this.#isConnected ? 'timeout' : 'connecting'),
    )
  }

  #take({ bytes }: Region, length: number): void {
    const errand = this.#errand
    if (errand === null) return this.close() // nobody asked
    this.#line += bytes.latin1Slice(0, length)
    const before = errand.left
    for (let at = this.#line.indexOf('\n'); at >= 0 && errand.left > 0; at = this.#line.indexOf('\n')) {
      const line = this.#line.slice(0, at).replace(/\r$/, '')
      if (!/^[+-]/.test(line)) return this.#end('nonsense') // a key is gone when the other server says that it has it
      errand.lines.push(line)
      this.#line = this.#line.slice(at + 1)
      errand.left--
    }
    if (errand.left === 0) {
      if (this.#line !== '') this.close() // what it says beyond is no reply to what it will be asked
      this.#settle(null)
    } else if (this.#line.length > lineBytesMax) this.#end('nonsense')
    else if (errand.left < before) this.#restart()
  }

  #end(problem: Problem): void {
    this.close()
    if (this.#errand !== null) this.#settle(problem)
  }

  #settle(problem: Problem | null): void {
    const errand = this.#errand!
    errand.timer?.cancel()
    this.#errand = null
    this.usedAtMs = this.#host.clock.monotonicMs()
    errand.done(errand.lines, problem)
  }
}

/** Sends values to other servers: MIGRATE. Connections are kept for a while, as in Redis. */
export class Migration implements MigrationService {
  readonly #host: Pick<ReplicationHost, 'clock' | 'connect'>
  readonly #channels = new Map<string, Channel>()

  constructor(host: Pick<ReplicationHost, 'clock' | 'connect'>) {
    this.#host = host
  }

  get cachedConnections(): number {
    return this.#channels.size
  }

  send(target: MigrationTarget, restores: readonly Uint8Array[], done: (outcome: MigrationOutcome) => void): void {
    this.#send(target, restores, done, true)
  }

  /** Gives up connections that were not used for a while. */
  everySecond(): void {
    const nowMs = this.#host.clock.monotonicMs()
    for (const [name, channel] of this.#channels) {
      if (!channel.isOpen || (!channel.isBusy && nowMs - channel.usedAtMs > keptMs)) this.#drop(name, channel)
    }
  }

  #send(
    target: MigrationTarget,
    restores: readonly Uint8Array[],
    done: (outcome: MigrationOutcome) => void,
    mayRetry: boolean,
  ): void {
    const { database, timeoutMs, credentials } = target
    const [name, channel] = this.#channel(target)
    const isSelected = channel.database === database
    const before = [
      ...(credentials === null ? [] : [encoded(['AUTH', ...credentials])]),
      ...(isSelected ? [] : [encoded(['SELECT', String(database)])]),
    ]
    channel.ask([...before, ...restores], timeoutMs, (lines, problem) => {
      const refusal = lines.slice(0, before.length).find((line) => line.startsWith('-'))
      const replies = lines.slice(before.length).map((line) => refusal ?? line)
      channel.database = problem !== null || replies.some((line) => line.startsWith('-')) ? -1 : database
      if (problem !== null) {
        this.#drop(name, channel)
        // a connection that was kept may have been closed meanwhile, which nobody needs to hear of
        if (mayRetry && problem === 'closed' && replies.length === 0) return this.#send(target, restores, done, false)
      }
      if (this.#channels.get(name) !== channel) channel.close() // it was beside another
      done({ replies, problem: problem === null ? null : words[problem] })
    })
  }

  #channel(target: MigrationTarget): [name: string, channel: Channel] {
    const name = `${target.host}:${target.port}`
    const kept = this.#channels.get(name)
    if (kept !== undefined && kept.isOpen && !kept.isBusy) return [name, kept]
    const channel = new Channel(this.#host, (host, port, events) => this.#host.connect(host, port, events), target)
    if (kept?.isBusy === true && kept.isOpen) return [name, channel] // beside the one that is at work
    const [oldest] = this.#channels
    if (this.#channels.size >= keptMost) this.#drop(...oldest)
    this.#channels.set(name, channel)
    return [name, channel]
  }

  #drop(name: string, channel: Channel): void {
    channel.close()
    if (this.#channels.get(name) === channel) this.#channels.delete(name)
  }
}

/** A request, each code unit of its words a byte. */
function encoded(request: readonly string[]): Buffer {
  const parts = request.map((word) => `$${word.length}\r\n${word}\r\n`)
  return Buffer.from(`*${request.length}\r\n${parts.join('')}`, 'latin1')
}
