import { createServer, dictionaryStore, type EmbeddedServer } from '../../src/index.js'
import { RawConnection } from '../support/raw-connection.js'

/**
 * The settler's look at a bound key spares the handler its own. It must not outlive the call: the next call's arguments
 * stand in the same slices.
 */
describe('a place that was looked up for a call which did not use it', () => {
  let server: EmbeddedServer

  beforeAll(async () => {
    const store = dictionaryStore({ 'user:1': 'secret' })
    server = await createServer({
      port: 0,
      origins: [{ name: 'users', pattern: 'user:*', db: 'all', store, validate: '1h', write: 'local' }],
    })
  })

  afterAll(() => server.close())

  async function ask(connection: RawConnection, line: string): Promise<string> {
    connection.send(`${line}\r\n`)
    return String((await connection.read(1))[0])
  }

  test.each(['GETRANGE user:1 x 1', 'HSCAN user:1 x', 'HRANDFIELD user:1 x', 'GETEX user:1 nonsense'])(
    'after %s another connection reads its own key',
    async (unused) => {
      const [bound, free] = [await RawConnection.open(server.port), await RawConnection.open(server.port)]
      await ask(free, 'CLIENT NO-ORIGIN ON')
      await ask(free, 'SET other mine')
      expect(await ask(bound, 'GET user:1')).toBe('$6\r\nsecret\r\n')
      expect(await ask(bound, unused)).toMatch(/^-ERR/)
      expect(await ask(free, 'GET other')).toBe('$4\r\nmine\r\n')
      bound.destroy()
      free.destroy()
    },
  )
})
