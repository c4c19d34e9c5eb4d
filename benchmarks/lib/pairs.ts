import { infoNumber, infoText, until } from './info.js'
import { removeScratch, scratchDirectory } from './scratch.js'
import { showCommand, startServer, type CommandTemplate, type RunningServer } from './servers.js'

/** Neither side waits for more replicas than there are, and none is cut off for being slow: it is slowness that is measured. */
const replicationArguments = ['--repl-diskless-sync-delay', '0', '--client-output-buffer-limit', 'replica 0 0 0']

export function pairArguments(directory: string): string[] {
  return ['--dir', directory, ...replicationArguments]
}

/** Starts a server that can be a primary or a replica; the directory of its files goes when it stops. */
export async function startNode(template: CommandTemplate): Promise<RunningServer> {
  const directory = scratchDirectory()
  const server = await startServer(template, pairArguments(directory))
  const stop = async (): Promise<void> => {
    await server.stop()
    removeScratch(directory)
  }
  return { ...server, stop }
}

export function showNode(template: CommandTemplate): string {
  return showCommand(template, pairArguments('<dir>'))
}

/** Makes one server follow the other, and waits until it has all its keys. */
export async function follow(replica: RunningServer, primary: RunningServer): Promise<void> {
  await replica.client.call('REPLICAOF', '127.0.0.1', primary.port)
  await until(async () => (await infoText(replica.client, 'replication', 'master_link_status')) === 'up', 10)
}

/** Waits until the one replica has all that was written, and returns after how many milliseconds. */
export async function caughtUp({ client }: RunningServer): Promise<number> {
  const startedMs = performance.now()
  await client.call('SET', 'caught', 'up')
  if ((await client.call('WAIT', 1, 60_000)) !== 1) throw new Error('the replica is behind after a minute')
  return performance.now() - startedMs
}

/** @throws the replica had to begin anew: what was measured then is not a stream of writes */
export async function stillFollows({ client }: RunningServer): Promise<void> {
  const fullSyncs = await infoNumber(client, 'stats', 'sync_full')
  if (fullSyncs !== 1) throw new Error(`the replica was sent all keys ${fullSyncs} times`)
}
