import type { Random } from '../../src/base/index.js'
import { RawConnection } from '../support/raw-connection.js'
import { Folder, encoded } from './folder-server.js'

export interface KillOptions {
  readonly kills: number
  readonly random: Random
  readonly options: readonly string[]
  /** Hears of each kill: writes acknowledged until then, and those found afterwards. */
  onKill?(acknowledged: number, found: number): void
}

const writersCount = 6

/** Appends to a list of its own, a number higher each time, and counts what is acknowledged. */
class Writer {
  readonly key: string
  next: number
  acknowledged: number
  #connection: RawConnection | null = null

  constructor(key: string) {
    this.key = key
    this.next = 1
    this.acknowledged = 0
  }

  /** Writes, some requests at a time, until the server is gone or `stop` says so. */
  async run(port: number, random: Random, acknowledged: () => void): Promise<void> {
    const connection = (this.#connection = await RawConnection.open(port))
    while (!connection.closed) {
      const count = 1 + random.below(8)
      const requests: Buffer[] = []
      for (let i = 0; i < count; i++) {
        requests.push(encoded(['RPUSH', this.key, `${this.next++}${'.'.repeat(random.below(20) ** 2)}`]))
      }
      connection.send(Buffer.concat(requests))
      for (let i = 0; i < count; i++) {
        const [reply] = await connection.read(1)
        if (reply === undefined) return
        if (!reply.latin1Slice().startsWith(':')) throw new Error(`refused: ${reply.latin1Slice()}`)
        this.acknowledged++
        acknowledged()
      }
    }
  }

  end(): void {
    this.#connection?.destroy()
  }
}

/**
 * Kills a server at random moments while it is written to, and has what was acknowledged looked for by the next one.
 *
 * @returns writes that were acknowledged and are lost
 */
export async function killAndLook({ kills, random, options, onKill }: KillOptions): Promise<number> {
  const folder = new Folder()
  const writers = Array.from({ length: writersCount }, (_, i) => new Writer(`list${i}`))
  let lost = 0
  try {
    for (let kill = 0; kill <= kills; kill++) {
      await folder.start('truedis', ...options)
      let found = 0
      for (const writer of writers) {
        const values = await list(folder, writer.key)
        values.forEach((value, i) => {
          if (Number.parseInt(value, 10) !== i + 1) throw new Error(`${writer.key} has ${value} as number ${i + 1}`)
        })
        found += values.length
        lost += Math.max(0, writer.acknowledged - values.length)
        writer.acknowledged = values.length
        writer.next = values.length + 1
      }
      if (kill < kills) onKill?.(await writeAndKill(folder, writers, random), found)
    }
  } finally {
    for (const writer of writers) writer.end()
    await folder.remove()
  }
  return lost
}

async function list(folder: Folder, key: string): Promise<string[]> {
  const reply = await folder.say('LRANGE', key, '0', '-1')
  return reply.split('\r\n').filter((line, i) => i > 0 && line !== '' && !line.startsWith('$'))
}

/** The moment is one of the writes' replies; a rewrite may be under way. */
async function writeAndKill(folder: Folder, writers: readonly Writer[], random: Random): Promise<number> {
  const { port, pid } = folder.server
  let left = 1 + random.below(400)
  const rewriteAt = random.below(2) === 0 ? random.below(left + 1) : -1
  let count = 0
  await Promise.all(
    writers.map((writer) =>
      writer.run(port, random, () => {
        count++
        if (count === rewriteAt) void folder.say('BGREWRITEAOF').catch(() => {})
        if (--left === 0) process.kill(pid, 'SIGKILL')
      }),
    ),
  )
  await folder.stop()
  return count
}
