import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testUnless } from '../support/needs.js'

const program = join(process.cwd(), 'dist', 'bin', 'truedis.js')

/** Whether a file can be read, and the directories that Debian's file names can be entered. */
function canUse(configFile: string): boolean {
  try {
    accessSync(configFile, constants.R_OK)
    accessSync('/var/lib/redis/.', constants.X_OK)
    return true
  } catch {
    return false
  }
}

let directory: string

beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'truedis-bin-')))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the built program to its end, in the test's directory. */
async function truedis(args: readonly string[], { env = {}, input = '' } = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: directory,
    env: { ...process.env, TRUEDIS_PASSWORD: undefined, REDISCLI_AUTH: undefined, ...env },
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => (err += chunk))
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

describe('a mistake is one line on standard error and code 1', () => {
  beforeEach(() => {
    writeFileSync(join(directory, 'bad.conf'), '# comment\n\nport 70000\n')
    writeFileSync(join(directory, 'unknown.conf'), 'maxmemroy 1gb\n')
    writeFileSync(join(directory, 'quotes.conf'), 'requirepass "a\n')
    mkdirSync(join(directory, 'folder'))
    writeFileSync(join(directory, 'origin.conf'), 'port 7000\norigin a a:*\n')
    writeFileSync(join(directory, 'shadow.conf'), 'origin a a* file:./a.json\norigin b ab* file:./b.json\n')
    writeFileSync(join(directory, 'secret.conf'), 'origin a a:* http://localhost/{1} header "X: @nowhere"\n')
  })

  test.each([
    [['--prot', '1'], "command line: unknown directive 'prot'; did you mean 'port'?"],
    [['--port', 'x'], `command line: 'port "x"': argument couldn't be parsed into an integer`],
    [
      ['--cluster-enabled', 'yes'],
      `command line: 'cluster-enabled "yes"': not yet: it would answer for slots it does not know`,
    ],
    [['bad.conf'], "bad.conf:3: 'port 70000': argument must be between 0 and 65535 inclusive"],
    [['check', 'bad.conf'], "bad.conf:3: 'port 70000': argument must be between 0 and 65535 inclusive"],
    [['unknown.conf'], "unknown.conf:1: unknown directive 'maxmemroy'; did you mean 'maxmemory'?"],
    [['quotes.conf'], 'quotes.conf:1: unbalanced quotes; a closing quote ends the word and needs a space after it'],
    [['origin.conf'], 'origin.conf:2: an origin is written as: origin <name> <pattern> <url> [<option> <value>]...'],
    [
      ['check', 'shadow.conf'],
      "shadow.conf:2: pattern 'ab*' of origin 'b' would never be asked: 'a*' of origin 'a' takes all its keys; put it before that one",
    ],
    [
      ['--origin', 'a', 'a:*', 'file:./a.json', '--origin', 'a', 'b:*', 'file:./b.json'],
      "command line: origin 'a' exists already, for 'a:*'; give the one for 'b:*' another name",
    ],
    [['secret.conf'], "secret.conf:1: origin 'a': the secret file 'nowhere' cannot be read (ENOENT)"],
    [
      ['--origin', 'a', 'a:*', 'ftp://x'],
      expect.stringMatching(/^command line: origin 'a': an origin's URL starts with file:, /),
    ],
    [['nowhere.conf'], "can't open config file 'nowhere.conf': No such file or directory"],
    [['check', 'nowhere.conf'], "can't open config file 'nowhere.conf': No such file or directory"],
    [['folder'], "can't open config file 'folder': Illegal operation on a directory"],
    [['--logfile', '/nowhere/log'], "command line: can't open the log file '/nowhere/log': No such file or directory"],
    [['check'], 'check needs more words; write: truedis check <config-file>; see truedis check --help'],
    [['get'], 'get needs more words; write: truedis get <key>; see truedis get --help'],
    [['set', 'a'], 'set needs more words; write: truedis set <key> <value>; see truedis set --help'],
    [['explain', 'a', 'b'], "explain has no use for 'b'; write: truedis explain <key>; see truedis explain --help"],
    [['get', 'a', '--prot', '1'], "get has no use for '--prot'; write: truedis get <key>; see truedis get --help"],
    [['get', 'a', '--host'], 'get --host needs a value; write: truedis get <key>; see truedis get --help'],
    [
      ['get', 'a', '--socket', 'somewhere', '--socket', 'nowhere'],
      'no reply from nowhere: No such file or directory; is a server running there? See --host, --port, --socket',
    ],
    [['get', 'a', '--port', 'x'], '--port takes a number from 1 to 65535'],
    [
      ['get', 'a', '--socket', 'nowhere'],
      'no reply from nowhere: No such file or directory; is a server running there? See --host, --port, --socket',
    ],
  ])('%j', async (args, message) => {
    const { code, out, err } = await truedis(args)
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/^truedis: [^\n]+\n$/)
    expect(err.slice('truedis: '.length, -1)).toEqual(message)
  })

  test('on standard input too', async () => {
    const { code, err } = await truedis(['-'], { input: 'timeout 1\nport x\n' })
    expect([code, err]).toEqual([
      1,
      "truedis: standard input:2: 'port x': argument couldn't be parsed into an integer\n",
    ])
  })

  test('no password is shown', async () => {
    const { code, err } = await truedis(['--requirepass', 'swordfish', 'x'])
    expect([code, err.includes('swordfish')]).toEqual([1, false])
  })
})

