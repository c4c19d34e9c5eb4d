import type { Random } from '../../src/base/index.js'
import { RawConnection } from '../support/raw-connection.js'
import { encoded, type Folder } from './folder-server.js'

/** Appends to a list of its own, a number higher each time, and counts what is acknowledged. */
export class Writer {
  readonly key: string
  next: number
  acknowledged: number
  #connection: RawConnection | null = null

  constructor(key: string) {
    this.key = key
    this.next = 1
    this.acknowledged = 0
  }

  /** Writes, some requests at a time, until the server is gone. */
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

export const makeWriters = (): Writer[] => Array.from({ length: 6 }, (_, i) => new Writer(`list${i}`))

/**
 * The length of a list that a writer writes.
 *
 * @throws {Error} its elements are not the first so many, each once and in order
 */
export async function lengthOf(folder: Folder, { key }: Writer): Promise<number> {
  const reply = await folder.say('LRANGE', key, '0', '-1')
  const values = reply.split('\r\n').filter((line, i) => i > 0 && line !== '' && !line.startsWith('$'))
  values.forEach((value, i) => {
    if (Number.parseInt(value, 10) !== i + 1) throw new Error(`${key} has ${value} as number ${i + 1}`)
  })
  return values.length
}

/** So many strings beside the lists, so that files are not written and read in a moment. */
export const besideCount = 20_000

export async function fillBeside(folder: Folder): Promise<void> {
  const filler = 'x'.repeat(100)
  for (let i = 0; i < besideCount; i += 500) {
    const pairs = Array.from({ length: 500 }, (_, n) => [`beside:${i + n}`, `${i + n} ${filler}`])
    await folder.say('MSET', ...pairs.flat())
  }
}
