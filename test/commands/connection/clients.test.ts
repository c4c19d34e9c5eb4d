import { Stage, type Actor } from '../stage.js'

const ok = '+OK\r\n'
const syntax = '-ERR syntax error\r\n'

let stage: Stage
let actor: Actor

beforeEach(async () => {
  stage = await Stage.open()
  actor = await stage.enter()
})

afterEach(() => stage.close())

const idOf = async (other: Actor): Promise<number> => Number((await other.ask('CLIENT ID')).slice(1))

/** The lines of CLIENT LIST as dictionaries. */
const fields = (text: string): Record<string, string>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Object.fromEntries(line.split(' ').map((field) => field.split(/=(.*)/s).slice(0, 2))))

const listed = async (line: string): Promise<Record<string, string>[]> => fields(await actor.askText(line))

describe('CLIENT LIST and INFO', () => {
  test('tell who is there, in the order they came', async () => {
    const other = await stage.enter()
    await other.ask('CLIENT SETNAME other')
    await other.ask('SELECT 4')
    await other.ask('HELLO 3')
    await other.ask('CLIENT NO-EVICT on')
    stage.clock.advance(5_500)
    const [own, others] = await listed('CLIENT LIST')
    expect(own).toMatchObject({ addr: actor.address, laddr: `127.0.0.1:${stage.server.port}`, name: '', age: '5' })
    expect(own).toMatchObject({ idle: '0', flags: 'N', db: '0', multi: '-1', cmd: 'client|list', user: 'default' })
    expect(others).toMatchObject({ addr: other.address, name: 'other', age: '5', idle: '5', flags: 'e', db: '4' })
    expect(others).toMatchObject({ cmd: 'client|no-evict', resp: '3', redir: '-1' })
    expect(Number(own['id'])).toBeLessThan(Number(others['id']))
  })

  test("have Redis 7.0's fields in its order, and the library's only when it told", async () => {
    const names = (text: string): string => text.trim().split(' ').map((field) => field.split('=')[0]).join(' ') // prettier-ignore
    const usual =
      'id addr laddr fd name age idle flags db sub psub ssub multi qbuf qbuf-free argv-mem multi-mem rbs rbp obl oll omem tot-mem events cmd user redir resp'
    expect(names(await actor.askText('CLIENT INFO'))).toBe(usual)
    await actor.ask('CLIENT SETINFO lib-name truedis')
    await actor.ask('CLIENT SETINFO lib-ver 1.0')
    expect(names(await actor.askText('CLIENT INFO'))).toBe(`${usual} lib-name lib-ver`)
    expect(await actor.askText('CLIENT INFO')).toMatch(/ lib-name=truedis lib-ver=1\.0\n$/)
  })

  test('are verbatim text under RESP3', async () => {
    await actor.ask('HELLO 3')
    expect(await actor.ask('CLIENT INFO')).toMatch(/^=\d+\r\ntxt:id=\d+ .* resp=3\n\r\n$/s)
  })

  test('CLIENT LIST can be asked for types and ids', async () => {
    const id = await idOf(actor)
    expect(await listed('CLIENT LIST TYPE normal')).toHaveLength(1)
    for (const type of ['replica', 'SLAVE', 'master', 'pubsub']) {
      expect(await actor.ask(`CLIENT LIST TYPE ${type}`)).toBe('$0\r\n\r\n')
    }
    expect(await listed(`CLIENT LIST ID ${id} 99999 ${id}`)).toHaveLength(2)
    expect(await actor.ask('CLIENT LIST ID 99999')).toBe('$0\r\n\r\n')
    expect(await actor.ask('CLIENT LIST ID abc')).toBe('-ERR Invalid client ID\r\n')
    expect(await actor.ask(['CLIENT', 'LIST', 'TYPE', 'f\xffo\r\no\0b'])).toBe(
      "-ERR Unknown client type 'f\xffo  o'\r\n",
    )
    for (const rest of ['ID', 'TYPE', 'FOO', 'FOO bar', 'TYPE normal x']) {
      expect(await actor.ask(`CLIENT LIST ${rest}`)).toBe(syntax)
    }
  })

  test('a monitor is shown as O', async () => {
    const monitor = await stage.enter()
    await monitor.ask('MONITOR')
    expect((await listed('CLIENT LIST')).map(({ flags }) => flags)).toEqual(['N', 'O'])
  })
})

