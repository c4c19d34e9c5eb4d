import { ManualClock, SeededRandom } from '../../src/base/index.js'
import { createServer, type CreateServerOptions, type EmbeddedServer } from '../../src/index.js'
import { argumentsOf, type Request } from '../support/command-line.js'
import { RawConnection } from '../support/raw-connection.js'

/** One connection to a stage. Bytes travel and are compared as latin1 text, a code unit a byte. */
export class Actor {
  readonly raw: RawConnection

  constructor(raw: RawConnection) {
    this.raw = raw
  }

  /** How CLIENT LIST names this end. */
  get address(): string {
    return `127.0.0.1:${this.raw.localPort}`
  }

  send(...lines: readonly (string | Request)[]): void {
    for (const line of lines) this.raw.send(encode(argumentsOf(line)))
  }

  /** Sends a request and returns its reply; '' when the server closed the connection instead. */
  async ask(line: string | Request): Promise<string> {
    this.send(line)
    return this.heard()
  }

  /** The next reply. */
  async heard(): Promise<string> {
    return (await this.raw.read(1)).map((reply) => reply.latin1Slice()).join('')
  }

  /** Asks for a bulk or verbatim text, and returns it without its frame. */
  async askText(line: string | Request): Promise<string> {
    return (await this.ask(line)).replace(/^[$=]\d+\r\n(?:txt:)?|\r\n$/g, '')
  }

  /** Whether the server has closed the connection, or does now. */
  async isClosed(): Promise<boolean> {
    await this.raw.readToEnd()
    return this.raw.closed
  }
}

/** A server in this process whose time stands still, and its clients. */
export class Stage {
  readonly clock: ManualClock
  readonly server: EmbeddedServer
  readonly #actors: Actor[] = []

  private constructor(server: EmbeddedServer, clock: ManualClock) {
    this.server = server
    this.clock = clock
  }

  static async open(options: CreateServerOptions = {}): Promise<Stage> {
    const clock = new ManualClock()
    return new Stage(await createServer({ port: 0, clock, random: new SeededRandom(1), ...options }), clock)
  }

  async enter(): Promise<Actor> {
    const actor = new Actor(await RawConnection.open(this.server.port))
    this.#actors.push(actor)
    return actor
  }

  async close(): Promise<void> {
    for (const actor of this.#actors) actor.raw.destroy()
    await this.server.close()
  }
}

function encode(args: readonly Buffer[]): Buffer {
  const parts = args.flatMap((arg) => [Buffer.from(`$${arg.length}\r\n`), arg, Buffer.from('\r\n')])
  return Buffer.concat([Buffer.from(`*${args.length}\r\n`), ...parts])
}

/** Requests, one after the other on one connection, each with its reply under RESP2 and, where it differs, RESP3. */
export type Dialogue = readonly (readonly [request: string | Request, resp2: string, resp3?: string])[]

/** Declares a test of each dialogue under each protocol, on a server of its own. */
export function perform(dialogues: Readonly<Record<string, Dialogue>>, options: CreateServerOptions = {}): void {
  for (const [title, dialogue] of Object.entries(dialogues)) {
    test.each([2, 3] as const)(`${title} (RESP%i)`, async (protocol) => {
      const stage = await Stage.open(options)
      try {
        const actor = await stage.enter()
        if (protocol === 3) await actor.ask('HELLO 3')
        for (const [request, resp2, resp3 = resp2] of dialogue) {
          expect([request, await actor.ask(request)]).toEqual([request, protocol === 2 ? resp2 : resp3])
        }
      } finally {
        await stage.close()
      }
    })
  }
}
