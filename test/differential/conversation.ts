import { argumentsOf } from '../support/command-line.js'
import { RawConnection } from '../support/raw-connection.js'
import { encodeRequest, printable } from '../support/resp-frames.js'

/**
 * What several connections say in turn, a line each: `name COMMAND argument…`. `{name}` in a line stands for the id of that
 * connection. Each is opened when it is first named, and asks nothing else.
 *
 * `name& COMMAND argument…` is a call that waits: the next line follows when the server says that it does. `name<` is where
 * its reply must have come. Who still waits in the end is told so.
 */
export type Conversation = readonly string[]

/** Begins of frames that come unasked. */
const unasked = /^[*>]\d+\r\n\$\d+\r\n(?:p|s)?message\r\n|^>2\r\n\$\d+\r\n(?:invalidate|tracking-redir-broken)\r\n/

/** One side's connections by their names, and all that they were told. */
class Party {
  readonly #port: number
  readonly #protocol: number
  readonly #connections = new Map<string, RawConnection>()
  readonly #ids = new Map<string, string>()
  readonly #heard = new Map<string, string[]>()
  /** Those whose last request was one whose reply may name a connection. */
  readonly #asksForIds = new Set<string>()
  /** Looks who waits. */
  #looker: RawConnection | null = null

  constructor(port: number, protocol: number) {
    this.#port = port
    this.#protocol = protocol
  }

  async say(line: string): Promise<void> {
    const [word] = line.split(' ', 1)
    if (word.endsWith('<')) {
      await this.#answer(word.slice(0, -1))
      return
    }
    const waits = word.endsWith('&')
    const name = waits ? word.slice(0, -1) : word
    const connection = await this.#enter(name)
    for (const [, other] of line.matchAll(/\{(\w+)\}/g)) await this.#enter(other)
    const text = line.slice(word.length + 1).replace(/\{(\w+)\}/g, (_, other: string) => this.#ids.get(other)!)
    if (/^(CLIENT|HELLO) /i.test(text)) this.#asksForIds.add(name)
    else this.#asksForIds.delete(name)
    connection.send(encodeRequest(argumentsOf(text)))
    if (/^CLIENT REPLY (OFF|SKIP)/i.test(text)) return
    if (waits) {
      while (!(await this.#isWaiting(name)));
      return
    }
    const words = text.split(' ')
    const isMany = /^[ps]?(?:un)?subscribe$/i.test(words[0])
    const answer = await this.#answer(name)
    if (!isMany || /^[-+]/.test(answer)) return
    // one answer for each name, or as many as there were subscriptions
    for (let i = 2; i < words.length; i++) await this.#answer(name)
    if (words.length > 1) return
    connection.send('PING sync\r\n')
    while (!(await this.#answer(name)).includes('sync'));
  }

  async #isWaiting(name: string): Promise<boolean> {
    this.#looker ??= await RawConnection.open(this.#port)
    this.#looker.send(`CLIENT LIST ID ${this.#ids.get(name)}\r\n`)
    const [shown] = await this.#looker.read(1)
    return / flags=\w*b/.test(shown.latin1Slice())
  }

  /** The next frame that was asked for. */
  async #answer(name: string): Promise<string> {
    for (;;) {
      const [frame] = await this.#connections.get(name)!.read(1)
      this.#note(name, frame)
      if (frame === undefined || !unasked.test(frame.latin1Slice())) return frame?.latin1Slice() ?? '-closed'
    }
  }

  /** All that each connection heard, with the ids of connections by their names. */
  async end(): Promise<Map<string, string[]>> {
    for (const [name, connection] of this.#connections) {
      if (this.#looker !== null && (await this.#isWaiting(name))) {
        this.#heard.get(name)!.push('(waits)')
        connection.destroy()
        continue
      }
      connection.send('CLIENT REPLY ON\r\nRESET\r\n')
      for (;;) {
        const [frame] = await connection.read(1)
        if (frame === undefined || frame.latin1Slice() === '+RESET\r\n') break
        this.#note(name, frame)
      }
      connection.destroy()
    }
    this.#looker?.destroy()
    return this.#heard
  }

  #note(name: string, frame: Buffer | undefined): void {
    let text = frame === undefined ? '(closed)' : printable(frame, 2000)
    for (const [other, id] of this.#ids) {
      // one digit is an id only where ids are asked for
      if (id.length === 1 && !this.#asksForIds.has(name)) continue
      text = text.replaceAll(new RegExp(`(?<!proto\\\\r\\\\n):${id}\\\\r\\\\n`, 'g'), `:{${other}}\\r\\n`)
    }
    this.#heard.get(name)!.push(text)
  }

  async #enter(name: string): Promise<RawConnection> {
    const known = this.#connections.get(name)
    if (known !== undefined) return known
    const connection = await RawConnection.open(this.#port)
    connection.send('CLIENT ID\r\n')
    this.#ids.set(name, (await connection.read(1))[0].latin1Slice().slice(1, -2))
    if (this.#protocol === 3) {
      connection.send('HELLO 3\r\n')
      await connection.read(1)
    }
    this.#connections.set(name, connection)
    this.#heard.set(name, [])
    return connection
  }
}

/** Has the conversation with the server at `port`, which is emptied first. Returns what each connection heard. */
export async function converse(
  port: number,
  conversation: Conversation,
  protocol: 2 | 3,
): Promise<Record<string, string[]>> {
  const party = new Party(port, protocol)
  const cleaner = await RawConnection.open(port)
  cleaner.send('FLUSHALL\r\n')
  await cleaner.read(1)
  for (const line of conversation) await party.say(line)
  const heard = await party.end()
  cleaner.destroy()
  return Object.fromEntries(heard)
}
