import { ReplyError } from '../../../src/base/index.js'
import { readReply, type Reply } from '../../../src/resp/index.js'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'

/** A redis-server of its own on a unix socket, in a directory of its own. */
export class RealRedis {
  readonly #child: ChildProcess
  readonly #socket: Socket
  readonly directory: string

  private constructor(child: ChildProcess, socket: Socket, directory: string) {
    this.#child = child
    this.#socket = socket
    this.directory = directory
  }

  /** @param configFile has to say `port 0`, and `unixsocket redis.sock` in `directory` */
  static async start(configFile?: string, directory = newDirectory()): Promise<RealRedis> {
    const path = join(directory, 'redis.sock')
    const args = configFile === undefined ? ['--port', '0', '--unixsocket', path, '--dir', directory] : [configFile]
    const child = spawn('redis-server', args, { stdio: 'ignore', cwd: directory })
    let socket: Socket | undefined
    while (socket === undefined) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
      socket = await connected(path)
    }
    return new RealRedis(child, socket, directory)
  }

  /** Sends one command of byte strings and answers the reply in byte strings, an error as its line with the `-`. */
  async call(...words: readonly string[]): Promise<string | string[]> {
    const request = words.map((word) => `$${Buffer.byteLength(word, 'latin1')}\r\n${word}\r\n`).join('')
    this.#socket.write(`*${words.length}\r\n${request}`, 'latin1')
    let bytes = Buffer.alloc(0)
    for (;;) {
      const [chunk] = (await once(this.#socket, 'data')) as [Buffer]
      bytes = Buffer.concat([bytes, chunk])
      const read = readReply(bytes, { buffers: true })
      if (read !== null) return plain(read.reply)
    }
  }

  async stop(): Promise<void> {
    this.#socket.destroy()
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit')
      this.#child.kill('SIGKILL')
      await ended
    }
    rmSync(this.directory, { recursive: true, force: true })
  }
}

/** A connection, or nothing while nobody listens there. */
function connected(path: string): Promise<Socket | undefined> {
  const socket = connect(path)
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(socket))
    socket.once('error', () => setImmediate(resolve, undefined))
  })
}

export const newDirectory = (): string => mkdtempSync(join(tmpdir(), 'truedis-config-'))

function plain(reply: Reply): string | string[] {
  if (reply instanceof ReplyError) return `-${reply.text}`
  if (Array.isArray(reply)) return reply.map((item) => plain(item) as string)
  return Buffer.isBuffer(reply) ? reply.toString('latin1') : String(reply)
}