describe('CLIENT KILL', () => {
  test('by address, in the old form, may end the caller', async () => {
    const other = await stage.enter()
    expect(await actor.ask(`CLIENT KILL ${other.address}`)).toBe(ok)
    expect(await other.isClosed()).toBe(true)
    expect(await actor.ask('CLIENT KILL 127.0.0.1:1')).toBe('-ERR No such client\r\n')
    expect(await actor.ask(`CLIENT KILL ${actor.address}`)).toBe(ok)
    expect(await actor.isClosed()).toBe(true)
  })

  const filters: Record<string, (other: Actor, id: number) => string> = {
    ID: (_, id) => `ID ${id}`,
    ADDR: (other) => `ADDR ${other.address}`,
    'LADDR, sparing the caller': () => `LADDR 127.0.0.1:${stage.server.port}`,
    'TYPE, sparing the caller': () => 'TYPE normal',
    'USER, sparing the caller': () => 'USER default SKIPME yes',
    'all of them together': (other, id) => `id ${id} addr ${other.address} type NORMAL user default skipme YES`,
  }

  test.each(Object.entries(filters))('by %s', async (_, filter) => {
    const other = await stage.enter()
    const id = await idOf(other)
    expect(await actor.ask(`CLIENT KILL ${filter(other, id)}`)).toBe(':1\r\n')
    expect(await other.isClosed()).toBe(true)
    expect(await actor.ask('PING')).toBe('+PONG\r\n')
  })

  test('whoever is killed is gone for the very next request', async () => {
    const other = await stage.enter()
    await actor.ask('SELECT 0')
    actor.send(`CLIENT KILL ID ${await idOf(other)}`, 'CLIENT LIST')
    expect(await actor.heard()).toBe(':1\r\n')
    expect((await actor.heard()).match(/\bid=/g)).toHaveLength(1)
  })

  test('by age', async () => {
    const other = await stage.enter()
    await other.ask('PING')
    stage.clock.advance(5_000)
    const young = await stage.enter()
    await young.ask('PING')
    expect(await young.ask('CLIENT KILL MAXAGE 6')).toBe(':0\r\n')
    expect(await young.ask('CLIENT KILL maxage 5 SKIPME no')).toBe(':2\r\n')
    expect([await other.isClosed(), await young.ask('PING')]).toEqual([true, '+PONG\r\n'])
    expect(await young.ask('CLIENT KILL MAXAGE 0')).toBe('-ERR maxage should be greater than 0\r\n')
    expect(await young.ask('CLIENT KILL MAXAGE x')).toBe('-ERR maxage is not an integer or out of range\r\n')
  })

  test('filters that do not all match kill nobody', async () => {
    const other = await stage.enter()
    const id = await idOf(other)
    for (const filter of [`ID ${id} ADDR ${actor.address}`, `ID ${id} TYPE replica`, 'TYPE master', 'ID 99999']) {
      expect([filter, await actor.ask(`CLIENT KILL ${filter}`)]).toEqual([filter, ':0\r\n'])
    }
    expect(await other.ask('PING')).toBe('+PONG\r\n')
  })

  test('SKIPME no ends the caller too, behind its reply', async () => {
    const other = await stage.enter()
    await other.ask('PING')
    expect(await actor.ask('CLIENT KILL TYPE normal SKIPME no')).toBe(':2\r\n')
    expect([await actor.isClosed(), await other.isClosed()]).toEqual([true, true])
  })

  test.each([
    ['ID 0', '-ERR client-id should be greater than 0\r\n'],
    ['ID abc', '-ERR client-id should be greater than 0\r\n'],
    ['TYPE foo', "-ERR Unknown client type 'foo'\r\n"],
    ['USER nobody', "-ERR No such user 'nobody'\r\n"],
    ['SKIPME maybe', syntax],
    ['FOO bar', syntax],
    ['ID 1 SKIPME', syntax],
    ['ID 1 FOO bar', syntax],
  ])('%s is refused', async (options, reply) => {
    expect(await actor.ask(`CLIENT KILL ${options}`)).toBe(reply)
  })
})

