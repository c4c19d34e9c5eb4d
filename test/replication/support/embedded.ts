import { createServer, type CreateServerOptions, type EmbeddedServer } from '../../../src/server/index.js'
import { until } from './asking.js'

/** Servers in this process that follow each other over sockets, for one test file. */
export class Embedded {
  readonly #servers = new Set<EmbeddedServer>()

  async start(options: CreateServerOptions = {}): Promise<EmbeddedServer> {
    const server = await createServer({ port: 0, replDisklessSyncDelay: 0, enableDebugCommand: 'yes', ...options })
    this.#servers.add(server)
    return server
  }

  async end(server: EmbeddedServer): Promise<void> {
    this.#servers.delete(server)
    await server.close()
  }

  async endAll(): Promise<void> {
    for (const server of [...this.#servers]) await this.end(server)
  }
}

/** A field of INFO, '' where there is none. */
export async function field(server: EmbeddedServer, name: string): Promise<string> {
  const text = (await server.call('INFO', 'everything')) as string
  return new RegExp(`^${name}:(.*)\r$`, 'm').exec(text)?.[1] ?? ''
}

/** Until a field of INFO has this value. */
export const becomes = (server: EmbeddedServer, name: string, value: string): Promise<void> =>
  until(`${name} is ${value}`, async () => (await field(server, name)) === value)

/** Until the replica is linked and has applied all that its primary has sent. */
export const hasCaughtUp = (replica: EmbeddedServer, primary: EmbeddedServer): Promise<void> =>
  until('the replica has caught up', async () => {
    const offset = await field(primary, 'master_repl_offset')
    const isUp = (await field(replica, 'master_link_status')) === 'up'
    return isUp && (await field(replica, 'master_repl_offset')) === offset
  })
