import type { Random } from '../../src/base/index.js'
import { Folder } from './folder-server.js'
import { fillBeside, lengthOf, makeWriters } from './kill-writers.js'

export interface ResyncKillOptions {
  readonly kills: number
  readonly random: Random
  readonly policy: string
  /** Hears of each kill: how far the resync was, in the words of the replica's log. */
  onKill?(sign: string): void
}

/** What a replica's log says on the way. */
const signs = [
  'Full resync from master',
  'receiving',
  'Loading DB in memory',
  'Finished with success',
  'Background append only file rewriting started',
  'AOF rewrite finished successfully',
]

/**
 * Kills a replica again and again while it receives the whole dataset of a primary that is written to, and holds it to what
 * it finds afterwards in its own append-only file: one state of the primary, whole, be it an old one.
 *
 * @returns digests of both at the end, when the replica was let finish
 */
export async function killReplica(options: ResyncKillOptions): Promise<readonly [primary: string, replica: string]> {
  const { kills, random, policy, onKill } = options
  const [primary, replica] = [new Folder(), new Folder()]
  const writers = makeWriters()
  const found = writers.map(() => 0)
  const start = (): Promise<Folder> =>
    replica.start(
      'truedis',
      ...['--appendonly', 'yes', '--appendfsync', policy],
      ...['--repl-diskless-load', ['disabled', 'swapdb'][random.below(2)]],
    )
  try {
    await primary.start('truedis', '--repl-diskless-sync-delay', '0', '--repl-diskless-sync', 'yes')
    await fillBeside(primary)
    const writing = Promise.all(writers.map((writer) => writer.run(primary.server.port, random, () => {})))
    for (let kill = 0; kill <= kills; kill++) {
      await start()
      for (const [i, writer] of writers.entries()) {
        const length = await lengthOf(replica, writer)
        if (length > writer.next || length < found[i])
          throw new Error(`${writer.key} went from ${found[i]} to ${length}`)
        found[i] = length
      }
      const { server } = replica
      await replica.say('REPLICAOF', '127.0.0.1', String(primary.server.port))
      if (kill === kills) break
      const sign = signs[random.below(signs.length)]
      while (!server.output().includes(sign)) await replica.say('PING')
      await replica.kill()
      onKill?.(signs.findLast((one) => server.output().includes(one)) ?? '')
    }
    for (const writer of writers) writer.end()
    await writing
    await replica.until('master_link_status', 'up')
    await replica.until('master_repl_offset', await primary.info('master_repl_offset'))
    return [await primary.digest(), await replica.digest()]
  } finally {
    for (const writer of writers) writer.end()
    await replica.remove()
    await primary.remove()
  }
}
