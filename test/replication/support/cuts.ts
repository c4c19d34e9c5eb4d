import { SeededRandom } from '../../../src/base/index.js'
import { startServer, type RunningServer, type ServerKind } from '../../support/servers.js'
import { Asker, caughtUp } from './asking.js'
import { Proxy } from './proxy.js'
import { RandomWrites } from './random-writes.js'

export interface CutsOptions {
  readonly seed: number
  /** The primary, its replica, and so on along a chain. */
  readonly chain: readonly ServerKind[]
  readonly writes: number
  readonly cuts: number
}

export interface CutsResult {
  readonly digests: readonly string[]
  /** Full resyncs that each server gave to the next one. */
  readonly fullResyncs: readonly number[]
  readonly partialResyncs: readonly number[]
  readonly cuts: number
}

const options = [
  ...['--repl-diskless-sync-delay', '0', '--repl-backlog-size', '64mb', '--repl-timeout', '20'],
  ...['--client-output-buffer-limit', 'replica 0 0 0'],
]

/** Writes to a primary by chance, and cuts the links along a chain of replicas meanwhile, after any byte. */
export async function cutLinks(wish: CutsOptions): Promise<CutsResult> {
  const { seed, chain } = wish
  const random = new SeededRandom(seed)
  const servers: RunningServer[] = []
  const proxies: Proxy[] = []
  const askers: Asker[] = []
  try {
    for (const kind of chain) {
      const server = await startServer(kind, options)
      servers.push(server)
      askers.push(await Asker.open(server.port))
    }
    for (let i = 1; i < chain.length; i++) {
      proxies.push(await Proxy.start(servers[i - 1].port, random))
      await askers[i].ask('REPLICAOF', '127.0.0.1', proxies[i - 1].port)
      await caughtUp(askers[i], askers[i - 1])
    }
    await write(askers[0], random, wish, proxies)
    for (let i = 1; i < chain.length; i++) await caughtUp(askers[i], askers[i - 1])
    const count = async (asker: Asker, field: string): Promise<number> => Number(await asker.info('stats', field))
    return {
      digests: await Promise.all(askers.map((asker) => asker.digest())),
      fullResyncs: await Promise.all(askers.map((asker) => count(asker, 'sync_full'))),
      partialResyncs: await Promise.all(askers.map((asker) => count(asker, 'sync_partial_ok'))),
      cuts: proxies.reduce((sum, proxy) => sum + proxy.cuts, 0),
    }
  } catch (error) {
    const logs = servers.map((server) => `${server.kind} ${server.port}:\n${server.output().slice(-4000)}`)
    throw new Error(`seed ${seed}: ${(error as Error).message}\n${logs.join('\n')}`, { cause: error })
  } finally {
    for (const asker of askers) asker.close()
    for (const proxy of proxies) await proxy.stop()
    for (const server of servers) await server.stop()
  }
}

/** Writes until there were so many writes and so many cuts. */
async function write(
  primary: Asker,
  random: SeededRandom,
  { writes, cuts }: CutsOptions,
  proxies: readonly Proxy[],
): Promise<void> {
  const requests = new RandomWrites(random)
  const batch = Math.min(100, Math.max(20, Math.floor(writes / 10_000))) // requests in one go
  const between = Math.max(1, Math.floor(writes / cuts))
  let proxy: Proxy | null = null
  let before = 0
  let nextCut = random.below(between)
  const cutSoFar = (): number => proxies.reduce((sum, one) => sum + one.cuts, 0)
  for (let done = 0; done < writes || cutSoFar() < cuts; done += batch) {
    await primary.pipeline(Array.from({ length: batch }, () => requests.next()).flat())
    if (done < nextCut || (proxy !== null && proxy.cuts === before)) continue
    proxy = proxies[random.below(proxies.length)]
    before = proxy.cuts
    proxy.cutAfter(1 + random.below(8000))
    nextCut += between
  }
}
