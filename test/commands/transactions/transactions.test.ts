import { createServer } from '../../../src/index.js'
import { Stage, perform, type Actor } from '../stage.js'

const ok = '+OK\r\n'
const queued = '+QUEUED\r\n'
const aborted = '-EXECABORT Transaction discarded because of previous errors.\r\n'

perform({
  'EXEC runs what was queued, one reply each, types as each protocol has them': [
    ['MULTI', ok],
    ['HSET h f v', queued],
    ['HGETALL h', queued],
    ['GET missing', queued],
    ['EXEC', '*3\r\n:1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n$-1\r\n', '*3\r\n:1\r\n%1\r\n$1\r\nf\r\n$1\r\nv\r\n_\r\n'],
    ['EXEC', '-ERR EXEC without MULTI\r\n'],
  ],
  'what fails when it runs is an element; the others run': [
    ['SET s text', ok],
    ['MULTI', ok],
    ['INCR s', queued],
    ['SET t 1', queued],
    ['EXEC', '*2\r\n-ERR value is not an integer or out of range\r\n+OK\r\n'],
    ['GET t', '$1\r\n1\r\n'],
  ],
  'what cannot be queued is refused at once, and EXEC too': [
    ['MULTI', ok],
    ['SET k v', queued],
    ['NOSUCH', "-ERR unknown command 'NOSUCH', with args beginning with: \r\n"],
    ['SHUTDOWN NOSAVE', '-ERR Command not allowed inside a transaction\r\n'],
    ['EXEC', aborted],
    ['EXISTS k', ':0\r\n'],
  ],
  'EXEC with arguments ends the transaction': [
    ['MULTI', ok],
    ['EXEC x', "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command\r\n"],
    ['EXEC', '-ERR EXEC without MULTI\r\n'],
  ],
  'MULTI and WATCH inside of a transaction are refused, and do not end it': [
    ['MULTI', ok],
    ['MULTI', '-ERR MULTI calls can not be nested\r\n'],
    ['WATCH k', '-ERR WATCH inside MULTI is not allowed\r\n'],
    ['PING', queued],
    ['EXEC', '*1\r\n+PONG\r\n'],
  ],
  'a watched key that changed makes EXEC run nothing': [
    ['WATCH k', ok],
    ['SET k 1', ok],
    ['MULTI', ok],
    ['SET k 2', queued],
    ['EXEC', '*-1\r\n', '_\r\n'],
    ['GET k', '$1\r\n1\r\n'],
    ['MULTI', ok],
    ['EXEC', '*0\r\n'],
  ],
  'deleting what is missing is no change': [
    ['WATCH k', ok],
    ['DEL k', ':0\r\n'],
    ['MULTI', ok],
    ['EXEC', '*0\r\n'],
  ],
  'MONITOR and subscriptions to shard channels need a connection of their own': [
    ['MULTI', ok],
    ['MONITOR', queued],
    ['SSUBSCRIBE a', queued],
    [
      'EXEC',
      "*2\r\n-ERR MONITOR isn't allowed for DENY BLOCKING client\r\n-ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client\r\n",
    ],
  ],
})

