import { SeededRandom, silentLog, systemClock } from '../../src/base/index.js'
import { allCommands } from '../../src/commands/index.js'
import { Config, Server } from '../../src/server/index.js'
import { RawConnection } from '../support/raw-connection.js'

/*
 * Replies of one connection come in the order of its requests and are nobody else's, however the bytes are cut, whatever
 * waits, and whichever buffer grows meanwhile.
 */

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`
const request = (...words: string[]): string => `*${words.length}\r\n${words.map(bulk).join('')}`

test.each([1, 2, 3, 4, 5, 6])(
  'many connections with pipelines cut anywhere, some calls waiting (seed %d)',
  async (seed) => {
    const random = new SeededRandom(seed)
    const answers: (() => void)[] = []
    const fetch = (key: string): Promise<string | null> =>
      key.includes('down')
        ? new Promise((_resolve, reject) => answers.push(() => reject(new Error('down'))))
        : new Promise((resolve) => answers.push(() => resolve(`value of ${key}`)))
    const server = new Server({
      config: Config.fromOptions({}),
      log: silentLog,
      clock: systemClock,
      random,
      commands: allCommands,
      files: null,
    })
    server.origins.add({ name: 'o', pattern: 'b:*', store: { fetch }, validate: 'always', breaker: [1e6, '1s'] })
    await server.start(true)
    const sizes = [1, 100, 300, 20_000, 300_000, 1_500_000]
    for (const [i, size] of sizes.entries()) await server.call(['SET', `big${i}`, String(i).repeat(size)])

    let key = 0
    const script = (id: number): [string, string][] =>
      Array.from({ length: 60 }, (_, i): [string, string] => {
        const text = `${id}.${i}`
        const bound = `b:${random.below(3) === 0 ? random.below(4) : `${seed}.${key++}`}`
        const size = random.below(random.below(4) === 0 ? sizes.length : 3)
        switch (random.below(8)) {
          case 0:
            return [request('GET', bound), bulk(`value of ${bound}`)]
          case 1:
            return [request('MGET', bound, 'big0'), `*2\r\n${bulk(`value of ${bound}`)}${bulk('0')}`]
          case 2:
            return [request('GET', `b:down${key++}`), 'ORIGINDOWN']
          case 3:
            return [request('NOSUCH'), "-ERR unknown command 'NOSUCH', with args beginning with: \r\n"]
          case 4:
            return [request('SET', bound, 'x'), 'ORIGINREADONLY']
          case 5:
            return [`ECHO ${text}\r\n`, bulk(text)]
          default:
            return [request('GET', `big${size}`), bulk(String(size).repeat(sizes[size]))]
        }
      })

    const one = async (id: number): Promise<void> => {
      const lines = script(id)
      const bytes = Buffer.from(lines.map(([sent]) => sent).join(''))
      const connection = await RawConnection.open(server.port)
      for (let at = 0; at < bytes.length;) {
        const end = at + 1 + random.below(random.below(2) === 0 ? 20 : 400)
        connection.send(bytes.subarray(at, end))
        at = end
        for (let turns = random.below(3); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
      }
      const replies = await connection.read(lines.length)
      lines.forEach(([sent, expected], i) => {
        const reply = replies[i]?.toString() ?? 'none'
        const same = expected.startsWith('ORIGIN') ? reply.startsWith(`-${expected} `) : reply === expected
        if (!same)
          throw new Error(`${id}.${i} ${sent.slice(0, 80)}: ${reply.slice(0, 200)}, not ${expected.slice(0, 80)}`)
      })
      connection.destroy()
    }

    let isOver = false
    const answering = (async () => {
      while (!isOver) {
        await new Promise((resolve) => setImmediate(resolve))
        if (answers.length > 0 && random.below(3) === 0) answers.splice(random.below(answers.length), 1)[0]()
      }
    })()
    await Promise.all(Array.from({ length: 8 }, (_, id) => one(id)))
    isOver = true
    await answering
    while (server.services.clients.size > 0) await new Promise((resolve) => setImmediate(resolve))
    expect(server.dispatcher.settlingClients).toBe(0)
    await server.close()
  },
)
