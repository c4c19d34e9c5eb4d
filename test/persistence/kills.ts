import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '../../src/base/index.js'
import { Folder } from './folder-server.js'
import { besideCount, fillBeside, lengthOf, makeWriters, type Writer } from './kill-writers.js'
import { emptyKeyspace, load } from './loading.js'

/** What a server is at when it is killed, beside being written to. */
export const moments = ['writing', 'rewrite', 'snapshot', 'loading', 'switch-on'] as const
export type Moment = (typeof moments)[number]

export interface KillOptions {
  readonly kills: number
  readonly random: Random
  readonly policy: string
  /** One of them is drawn for each kill. */
  readonly moments: readonly Moment[]
  /** Hears of each kill: writes acknowledged until then, and whether it was at what it was to be at. */
  onKill?(acknowledged: number, isAtIt: boolean): void
}

const requests: Readonly<Record<Moment, readonly string[] | null>> = {
  writing: null,
  loading: null,
  rewrite: ['BGREWRITEAOF'],
  snapshot: ['BGSAVE'],
  'switch-on': ['CONFIG', 'SET', 'appendonly', 'yes'],
}
/** Lines of the log between which it is at it. */
const signs: Readonly<Record<Moment, readonly [began: string, ended: string]>> = {
  writing: ['Ready to accept connections', 'Bye'],
  loading: ['Server initialized', 'DB loaded from append only file'],
  rewrite: ['rewriting started by pid', 'AOF rewrite finished successfully'],
  snapshot: ['Background saving started', 'Background saving terminated'],
  'switch-on': ['rewriting started by pid', 'AOF rewrite finished successfully'],
}

/**
 * Kills a server at random moments while it is written to, and has what was acknowledged looked for by the next one.
 *
 * What is acknowledged is there under each policy: a process that is killed leaves what it gave to the system. A server whose
 * append-only file is switched on while it runs is held to that from when the manifest names its files; before, to its
 * last snapshot.
 *
 * @returns writes that were acknowledged and are lost
 */
export async function killAndLook(options: KillOptions): Promise<number> {
  const killer = new Killer(options)
  try {
    return await killer.run()
  } finally {
    await killer.end()
  }
}

class Killer {
  readonly #options: KillOptions
  readonly #folder = new Folder()
  readonly #writers = makeWriters()
  #lost = 0

  constructor(options: KillOptions) {
    this.#options = options
  }

  async run(): Promise<number> {
    const { kills, random, onKill } = this.#options
    await this.#start(true)
    await fillBeside(this.#folder)
    for (let kill = 0; kill < kills; kill++) {
      const moment = this.#options.moments[random.below(this.#options.moments.length)]
      if (moment === 'switch-on') await this.#switchOff()
      const saved = this.#writers.map((writer) => writer.acknowledged)
      const { server } = this.#folder
      const count = await writeAndKill(this.#folder, this.#writers, random, requests[moment])
      let output = server.output()
      if (moment === 'loading') output = await this.#killLoading()
      const [began, ended] = signs[moment]
      onKill?.(count, output.lastIndexOf(began) > output.lastIndexOf(ended))
      this.#lookAtSnapshot()
      const isAppended = this.#hasManifest
      if (!isAppended) this.#writers.forEach((writer, i) => (writer.acknowledged = saved[i]))
      await this.#start(isAppended)
      await this.#look()
    }
    return this.#lost
  }

  async end(): Promise<void> {
    for (const writer of this.#writers) writer.end()
    await this.#folder.remove()
  }

  get #hasManifest(): boolean {
    return existsSync(join(this.#folder.path, 'appendonlydir', 'appendonly.aof.manifest'))
  }

  #words(isAppended: boolean): string[] {
    return ['--appendonly', isAppended ? 'yes' : 'no', '--appendfsync', this.#options.policy]
  }

  async #start(isAppended: boolean): Promise<void> {
    await this.#folder.start('truedis', ...this.#words(isAppended))
  }

  /** What is in memory now is in a snapshot, and nothing else is there. */
  async #switchOff(): Promise<void> {
    await this.#folder.say('SAVE')
    await this.#folder.kill()
    rmSync(join(this.#folder.path, 'appendonlydir'), { recursive: true, force: true })
    await this.#start(false)
  }

  async #killLoading(): Promise<string> {
    const { server } = await this.#folder.begin('truedis', ...this.#words(true))
    for (let asked = this.#options.random.below(20); asked > 0; asked--) await this.#folder.say('PING')
    await this.#folder.kill()
    return server.output()
  }

  /** A snapshot file is whole whenever there is one. */
  #lookAtSnapshot(): void {
    const path = join(this.#folder.path, 'dump.rdb')
    if (existsSync(path)) load(emptyKeyspace(), readFileSync(path))
  }

  async #look(): Promise<void> {
    for (const writer of this.#writers) {
      const found = await lengthOf(this.#folder, writer)
      this.#lost += Math.max(0, writer.acknowledged - found)
      writer.acknowledged = found
      writer.next = found + 1
    }
    const lists = this.#writers.filter(({ acknowledged }) => acknowledged > 0).length
    const keys = Number((await this.#folder.say('DBSIZE')).slice(1))
    this.#lost += Math.abs(besideCount + lists - keys)
  }
}

/** Lets writers write, asks for something meanwhile, and kills the server when so many replies came. */
async function writeAndKill(
  folder: Folder,
  writers: readonly Writer[],
  random: Random,
  request: readonly string[] | null,
): Promise<number> {
  const { port, pid } = folder.server
  const askedAt = request === null ? -1 : 1 + random.below(200)
  const killedAt = 1 + (request === null ? random.below(400) : askedAt + random.below(60))
  let count = 0
  await Promise.all(
    writers.map((writer) =>
      writer.run(port, random, () => {
        count++
        if (count === askedAt) void folder.say(...request!).catch(() => {})
        if (count === killedAt) process.kill(pid, 'SIGKILL')
      }),
    ),
  )
  await folder.stop()
  return count
}
