import { perform, Stage, type Dialogue } from '../stage.js'

const ok = '+OK\r\n'
const bigNumber = '1234567999999999999999999999999999999'
const outOfRange = '-ERR value is out of range, must be positive\r\n'
const badThreshold = '-ERR argument must be a memory value bigger than 1 and smaller than 4gb\r\n'
const unknown = (name: string): string =>
  `-ERR unknown subcommand or wrong number of arguments for '${name}'. Try DEBUG HELP.\r\n`

const dialogues: Record<string, Dialogue> = {
  'DEBUG PROTOCOL replies each type of the protocol': [
    ['DEBUG PROTOCOL string', '$11\r\nHello World\r\n'],
    ['DEBUG PROTOCOL INTEGER', ':12345\r\n'],
    ['DEBUG PROTOCOL double', '$5\r\n3.141\r\n', ',3.141\r\n'],
    ['DEBUG PROTOCOL bignum', `$37\r\n${bigNumber}\r\n`, `(${bigNumber}\r\n`],
    ['DEBUG PROTOCOL null', '$-1\r\n', '_\r\n'],
    ['DEBUG PROTOCOL array', '*3\r\n:0\r\n:1\r\n:2\r\n'],
    ['DEBUG PROTOCOL set', '*3\r\n:0\r\n:1\r\n:2\r\n', '~3\r\n:0\r\n:1\r\n:2\r\n'],
    ['DEBUG PROTOCOL map', '*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n', '%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n'],
    ['DEBUG PROTOCOL true', ':1\r\n', '#t\r\n'],
    ['DEBUG PROTOCOL false', ':0\r\n', '#f\r\n'],
    ['DEBUG PROTOCOL verbatim', '$25\r\nThis is a verbatim\nstring\r\n', '=29\r\ntxt:This is a verbatim\nstring\r\n'],
    [
      'DEBUG PROTOCOL toString',
      '-ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false\r\n',
    ],
    ['DEBUG PROTOCOL', unknown('PROTOCOL')],
  ],
  'DEBUG ERROR replies an error of one line': [
    ['DEBUG ERROR "MYERR some text"', '-MYERR some text\r\n'],
    ['DEBUG ERROR "a\\r\\nb"', '-a  b\r\n'],
    ['DEBUG ERROR', unknown('ERROR')],
  ],
  'DEBUG POPULATE makes strings where there are none': [
    ['SET key:1 mine', ok],
    ['DEBUG POPULATE 3', ok],
    ['DBSIZE', ':3\r\n'],
    ['MGET key:0 key:1 key:2', '*3\r\n$7\r\nvalue:0\r\n$4\r\nmine\r\n$7\r\nvalue:2\r\n'],
    ['DEBUG POPULATE 1 long 10', ok],
    ['GET long:0', '$10\r\nvalue:0\0\0\0\r\n'],
    ['DEBUG POPULATE 1 short 3', ok],
    ['GET short:0', '$3\r\nval\r\n'],
    ['DEBUG POPULATE -1', outOfRange],
    ['DEBUG POPULATE 1 key -1', outOfRange],
    ['DEBUG POPULATE x', outOfRange],
    ['DEBUG POPULATE 1 key 1 1', unknown('POPULATE')],
  ],
  'DEBUG QUICKLIST-PACKED-THRESHOLD takes what Redis takes': [
    ['DEBUG QUICKLIST-PACKED-THRESHOLD 1b', ok],
    ['DEBUG QUICKLIST-PACKED-THRESHOLD 0', ok],
    ['DEBUG QUICKLIST-PACKED-THRESHOLD 4gb', badThreshold],
    ['DEBUG QUICKLIST-PACKED-THRESHOLD 1x', badThreshold],
  ],
  'DEBUG switches': [
    ['DEBUG PAUSE-CRON 1', ok],
    ['DEBUG PAUSE-CRON 0', ok],
    ['DEBUG SET-ACTIVE-EXPIRE 0', ok],
    ['DEBUG LOG hello', ok],
    ['DEBUG LOG', unknown('LOG')],
    ['DEBUG valueOf', unknown('valueOf')],
  ],
}

describe('DEBUG', () => perform(dialogues, { enableDebugCommand: 'yes' }))

test('attributes and pushes come before a reply under RESP3, and not under RESP2', async () => {
  const stage = await Stage.open({ enableDebugCommand: 'yes' })
  const actor = await stage.enter()
  expect(await actor.ask('DEBUG PROTOCOL attrib')).toBe('$39\r\nSome real reply following the attribute\r\n')
  expect(await actor.ask('DEBUG PROTOCOL push')).toBe('-ERR RESP2 is not supported by this command\r\n')
  await actor.ask('HELLO 3')
  actor.send('DEBUG PROTOCOL push')
  expect(await actor.heard()).toBe('>2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n')
  expect(await actor.heard()).toBe('$40\r\nSome real reply following the push reply\r\n')
  await stage.close()
})

test('DEBUG LOG writes to the log, and PAUSE-CRON holds what the server does unasked', async () => {
  const lines: string[] = []
  const log = { debug() {}, verbose() {}, notice() {}, warning: (text: string) => void lines.push(text) }
  const stage = await Stage.open({ enableDebugCommand: 'yes', hz: 10, timeout: 5, log })
  const actor = await stage.enter()
  await actor.ask('DEBUG LOG "hello there"')
  expect(lines).toEqual(['DEBUG LOG: hello there'])
  await actor.ask('DEBUG PAUSE-CRON 1')
  stage.clock.advance(60_000)
  expect(await actor.ask('PING')).toBe('+PONG\r\n') // an idle client is still there
  await actor.ask('DEBUG PAUSE-CRON 0')
  stage.clock.advance(60_000)
  expect(await actor.isClosed()).toBe(true)
  await stage.close()
})
