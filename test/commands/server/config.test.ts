import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../../src/base/index.js'
import { allCommands } from '../../../src/commands/index.js'
import { Config, Server } from '../../../src/server/index.js'
import { RawConnection } from '../../support/raw-connection.js'
import { freePort } from '../../support/servers.js'
import { Actor, perform, Stage, type Dialogue } from '../stage.js'

const ok = '+OK\r\n'

const dialogues: Record<string, Dialogue> = {
  'CONFIG GET takes names and patterns': [
    ['CONFIG GET hz', '*2\r\n$2\r\nhz\r\n$2\r\n10\r\n', '%1\r\n$2\r\nhz\r\n$2\r\n10\r\n'],
    ['CONFIG GET HZ [h]z', '*2\r\n$2\r\nHZ\r\n$2\r\n10\r\n', '%1\r\n$2\r\nHZ\r\n$2\r\n10\r\n'],
    ['CONFIG GET nothing no*such', '*0\r\n', '%0\r\n'],
    ['CONFIG GET', "-ERR wrong number of arguments for 'config|get' command\r\n"],
  ],
  'CONFIG SET sets all or nothing': [
    ['CONFIG SET timeout 10 maxclients 20', ok],
    ['CONFIG GET timeout', '*2\r\n$7\r\ntimeout\r\n$2\r\n10\r\n', '%1\r\n$7\r\ntimeout\r\n$2\r\n10\r\n'],
    [
      'CONFIG SET timeout 30 maxclients x',
      "-ERR CONFIG SET failed (possibly related to argument 'maxclients') - argument couldn't be parsed into an integer\r\n",
    ],
    ['CONFIG GET timeout', '*2\r\n$7\r\ntimeout\r\n$2\r\n10\r\n', '%1\r\n$7\r\ntimeout\r\n$2\r\n10\r\n'],
    ['CONFIG SET timeout 10 hz', '-ERR syntax error\r\n'],
    ['CONFIG SET timeout', "-ERR wrong number of arguments for 'config|set' command\r\n"],
    [
      ['CONFIG', 'SET', 'fo\xff\r\no\0x', 'bar'],
      "-ERR Unknown option or number of arguments for CONFIG SET - 'fo\xff  o'\r\n",
    ],
  ],
  'CONFIG REWRITE wants a file': [
    ['CONFIG REWRITE', '-ERR The server is running without a config file\r\n'],
    ['CONFIG REWRITE x', "-ERR wrong number of arguments for 'config|rewrite' command\r\n"],
  ],
  'CONFIG has subcommands and no others': [
    ['CONFIG', "-ERR wrong number of arguments for 'config' command\r\n"],
    ['CONFIG FOO', "-ERR unknown subcommand 'FOO'. Try CONFIG HELP.\r\n"],
  ],
}

describe('CONFIG', () => perform(dialogues))

test('CONFIG RESETSTAT begins statistics anew', async () => {
  const stage = await Stage.open()
  const actor = await stage.enter()
  for (const line of ['GET k', 'FOO', 'SET k v', 'GET k']) await actor.ask(line)
  expect(await actor.askText('INFO all')).toMatch(/keyspace_hits:1\r\nkeyspace_misses:1\r\n/)
  expect(await actor.ask('CONFIG RESETSTAT')).toBe(ok)
  const info = await actor.askText('INFO all')
  expect(info).toMatch(/keyspace_hits:0\r\nkeyspace_misses:0\r\n/)
  expect(info).toMatch(/total_error_replies:0\r\n/)
  expect(info).not.toMatch(/cmdstat_get|errorstat_ERR/)
  await stage.close()
})

test('CONFIG SET of a new port moves the server there, and answers when it has; a wrong address is refused', async () => {
  const stage = await Stage.open({ port: await freePort() })
  const actor = await stage.enter()
  const port = await freePort()
  actor.send(`CONFIG SET port ${port}`, 'PING')
  expect([await actor.heard(), await actor.heard()]).toEqual([ok, '+PONG\r\n'])
  const moved = new Actor(await RawConnection.open(port))
  moved.send('CONFIG SET bind "not an address"', 'PING')
  expect(await moved.heard()).toBe(
    "-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses.\r\n",
  )
  expect(await moved.heard()).toBe('+PONG\r\n')
  moved.raw.destroy()
  await stage.close()
})

test('CONFIG SET bind leaves the port alone, even one that the system chose', async () => {
  const stage = await Stage.open()
  const { port } = stage.server
  const actor = await stage.enter()
  for (const addresses of ['nowhere.invalid', '127.0.0.1']) {
    await actor.ask(`CONFIG SET bind ${addresses}`)
    expect(await actor.askText('INFO server')).toMatch(`tcp_port:${port}\r\n`)
    expect(await (await stage.enter()).ask('PING')).toBe('+PONG\r\n')
  }
  await stage.close()
})

test('HELP explains each subcommand', async () => {
  const stage = await Stage.open({ enableDebugCommand: 'yes' })
  const actor = await stage.enter()
  for (const container of ['CLIENT', 'COMMAND', 'CONFIG', 'DEBUG', 'MEMORY', 'OBJECT', 'SLOWLOG']) {
    const lines = (await actor.ask(`${container.toLowerCase()} help`)).split('\r\n')
    expect(lines.slice(1, 2)).toEqual([`+${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`])
    expect(lines.slice(-3)).toEqual(['+HELP', '+    Prints this help.', ''])
    expect(lines[0]).toBe(`*${lines.length - 2}`)
  }
  await stage.close()
})

test('CONFIG REWRITE keeps what was set', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'truedis-rewrite-'))
  const file = join(folder, 'redis.conf')
  writeFileSync(file, 'port 0\n')
  const server = new Server({ config: new Config({ configFile: file }), log: silentLog, commands: allCommands })
  expect(await server.call(['CONFIG', 'SET', 'timeout', '17'])).toBe('OK')
  expect(await server.call(['CONFIG', 'REWRITE'])).toBe('OK')
  expect(readFileSync(file, 'utf8')).toMatch(/^timeout 17$/m)
  await server.close()
  rmSync(folder, { recursive: true })
})
