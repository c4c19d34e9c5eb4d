import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { datasetDigest } from '../../../src/commands/server/dataset-digest.js'
import type { Keyspace } from '../../../src/keyspace/index.js'
import { Imager, type ImageSettings } from '../../../src/persistence/index.js'
import { CommandRunner } from '../../commands/command-runner.js'
import { RawConnection } from '../../support/raw-connection.js'
import { decodeReply, encodeRequest } from '../../support/resp-frames.js'
import { startServer, type RunningServer } from '../../support/servers.js'
import type { Words } from '../datasets.js'

export const settings: ImageSettings = {
  redisVersion: '7.0.15',
  compresses: () => true,
  sums: () => true,
  evictsBy: () => null,
  usedBytes: () => 1_000_000,
  functions: () => [],
}

/** A keyspace, commands on it, and images of it. */
export class Rig {
  readonly runner = new CommandRunner()
  readonly imager: Imager

  constructor(own: Partial<ImageSettings> = {}) {
    this.imager = new Imager(this.keyspace, this.runner.clock, { ...settings, ...own })
  }

  get keyspace(): Keyspace {
    return this.runner.keyspace
  }

  run(words: Words, database = 0): string {
    this.runner.database = database
    const reply = this.runner.run(String(words[0]), ...words.slice(1).map((word) => word))
    return reply
  }

  get digest(): string {
    return datasetDigest(this.keyspace)
  }
}

/** A redis-server that loads files. */
export class Redis {
  readonly #server: RunningServer
  readonly #connection: RawConnection

  private constructor(server: RunningServer, connection: RawConnection) {
    this.#server = server
    this.#connection = connection
  }

  static async start(): Promise<Redis> {
    const server = await startServer('redis')
    return new Redis(server, await RawConnection.open(server.port))
  }

  async ask(...words: string[]): Promise<string> {
    this.#connection.send(encodeRequest(words.map((word) => Buffer.from(word))))
    const [reply] = await this.#connection.read(1)
    return decodeReply(reply).text ?? reply.toString()
  }

  /** Its digest of the data in a file. */
  async digestOf(file: Buffer): Promise<string> {
    const path = join(this.#server.directory, 'dump.rdb')
    writeFileSync(path, file)
    const reply = await this.ask('DEBUG', 'RELOAD', 'NOSAVE')
    if (reply !== 'OK') throw new Error(`${reply}\n${check(path)}\n${this.#server.output()}`)
    return this.ask('DEBUG', 'DIGEST')
  }

  /** What redis-check-rdb says of a file. */
  check(file: Buffer): string {
    const path = join(this.#server.directory, 'checked.rdb')
    writeFileSync(path, file)
    return check(path)
  }

  async stop(): Promise<void> {
    this.#connection.destroy()
    await this.#server.stop()
  }
}

const check = (path: string): string => spawnSync('redis-check-rdb', [path]).stdout.toString()
