import { RawConnection } from '../../support/raw-connection.js'
import { encodedAll } from './random-writes.js'

/** How often what is waited for is asked for, and how many times: about a minute, in which the machine may stand still. */
const pollMs = 20
const pollsMax = 3000

/** One connection to a server, to be asked things. */
export class Asker {
  readonly #connection: RawConnection

  private constructor(connection: RawConnection) {
    this.#connection = connection
  }

  static async open(port: number): Promise<Asker> {
    return new Asker(await RawConnection.open(port))
  }

  /** The reply's bytes, as text. */
  async ask(...words: (string | number)[]): Promise<string> {
    this.#connection.send(encodedAll([words]))
    const [reply] = await this.#connection.read(1)
    if (reply === undefined) throw new Error(`${words.join(' ')}: the connection was closed`)
    return reply.toString()
  }

  /** Sends many requests at once, and reads all replies. */
  async pipeline(requests: readonly (readonly (string | number)[])[]): Promise<string[]> {
    this.#connection.send(encodedAll(requests))
    return (await this.#connection.read(requests.length)).map(String)
  }

  /** A field of INFO, '' where there is none. */
  async info(section: string, field: string): Promise<string> {
    const text = await this.ask('INFO', section)
    return new RegExp(`^${field}:(.*)\r$`, 'm').exec(text)?.[1] ?? ''
  }

  digest(): Promise<string> {
    return this.ask('DEBUG', 'DIGEST')
  }

  close(): void {
    this.#connection.destroy()
  }
}

/** Polls until the condition holds. @throws {Error} it does not within a minute */
export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (let polls = 0; !(await condition()); polls++) {
    if (polls === pollsMax) throw new Error(`it never came to that: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

/** Until the replica is linked and has applied all that its primary has sent. */
export function caughtUp(replica: Asker, primary: Asker): Promise<void> {
  return until('the replica has all', async () => {
    if ((await replica.info('replication', 'master_link_status')) !== 'up') return false
    const offset = await primary.info('replication', 'master_repl_offset')
    return (await replica.info('replication', 'master_repl_offset')) === offset
  })
}
