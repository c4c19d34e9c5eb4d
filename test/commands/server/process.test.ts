import { perform, Stage, type Actor, type Dialogue } from '../stage.js'

const syntax = '-ERR syntax error\r\n'
const integer = '-ERR value is not an integer or out of range\r\n'

const dialogues: Record<string, Dialogue> = {
  'TIME is Unix seconds and the microseconds of the second': [
    ['TIME', '*2\r\n$10\r\n1700000000\r\n$1\r\n0\r\n'],
    ['TIME x', "-ERR wrong number of arguments for 'time' command\r\n"],
  ],
  'SHUTDOWN refuses nonsense': [
    ['SHUTDOWN FOO', syntax],
    ['SHUTDOWN SAVE NOSAVE', syntax],
    ['SHUTDOWN NOSAVE SAVE', syntax],
    ['SHUTDOWN ABORT NOW', syntax],
    ['SHUTDOWN FORCE ABORT', syntax],
    ['SHUTDOWN ABORT', '-ERR No shutdown in progress.\r\n'],
    ['SHUTDOWN ABORT ABORT', '-ERR No shutdown in progress.\r\n'],
  ],
  'LOLWUT reads the options of its versions': [
    ['LOLWUT VERSION x', integer],
    ['LOLWUT VERSION 5 x', integer],
    ['LOLWUT VERSION 5 1 1 x', integer],
    ['LOLWUT VERSION 6 1 x', integer],
  ],
}

describe('the process', () => perform(dialogues))

describe('LOLWUT', () => {
  const draw = async (...args: string[]): Promise<string[]> => {
    const stage = await Stage.open()
    const picture = ((await stage.server.call('LOLWUT', ...args)) as string).split('\n')
    await stage.close()
    return picture
  }

  test('draws, and ends with the version', async () => {
    const picture = await draw()
    expect(picture.slice(0, 10).every((line) => /^[╱╲]{40}$/.test(line))).toBe(true)
    expect(picture.slice(-2)).toEqual([expect.stringMatching(/Redis ver\. 7\.0\.15$/), ''])
  })

  test.each([
    [['VERSION', '5', '20', '8', '3'], 20, 3],
    [['version', '6', '7', '4'], 7, 4],
    [['VERSION', '6', '-5', '0'], 1, 1],
    [['VERSION', '6', '1001', '1'], 1000, 1],
    [['VERSION', '99', '3'], 40, 10],
    [['VERSION'], 40, 10],
    [['anything'], 40, 10],
  ])('%j has its size', async (args, columns, rows) => {
    const picture = (await draw(...args)).filter((line) => /^[╱╲]+$/.test(line))
    expect([picture[0].length, picture.length]).toEqual([columns, rows])
  })
})

describe('SHUTDOWN', () => {
  test.each(['', 'NOSAVE', 'SAVE', 'NOW', 'FORCE', 'nosave now force'])(
    '%s closes without a reply',
    async (options) => {
      const stage = await Stage.open()
      const actor = await stage.enter()
      actor.send(`SHUTDOWN ${options}`.trim())
      expect(await actor.heard()).toBe('')
      expect(await actor.isClosed()).toBe(true)
      await stage.server.closed
    },
  )
})

