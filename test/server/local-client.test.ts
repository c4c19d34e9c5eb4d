import { ManualClock, SeededRandom, silentLog } from '../../src/base/index.js'
import { allCommands } from '../../src/commands/index.js'
import { Config, Server } from '../../src/server/index.js'

/*
 * Calls within the process: each is a client of its own, whatever the one before asked for.
 */

type Fetch = (key: string) => Promise<string | null>

function setup(fetch?: Fetch) {
  const clock = new ManualClock()
  const config = Config.fromOptions({})
  const server = new Server({ config, log: silentLog, clock, random: new SeededRandom(1), commands: allCommands })
  if (fetch) server.origins.add({ name: 'o', pattern: 'bound:*', store: { fetch }, validate: '1h' })
  return { clock, server, call: (...words: string[]) => server.call(words) }
}

test.each([
  ['HELLO', '2'],
  ['CLIENT', 'REPLY', 'OFF'],
  ['CLIENT', 'REPLY', 'SKIP'],
  ['CLIENT', 'NO-TOUCH', 'ON'],
  ['CLIENT', 'NO-ORIGIN', 'ON'],
  ['CLIENT', 'SETNAME', 'me'],
  ['SELECT', '3'],
  ['QUIT'],
  ['MULTI'],
  ['WATCH', 'k'],
])('%s %s %s concerns no later call', async (...words) => {
  const { server, call } = setup((key) => Promise.resolve(`value of ${key}`))
  await call('HSET', 'h', 'f', 'v')
  await call(...words)
  expect(await call('HGETALL', 'h')).toEqual(new Map([['f', 'v']]))
  expect(await call('GET', 'bound:1')).toBe('value of bound:1')
  expect(await call('CLIENT', 'GETNAME')).toBe(null)
  expect(server.dispatcher.monitored).toBe(false)
})

test('a call that was held back runs at the moment at which it runs', async () => {
  const { call, clock } = setup()
  await call('SET', 'plain', 'v', 'PX', '100')
  await call('CLIENT', 'PAUSE', '200')
  const held = call('GET', 'plain')
  clock.advance(201)
  expect(await held).toBe(null)
})
