import { Stage, perform, type Actor } from '../stage.js'

let stage: Stage

beforeEach(async () => {
  stage = await Stage.open()
})

afterEach(() => stage.close())

/** Sends the request and returns when the server has taken it, be it that it waits. */
async function waits(actor: Actor, line: string): Promise<void> {
  const before = await blockedClients()
  actor.send(line)
  while ((await blockedClients()) === before);
}

async function blockedClients(): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve)) // sockets have their turn
  const text = (await stage.server.call('INFO', 'clients')) as string
  return Number(/blocked_clients:(\d+)/.exec(text)![1])
}

const popped = (key: string, element: string): string =>
  `*2\r\n$${key.length}\r\n${key}\r\n$${element.length}\r\n${element}\r\n`

perform({
  'a time to wait is a number of seconds that is not negative': [
    ['BLPOP l abc', '-ERR timeout is not a float or out of range\r\n'],
    ['BLPOP l -1', '-ERR timeout is negative\r\n'],
    ['BLPOP l inf', '-ERR timeout is negative\r\n'],
    ['BRPOPLPUSH l m 1e100', '-ERR timeout is negative\r\n'],
    ['BLMOVE l m LEFT UP abc', '-ERR syntax error\r\n'],
    ['BLMPOP abc 0 l LEFT', '-ERR numkeys should be greater than 0\r\n'],
    ['BLMPOP abc 1 l LEFT', '-ERR timeout is not a float or out of range\r\n'],
  ],
})

test('who came first is served first, each with one element', async () => {
  const actors = [await stage.enter(), await stage.enter(), await stage.enter()]
  const other = await stage.enter()
  for (const actor of actors) await waits(actor, 'BLPOP l 0')
  expect(await other.ask('RPUSH l 1 2')).toBe(':2\r\n')
  expect(await actors[0].heard()).toBe(popped('l', '1'))
  expect(await actors[1].heard()).toBe(popped('l', '2'))
  expect(await blockedClients()).toBe(1)
  await other.ask('RPUSH l 3')
  expect(await actors[2].heard()).toBe(popped('l', '3'))
})

test('when the time is up the reply is no array, whatever the command', async () => {
  const actor = await stage.enter()
  const newer = await stage.enter()
  await newer.ask('HELLO 3')
  for (const line of [
    'BLPOP l 1.5',
    'BRPOP l m 1.5',
    'BLMOVE l m LEFT LEFT 1.5',
    'BRPOPLPUSH l m 1.5',
    'BLMPOP 1.5 1 l LEFT',
  ]) {
    await waits(actor, line)
    await waits(newer, line)
    stage.clock.advance(1500)
    expect([line, await actor.heard()]).toEqual([line, '*-1\r\n'])
    expect([line, await newer.heard()]).toEqual([line, '_\r\n'])
  }
})

test('what a client sends behind a call that waits is done after it', async () => {
  const [actor, other] = [await stage.enter(), await stage.enter()]
  await waits(actor, 'BLPOP l 0')
  actor.send('PING', 'LLEN l')
  await other.ask('RPUSH l 1 2')
  expect([await actor.heard(), await actor.heard(), await actor.heard()]).toEqual([
    popped('l', '1'),
    '+PONG\r\n',
    ':1\r\n',
  ])
})

test('a move into a list serves who waits for that list; one that cannot be made is refused, and the next is served', async () => {
  const [first, second, third, other] = [
    await stage.enter(),
    await stage.enter(),
    await stage.enter(),
    await stage.enter(),
  ]
  await other.ask('SET wrong text')
  await waits(first, 'BLMOVE l wrong LEFT LEFT 0')
  await waits(second, 'BLMOVE l m LEFT LEFT 0')
  await waits(third, 'BRPOP m 0')
  await other.ask('RPUSH l 1')
  expect(await first.heard()).toMatch(/^-WRONGTYPE/)
  expect(await second.heard()).toBe('$1\r\n1\r\n')
  expect(await third.heard()).toBe(popped('m', '1'))
  expect(await other.ask('EXISTS l m')).toBe(':0\r\n')
})

