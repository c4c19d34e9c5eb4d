import { EventEmitter } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Config, ConfigProblem } from '../../src/server/config/index.js'
import { type ProcessAround, type RunningServer, runServer, type StartServer } from '../../src/server/run.js'

/** A process that only remembers what was done to it. */
class FakeProcess extends EventEmitter implements ProcessAround {
  readonly pid = 42
  title = 'node'
  output = ''
  directory = ''
  readonly exits: number[] = []
  readonly kills: string[] = []
  readonly stdout = { write: (text: string) => (this.output += text) }

  chdir(directory: string): void {
    this.directory = directory
  }

  exit(code: number): void {
    this.exits.push(code)
  }

  kill(pid: number, signal: string): void {
    this.kills.push(`${pid} ${signal}`)
  }

  /** The log without process id, date and time. */
  get lines(): string[] {
    return this.output
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^42:M .{24} /, ''))
  }
}

/** A server that closes when the test says so. */
class FakeServer implements RunningServer {
  closes = 0
  finish: () => void = () => undefined
  readonly closed = new Promise<void>((resolve) => (this.finish = resolve))

  close(): Promise<void> {
    this.closes++
    return this.closed
  }

  describe(): { info: string; clients: string } {
    return { info: '# Server\r\nhz:10\r\n', clients: 'id=7 addr=here' }
  }
}

/** Runs until the server has started, with what it takes to go on. */
async function running(lines: readonly string[]) {
  const around = new FakeProcess()
  const server = new FakeServer()
  const config = new Config({ lines })
  let ended: Promise<void> = Promise.resolve()
  await new Promise<void>((resolve) => {
    const start: StartServer = async (_config, log, { hasAddresses }) => {
      hasAddresses()
      log.notice('Loaded')
      setImmediate(resolve)
      return server
    }
    ended = runServer(config, start, around)
  })
  return { around, server, config, ended }
}

let directory: string

beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'truedis-run-')))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('says what tools look for, in the order in which they do', async () => {
  const { around, server, ended } = await running(['port 7000', 'daemonize yes'])
  server.finish()
  await ended
  expect(around.lines).toEqual([
    expect.stringMatching(/^# Truedis is starting: version=\S+, Redis version=7\.0\.15, node=\S+$/),
    '# No config file: defaults and command line',
    expect.stringContaining('# command line: daemonize yes has no effect here'),
    '* Running mode=standalone, port=7000, PID: 42',
    '# Server initialized',
    '* Loaded',
    '* Ready to accept connections',
    '# Truedis is now ready to exit, bye bye...',
  ])
})

test.each(['SIGTERM', 'SIGINT'])('%s closes the server in order, SIGINT meanwhile ends the process', async (signal) => {
  const { around, server, ended } = await running([])
  around.emit(signal)
  around.emit('SIGTERM')
  expect([server.closes, around.exits]).toEqual([1, []])
  around.emit('SIGINT')
  expect([server.closes, around.exits]).toEqual([1, [1]])
  server.finish()
  await ended
  expect(around.lines).toContain(`# Received ${signal} scheduling shutdown...`)
  expect(around.listenerCount('SIGTERM') + around.listenerCount('SIGINT')).toBe(0)
})

test('a server that fails to close is no orderly end', async () => {
  const { around, server, ended } = await running([])
  server.close = () => Promise.reject(new Error('stuck'))
  around.emit('SIGTERM')
  await expect(ended).rejects.toThrow('stuck')
})

describe('a crash', () => {
  const start = '# === TRUEDIS BUG REPORT START: Cut & paste starting from here ==='
  const end = '# === TRUEDIS BUG REPORT END. Please add the log above, and what was done before, to a bug report ==='
  const told = [
    '# ------ INFO OUTPUT ------',
    '# # Server',
    '# hz:10',
    '# ------ CLIENT LIST OUTPUT ------',
    '# id=7 addr=here',
  ]
  const cause = (text: string) => expect.stringMatching(new RegExp(`^# Truedis \\S+ crashed by ${text}$`))

  test('by SIGABRT is reported, and ends the process by that signal', async () => {
    const { around, server, ended } = await running([`pidfile ${directory}/pid`])
    around.emit('SIGABRT')
    expect(around.lines.slice(around.lines.indexOf(start))).toEqual([
      start,
      cause('signal: 6 \\(SIGABRT\\)'),
      ...told,
      end,
    ])
    expect([around.kills, around.listenerCount('SIGABRT')]).toEqual([['42 SIGABRT'], 0])
    expect(existsSync(join(directory, 'pid'))).toBe(false)
    server.finish()
    await ended
  })

  test('by an error that nobody caught is reported with its stack, and ends the process with 1', async () => {
    const { around, server, ended } = await running([])
    around.emit('uncaughtException', Object.assign(new Error('x'), { stack: 'Error: x\n    at here' }))
    const report = around.lines.slice(around.lines.indexOf(start))
    const stack = ['# ------ STACK TRACE ------', '# Error: x', '#     at here']
    expect(report).toEqual([start, cause('an error that nobody caught'), ...stack, ...told, end])
    expect(around.exits).toEqual([1])
    server.finish()
    await ended
    expect(around.listenerCount('SIGABRT') + around.listenerCount('uncaughtException')).toBe(0)
  })

  test('is one line under crash-log-enabled no, and then signals are left to the system', async () => {
    const { around, config, server, ended } = await running([])
    expect(config.set([['crash-log-enabled', 'no']], { local: true })).toBeUndefined()
    expect(around.listenerCount('SIGABRT')).toBe(0)
    around.emit('uncaughtException', 'thrown')
    expect(around.lines.at(-1)).toMatch(/^# Truedis \S+ crashed by an error that nobody caught: thrown$/)
    expect(around.exits).toEqual([1])
    server.finish()
    await ended
  })
})

test('keeps a pid file while it runs', async () => {
  const { server, ended } = await running([`pidfile ${directory}/pid`])
  expect(readFileSync(join(directory, 'pid'), 'utf8')).toBe('42\n')
  server.finish()
  await ended
  expect(existsSync(join(directory, 'pid'))).toBe(false)
})

test('goes on without a pid file that cannot be written', async () => {
  const { around, server, ended } = await running(['pidfile /nowhere/pid'])
  server.finish()
  await ended
  expect(around.lines).toContain("# Can't write the pid file '/nowhere/pid': No such file or directory")
})

test('shows its address in its title, as the template says now', async () => {
  const { around, config, server, ended } = await running(['port 7000'])
  expect(around.title).toBe('truedis 127.0.0.1:7000')
  expect(config.set([['proc-title-template', '{title} on {port}']], { local: true })).toBeUndefined()
  expect(around.title).toBe('truedis on 7000')
  server.finish()
  await ended
})

test('lives in dir, and moves when dir does', async () => {
  const { around, config, server, ended } = await running([`dir ${directory}`, 'enable-protected-configs yes'])
  expect(around.directory).toBe(directory)
  expect(config.set([['dir', '/']], { local: false })).toBeUndefined()
  expect(around.directory).toBe('/')
  server.finish()
  await ended
})

test('logs to a file relative to dir, at the level of the moment', async () => {
  const { around, config, server, ended } = await running([`dir ${directory}`, 'logfile log', 'loglevel warning'])
  expect(config.set([['loglevel', 'notice']], { local: true })).toBeUndefined()
  around.emit('SIGTERM')
  server.finish()
  await ended
  const log = readFileSync(join(directory, 'log'), 'utf8')
  expect(log).toContain('# Server initialized')
  expect(log).not.toContain('Ready to accept connections')
  expect(around.output).toBe('')
})

const failing = (error: object) => async () => {
  throw Object.assign(new Error('listen failed'), { syscall: 'listen' }, error)
}

test.each([
  [
    ['port 7000'],
    { code: 'EADDRINUSE', errno: -98, address: '127.0.0.1', port: 7000 },
    "command line: can't listen on 127.0.0.1:7000: Address already in use; another server listens there; stop it, or choose another with --port",
  ],
  [
    [],
    { code: 'EACCES', errno: -13, address: '127.0.0.1', port: 1 },
    "can't listen on 127.0.0.1:1: Permission denied; use a port from 1024 on, or run with the permission for it",
  ],
  [
    ['bind 10.9.8.7'],
    { code: 'EADDRNOTAVAIL', errno: -99, address: '10.9.8.7', port: 6379 },
    "command line: can't listen on 10.9.8.7:6379: Address not available; this machine has no such address; see bind",
  ],
  [
    ['unixsocket /nowhere/sock'],
    { code: 'ENOENT', errno: -2, address: '/nowhere/sock', port: -1 },
    "command line: can't listen on unix socket /nowhere/sock: No such file or directory",
  ],
])('a start that fails is one line: %j', async (lines, error, message) => {
  const failed = runServer(new Config({ lines }), failing(error), new FakeProcess())
  await expect(failed).rejects.toThrow(ConfigProblem)
  await expect(failed).rejects.toThrow(message)
})

test.each([[['port 0']], [['bind ""']]])('a server that would listen nowhere is one line: %j', async (lines) => {
  const failed = runServer(new Config({ lines }), async () => new FakeServer(), new FakeProcess())
  await expect(failed).rejects.toThrow('nothing to listen on; give a port and bind addresses, or a unixsocket')
})

test('a bug in the start stays a bug', async () => {
  const failed = runServer(new Config(), () => Promise.reject(new TypeError('x is not y')), new FakeProcess())
  await expect(failed).rejects.toThrow(TypeError)
})

test('a log file that cannot be opened is one line', async () => {
  const config = new Config({ lines: ['logfile /nowhere/log'] })
  await expect(runServer(config, async () => new FakeServer(), new FakeProcess())).rejects.toThrow(
    "command line: can't open the log file '/nowhere/log': No such file or directory",
  )
})