test('check says OK, and what has no effect here', async () => {
  writeFileSync(join(directory, 'redis.conf'), 'port 7000\ndaemonize yes\norigin a a:* file:./a.json\n')
  const { code, out, err } = await truedis(['check', 'redis.conf'])
  expect([code, err]).toEqual([0, ''])
  const lines = out.split('\n')
  expect(lines[0]).toMatch(/^redis\.conf:2: daemonize yes has no effect here: /)
  expect(lines[1]).toBe('redis.conf: OK, 1 origin')
})

test.each([['--help'], ['-h'], ['--port', '7000', '--help']])('%s %s %s teaches by examples', async (...args) => {
  const { code, out } = await truedis(args.filter((arg) => arg !== undefined))
  expect(code).toBe(0)
  expect(out).toContain('truedis --origin users "user:*" file:./origin.json validate 5s')
})

test.each(['check', 'get', 'set', 'explain'])('%s --help teaches by an example', async (name) => {
  const { code, out, err } = await truedis([name, '--help'], { env: { LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' } })
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(new RegExp(`^truedis ${name} <[^]*Examples:\n  truedis ${name} \\S`))
})

test.each(['--version', '-v'])('%s names both versions', async (flag) => {
  const { code, out } = await truedis([flag])
  expect(code).toBe(0)
  expect(out).toMatch(/^Truedis \d+\.\d+\.\d+ \(Redis 7\.0\.15\), Node \d+/)
})

describe('a server', () => {
  /** Starts one on a unix socket, talks to it, ends it by a signal. */
  async function session(
    args: readonly string[],
    signal: 'SIGTERM' | 'SIGINT',
    request = 'PING',
  ): Promise<Outcome & { pid: number }> {
    const child = spawn(process.execPath, [program, ...args, '--port', '0', '--unixsocket', join(directory, 'sock')], {
      cwd: directory,
    })
    let out = ''
    let err = ''
    child.stderr.on('data', (chunk) => (err += chunk))
    await new Promise<void>((resolve, reject) => {
      child.on('close', () => reject(new Error(`it ended: ${err}`)))
      child.stdout.on('data', (chunk) => {
        out += chunk
        if (out.includes('ready to accept connections at')) resolve()
      })
    })
    const socket = connect(join(directory, 'sock'))
    socket.write(`${request}\r\n`)
    const [reply] = (await once(socket, 'data')) as [Buffer]
    child.removeAllListeners('close')
    child.kill(signal)
    const [code] = (await once(child, 'close')) as [number | null]
    expect(reply.toString()).toMatch(/^[-+].*\r\n$/)
    return { code, out, err, pid: child.pid ?? 0 }
  }

  test.each(['SIGTERM', 'SIGINT'] as const)('answers until %s, which ends it with code 0', async (signal) => {
    const { code, out, err, pid } = await session([], signal)
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(` PID: ${pid}\n`)
    expect(out.endsWith('# Truedis is now ready to exit, bye bye...\n')).toBe(true)
  })

  const stock = '/etc/redis/redis.conf'
  const noStock = canUse(stock) ? null : `no ${stock} that may be read, with its directory`
  testUnless(noStock, "starts with the redis.conf of Debian's package as it is", async () => {
    const { code, out } = await session([stock, '--dir', directory, '--logfile', '', '--pidfile', ''], 'SIGTERM')
    expect(code).toBe(0)
    expect(out.match(/has no effect here/g)).toHaveLength(1)
    expect(out).toContain('redis.conf:309: daemonize yes has no effect here')
  })

  const withSchema = ['--origin', 'a', 'a:*', 'file:./a.json', 'schema', './schema.json']

  test("finds what the command line's origins name from dir on", async () => {
    const data = join(directory, 'data')
    mkdirSync(data)
    writeFileSync(join(data, 'schema.json'), '{}')
    const { code, err } = await session(['--dir', data, ...withSchema], 'SIGTERM')
    expect([code, err]).toEqual([0, ''])
  })

  test('finds it from the configuration file on where there is one, as after CONFIG REWRITE', async () => {
    const data = join(directory, 'data')
    mkdirSync(data)
    writeFileSync(join(directory, 'schema.json'), '{}')
    writeFileSync(join(directory, 'redis.conf'), `dir ${data}\n`)
    const { code, err } = await session([join(directory, 'redis.conf'), ...withSchema], 'SIGTERM')
    expect([code, err]).toEqual([0, ''])
  })

  test('says nothing on standard error of what the driver of S3 needs in years to come', async () => {
    const origin = 's s:* s3://id:secret@a-bucket/{1}?endpoint=http://127.0.0.1:1 hard-timeout 20s'
    const { code, err } = await session(['--origin', origin], 'SIGTERM', 'GET s:1')
    expect([code, err]).toEqual([0, ''])
  })

  test('whose port is taken says so in one line', async () => {
    const other = createServer()
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const { code, err } = await truedis(['--port', String(port)])
    expect([code, err]).toEqual([
      1,
      `truedis: command line: can't listen on 127.0.0.1:${port}: Address already in use; another server listens there; stop it, or choose another with --port\n`,
    ])
    other.close()
    await once(other, 'close')
  })
})

describe('asking a server', () => {
  let server: Server
  let requests: string[]
  let replies: Record<string, string>

  beforeEach(async () => {
    requests = []
    replies = {}
    server = createServer((socket: Socket) => {
      socket.on('data', (chunk) => {
        const words = chunk
          .toString()
          .split('\r\n')
          .filter((_, i) => i > 0 && i % 2 === 0)
        requests.push(words.join(' '))
        socket.write(Buffer.from(replies[words[0]] ?? '-ERR unexpected\r\n', 'latin1'))
      })
      socket.on('error', () => undefined)
    })
    server.listen(join(directory, 'sock'))
    await once(server, 'listening')
  })
  afterEach(async () => {
    server.close()
    await once(server, 'close')
  })

  const ask = (...args: string[]): Promise<Outcome> => truedis([...args, '--socket', 'sock'])

  test('get prints the bytes', async () => {
    replies.GET = '$4\r\na\nbc\r\n'
    expect(await ask('get', 'user:1')).toEqual({ code: 0, out: 'a\nbc\n', err: '' })
    expect(requests).toEqual(['GET user:1'])
  })

  test('get prints the fields of a hash', async () => {
    replies.GET = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'
    replies.HGETALL = '*4\r\n$4\r\nname\r\n$3\r\nAda\r\n$1\r\nx\r\n$1\r\n1\r\n'
    expect(await ask('get', 'user:1')).toEqual({ code: 0, out: 'name  Ada\nx     1\n', err: '' })
  })

  test('get of a key that is not there is code 1', async () => {
    replies.GET = '$-1\r\n'
    expect(await ask('get', '007')).toEqual({ code: 1, out: '', err: "truedis: no key '007'\n" })
  })

  test('set sets', async () => {
    replies.SET = '+OK\r\n'
    expect(await ask('set', 'a', '012')).toEqual({ code: 0, out: 'OK\n', err: '' })
    expect(requests).toEqual(['SET a 012'])
  })

  test('explain prints a table', async () => {
    replies.ORIGIN = '%2\r\n$6\r\norigin\r\n$5\r\nusers\r\n$3\r\nage\r\n:5\r\n'
    expect(await ask('explain', 'user:1')).toEqual({ code: 0, out: 'origin  users\nage     5\n', err: '' })
    expect(requests).toEqual(['ORIGIN EXPLAIN user:1'])
  })

  test("an error of the server's is one line", async () => {
    replies.GET = '-ORIGINDOWN users does not answer\r\n'
    expect(await ask('get', 'a')).toEqual({ code: 1, out: '', err: 'truedis: ORIGINDOWN users does not answer\n' })
  })

  test.each([
    [['--password', 'a'], {}],
    [[], { TRUEDIS_PASSWORD: 'a' }],
    [[], { REDISCLI_AUTH: 'a' }],
  ])('a password is given first: %j %j', async (flags, env) => {
    replies.AUTH = '+OK\r\n'
    replies.GET = '$1\r\nx\r\n'
    const { code } = await truedis(['get', 'k', '--socket', 'sock', ...flags], { env })
    expect([code, requests]).toEqual([0, ['AUTH a', 'GET k']])
  })

  test('a wrong password is said so', async () => {
    replies.AUTH = '-WRONGPASS invalid username-password pair or user is disabled.\r\n'
    const { code, err } = await ask('get', 'k', '--password', 'a')
    expect([code, err]).toEqual([
      1,
      'truedis: sock: WRONGPASS invalid username-password pair or user is disabled.; see --password\n',
    ])
  })
})
