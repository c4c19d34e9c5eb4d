import { ReplyError } from '../../../src/base/index.js'
import { readReply, type Reply } from '../../../src/resp/index.js'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'

/** Whether redis-server is on the PATH. */
export function hasRedis(): boolean {
  try {
    execFileSync('redis-server', ['--version'])
    return true
  } catch {
    return false
  }
}

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

  static async start(args: readonly string[] = [], directory = newDirectory()): Promise<RealRedis> {
    const path = join(directory, 'redis.sock')
    const child = spawn('redis-server', [...args, '--port', '0', '--unixsocket', path, '--dir', directory], {
      stdio: 'ignore',
    })
    while (!existsSync(path)) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
      await new Promise(setImmediate)
    }
    const socket = connect(path)
    await once(socket, 'connect')
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
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
    rmSync(this.directory, { recursive: true, force: true })
  }
}

export const newDirectory = (): string => mkdtempSync(join(tmpdir(), 'truedis-config-'))

function plain(reply: Reply): string | string[] {
  if (reply instanceof ReplyError) return `-${reply.text}`
  if (Array.isArray(reply)) return reply.map((item) => plain(item) as string)
  return Buffer.isBuffer(reply) ? reply.toString('latin1') : String(reply)
}