describe('CLIENT PAUSE', () => {
  test('WRITE holds back writes until its time is up', async () => {
    const other = await stage.enter()
    expect(await actor.ask('CLIENT PAUSE 1000 WRITE')).toBe(ok)
    expect(await other.ask('GET k')).toBe('$-1\r\n')
    other.send('SET k v', 'GET k')
    expect(await actor.ask('GET k')).toBe('$-1\r\n')
    stage.clock.advance(1_000)
    expect([await other.heard(), await other.heard()]).toEqual([ok, '$1\r\nv\r\n'])
  })

  test('ALL holds back everything, of everybody', async () => {
    expect(await actor.ask('CLIENT PAUSE 1000')).toBe(ok)
    actor.send('PING')
    stage.clock.advance(999)
    const late = await stage.enter()
    late.send('ECHO late')
    stage.clock.advance(1)
    expect([await actor.heard(), await late.heard()]).toEqual(['+PONG\r\n', '$4\r\nlate\r\n'])
  })

  test('a second pause never shortens the first, and the stronger one stays', async () => {
    const endMs = stage.clock.unixMs() + 1_000
    await actor.ask('CLIENT PAUSE 1000 WRITE')
    await actor.ask('CLIENT PAUSE 10 ALL')
    actor.send('TIME')
    stage.clock.advance(10)
    stage.clock.advance(990)
    expect(await actor.heard()).toBe(`*2\r\n$10\r\n${endMs / 1000}\r\n$1\r\n0\r\n`)
  })

  test('UNPAUSE ends it', async () => {
    const other = await stage.enter()
    await actor.ask('CLIENT PAUSE 100000 WRITE')
    other.send('SET k v')
    expect(await actor.ask('CLIENT UNPAUSE')).toBe(ok)
    stage.clock.advance(0)
    expect(await other.heard()).toBe(ok)
  })

  test.each([
    ['abc', '-ERR timeout is not an integer or out of range\r\n'],
    ['1.5', '-ERR timeout is not an integer or out of range\r\n'],
    ['9223372036854775808', '-ERR timeout is not an integer or out of range\r\n'],
    ['-1', '-ERR timeout is negative\r\n'],
    ['0 FOO', '-ERR CLIENT PAUSE mode must be WRITE or ALL\r\n'],
    ['abc FOO', '-ERR CLIENT PAUSE mode must be WRITE or ALL\r\n'],
    ['1 ALL x', "-ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP.\r\n"],
  ])('%s is refused', async (rest, reply) => {
    expect(await actor.ask(`CLIENT PAUSE ${rest}`)).toBe(reply)
    expect(await actor.ask('SET k v')).toBe(ok)
  })

  test('a moment beyond 64 bits is no pause, as in Redis', async () => {
    expect(await actor.ask('CLIENT PAUSE 9223372036854775807')).toBe(ok)
    stage.clock.advance(0)
    expect(await actor.ask('PING')).toBe('+PONG\r\n')
  })
})

describe('while clients are held back', () => {
  test('keys past their deadline are missing and stay where they are', async () => {
    await actor.ask('SET k v PX 5')
    await actor.ask('CLIENT PAUSE 10000 WRITE')
    stage.clock.advance(1000)
    expect(await actor.ask('GET k')).toBe('$-1\r\n')
    expect(await actor.ask('DBSIZE')).toBe(':1\r\n')
    await actor.ask('CLIENT UNPAUSE')
    expect(await actor.ask('GET k')).toBe('$-1\r\n')
    expect(await actor.ask('DBSIZE')).toBe(':0\r\n')
  })

  test('a pause that begins inside of a transaction holds what comes after it', async () => {
    const other = await stage.enter()
    for (const line of ['MULTI', 'SET a 1', 'CLIENT PAUSE 1000 WRITE', 'SET b 1']) await actor.ask(line)
    expect(await actor.ask('EXEC')).toBe('*3\r\n+OK\r\n+OK\r\n+OK\r\n')
    other.send('SET c 1')
    expect(await actor.ask('EXISTS a b c')).toBe(':2\r\n')
    stage.clock.advance(1000)
    expect(await other.heard()).toBe(ok)
  })

  test('what is told to replicas is held as writes are', async () => {
    const other = await stage.enter()
    await actor.ask('CLIENT PAUSE 1000 WRITE')
    other.send('PUBLISH a b')
    expect(await actor.ask('PING')).toBe('+PONG\r\n')
    expect(await actor.askText('INFO clients')).toMatch(/blocked_clients:1\r\n/)
    stage.clock.advance(1000)
    expect(await other.heard()).toBe(':0\r\n')
  })
})
