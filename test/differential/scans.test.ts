import { SeededRandom } from '../../src/base/index.js'
import { argumentsOf } from '../support/command-line.js'
import { RawConnection } from '../support/raw-connection.js'
import { decodeReply, encodeRequest } from '../support/resp-frames.js'
import { startServer, subjectKind, type RunningServer } from '../support/servers.js'

/**
 * Pages of a scan differ from server to server, so that no bytes can be compared: what is asserted is the promise.
 * An element that is there from the first page to the last is returned at least once; one that never was, never.
 */
describe('a scan in pages', () => {
  let server: RunningServer
  let connection: RawConnection

  beforeAll(async () => {
    server = await startServer(subjectKind)
    connection = await RawConnection.open(server.port)
  })

  afterAll(async () => {
    connection?.destroy()
    await server?.stop()
  })

  beforeEach(() => ask('FLUSHALL'))

  async function ask(line: string): Promise<Buffer> {
    connection.send(encodeRequest(argumentsOf(line)))
    return (await connection.read(1))[0]
  }

  /** What one page returned, and where the next begins. */
  async function page(line: string): Promise<[cursor: string, elements: string[]]> {
    const [cursor, elements] = decodeReply(await ask(line)).items ?? []
    return [cursor.text ?? '', (elements.items ?? []).map(({ text }) => text ?? '')]
  }

  /** All pages from 0 to 0; `between` runs after each. */
  async function scan(command: string, options: string, between?: () => Promise<unknown>): Promise<string[]> {
    const seen: string[] = []
    let cursor = '0'
    for (let pages = 0; pages === 0 || cursor !== '0'; pages++) {
      const [next, elements] = await page(`${command} ${cursor} ${options}`)
      cursor = next
      seen.push(...elements)
      await between?.()
      if (pages > 20_000) throw new Error('the scan does not end')
    }
    return seen
  }

  const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`)
  const unique = (seen: readonly string[]): string[] => [...new Set(seen)].sort()

  test.each([1, 7, 10, 100, 5_000])('with COUNT %d SCAN returns every key', async (count) => {
    await ask(`MSET ${names('k', 1_500).join(' v ')} v`)
    expect(unique(await scan('SCAN', `COUNT ${count}`))).toEqual(names('k', 1_500).sort())
  })

  test('MATCH and TYPE choose among the same pages', async () => {
    await ask(`MSET ${names('k', 500).join(' v ')} v`)
    for (const name of names('h', 200)) connection.send(`HSET ${name} f v\r\n`)
    await connection.read(200)
    expect(unique(await scan('SCAN', 'COUNT 20 TYPE hash'))).toEqual(names('h', 200).sort())
    expect(unique(await scan('SCAN', 'MATCH k1?'))).toEqual(names('k1', 10).sort())
    expect(unique(await scan('SCAN', 'MATCH h* TYPE string'))).toEqual([])
  })

  test('keys that stay are returned while others come and go and the table grows and shrinks', async () => {
    const random = new SeededRandom(11)
    await ask(`MSET ${names('stays', 400).join(' v ')} v`)
    let turn = 0
    const seen = await scan('SCAN', 'COUNT 10', async () => {
      const from = turn++ * 300
      if (turn < 30)
        await ask(
          `MSET ${names('comes', from + 300)
            .slice(from)
            .join(' v ')} v`,
        )
      else if (turn === 30) await ask(`DEL ${names('comes', 9_000).join(' ')}`)
      else await ask(`SET other${random.below(100)} v`)
    })
    expect(unique(seen.filter((key) => key.startsWith('stays')))).toEqual(names('stays', 400).sort())
  })

  test.each([1, 10, 1_000])('with COUNT %d HSCAN returns every field of a large hash with its value', async (count) => {
    await ask(`HSET h ${names('f', 2_000).map((name) => `${name} =${name}`).join(' ')}`) // prettier-ignore
    const seen = await scan('HSCAN h', `COUNT ${count}`)
    const pairs = new Map<string, string>()
    for (let i = 0; i < seen.length; i += 2) pairs.set(seen[i], seen[i + 1])
    expect([...pairs.keys()].sort()).toEqual(names('f', 2_000).sort())
    for (const [field, value] of pairs) expect(value).toBe(`=${field}`)
  })

  test('fields that stay are returned while others come and go', async () => {
    await ask(`HSET h ${names('stays', 700).join(' v ')} v`)
    let turn = 0
    const seen = await scan('HSCAN h', 'COUNT 10', async () => {
      const from = turn++ * 200
      if (turn < 30)
        await ask(
          `HSET h ${names('comes', from + 200)
            .slice(from)
            .join(' v ')} v`,
        )
      else if (turn === 30) await ask(`HDEL h ${names('comes', 6_000).join(' ')}`)
    })
    const fields = seen.filter((text, i) => i % 2 === 0 && text.startsWith('stays'))
    expect(unique(fields)).toEqual(names('stays', 700).sort())
  })

  test.each([1, 10, 1_000])('with COUNT %d SSCAN returns every member of a set', async (count) => {
    await ask(`SADD s ${names('m', 2_000).join(' ')}`)
    expect(unique(await scan('SSCAN s', `COUNT ${count}`))).toEqual(names('m', 2_000).sort())
    await ask(`SADD i ${names('', 500).join(' ')}`)
    expect(unique(await scan('SSCAN i', `COUNT ${count}`))).toEqual(names('', 500).sort())
  })

  test('members that stay are returned while others come and go', async () => {
    await ask(`SADD s ${names('stays', 700).join(' ')}`)
    let turn = 0
    const seen = await scan('SSCAN s', 'COUNT 10', async () => {
      const from = turn++ * 200
      if (turn < 30) {
        const come = names('comes', from + 200).slice(from)
        await ask(`SADD s ${come.join(' ')}`)
      } else if (turn === 30) await ask(`SREM s ${names('comes', 6_000).join(' ')}`)
    })
    expect(unique(seen.filter((text) => text.startsWith('stays')))).toEqual(names('stays', 700).sort())
  })
})