describe('several clients', () => {
  let stage: Stage
  let actor: Actor
  let other: Actor

  beforeEach(async () => {
    stage = await Stage.open()
    actor = await stage.enter()
    other = await stage.enter()
  })

  afterEach(() => stage.close())

  test('a request cut into pieces and queued is whole when it runs', async () => {
    await actor.ask('MULTI')
    const value = 'v'.repeat(100_000)
    actor.send(['SET', 'k', value])
    expect(await actor.heard()).toBe(queued)
    await actor.ask('SET other x')
    expect(await actor.ask('EXEC')).toBe('*2\r\n+OK\r\n+OK\r\n')
    expect(await other.ask('GET k')).toBe(`$100000\r\n${value}\r\n`)
  })

  test('nothing comes between the queued requests, and all run at one moment', async () => {
    await actor.ask('SET k v PX 5')
    await actor.ask('MULTI')
    for (const line of ['PTTL k', 'INCR n', 'PTTL k']) await actor.ask(line)
    stage.clock.advance(2)
    expect(await actor.ask('EXEC')).toBe('*3\r\n:3\r\n:1\r\n:3\r\n')
  })

  test('a watched key whose time came is a change; one whose time had come is none', async () => {
    await actor.ask('SET k v PX 5')
    await actor.ask('WATCH k')
    stage.clock.advance(6)
    await actor.ask('MULTI')
    expect(await actor.ask('EXEC')).toBe('*-1\r\n')
    await actor.ask('SET k v PX 5')
    stage.clock.advance(6)
    await actor.ask('WATCH k')
    await other.ask('EXISTS k')
    await actor.ask('MULTI')
    expect(await actor.ask('EXEC')).toBe('*0\r\n')
  })

  test('CLIENT LIST tells of the queue and of what is watched', async () => {
    await actor.ask('WATCH a b')
    await actor.ask('MULTI')
    await actor.ask('SET k value')
    const [line] = (await other.askText('CLIENT LIST')).split('\n')
    expect(line).toMatch(/ flags=x .* multi=1 watch=2 .* multi-mem=33 /)
    await other.ask('SET a 1')
    expect((await other.askText('CLIENT LIST')).split('\n')[0]).toMatch(/ flags=xd .* multi=1 qbuf/)
    await actor.ask('RESET')
    expect((await other.askText('CLIENT LIST')).split('\n')[0]).toMatch(/ flags=N .* multi=-1 qbuf.* multi-mem=0 /)
  })

  test('a queue beyond client-query-buffer-limit closes the connection', async () => {
    await other.ask('CONFIG SET client-query-buffer-limit 1mb')
    await actor.ask('MULTI')
    for (let i = 0; i < 4; i++) actor.send(['SET', 'k', 'x'.repeat(300_000)])
    expect(await actor.isClosed()).toBe(true)
    expect(await other.ask('EXISTS k')).toBe(':0\r\n')
  })

  test('MONITOR shows queued requests when they run, and EXEC behind them', async () => {
    const monitor = await stage.enter()
    await monitor.ask('MONITOR')
    for (const line of ['MULTI', 'SET k v', 'GET k', 'EXEC']) await actor.ask(line)
    const shown = []
    while (shown.at(-1) !== '"EXEC"') shown.push((await monitor.heard()).replace(/^.*\] |\r\n$/g, ''))
    expect(shown).toEqual(['"MULTI"', '"SET" "k" "v"', '"GET" "k"', '"EXEC"'])
  })

  test('MONITOR shows the end of a transaction that was not run', async () => {
    const monitor = await stage.enter()
    await monitor.ask('MONITOR')
    for (const line of ['MULTI', 'SET k v', 'EXEC x', 'MULTI', 'NOSUCH', 'EXEC', 'PING']) await actor.ask(line)
    const shown = []
    while (shown.at(-1) !== '"PING"') shown.push((await monitor.heard()).replace(/^.*\] |\r\n$/g, ''))
    expect(shown).toEqual(['"MULTI"', '"EXEC" "x"', '"MULTI"', '"EXEC"', '"PING"'])
  })

  test('CLIENT PAUSE WRITE holds an EXEC with writes, and no other', async () => {
    await actor.ask('MULTI')
    await actor.ask('SET k v')
    await stage.server.call('CLIENT', 'PAUSE', 1000, 'WRITE')
    actor.send('EXEC')
    await other.ask('MULTI')
    await other.ask('GET k')
    expect(await other.ask('EXEC')).toBe('*1\r\n$-1\r\n')
    stage.clock.advance(1000)
    expect(await actor.heard()).toBe('*1\r\n+OK\r\n')
  })

  test('CLIENT REPLY holds inside of a transaction', async () => {
    await actor.ask('MULTI')
    for (const line of ['SET k 1', 'CLIENT REPLY OFF', 'INCR k', 'CLIENT REPLY ON']) await actor.ask(line)
    actor.send('EXEC', 'GET k', 'GET k')
    // two elements are missing, as in Redis: what follows takes their place
    expect(await actor.heard()).toBe('*4\r\n+OK\r\n+OK\r\n$1\r\n2\r\n$1\r\n2\r\n')
  })

  test('a reply that comes later keeps its place among the others', async () => {
    const { port } = stage.server
    await actor.ask('MULTI')
    for (const line of ['SET k 1', `CONFIG SET port ${port}`, 'INCR k']) await actor.ask(line)
    actor.send('EXEC', 'GET k')
    expect(await actor.heard()).toBe('*3\r\n+OK\r\n+OK\r\n:2\r\n')
    expect(await actor.heard()).toBe('$1\r\n2\r\n')
  })
})

test('a client that is gone watches and queues nothing', async () => {
  const stage = await Stage.open()
  const [actor, other] = [await stage.enter(), await stage.enter()]
  await actor.ask('WATCH k')
  await actor.ask('MULTI')
  await actor.ask('SET k v')
  await actor.ask('QUIT')
  expect(await other.ask('SET k 1')).toBe(ok)
  expect(await other.ask('GET k')).toBe('$1\r\n1\r\n')
  await stage.close()
})

test('a call within the process has no transaction to go on with', async () => {
  const server = await createServer({ port: 0 })
  expect(await server.call('MULTI')).toBe('OK')
  await expect(server.call('EXEC')).rejects.toThrow('ERR EXEC without MULTI')
  await server.close()
})
