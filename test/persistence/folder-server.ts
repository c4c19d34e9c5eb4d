import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RawConnection } from '../support/raw-connection.js'
import { startServer, type RunningServer, type ServerKind } from '../support/servers.js'
import type { Words } from './random-dataset.js'

/** A folder that servers come and go in, one at a time, of one kind or the other. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'truedis-files-'))
  #server: RunningServer | null = null
  #connection: RawConnection | null = null

  /** Starts a server here and waits until it has loaded what is here. */
  async start(kind: ServerKind, ...options: string[]): Promise<this> {
    await this.begin(kind, ...options)
    for (;;) {
      const reply = (await this.say('PING')) as string | undefined
      if (reply === undefined) throw await this.#ended()
      if (!reply.startsWith('-LOADING')) return this
    }
  }

  /** Starts a server that may still be loading. */
  async begin(kind: ServerKind, ...options: string[]): Promise<this> {
    this.#server = await startServer(kind, ['--dir', this.path, ...options])
    this.#connection = await RawConnection.open(this.#server.port).catch(() => null)
    if (this.#connection === null) throw await this.#ended() // it listened a moment ago
    return this
  }

  async #ended(): Promise<Error> {
    await this.server.exited
    return new Error(`it ended as it loaded: ${this.server.output()}`)
  }

  get server(): RunningServer {
    return this.#server!
  }

  /** One request's reply, as it came. */
  async say(...words: Words): Promise<string> {
    const [reply] = await this.sayAll([words])
    return reply
  }

  /** Requests in one go. */
  async sayAll(requests: readonly Words[]): Promise<string[]> {
    const connection = this.#connection!
    connection.send(Buffer.concat(requests.map(encoded)))
    const replies = await connection.read(requests.length)
    return replies.map((reply) => reply.latin1Slice())
  }

  digest(): Promise<string> {
    return this.say('DEBUG', 'DIGEST')
  }

  async info(field: string): Promise<string> {
    return new RegExp(`${field}:([^\\r]*)`).exec(await this.say('INFO', 'everything'))?.[1] ?? ''
  }

  /** Asks until INFO says so. */
  async until(field: string, value: string): Promise<void> {
    while ((await this.info(field)) !== value);
  }

  /** Ends the server so that it can do nothing about it. */
  async kill(): Promise<void> {
    process.kill(this.server.pid, 'SIGKILL')
    await this.stop()
  }

  /** Ends it by SIGTERM. */
  async stop(): Promise<void> {
    this.#connection?.destroy()
    const server = this.#server
    this.#server = this.#connection = null
    await server?.stop()
  }

  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.path, { recursive: true, force: true })
  }
}

export function encoded(words: Words): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${words.length}\r\n`)]
  for (const word of words) {
    const bytes = Buffer.from(word as string)
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'))
  }
  return Buffer.concat(parts)
}
