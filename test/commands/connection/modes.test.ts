import { perform, Stage, type Actor, type Dialogue } from '../stage.js'

const ok = '+OK\r\n'
const pong = '+PONG\r\n'
const syntax = '-ERR syntax error\r\n'

const dialogues: Record<string, Dialogue> = {
  'CLIENT SETNAME takes printable ASCII without spaces': [
    ['CLIENT GETNAME', '$-1\r\n', '_\r\n'],
    ['CLIENT SETNAME ~!me', ok],
    ['CLIENT GETNAME', '$4\r\n~!me\r\n'],
    [['CLIENT', 'SETNAME', 'a b'], '-ERR Client names cannot contain spaces, newlines or special characters.\r\n'],
    [['CLIENT', 'SETNAME', 'a\0b'], '-ERR Client names cannot contain spaces, newlines or special characters.\r\n'],
    ['CLIENT GETNAME', '$4\r\n~!me\r\n'],
    ['CLIENT SETNAME ""', ok],
    ['CLIENT GETNAME', '$-1\r\n', '_\r\n'],
  ],
  'CLIENT SETINFO tells of the library': [
    ['CLIENT SETINFO lib-name truedis', ok],
    ['client setinfo LIB-VER 1.0', ok],
    ['CLIENT SETINFO lib-ver "1 0"', '-ERR lib-ver cannot contain spaces, newlines or special characters.\r\n'],
    ['CLIENT SETINFO lib-age 7', "-ERR Unrecognized option 'lib-age'\r\n"],
    ['CLIENT SETINFO lib-name', "-ERR wrong number of arguments for 'client|setinfo' command\r\n"],
  ],
  'switches take ON and OFF': ['NO-EVICT', 'NO-TOUCH', 'NO-ORIGIN'].flatMap((name): Dialogue => [
    [`CLIENT ${name} on`, ok],
    [`CLIENT ${name} OFF`, ok],
    [`CLIENT ${name} maybe`, syntax],
    [`CLIENT ${name}`, `-ERR wrong number of arguments for 'client|${name.toLowerCase()}' command\r\n`],
  ]),
  'tracking is off until it is asked for': [
    ['CLIENT GETREDIR', ':-1\r\n'],
    [
      'CLIENT TRACKINGINFO',
      '*6\r\n$5\r\nflags\r\n*1\r\n$3\r\noff\r\n$8\r\nredirect\r\n:-1\r\n$8\r\nprefixes\r\n*0\r\n',
      '%3\r\n$5\r\nflags\r\n~1\r\n$3\r\noff\r\n$8\r\nredirect\r\n:-1\r\n$8\r\nprefixes\r\n*0\r\n',
    ],
    ['CLIENT TRACKING on optin noloop', ok],
    ['CLIENT CACHING yes', ok],
    ['CLIENT GETREDIR', ':0\r\n'],
    ['CLIENT', "-ERR wrong number of arguments for 'client' command\r\n"],
  ],
  'CLIENT REPLY ON answers, nonsense is refused': [
    ['CLIENT REPLY ON', ok],
    ['CLIENT REPLY maybe', syntax],
    ['CLIENT REPLY', "-ERR wrong number of arguments for 'client|reply' command\r\n"],
  ],
}

describe('how a connection is served', () => perform(dialogues))

describe('CLIENT REPLY', () => {
  let stage: Stage
  let actor: Actor

  beforeEach(async () => {
    stage = await Stage.open()
    actor = await stage.enter()
  })

  afterEach(() => stage.close())

  // each list of requests, and the replies that are sent
  const silences: Record<string, readonly [requests: readonly string[], replies: readonly string[]]> = {
    'SKIP takes the next reply only': [['CLIENT REPLY SKIP', 'ECHO a', 'ECHO b'], ['$1\r\nb\r\n']],
    'SKIP takes an error': [['CLIENT REPLY SKIP', 'FOO', 'PING'], [pong]],
    'SKIP takes a refused request': [['CLIENT REPLY SKIP', 'GET', 'PING'], [pong]],
    'SKIP behind SKIP goes on': [['CLIENT REPLY SKIP', 'CLIENT REPLY SKIP', 'ECHO a', 'PING'], [pong]],
    'SKIP takes a wrong CLIENT REPLY': [['CLIENT REPLY SKIP', 'CLIENT REPLY maybe', 'PING'], [pong]],
    'OFF lasts until ON': [
      ['CLIENT REPLY OFF', 'PING', 'FOO', 'GET', 'CLIENT REPLY ON', 'PING'],
      [ok, pong],
    ],
    'OFF is stronger than SKIP': [['CLIENT REPLY OFF', 'CLIENT REPLY SKIP', 'PING', 'CLIENT REPLY ON'], [ok]],
    'OFF ends with RESET': [
      ['CLIENT REPLY OFF', 'PING', 'RESET', 'PING'],
      ['+RESET\r\n', pong],
    ],
    'it works beside NO-TOUCH': [
      ['CLIENT NO-TOUCH on', 'CLIENT REPLY SKIP', 'ECHO a', 'PING'],
      [ok, pong],
    ],
  }

  test.each(Object.entries(silences))('%s', async (_, [requests, replies]) => {
    actor.send(...requests, 'ECHO end')
    const heard: string[] = []
    while (heard.at(-1) !== '$3\r\nend\r\n') heard.push(await actor.heard())
    expect(heard.slice(0, -1)).toEqual(replies)
  })

  test('NO-TOUCH leaves the time of last access alone, but for TOUCH by others', async () => {
    const other = await stage.enter()
    await actor.ask('SET k v')
    await actor.ask('CLIENT NO-TOUCH on')
    stage.clock.advance(60_000)
    await actor.ask('GET k')
    expect(await actor.ask('OBJECT IDLETIME k')).toBe(':60\r\n')
    await other.ask('GET k')
    expect(await actor.ask('OBJECT IDLETIME k')).toBe(':0\r\n')
  })
})
