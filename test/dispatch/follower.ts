import { ManualClock, SeededRandom, silentLog, type Clock, type Region } from '../../src/base/index.js'
import type { ChangeSink, SinkKind } from '../../src/command/index.js'
import { allCommands } from '../../src/commands/index.js'
import { ReplayClient } from '../../src/dispatch/index.js'
import { Expiry } from '../../src/keyspace/index.js'
import { RequestParser } from '../../src/resp/index.js'
import { Config, Server } from '../../src/server/index.js'

/** A server that does not listen. */
export function quietServer(clock: Clock = new ManualClock(), directives: Record<string, string> = {}): Server {
  const config = Config.fromOptions({ port: 0, enableDebugCommand: 'yes', ...directives } as never)
  return new Server({ config, log: silentLog, commands: allCommands, clock, random: new SeededRandom(1) })
}

/** Keeps each unit that a server feeds, as lines of words. */
export class Units implements ChangeSink {
  readonly units: string[][] = []

  constructor(server: Server, kind: SinkKind = 'file') {
    server.services.feed.attach(this, kind)
  }

  append(region: Region, start: number, end: number): void {
    const unit: string[] = []
    forEachRequest(region, start, end, (words) => unit.push(words.map((one) => one.toString('latin1')).join(' ')))
    this.units.push(unit)
  }

  /** What came since this was last asked; SELECT 0 left out. */
  take(): string[] {
    return this.units
      .splice(0)
      .map((unit) => unit.filter((line) => line !== 'SELECT 0').join(' | '))
      .filter((line) => line !== '')
  }
}

const parser = new RequestParser({ bulkBytesMax: 1 << 29 })

function forEachRequest(region: Region, start: number, end: number, visit: (words: Buffer[]) => void): void {
  for (let at = start; at < end;) {
    at = parser.parse(region, at, end)
    if (at < 0) throw new Error('a unit ends in the middle of a request')
    visit(parser.args.toBuffers())
  }
}

/** A server that repeats what another one feeds, at once, though its clock, its hashes and its limits are others. */
export class Follower implements ChangeSink {
  readonly server: Server
  /** What it could not repeat. */
  readonly refused: string[] = []
  readonly #replay: ReplayClient
  readonly #parser = new RequestParser({ bulkBytesMax: 1 << 29 })

  constructor(leader: Server, clock: Clock, directives: Record<string, string> = {}) {
    this.server = quietServer(clock, directives)
    // it decides nothing of what expires
    this.server.keyspace.expiryOfClients = this.server.keyspace.expiry = Expiry.waits
    this.#replay = new ReplayClient(1_000_000, this.server.dispatcher, 0)
    leader.services.feed.attach(this, 'file')
  }

  append(region: Region, start: number, end: number): void {
    const { dispatcher } = this.server
    dispatcher.beginBatch()
    for (let at = start; at < end;) {
      at = this.#parser.parse(region, at, end)
      const words = this.#parser.args.toBuffers()
      const refusal = this.#replay.apply(this.#parser.args)
      if (refusal !== null) this.refused.push(`${words.map(String).join(' ')}: ${refusal.text}`)
    }
    dispatcher.endBatch()
    if (this.#replay.inTransaction) this.refused.push('a unit ends behind MULTI')
  }
}
