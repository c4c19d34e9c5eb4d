import { perform, Stage, type Actor, type Dialogue } from '../stage.js'

const ok = '+OK\r\n'
const wrongPassword = '-WRONGPASS invalid username-password pair or user is disabled.\r\n'
const noAuth = '-NOAUTH Authentication required.\r\n'
const badName = '-ERR Client names cannot contain spaces, newlines or special characters.\r\n'

const arity = (name: string): string => `-ERR wrong number of arguments for '${name}' command\r\n`

const dialogues: Record<string, Dialogue> = {
  'PING answers, or repeats its argument': [
    ['PING', '+PONG\r\n'],
    ['ping "a\\r\\nb"', '$4\r\na\r\nb\r\n'],
    ['PING ""', '$0\r\n\r\n'],
    ['PING a b', arity('ping')],
  ],
  'ECHO repeats any bytes': [
    [['ECHO', Buffer.from([0, 255, 13, 10])], '$4\r\n\0\xff\r\n\r\n'],
    ['ECHO', arity('echo')],
    ['ECHO a b', arity('echo')],
  ],
  'SELECT takes the number of a database that is there': [
    ['SELECT 15', ok],
    ['SET k v', ok],
    ['SELECT 0', ok],
    ['EXISTS k', ':0\r\n'],
    ['SELECT 16', '-ERR DB index is out of range\r\n'],
    ['SELECT -1', '-ERR DB index is out of range\r\n'],
    ['SELECT 1.0', '-ERR value is not an integer or out of range\r\n'],
    ['SELECT ""', '-ERR value is not an integer or out of range\r\n'],
    ['SELECT 2147483648', '-ERR value is out of range, value must between -2147483648 and 2147483647\r\n'],
    ['SELECT 9223372036854775808', '-ERR value is not an integer or out of range\r\n'],
  ],
  'AUTH without a password to give': [
    [
      'AUTH x',
      '-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?\r\n',
    ],
    ['AUTH default anything', ok],
    ['AUTH Default anything', wrongPassword],
    ['AUTH nobody x', wrongPassword],
    ['AUTH a b c', '-ERR syntax error\r\n'],
    ['AUTH', arity('auth')],
  ],
  'HELLO refuses what it does not know': [
    ['HELLO 1', '-NOPROTO unsupported protocol version\r\n'],
    ['HELLO 4', '-NOPROTO unsupported protocol version\r\n'],
    ['HELLO 03', '-ERR Protocol version is not an integer or out of range\r\n'],
    ['HELLO 3.0', '-ERR Protocol version is not an integer or out of range\r\n'],
    [['HELLO', '2', 'fo\r\no\xff\0b'], "-ERR Syntax error in HELLO option 'fo  o\xff'\r\n"],
    ['HELLO 2 SETNAME', "-ERR Syntax error in HELLO option 'SETNAME'\r\n"],
    ['HELLO 2 AUTH default', "-ERR Syntax error in HELLO option 'AUTH'\r\n"],
    ['HELLO 2 SETNAME "a b"', badName],
    ['HELLO 2 AUTH nobody x', wrongPassword],
  ],
  'HELLO acts on its options as it reads them': [
    ['HELLO 2 SETNAME first AUTH nobody x', wrongPassword],
    ['CLIENT GETNAME', '$5\r\nfirst\r\n'],
    ['HELLO 9 SETNAME second', '-NOPROTO unsupported protocol version\r\n'],
    ['CLIENT GETNAME', '$5\r\nfirst\r\n'],
  ],
  'RESET goes back to the beginning, RESP2 included': [
    ['SELECT 3', ok],
    ['CLIENT SETNAME me', ok],
    ['CLIENT NO-TOUCH on', ok],
    ['RESET', '+RESET\r\n'],
    ['CLIENT GETNAME', '$-1\r\n'],
    ['SET k v', ok],
    ['SELECT 0', ok],
    ['GET k', '$1\r\nv\r\n'],
    ['RESET now', arity('reset')],
  ],
}

describe('the session', () => perform(dialogues))

describe('several turns', () => {
  let stage: Stage
  let actor: Actor

  beforeEach(async () => {
    stage = await Stage.open({ requirepass: 'secret' })
    actor = await stage.enter()
  })

  afterEach(() => stage.close())

  const hello = (version: 2 | 3): string =>
    `${version === 3 ? '%7' : '*14'}\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n:${version}\r\n$2\r\nid\r\n:1\r\n` +
    '$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n'

  test('with a password, nothing but AUTH, HELLO, RESET and QUIT is served before it is given', async () => {
    for (const line of ['PING', 'GET k', 'CLIENT ID', 'COMMAND', 'SELECT 0', 'MONITOR'])
      expect([line, await actor.ask(line)]).toEqual([line, noAuth])
    expect(await actor.ask('HELLO 3')).toBe(
      '-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time\r\n',
    )
    expect(await actor.ask('AUTH wrong')).toBe(wrongPassword)
    expect(await actor.ask('AUTH secre')).toBe(wrongPassword)
    expect(await actor.ask('AUTH nobody secret')).toBe(wrongPassword)
    expect(await actor.ask('PING')).toBe(noAuth)
    expect(await actor.ask('AUTH secret')).toBe(ok)
    expect(await actor.ask('PING')).toBe('+PONG\r\n')
    expect(await actor.ask('RESET')).toBe('+RESET\r\n')
    expect(await actor.ask('PING')).toBe(noAuth)
  })

  test('HELLO lets in, names and changes the protocol in one request', async () => {
    expect(await actor.ask('HELLO 3 AUTH default secret SETNAME me')).toBe(hello(3))
    expect(await actor.ask('CLIENT GETNAME')).toBe('$2\r\nme\r\n')
    expect(await actor.ask('GET missing')).toBe('_\r\n')
    expect(await actor.ask('HELLO')).toBe(hello(3))
    expect(await actor.ask('HELLO 2')).toBe(hello(2))
    expect(await actor.ask('GET missing')).toBe('$-1\r\n')
  })

  test('a password that is set later asks only those who come later; without one everybody is let in', async () => {
    await actor.ask('AUTH secret')
    const outside = await stage.enter()
    expect(await outside.ask('PING')).toBe(noAuth)
    expect(await actor.ask('CONFIG SET requirepass ""')).toBe(ok)
    expect(await outside.ask('PING')).toBe('+PONG\r\n')
    expect(await actor.ask('CONFIG SET requirepass other')).toBe(ok)
    expect(await outside.ask('PING')).toBe('+PONG\r\n')
    expect(await (await stage.enter()).ask('AUTH secret')).toBe(wrongPassword)
    expect(await (await stage.enter()).ask('AUTH other')).toBe(ok)
  })

  test('a password is bytes', async () => {
    await actor.ask('AUTH secret')
    expect(await actor.ask(['CONFIG', 'SET', 'requirepass', Buffer.from([0xff, 0xc3, 0xa9])])).toBe(ok)
    const other = await stage.enter()
    expect(await other.ask(['AUTH', Buffer.from([0xff, 0xc3, 0xaa])])).toBe(wrongPassword)
    expect(await other.ask(['AUTH', Buffer.from([0xff, 0xc3, 0xa9])])).toBe(ok)
  })

  test('QUIT answers what came before it and closes', async () => {
    actor.send('AUTH secret', 'PING', 'QUIT now', 'PING')
    expect([await actor.heard(), await actor.heard(), await actor.heard()]).toEqual([ok, '+PONG\r\n', ok])
    expect(await actor.isClosed()).toBe(true)
  })
})
