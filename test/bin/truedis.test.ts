import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const program = join(process.cwd(), 'dist', 'bin', 'truedis.js')

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
  })

  test.each([
    [['--prot', '1'], "command line: unknown directive 'prot'; did you mean 'port'?"],
    [['--port', 'x'], "command line: port x: argument couldn't be parsed into an integer"],
    [['--appendonly', 'yes'], 'command line: appendonly yes: not yet: writes would not survive a restart'],
    [['bad.conf'], 'bad.conf:3: port 70000: argument must be between 0 and 65535 inclusive'],
    [['check', 'bad.conf'], 'bad.conf:3: port 70000: argument must be between 0 and 65535 inclusive'],
    [['unknown.conf'], "unknown.conf:1: unknown directive 'maxmemroy'; did you mean 'maxmemory'?"],
    [['quotes.conf'], 'quotes.conf:1: unbalanced quotes; a closing quote ends the word and needs a space after it'],
    [['nowhere.conf'], "can't open config file 'nowhere.conf': No such file or directory"],
    [['check', 'nowhere.conf'], "can't open config file 'nowhere.conf': No such file or directory"],
    [['folder'], "can't open config file 'folder': Illegal operation on a directory"],
    [['--logfile', '/nowhere/log'], "command line: can't open the log file '/nowhere/log': No such file or directory"],
    [['check'], 'Not enough non-option arguments: got 0, need at least 1; see truedis --help'],
    [['get', 'a', '--prot', '1'], 'Unknown argument: prot; see truedis --help'],
    [['get', 'a', '--port', 'x'], '--port takes a number from 1 to 65535'],
    [
      ['get', 'a', '--socket', 'nowhere'],
      'no reply from nowhere: No such file or directory; is a server running there? See --host, --port, --socket',
    ],
  ])('%j', async (args, message) => {
    expect(await truedis(args)).toEqual({ code: 1, out: '', err: `truedis: ${message}\n` })
  })

  test('on standard input too', async () => {
    const { code, err } = await truedis(['-'], { input: 'timeout 1\nport x\n' })
    expect([code, err]).toEqual([1, "truedis: standard input:2: port x: argument couldn't be parsed into an integer\n"])
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

test.each(['--version', '-v'])('%s names both versions', async (flag) => {
  const { code, out } = await truedis([flag])
  expect(code).toBe(0)
  expect(out).toMatch(/^Truedis \d+\.\d+\.\d+ \(Redis 7\.0\.15\), Node \d+/)
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
