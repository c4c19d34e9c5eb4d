import { createServer } from '../../../src/index.js'
import { Stage, type Actor } from '../stage.js'

let stage: Stage
let subscriber: Actor
let publisher: Actor

beforeEach(async () => {
  stage = await Stage.open()
  subscriber = await stage.enter()
  publisher = await stage.enter()
})

afterEach(() => stage.close())

const message = (sign: string, channel: string, text: string): string =>
  `${sign}3\r\n$7\r\nmessage\r\n$${channel.length}\r\n${channel}\r\n$${text.length}\r\n${text}\r\n`

test.each([
  [2, '*'],
  [3, '>'],
])('RESP%i: a subscription is confirmed and messages come in order', async (protocol, sign) => {
  await subscriber.ask(`HELLO ${protocol}`)
  expect(await subscriber.ask('SUBSCRIBE news')).toBe(`${sign}3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n`)
  publisher.send('PUBLISH news one', 'PUBLISH news two', 'PUBLISH other three')
  expect([await publisher.heard(), await publisher.heard(), await publisher.heard()]).toEqual([
    ':1\r\n',
    ':1\r\n',
    ':0\r\n',
  ])
  expect(await subscriber.heard()).toBe(message(sign, 'news', 'one'))
  expect(await subscriber.heard()).toBe(message(sign, 'news', 'two'))
})

test('messages keep their place among the replies of a pipeline', async () => {
  await subscriber.ask('HELLO 3')
  subscriber.send('SUBSCRIBE a', 'PUBLISH a 1', 'ECHO x', 'PUBLISH a 2', 'UNSUBSCRIBE a', 'PUBLISH a 3')
  const heard: string[] = []
  for (let i = 0; i < 8; i++) heard.push(await subscriber.heard())
  expect(heard).toEqual([
    '>3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n',
    message('>', 'a', '1'),
    ':1\r\n',
    '$1\r\nx\r\n',
    message('>', 'a', '2'),
    ':1\r\n',
    '>3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n',
    ':0\r\n',
  ])
})

test('what EXEC publishes to its own client comes behind its reply, whole', async () => {
  await subscriber.ask('HELLO 3')
  await subscriber.ask('SUBSCRIBE a')
  subscriber.send('MULTI', 'PUBLISH a 1', 'PUBLISH a 2', 'EXEC')
  const heard: string[] = []
  for (let i = 0; i < 6; i++) heard.push(await subscriber.heard())
  expect(heard.slice(3)).toEqual(['*2\r\n:1\r\n:1\r\n', message('>', 'a', '1'), message('>', 'a', '2')])
})

test('under CLIENT REPLY OFF replies are silent and messages are not', async () => {
  await subscriber.ask('HELLO 3')
  subscriber.send('CLIENT REPLY OFF', 'SUBSCRIBE a', 'GET k', 'PUBLISH a x')
  expect(await subscriber.heard()).toBe('>3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n')
  expect(await subscriber.heard()).toBe(message('>', 'a', 'x'))
  expect(await subscriber.ask('CLIENT REPLY ON')).toBe('+OK\r\n')
})

test('a subscribed RESP2 connection may only listen, and its PING looks like a message', async () => {
  await subscriber.ask('SUBSCRIBE a')
  expect(await subscriber.ask('CLIENT ID')).toBe(
    "-ERR Can't execute 'client|id': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n",
  )
  expect(await subscriber.ask('PING')).toBe('*2\r\n$4\r\npong\r\n$0\r\n\r\n')
  expect(await subscriber.ask('PING x')).toBe('*2\r\n$4\r\npong\r\n$1\r\nx\r\n')
  expect(await subscriber.ask('UNSUBSCRIBE')).toBe('*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n')
  expect(await subscriber.ask('PING')).toBe('+PONG\r\n')
})

test('CLIENT LIST, CLIENT KILL and INFO know subscribers', async () => {
  await subscriber.ask('SUBSCRIBE a')
  await subscriber.ask('PSUBSCRIBE b c')
  await subscriber.heard()
  await subscriber.ask('SSUBSCRIBE d')
  const listed = await publisher.askText('CLIENT LIST TYPE pubsub')
  expect(listed).toMatch(/^id=\d+ .* flags=P db=0 sub=1 psub=2 ssub=1 multi=-1 [^\n]*\n$/)
  expect(await publisher.askText('INFO stats')).toMatch(
    /pubsub_channels:1\r\npubsub_patterns:2\r\npubsubshard_channels:1\r\n/,
  )
  expect(await publisher.ask('CLIENT KILL TYPE pubsub')).toBe(':1\r\n')
  expect(await subscriber.isClosed()).toBe(true)
  expect(await publisher.ask('PUBLISH a x')).toBe(':0\r\n')
})

test('a subscriber that does not read is closed by the limit of its class', async () => {
  await publisher.ask('CONFIG SET client-output-buffer-limit "pubsub 1mb 0 0"')
  const { raw } = subscriber
  await subscriber.ask('SUBSCRIBE a')
  raw.pause()
  const payload = 'x'.repeat(500_000)
  let heard = ':1\r\n'
  for (let i = 0; i < 200 && heard === ':1\r\n'; i++) heard = await publisher.ask(['PUBLISH', 'a', payload])
  expect(heard).toBe(':0\r\n')
  expect(await publisher.ask('PING')).toBe('+PONG\r\n')
})

test('a hundred subscribers hear large and small messages whole and in order', async () => {
  const all = await Promise.all(Array.from({ length: 100 }, () => stage.enter()))
  for (const one of all) await one.ask('SUBSCRIBE a')
  const texts = ['small', 'L'.repeat(20_000), 'small again', 'M'.repeat(9_000), 'end']
  for (const text of texts) publisher.send(['PUBLISH', 'a', text])
  for (const one of all) for (const text of texts) expect(await one.heard()).toBe(message('*', 'a', text))
})

test('a call within the process publishes, but cannot subscribe: it hears one reply', async () => {
  const server = await createServer({ port: 0 })
  expect(await server.call('PUBLISH', 'a', 'x')).toBe(0)
  await expect(server.call('SUBSCRIBE', 'a')).rejects.toThrow("SUBSCRIBE isn't allowed for a DENY BLOCKING client")
  await server.close()
})