test('BLMPOP takes as many as it asked for, from the key that was pushed to', async () => {
  const [actor, other] = [await stage.enter(), await stage.enter()]
  await waits(actor, 'BLMPOP 0 2 k l RIGHT COUNT 2')
  await other.ask('SET k text')
  await other.ask('RPUSH l 1 2 3')
  expect(await actor.heard()).toBe('*2\r\n$1\r\nl\r\n*2\r\n$1\r\n3\r\n$1\r\n2\r\n')
})

test('CLIENT UNBLOCK ends a wait as its time would, or by an error, once', async () => {
  const [actor, other] = [await stage.enter(), await stage.enter()]
  const id = (await actor.ask('CLIENT ID')).slice(1, -2)
  expect(await other.ask(`CLIENT UNBLOCK ${id}`)).toBe(':0\r\n')
  await waits(actor, 'BLPOP l 0')
  other.send(`CLIENT UNBLOCK ${id}`, `CLIENT UNBLOCK ${id}`)
  expect([await other.heard(), await other.heard()]).toEqual([':1\r\n', ':0\r\n'])
  expect(await actor.heard()).toBe('*-1\r\n')
  await waits(actor, 'BLPOP l 0')
  actor.send('PING')
  expect(await other.ask(`CLIENT UNBLOCK ${id} error`)).toBe(':1\r\n')
  expect(await actor.heard()).toBe('-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n')
  expect(await actor.heard()).toBe('+PONG\r\n')
  expect(await other.ask(`CLIENT UNBLOCK ${id} now`)).toBe('-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR\r\n')
  expect(await other.ask('CLIENT UNBLOCK x')).toBe('-ERR value is not an integer or out of range\r\n')
})

test('a client that is killed or leaves while it waits takes nothing', async () => {
  const [killed, left, other] = [await stage.enter(), await stage.enter(), await stage.enter()]
  const id = (await killed.ask('CLIENT ID')).slice(1, -2)
  await waits(killed, 'BLPOP l 0')
  await waits(left, 'BLPOP l 0')
  left.raw.end()
  while ((await blockedClients()) > 1);
  other.send(`CLIENT KILL ID ${id}`, 'RPUSH l 1', 'LLEN l')
  expect([await other.heard(), await other.heard(), await other.heard()]).toEqual([':1\r\n', ':1\r\n', ':1\r\n'])
  expect(await killed.isClosed()).toBe(true)
})

test('CLIENT LIST and INFO tell who waits, and who waits for a time', async () => {
  const [actor, other] = [await stage.enter(), await stage.enter()]
  const id = (await actor.ask('CLIENT ID')).slice(1, -2)
  await waits(actor, 'BLPOP l 10')
  expect(await other.askText(`CLIENT LIST ID ${id}`)).toMatch(/ flags=b .* cmd=blpop /)
  expect(await other.askText('INFO clients')).toMatch(/blocked_clients:1\r\n.*clients_in_timeout_table:1\r\n/s)
  await other.ask('RPUSH l 1')
  expect(await other.askText('INFO clients')).toMatch(/blocked_clients:0\r\n.*clients_in_timeout_table:0\r\n/s)
})

test('CLIENT REPLY OFF holds for a call that waited', async () => {
  const [actor, other] = [await stage.enter(), await stage.enter()]
  actor.send('CLIENT REPLY SKIP')
  await waits(actor, 'BLPOP l 0')
  await other.ask('RPUSH l 1')
  expect(await actor.ask('PING')).toBe('+PONG\r\n')
  actor.send('CLIENT REPLY OFF')
  await waits(actor, 'BLPOP l 1')
  stage.clock.advance(1000)
  actor.send('CLIENT REPLY ON')
  expect(await actor.heard()).toBe('+OK\r\n')
})

test('a call without a socket waits as well', async () => {
  const reply = stage.server.call('BLPOP', 'l', '0')
  const late = stage.server.call('BLPOP', 'none', '1')
  await stage.server.call('RPUSH', 'l', 'a')
  expect(await reply).toEqual(['l', 'a'])
  stage.clock.advance(1000)
  expect(await late).toBe(null)
})

test('the server does not wait for those who wait', async () => {
  const actor = await stage.enter()
  await waits(actor, 'BLPOP l 0')
  await stage.server.close()
  expect(await actor.isClosed()).toBe(true)
})
