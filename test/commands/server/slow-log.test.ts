import { perform, Stage, type Dialogue } from '../stage.js'

const ok = '+OK\r\n'
const badCount = '-ERR count should be greater than or equal to -1\r\n'

const dialogues: Record<string, Dialogue> = {
  'SLOWLOG of a server that was never slow': [
    ['SLOWLOG LEN', ':0\r\n'],
    ['SLOWLOG GET', '*0\r\n'],
    ['SLOWLOG GET -1', '*0\r\n'],
    ['SLOWLOG RESET', ok],
    ['SLOWLOG GET -2', badCount],
    ['SLOWLOG GET x', badCount],
    ['SLOWLOG GET 9223372036854775808', badCount],
    ['slowlog get 1 2', "-ERR unknown subcommand or wrong number of arguments for 'get'. Try SLOWLOG HELP.\r\n"],
    ['SLOWLOG LEN x', "-ERR wrong number of arguments for 'slowlog|len' command\r\n"],
    ['SLOWLOG FOO', "-ERR unknown subcommand 'FOO'. Try SLOWLOG HELP.\r\n"],
  ],
}

describe('SLOWLOG', () => perform(dialogues, { slowlogLogSlowerThan: -1 }))

test('a slow call is kept with its number, time, duration, arguments, address and name, newest first', async () => {
  const stage = await Stage.open({ slowlogLogSlowerThan: 0 })
  const actor = await stage.enter()
  const seconds = Math.floor(stage.clock.unixMs() / 1000)
  await actor.ask('CLIENT SETNAME me')
  await actor.ask('ECHO hello')
  const address = `$${actor.address.length}\r\n${actor.address}\r\n`
  expect(await actor.ask('SLOWLOG GET 1')).toBe(
    `*1\r\n*6\r\n:1\r\n:${seconds}\r\n:0\r\n*2\r\n$4\r\nECHO\r\n$5\r\nhello\r\n${address}$2\r\nme\r\n`,
  )
  expect(await actor.ask('SLOWLOG LEN')).toBe(':3\r\n')
  expect(await actor.ask('SLOWLOG GET 0')).toBe('*0\r\n')
  expect((await actor.ask('SLOWLOG GET -1')).slice(0, 4)).toBe('*5\r\n')
  expect(await actor.ask('CONFIG SET slowlog-max-len 2')).toBe(ok)
  expect(await actor.ask('SLOWLOG LEN')).toBe(':2\r\n')
  expect(await actor.ask('SLOWLOG RESET')).toBe(ok)
  expect(await actor.ask('SLOWLOG LEN')).toBe(':1\r\n')
  await stage.close()
})

test('long calls are kept short', async () => {
  const stage = await Stage.open({ slowlogLogSlowerThan: 0 })
  const actor = await stage.enter()
  await actor.ask(['MGET', ...Array.from({ length: 40 }, (_, i) => `key${i}`)])
  const many = await actor.ask('SLOWLOG GET 1')
  expect(many).toMatch('*32\r\n')
  expect(many).toMatch('key29\r\n$24\r\n... (10 more arguments)'.replace('$24', '$23'))
  await actor.ask(['ECHO', 'x'.repeat(129)])
  expect(await actor.ask('SLOWLOG GET 1')).toMatch(`${'x'.repeat(128)}... (1 more bytes)\r\n`)
  await stage.close()
})
