import { SeededRandom } from '../../src/base/index.js'
import { describeWithRedis, startServer, type ServerKind } from '../support/servers.js'
import { Asker, caughtUp, until } from './support/asking.js'
import { RandomWrites } from './support/random-writes.js'

/** Writes to whichever server it is pointed at, and counts what was accepted. */
class Writer {
  accepted = 0
  #target: Asker
  readonly #requests: RandomWrites
  #running: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(target: Asker, seed: number) {
    this.#target = target
    this.#requests = new RandomWrites(new SeededRandom(seed))
  }

  start(): void {
    this.#isStopped = false
    this.#running = this.#run()
  }

  /** Stands still, all that was sent being answered. */
  async pause(): Promise<void> {
    this.#isStopped = true
    await this.#running
  }

  pointAt(target: Asker): void {
    this.#target = target
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const commands = [['INCR', 'accepted'], ...this.#requests.next(), ['SELECT', '0']]
      const replies = await this.#target.pipeline(commands)
      if (replies[0].startsWith(':')) this.accepted++
    }
  }
}

/** A server, with a connection to look at it and one to write by. */
interface Side {
  readonly port: number
  readonly asker: Asker
  readonly forWrites: Asker
}

/** Moves from one server to another: the runbook of the README. */
async function move(from: Side, to: Side, writer: Writer): Promise<void> {
  await to.asker.ask('REPLICAOF', '127.0.0.1', from.port)
  await until200(writer)
  await until('the replica is linked', async () => (await to.asker.info('replication', 'master_link_status')) === 'up')
  await writer.pause()
  await caughtUp(to.asker, from.asker)
  expect(await to.asker.digest()).toBe(await from.asker.digest())
  await to.asker.ask('REPLICAOF', 'NO', 'ONE')
  writer.pointAt(to.forWrites)
  writer.start()
}

/** So that there is load while the data come. */
async function until200(writer: Writer): Promise<void> {
  const target = writer.accepted + 200
  while (writer.accepted < target) await new Promise((resolve) => setImmediate(resolve))
}

describeWithRedis('moving house', () => {
  test('from redis-server to Truedis under load, and back: no accepted write is lost', async () => {
    const options = ['--repl-diskless-sync-delay', '0']
    const kinds: readonly ServerKind[] = ['redis', 'truedis', 'redis']
    const servers = await Promise.all(kinds.map((kind) => startServer(kind, options)))
    const sides: Side[] = []
    for (const { port } of servers) {
      sides.push({ port, asker: await Asker.open(port), forWrites: await Asker.open(port) })
    }
    const writer = new Writer(sides[0].forWrites, 42)
    try {
      writer.start()
      await until200(writer)
      for (let i = 1; i < sides.length; i++) {
        await move(sides[i - 1], sides[i], writer)
        await until200(writer)
      }
      await writer.pause()
      const { length } = String(writer.accepted)
      expect(await sides[2].asker.ask('GET', 'accepted')).toBe(`$${length}\r\n${writer.accepted}\r\n`)
    } finally {
      await writer.pause().catch(() => {})
      for (const { asker, forWrites } of sides) {
        asker.close()
        forWrites.close()
      }
      for (const server of servers) await server.stop()
    }
  }, 120_000)
})
