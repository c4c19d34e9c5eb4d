import { Stage, type Actor } from '../stage.js'

const ok = '+OK\r\n'

let stage: Stage
let watcher: Actor
let actor: Actor

beforeEach(async () => {
  stage = await Stage.open()
  watcher = await stage.enter()
  actor = await stage.enter()
  expect(await watcher.ask('MONITOR')).toBe(ok)
})

afterEach(() => stage.close())

/** What the watcher is shown of one request: the words behind time and address. */
async function shown(line: Parameters<Actor['ask']>[0]): Promise<string> {
  await actor.ask(line)
  return (await watcher.heard()).replace(/^\+[\d.]+ \[\d+ [\d.:]+\] |\r\n$/g, '')
}

test('a line has the time, the database after the call, the address and the quoted arguments', async () => {
  stage.clock.advance(1.25)
  await actor.ask('SELECT 3')
  const time = `${Math.floor(stage.clock.unixMicros() / 1e6)}.${String(stage.clock.unixMicros() % 1e6).padStart(6, '0')}`
  expect(await watcher.heard()).toBe(`+${time} [3 ${actor.address}] "SELECT" "3"\r\n`)
})

test('bytes are quoted as sdscatrepr does', async () => {
  const bytes = Buffer.from([0x5c, 0x22, 10, 13, 9, 7, 8, 0, 0x1f, 0x20, 0x7e, 0x7f, 0x80, 0xff])
  expect(await shown(['ping', bytes])).toBe(String.raw`"ping" "\\\"\n\r\t\a\b\x00\x1f ~\x7f\x80\xff"`)
  expect(await shown('PING ""')).toBe('"PING" ""')
})

test.each([
  ['AUTH secret', '"AUTH" "(redacted)"'],
  ['auth default secret', '"auth" "(redacted)" "(redacted)"'],
  ['AUTH default secret more', '"AUTH" "(redacted)" "(redacted)" "(redacted)"'],
  ['HELLO 2 AUTH default secret SETNAME me', '"HELLO" "2" "AUTH" "(redacted)" "(redacted)" "SETNAME" "me"'],
  ['HELLO 9 AUTH default secret', '"HELLO" "9" "AUTH" "(redacted)" "(redacted)"'],
])('%s is shown without its secrets', async (line, words) => {
  expect(await shown(line)).toBe(words)
})

test('what administrators do is not shown, nor what was refused before it ran', async () => {
  const hidden = [
    'CONFIG SET requirepass ""',
    'CONFIG GET requirepass',
    'CLIENT LIST',
    'SLOWLOG LEN',
    'DEBUG DIGEST',
    'FOO secret',
    'GET',
    'CLIENT FOO',
  ]
  for (const line of hidden) await actor.ask(line)
  expect(await shown('ECHO end')).toBe('"ECHO" "end"')
})

test('what failed while it ran is shown, and so is what is not answered', async () => {
  expect(await shown('SELECT 99')).toBe('"SELECT" "99"')
  actor.send('CLIENT REPLY SKIP', 'ECHO silent')
  expect(await watcher.heard()).toMatch(/"CLIENT" "REPLY" "SKIP"/)
  expect(await watcher.heard()).toMatch(/"ECHO" "silent"/)
})

test('a monitor may look around but not touch keys, sees itself, and says MONITOR again for nothing', async () => {
  const refused = "-ERR Replica can't interact with the keyspace\r\n"
  for (const line of ['GET k', 'SET k v', 'DBSIZE', 'FLUSHALL']) expect(await watcher.ask(line)).toBe(refused)
  watcher.send('MONITOR', 'PING')
  expect(await watcher.heard()).toBe('+PONG\r\n')
  expect(await watcher.heard()).toMatch(/"PING"\r\n$/)
})

test('RESET ends it: what was shown until then comes first', async () => {
  watcher.send('ECHO mine', 'RESET', 'GET k')
  expect(await watcher.heard()).toBe('$4\r\nmine\r\n')
  expect(await watcher.heard()).toMatch(/"ECHO" "mine"\r\n$/)
  expect(await watcher.heard()).toBe('+RESET\r\n')
  expect(await watcher.heard()).toBe('$-1\r\n')
  await actor.ask('PING')
  expect(await watcher.ask('ECHO alone')).toBe('$5\r\nalone\r\n')
})

test('several monitors are each shown everything since they asked; replies stay with those who asked', async () => {
  const second = await stage.enter()
  actor.send('ECHO one', 'ECHO two', 'ECHO three')
  expect([await actor.heard(), await actor.heard(), await actor.heard()]).toEqual([
    '$3\r\none\r\n',
    '$3\r\ntwo\r\n',
    '$5\r\nthree\r\n',
  ])
  for (const word of ['one', 'two', 'three']) expect(await watcher.heard()).toMatch(`"ECHO" "${word}"\r\n`)
  expect(await second.ask('MONITOR')).toBe(ok)
  await actor.ask('ECHO four')
  expect(await watcher.heard()).toMatch(/"four"/)
  expect(await second.heard()).toMatch(/"four"/)
})

test('calls from within the process are shown, and answered', async () => {
  expect(await stage.server.call('ECHO', 'inside')).toBe('inside')
  expect(await watcher.heard()).toMatch(/\[0 local:0\] "ECHO" "inside"\r\n$/)
})

test('the slow log keeps no secrets either', async () => {
  await actor.ask('CONFIG SET slowlog-log-slower-than 0')
  await actor.ask('AUTH default secret')
  await actor.ask('CONFIG SET timeout 5 requirepass secret')
  const log = await actor.ask('SLOWLOG GET')
  expect(log).toMatch('AUTH\r\n$10\r\n(redacted)\r\n$10\r\n(redacted)')
  expect(log).toMatch('requirepass\r\n$10\r\n(redacted)')
  expect(log).toMatch('timeout\r\n$1\r\n5')
  expect(log).not.toMatch('secret')
})
