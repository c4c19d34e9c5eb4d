import { ManualClock, SeededRandom } from '../../../src/base/index.js'
import { Network } from './network.js'
import { Node } from './node.js'

/** Some servers in one process, their network and their time. */
export class Stage {
  readonly random: SeededRandom
  readonly clock = new ManualClock()
  readonly network: Network
  readonly nodes: Node[] = []
  #sinceSecondMs = 0

  constructor(seed: number, count: number) {
    this.random = new SeededRandom(seed)
    this.network = new Network(this.random)
    for (let i = 0; i < count; i++) this.nodes.push(new Node(this.network, this.clock, 7000 + i))
  }

  follow(replica: number, primary: number): void {
    this.nodes[replica].replication.follow('127.0.0.1', 7000 + primary, 'test')
  }

  /** Lets so many milliseconds pass, with what happens in them. */
  pass(ms: number): void {
    for (; ms > 0; ms -= 10) {
      for (let i = 0; i < 3; i++) this.turn()
      this.clock.advance(10)
      this.#sinceSecondMs += 10
      if (this.#sinceSecondMs < 1000) continue
      this.#sinceSecondMs = 0
      for (const node of this.nodes) node.replication.everySecond()
    }
  }

  /** Delivers what is there, a loop turn's worth; whether there was anything. */
  turn(): boolean {
    let any = this.network.step()
    for (const node of this.nodes) any = node.turn() || any
    return any
  }

  /** Lets time pass until the condition holds. @throws {Error} it does not within a minute */
  until(condition: () => boolean): void {
    for (let ms = 0; ms < 60_000; ms += 100) {
      if (condition()) return
      this.pass(100)
    }
    throw new Error(
      `it never came to that:\n${this.nodes.map((node) => node.logged.slice(-8).join('\n')).join('\n--\n')}`,
    )
  }

  /** Until all that follow are linked and have what their primary has. */
  settle(): void {
    this.until(() =>
      this.nodes.every((node) => {
        const { link, history } = node.replication
        if (link === null) return true
        const primary = this.nodes[link.address.port - 7000].replication.history
        return link.isUp && history.offset === primary.offset && history.id === primary.id
      }),
    )
  }
}
