import type { Reply } from '../../../src/resp/index.js'
import { RedisConnection } from '../../../src/origin/stores/redis/connection.js'
import { freePort, startServer, type RunningServer } from '../../support/servers.js'
import { TcpProxy, type ProxyMode } from './tcp-proxy.js'

const never = new AbortController().signal

/** One server of the cluster, seen by everybody else through its proxy. */
export class ClusterMember {
  readonly server: RunningServer
  readonly proxy: TcpProxy
  readonly client: RedisConnection
  id = ''

  constructor(server: RunningServer, proxy: TcpProxy) {
    this.server = server
    this.proxy = proxy
    const access = { tls: null, user: null, password: null, database: 0, replyBytesMax: 1 << 24 }
    this.client = new RedisConnection({ host: '127.0.0.1', port: server.port }, access)
  }

  async call(...words: (string | number | Buffer)[]): Promise<Reply> {
    return (await this.client.request([words], never))[0]
  }

  async text(...words: (string | number)[]): Promise<string> {
    return String(await this.call(...words))
  }
}

/** A real Redis Cluster of three primaries and three replicas on this machine. */
export class TestCluster {
  readonly members: ClusterMember[] = []

  static async start(): Promise<TestCluster> {
    const cluster = new TestCluster()
    const ports = new Map<ClusterMember, number>()
    for (let i = 0; i < 6; i++) {
      let target = 0
      const proxy = await TcpProxy.start(() => target)
      const busPort = await freePort()
      const server = await startServer('redis', [
        ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-node-timeout', '1000'],
        ...['--cluster-announce-ip', '127.0.0.1', '--cluster-announce-port', String(proxy.port)],
        ...['--cluster-announce-bus-port', String(busPort), '--cluster-replica-validity-factor', '0'],
        ...['--repl-diskless-sync-delay', '0', '--enable-debug-command', 'yes'],
      ])
      target = server.port
      const member = new ClusterMember(server, proxy)
      ports.set(member, busPort)
      cluster.members.push(member)
    }
    await cluster.#join(ports)
    return cluster
  }

  async #join(ports: ReadonlyMap<ClusterMember, number>): Promise<void> {
    const [first] = this.members
    const share = Math.ceil(16_384 / 3)
    for (const [i, member] of this.members.entries()) {
      member.id = await member.text('CLUSTER', 'MYID')
      await member.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1)
      if (i < 3) {
        await member.call('CLUSTER', 'ADDSLOTSRANGE', i * share, Math.min((i + 1) * share, 16_384) - 1)
      }
      if (member !== first) {
        await first.call('CLUSTER', 'MEET', '127.0.0.1', member.server.port, ports.get(member)!)
      }
    }
    await this.until(async () =>
      (await this.#everywhere('CLUSTER', 'NODES')).every((text) => text.trim().split('\n').length === 6),
    )
    for (const [i, member] of this.members.slice(3).entries())
      await member.call('CLUSTER', 'REPLICATE', this.members[i].id)
    await this.whole()
  }

  /** Waits until all agree that the cluster is whole, and every replica follows. */
  async whole(): Promise<void> {
    await this.until(async () =>
      (await this.#everywhere('CLUSTER', 'INFO')).every((text) => text.includes('cluster_state:ok')),
    )
    await this.until(async () => {
      const roles = await this.#everywhere('INFO', 'replication')
      return roles.filter((text) => text.includes('master_link_status:up')).length === 3
    })
  }

  /** Polls a real component, which tells nobody when it is done. */
  async until(isDone: () => Promise<boolean>): Promise<void> {
    const giveUpAt = performance.now() + 20_000
    while (!(await isDone().catch(() => false))) {
      if (performance.now() > giveUpAt)
        throw new Error(`the cluster does not become what it should\n${await this.#state()}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** What each member says of itself and of the others, for an error. */
  async #state(): Promise<string> {
    const told = this.members.map(async (member) => {
      const said = await Promise.all(
        [
          ['CLUSTER', 'INFO'],
          ['CLUSTER', 'NODES'],
          ['INFO', 'replication'],
        ].map((words) => member.text(...words)),
      ).catch((error: unknown) => [String(error)])
      return [`${member.server.port} as ${member.proxy.port}:`, ...said, member.server.output().slice(-2000)].join('\n')
    })
    return (await Promise.all(told)).join('\n\n')
  }

  get ports(): number[] {
    return this.members.map(({ proxy }) => proxy.port)
  }

  /** Who owns a slot, as each primary says of itself. */
  async ownerOf(slot: number): Promise<ClusterMember> {
    for (const member of this.members) {
      const mine = (await member.text('CLUSTER', 'NODES')).split('\n').find((line) => line.includes('myself'))!
      const [, , flags, , , , , , ...ranges] = mine.trim().split(' ')
      const owns = ranges.some((range) => {
        const [from, to = from] = range.split('-').map(Number)
        return slot >= from && slot <= to
      })
      if (flags.includes('master') && owns) return member
    }
    throw new Error(`nobody owns slot ${slot}`)
  }

  async primaries(): Promise<ClusterMember[]> {
    return [...new Set([await this.ownerOf(0), await this.ownerOf(8000), await this.ownerOf(16_383)])]
  }

  /** Who follows a primary, once that has heard of it: a link may be up before the word of it is round. */
  async replicaOf(primary: ClusterMember): Promise<ClusterMember> {
    let replica: ClusterMember | undefined
    await this.until(async () => {
      const lines = (await primary.text('CLUSTER', 'NODES')).split('\n').map((line) => line.split(' '))
      const id = lines.find(([, , flags, master]) => flags?.includes('slave') && master === primary.id)?.[0]
      replica = this.members.find((member) => member.id === id)
      return replica !== undefined
    })
    return replica!
  }

  get mode(): ProxyMode {
    return this.members[0].proxy.mode
  }

  set mode(mode: ProxyMode) {
    for (const { proxy } of this.members) proxy.mode = mode
  }

  release(): void {
    for (const { proxy } of this.members) proxy.release()
  }

  async asked(): Promise<void> {
    await Promise.race(this.members.map(({ proxy }) => proxy.asked()))
  }

  async stop(): Promise<void> {
    for (const { client, proxy, server } of this.members) {
      client.destroy()
      await Promise.all([proxy.stop(), server.stop()])
    }
  }

  async #everywhere(...words: string[]): Promise<string[]> {
    return Promise.all(this.members.map((member) => member.text(...words)))
  }
}