describe('DEBUG', () => {
  const refusal =
    '-ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.\r\n'
  const debug: Record<string, Dialogue> = {
    'DEBUG by its subcommands': [
      ['DEBUG SLEEP 0', '+OK\r\n'],
      ['debug sleep 0.001', '+OK\r\n'],
      ['DEBUG SLEEP nothing', '+OK\r\n'],
      ['DEBUG SLEEP', "-ERR unknown subcommand or wrong number of arguments for 'SLEEP'. Try DEBUG HELP.\r\n"],
      ['DEBUG SET-ACTIVE-EXPIRE 0', '+OK\r\n'],
      ['DEBUG SET-ACTIVE-EXPIRE 1', '+OK\r\n'],
      ['DEBUG FOO', "-ERR unknown subcommand or wrong number of arguments for 'FOO'. Try DEBUG HELP.\r\n"],
      ['DEBUG', "-ERR wrong number of arguments for 'debug' command\r\n"],
      ['DEBUG OBJECT missing', '-ERR no such key\r\n'],
    ],
  }
  perform(debug, { enableDebugCommand: 'yes' })
  perform({ 'DEBUG from this machine, where that is allowed': debug['DEBUG by its subcommands'] }, { enableDebugCommand: 'local' }) // prettier-ignore
  perform({ 'DEBUG where nobody allowed it': [['DEBUG SLEEP 0', refusal], ['DEBUG HELP', refusal]] }) // prettier-ignore

  test('OBJECT tells what Redis would have', async () => {
    const stage = await Stage.open({ enableDebugCommand: 'yes' })
    const actor = await stage.enter()
    await actor.ask('SET small 7')
    await actor.ask('SET text hello')
    await actor.ask('HSET hash f 1')
    stage.clock.advance(5_000)
    const told = async (key: string): Promise<string> => (await actor.ask(`DEBUG OBJECT ${key}`)).slice(1, -2)
    expect(await told('small')).toMatch(
      /^Value at:0x[0-9a-f]+ refcount:2147483647 encoding:int serializedlength:2 lru:\d+ lru_seconds_idle:5$/,
    )
    expect(await told('text')).toMatch(/ refcount:1 encoding:embstr serializedlength:6 /)
    expect(await told('hash')).toMatch(/ refcount:1 encoding:listpack serializedlength:5 /)
    await stage.close()
  })

  test('SET-ACTIVE-EXPIRE 0 leaves expired keys in place until somebody looks', async () => {
    const stage = await Stage.open({ enableDebugCommand: 'yes' })
    const actor = await stage.enter()
    await actor.ask('DEBUG SET-ACTIVE-EXPIRE 0')
    await actor.ask('SET k v PX 10')
    stage.clock.advance(10_000)
    expect(await actor.ask('DBSIZE')).toBe(':1\r\n')
    expect(await actor.ask('GET k')).toBe('$-1\r\n')
    expect(await actor.ask('DBSIZE')).toBe(':0\r\n')
    await stage.close()
  })

  // the sums were read from redis-server 7.0.15
  const sums: readonly (readonly [lines: readonly string[], digest: string, ofKeys: readonly string[]])[] = [
    [[], '0000000000000000000000000000000000000000', []],
    [['SET k v'], '264ccf65edec66bccfa7cc659414ccca432057d2', ['d79ee9fe5d5ad902d7f6620efc3b07b75ddd742f']],
  ]

  test.each(sums)('DIGEST of %j is %s', async (lines, digest, ofKeys) => {
    const stage = await Stage.open({ enableDebugCommand: 'yes' })
    const actor: Actor = await stage.enter()
    for (const line of lines) await actor.ask(line)
    expect(await actor.ask('DEBUG DIGEST')).toBe(`+${digest}\r\n`)
    const expected = [...ofKeys, '0'.repeat(40)].map((sum) => `+${sum}\r\n`).join('')
    expect(await actor.ask('DEBUG DIGEST-VALUE k missing'.replace(ofKeys.length === 0 ? ' k' : '', ''))).toBe(
      `*${ofKeys.length + 1}\r\n${expected}`,
    )
    await stage.close()
  })

  test('DIGEST does not depend on the order of keys and fields, but on databases and deadlines', async () => {
    const digest = async (...lines: string[]): Promise<string> => {
      const stage = await Stage.open({ enableDebugCommand: 'yes' })
      const actor = await stage.enter()
      for (const line of lines) await actor.ask(line)
      const sum = await actor.ask('DEBUG DIGEST')
      await stage.close()
      return sum
    }
    const one = await digest('SET a 1', 'HSET h x 1 y 2')
    expect(await digest('HSET h y 2 x 1', 'SET a 1')).toBe(one)
    expect(await digest('SELECT 1', 'SET a 1', 'HSET h x 1 y 2')).not.toBe(one)
    expect(await digest('SET a 1 EX 100', 'HSET h x 1 y 2')).not.toBe(one)
    expect(await digest('SET a 1 EX 100')).toBe(await digest('SET a 1 EX 200'))
  })
})
