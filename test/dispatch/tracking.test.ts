import { Stage, type Actor } from '../commands/stage.js'
import { dictionaryStore } from '../../src/index.js'

const ok = '+OK\r\n'
const invalidate = (...keys: string[]): string =>
  `>2\r\n$10\r\ninvalidate\r\n*${keys.length}\r\n${keys.map((key) => `$${key.length}\r\n${key}\r\n`).join('')}`

describe('keys that a client has read', () => {
  let stage: Stage
  let reader: Actor
  let writer: Actor

  beforeEach(async () => {
    stage = await Stage.open()
    reader = await stage.enter()
    writer = await stage.enter()
    await reader.ask('HELLO 3')
    await reader.ask('CLIENT TRACKING on')
  })

  afterEach(() => stage.close())

  const info = async (name: string): Promise<string> =>
    (await writer.askText('INFO all')).match(new RegExp(`^${name}:(.*)\\r$`, 'm'))![1]

  test('it is told once when they change, until it reads them again', async () => {
    await reader.ask('MGET a b')
    await writer.ask('MSET a 1 b 1')
    expect([await reader.heard(), await reader.heard()]).toEqual([invalidate('a'), invalidate('b')])
    await writer.ask('SET a 2')
    expect(await reader.ask('GET a')).toBe('$1\r\n2\r\n')
    await writer.ask('DEL a')
    expect(await reader.heard()).toBe(invalidate('a'))
  })

  test('its own changes are told behind their replies, EXEC included', async () => {
    await reader.ask('GET a')
    reader.send('MULTI', 'SET a 1', 'GET a', 'EXEC', 'PING')
    const heard: string[] = []
    for (let i = 0; i < 6; i++) heard.push(await reader.heard())
    expect(heard.slice(3)).toEqual(['*2\r\n+OK\r\n$1\r\n1\r\n', invalidate('a'), '+PONG\r\n'])
  })

  test('expiry by time and FLUSHALL are told too', async () => {
    await writer.ask('SET a 1 PX 5')
    await reader.ask('GET a')
    stage.clock.advance(6)
    await writer.ask('EXISTS a')
    expect(await reader.heard()).toBe(invalidate('a'))
    await writer.ask('FLUSHALL')
    expect(await reader.heard()).toBe('>2\r\n$10\r\ninvalidate\r\n_\r\n')
  })

  test('beyond tracking-table-max-keys the oldest are forgotten, and said to be', async () => {
    await writer.ask('CONFIG SET tracking-table-max-keys 2')
    await reader.ask('MGET a b')
    expect(await info('tracking_total_keys')).toBe('2')
    expect(await reader.ask('GET c')).toBe('_\r\n')
    expect(await reader.heard()).toBe(invalidate('a'))
    await writer.ask('CONFIG SET tracking-table-max-keys 1')
    expect(await reader.heard()).toBe(invalidate('b'))
  })

  test('INFO counts clients, keys, and keys by client; a client that left is counted no more', async () => {
    const other = await stage.enter()
    await other.ask('CLIENT TRACKING on')
    await other.ask('GET a')
    await reader.ask('MGET a b')
    const third = await stage.enter()
    await third.ask('CLIENT TRACKING on BCAST PREFIX x PREFIX y')
    expect(await info('tracking_clients')).toBe('3')
    expect(await info('tracking_total_keys')).toBe('2')
    expect(await info('tracking_total_items')).toBe('3')
    expect(await info('tracking_total_prefixes')).toBe('2')
    await third.ask('QUIT')
    await other.ask('CLIENT TRACKING off')
    expect(await info('tracking_clients')).toBe('1')
    expect(await info('tracking_total_prefixes')).toBe('0')
  })

  test('under BCAST what changed in one turn is one message, by prefix, in the order of bytes', async () => {
    await reader.ask('CLIENT TRACKING off')
    await reader.ask('CLIENT TRACKING on BCAST PREFIX u: PREFIX v:')
    writer.send('MULTI', 'SET v:2 x', 'SET u:9 x', 'SET w:1 x', 'SET v:1 x', 'SET v:2 y', 'EXEC')
    expect([await reader.heard(), await reader.heard()]).toEqual([invalidate('u:9'), invalidate('v:1', 'v:2')])
  })

  test('CLIENT LIST shows who tracks, and to whom it is redirected', async () => {
    const id = Number((await writer.ask('CLIENT ID')).slice(1))
    await reader.ask(`CLIENT TRACKING on REDIRECT ${id}`)
    expect((await writer.askText('CLIENT LIST')).split('\n')[0]).toMatch(new RegExp(` flags=t .* redir=${id} `))
    await reader.ask('CLIENT TRACKING off')
    await reader.ask('CLIENT TRACKING on BCAST')
    expect((await writer.askText('CLIENT LIST')).split('\n')[0]).toMatch(/ flags=tB .* redir=0 /)
  })
})

describe('bound keys', () => {
  const values: Record<string, string> = { 'always:1': 'x', 'lived:1': 'x', 'ever:1': 'x' }
  const route = (name: string, validate: string) => ({
    name,
    pattern: `${name}:*`,
    store: dictionaryStore(values),
    validate,
  })

  test('a copy is invalid when its origin no longer vouches for it', async () => {
    const stage = await Stage.open({
      origins: [route('always', 'always'), route('lived', '1s'), route('ever', 'never')],
    })
    const reader = await stage.enter()
    await reader.ask('HELLO 3')
    await reader.ask('CLIENT TRACKING on')
    expect(await reader.ask('GET always:1')).toBe('$1\r\nx\r\n')
    expect(await reader.heard()).toBe(invalidate('always:1')) // right behind the reply
    expect(await reader.ask('GET lived:1')).toBe('$1\r\nx\r\n')
    expect(await reader.ask('GET ever:1')).toBe('$1\r\nx\r\n')
    stage.clock.advance(900)
    expect(await reader.ask('PING')).toBe('+PONG\r\n')
    stage.clock.advance(200)
    expect(await reader.heard()).toBe(invalidate('lived:1'))
    stage.clock.advance(10_000)
    expect(await reader.ask('PING')).toBe('+PONG\r\n')
    await stage.close()
  })

  test('a copy that was confirmed again meanwhile stays valid as long as that', async () => {
    const stage = await Stage.open({ origins: [route('lived', '1s')] })
    const [reader, other] = [await stage.enter(), await stage.enter()]
    await reader.ask('HELLO 3')
    await reader.ask('CLIENT TRACKING on')
    await reader.ask('GET lived:1')
    stage.clock.advance(900)
    expect(await other.ask('ORIGIN VALIDATE lived:1')).toMatch(/^[:+*$]/)
    stage.clock.advance(200)
    expect(await reader.ask('PING')).toBe('+PONG\r\n')
    stage.clock.advance(900)
    expect(await reader.heard()).toBe(invalidate('lived:1'))
    await stage.close()
  })
})

test('tracking costs nothing more when the last client asks for it no more and nothing is remembered', async () => {
  const stage = await Stage.open()
  const actor = await stage.enter()
  expect(await actor.ask('CLIENT TRACKING on')).toBe(ok)
  await actor.ask('GET k')
  await actor.ask('SET k v')
  expect(await actor.ask('CLIENT TRACKING off')).toBe(ok)
  expect((await actor.askText('INFO stats')).match(/tracking_\w+:\d+/g)).toEqual([
    'tracking_total_keys:0',
    'tracking_total_items:0',
    'tracking_total_prefixes:0',
  ])
  await stage.close()
})
