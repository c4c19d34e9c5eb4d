import { describeWithRedis } from '../support/servers.js'
import { Pair, type Line, type PairConnection } from './pair.js'
import { sameReply } from './compare.js'
import { argumentsOf } from '../support/command-line.js'

/** What several connections of one server see of each other, beside the same on Redis. */
describeWithRedis('connections and each other', () => {
  let pair: Pair
  let open: PairConnection[]

  beforeAll(async () => {
    pair = await Pair.start()
  })

  afterAll(() => pair?.stop())

  beforeEach(() => {
    open = []
  })

  afterEach(() => open.forEach((connection) => connection.destroy()))

  async function connect(name: string): Promise<PairConnection> {
    const connection = await pair.connect()
    open.push(connection)
    await same(connection, ['CLIENT', 'SETNAME', name])
    return connection
  }

  async function same(connection: PairConnection, line: Line): Promise<string> {
    const [redis, subject] = await connection.ask(line)
    if (!sameReply(argumentsOf(line), redis, subject)) expect(String(subject)).toBe(String(redis))
    return String(redis)
  }

  /** Both ends of a connection see it closed. */
  async function closed(connection: PairConnection): Promise<void> {
    const [redis, subject] = await Promise.all([connection.redis.readToEnd(), connection.subject.readToEnd()])
    expect([String(redis), String(subject)]).toEqual(['', ''])
  }

  /** The id of a connection differs from server to server, so that requests with it are asked one by one. */
  async function killById(killer: PairConnection, victim: PairConnection, ...options: string[]): Promise<string[]> {
    const replies: string[] = []
    for (const side of ['redis', 'subject'] as const) {
      victim[side].send('CLIENT ID\r\n')
      const id = String((await victim[side].read(1))[0]).slice(1, -2)
      killer[side].send(`CLIENT KILL ID ${id} ${options.join(' ')}\r\n`)
      replies.push(...(await killer[side].read(1)).map(String))
    }
    return replies
  }

  test('CLIENT KILL by id closes that connection and no other', async () => {
    const [killer, victim, other] = [await connect('killer'), await connect('victim'), await connect('other')]
    expect(await killById(killer, victim)).toEqual([':1\r\n', ':1\r\n'])
    await closed(victim)
    await same(other, 'PING')
  })

  test('CLIENT KILL of oneself answers first, and only when told to', async () => {
    const self = await connect('self')
    expect(await killById(self, self)).toEqual([':0\r\n', ':0\r\n'])
    expect(await killById(self, self, 'SKIPME', 'no')).toEqual([':1\r\n', ':1\r\n'])
    await closed(self)
  })

  test('CLIENT KILL by address, old and new', async () => {
    const [killer, old, young] = [await connect('killer'), await connect('old'), await connect('young')]
    for (const side of ['redis', 'subject'] as const) {
      killer[side].send(`CLIENT KILL 127.0.0.1:${old[side].localPort}\r\n`)
      killer[side].send(`CLIENT KILL ADDR 127.0.0.1:${young[side].localPort}\r\n`)
      expect((await killer[side].read(2)).map(String)).toEqual(['+OK\r\n', ':1\r\n'])
    }
    await closed(old)
    await closed(young)
  })

  test('CLIENT KILL TYPE normal spares oneself', async () => {
    const [killer, one, two] = [await connect('killer'), await connect('one'), await connect('two')]
    await same(killer, 'CLIENT KILL TYPE normal')
    await closed(one)
    await closed(two)
    await same(killer, 'PING')
  })

  test('MONITOR shows what others do, quoted, and hides what is administrative or secret', async () => {
    const [monitor, actor] = [await connect('monitor'), await connect('actor')]
    await same(monitor, 'MONITOR')
    const actions: Line[] = [
      'SET k "a \\"b\\" \\x00\\xff\\n\\r\\t\\\\"',
      'get k',
      'SELECT 3',
      'HSET h f v',
      'FOO bar',
      'GET',
      'CONFIG GET maxmemory',
      'AUTH default secret',
      'HELLO 2 AUTH default secret SETNAME actor',
      'CLIENT SETNAME actor',
      'CLIENT LIST TYPE master',
      'DEBUG SLEEP 0',
      'COMMAND COUNT',
      'INFO server',
      'SLOWLOG LEN',
      'OBJECT HELP',
      'INCR k',
      'PING',
      'ECHO the-last',
    ]
    for (const action of actions) await same(actor, action)
    const shown = await Promise.all(
      (['redis', 'subject'] as const).map(async (side) => {
        const seen: string[] = []
        while (!seen.at(-1)?.includes('"the-last"')) seen.push(String((await monitor[side].read(1))[0]))
        return seen.map((line) => line.replace(/^\+\d+\.\d{6} \[(\d+) 127\.0\.0\.1:\d+\]/, '+<time> [$1 <address>]'))
      }),
    )
    expect(shown[1]).toEqual(shown[0])
    expect(shown[0].length).toBeGreaterThan(5)
  })

  test('MONITOR ends with RESET', async () => {
    const [monitor, actor] = [await connect('monitor'), await connect('actor')]
    await same(monitor, 'MONITOR')
    await same(monitor, 'RESET')
    await same(actor, 'SET k v')
    await same(monitor, 'PING')
  })

  test('CLIENT PAUSE WRITE holds writes back until CLIENT UNPAUSE, and reads not at all', async () => {
    const [admin, writer] = [await connect('admin'), await connect('writer')]
    await same(admin, 'SET k before')
    await same(admin, 'CLIENT PAUSE 60000 WRITE')
    writer.send('GET k\r\nSET k after\r\nGET k\r\n')
    const [redis, subject] = await writer.read(1)
    expect([String(redis[0]), String(subject[0])]).toEqual(['$6\r\nbefore\r\n', '$6\r\nbefore\r\n'])
    await same(admin, 'GET k')
    await same(admin, 'CLIENT UNPAUSE')
    const [rest, ours] = await writer.read(2)
    expect(ours.map(String)).toEqual(rest.map(String))
    expect(String(rest[1])).toBe('$5\r\nafter\r\n')
  })

  test('beyond maxclients a connection is refused with a word', async () => {
    const admin = await connect('admin')
    await same(admin, 'CONFIG SET maxclients 1')
    try {
      const refused = await pair.connect()
      open.push(refused)
      const [redis, subject] = await Promise.all([refused.redis.readToEnd(), refused.subject.readToEnd()])
      expect(String(subject)).toBe(String(redis))
      expect(String(redis)).toBe('-ERR max number of clients reached\r\n')
    } finally {
      await same(admin, 'CONFIG SET maxclients 10000')
    }
  })

  test('a client that disappears in mid-pipeline leaves the others alone', async () => {
    const [leaver, other] = [await connect('leaver'), await connect('other')]
    leaver.send('SET left 1\r\n'.repeat(5_000) + '*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$100\r\nabc')
    leaver.destroy()
    await same(other, 'EXISTS half')
    await same(other, 'PING')
  })

  test('SHUTDOWN NOSAVE closes every connection without a word and exits with 0', async () => {
    const dying = await Pair.start()
    const [one, other] = [await dying.connect(), await dying.connect()]
    await other.ask('PING')
    one.send('SHUTDOWN NOSAVE\r\n')
    await Promise.all([closed(one), closed(other)])
    expect(await Promise.all([dying.redis.exited, dying.subject.exited])).toEqual([0, 0])
    await dying.stop()
  })
})
