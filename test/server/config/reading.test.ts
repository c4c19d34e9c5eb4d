import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Config, ConfigProblem, parseCommandLine, splitWords, toByteString } from '../../../src/server/config/index.js'
import { newDirectory } from './real-redis.js'

let directory: string

beforeEach(() => {
  directory = realpathSync(newDirectory())
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const write = (name: string, ...lines: string[]): void => writeFileSync(join(directory, name), `${lines.join('\n')}\n`)

const read = (name = 'redis.conf'): Config => new Config({ configFile: name, workingDirectory: directory })

/** The one line that a person gets to see. */
function problem(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof ConfigProblem) return error.message
    throw error
  }
  throw new Error('no problem')
}

describe('words', () => {
  test.each([
    ['a  b\tc', ['a', 'b', 'c']],
    ['', []],
    ['"a b" \'c d\'', ['a b', 'c d']],
    ['"\\n\\r\\t\\b\\a\\x41\\xff\\"\\\\\\q"', ['\n\r\t\b\x07A\xff"\\q']],
    ["'it\\'s \\n'", ["it's \\n"]],
    ['ab"c d"', ['abc d']],
    ['""', ['']],
    ['"\\xg1"', ['xg1']],
  ])('%j', (line, words) => {
    expect(splitWords(line)).toEqual(words)
  })

  test.each(['"a', "'a", '"a"b', "'a'b", '"a\\', 'a"'])('%j has unbalanced quotes', (line) => {
    expect(splitWords(line)).toBeUndefined()
  })
})

describe('a file', () => {
  test('sets values, in any case of names, between comments and empty lines', () => {
    write('redis.conf', '# comment', '', '  PORT 7000  ', 'MaxMemory 100mb', '\t# port 1', 'requirepass "a\\x00 b"')
    const { values } = read()
    expect(values.port).toBe(7000)
    expect(values.maxmemory).toBe(100 * 1024 * 1024)
    expect(values.requirepass).toEqual(Buffer.from('a\0 b'))
  })

  test('adds save lines up, and starts anew after save ""', () => {
    write('redis.conf', 'save 1 2', 'save "3 4"', 'save 5 6 7 8')
    expect(read().get(['save'])).toEqual([['save', '1 2 3 4 5 6 7 8']])
    write('redis.conf', 'save 1 2', 'save ""', 'save 3 4')
    expect(read().get(['save'])).toEqual([['save', '3 4']])
  })

  test('sets the output limits of the classes it names', () => {
    write('redis.conf', 'client-output-buffer-limit normal 1mb 2kb 3', 'client-output-buffer-limit "slave 1 2 3"')
    expect(read().values.clientOutputBufferLimit).toEqual({
      normal: { hardBytes: 1048576, softBytes: 2048, softSeconds: 3 },
      replica: { hardBytes: 1, softBytes: 2, softSeconds: 3 },
      pubsub: { hardBytes: 33554432, softBytes: 8388608, softSeconds: 60 },
    })
  })

  test('reads what it includes where the line stands, relative to dir', () => {
    mkdirSync(join(directory, 'sub', 'conf.d'), { recursive: true })
    write('redis.conf', 'timeout 1', 'dir sub', 'include conf.d/*.conf', 'include conf.d/b.conf', 'hz 3')
    write('sub/conf.d/a.conf', 'timeout 2', 'hz 1')
    write('sub/conf.d/b.conf', 'timeout 3')
    write('sub/conf.d/.hidden.conf', 'nonsense')
    write('sub/conf.d/other', 'nonsense')
    const { values } = read()
    expect([values.timeout, values.hz, values.dir]).toEqual([3, 3, join(directory, 'sub')])
  })

  test('includes nothing where a pattern matches no file', () => {
    write('redis.conf', 'include nowhere/*/[!x]*.conf', 'port 1')
    expect(read().values.port).toBe(1)
  })

  test('skips what Redis 7.0 skips', () => {
    write(
      'redis.conf',
      'list-max-ziplist-entries 1',
      'lua-replicate-commands yes',
      'user default on nopass ~* &* +@all',
    )
    expect(read().notices()).toEqual([])
  })

  test.each([
    ['portt 1', "redis.conf:2: unknown directive 'portt'; did you mean 'port'?"],
    ['unheard of', "redis.conf:2: unknown directive 'unheard'; see truedis --help for what there is"],
    ['port', "redis.conf:2: 'port': wrong number of arguments"],
    ['port 1 2', "redis.conf:2: 'port 1 2': wrong number of arguments; quote a value that has spaces"],
    ['port 65536', "redis.conf:2: 'port 65536': argument must be between 0 and 65535 inclusive"],
    ['port x', "redis.conf:2: 'port x': argument couldn't be parsed into an integer"],
    ['maxmemory 1 gb', "redis.conf:2: 'maxmemory 1 gb': wrong number of arguments; quote a value that has spaces"],
    ['appendonly maybe', "redis.conf:2: 'appendonly maybe': argument must be 'yes' or 'no'"],
    ['save 1', "redis.conf:2: 'save 1': Invalid save parameters"],
    ['save "1 2', 'redis.conf:2: unbalanced quotes; a closing quote ends the word and needs a space after it'],
    ['save "1 \\"2"', `redis.conf:2: 'save "1 \\"2"': unbalanced quotes`],
    ['dir nowhere', "redis.conf:2: 'dir nowhere': No such file or directory"],
    ['dir redis.conf', "redis.conf:2: 'dir redis.conf': Not a directory"],
    [
      'requirepass secret word',
      "redis.conf:2: 'requirepass': wrong number of arguments; quote a value that has spaces",
    ],
    ['include nowhere.conf', "redis.conf:2: can't open included file 'nowhere.conf': No such file or directory"],
    ['include', 'redis.conf:2: include takes one path; quote it where it has spaces'],
    ['include redis.conf', "redis.conf:2: 'redis.conf' includes itself; remove one of the include lines"],
    ['include *.conf', "redis.conf:2: 'redis.conf' includes itself; remove one of the include lines"],
    ['logfile "\\xff"', `redis.conf:2: 'logfile "\\xff"': argument must be UTF-8 text`],
    ['origin "a', 'redis.conf:2: unbalanced quotes; a closing quote ends the word and needs a space after it'],
    ['origin "\\xff"', 'redis.conf:2: origin: not UTF-8 text; save the file as UTF-8'],
  ])('%s', (line, message) => {
    write('redis.conf', '# first', line)
    expect(problem(read)).toBe(message)
  })

  test.each([
    ['tls-port 6380', "'tls-port 6380': not yet: connections would not be encrypted"],
    ['aclfile users.acl', "'aclfile users.acl': not yet: users and their rules come with ACL"],
    [
      'user a on',
      'user: not yet: users and their rules come with ACL; requirepass sets the one password there is; remove the line',
    ],
    ['rename-command GET ""', 'rename-command: not yet: commands keep their names; remove the line'],
    ['loadmodule x.so', 'loadmodule: not yet: there are no modules; remove the line'],
    ['cluster-enabled yes', "'cluster-enabled yes': not yet: it would answer for slots it does not know"],
  ])('refuses what would be unsafe to ignore: %s', (line, message) => {
    write('redis.conf', line)
    expect(problem(read)).toBe(`redis.conf:1: ${message}`)
  })

  test('takes what is refused where it says the default', () => {
    write('redis.conf', 'appendonly no', 'replicaof no one', 'tls-port 0', 'maxmemory-policy noeviction', 'aclfile ""')
    expect(read().notices()).toEqual([])
  })

  test('names the line of an included file', () => {
    write('redis.conf', 'include other.conf')
    write('other.conf', '', '', 'port x')
    expect(problem(read)).toBe("other.conf:3: 'port x': argument couldn't be parsed into an integer")
  })

  test('has to be there and readable', () => {
    expect(problem(read)).toBe("can't open config file 'redis.conf': No such file or directory")
    mkdirSync(join(directory, 'redis.conf'))
    expect(problem(read)).toBe("can't open config file 'redis.conf': Illegal operation on a directory")
  })

  test('says once for each setting without effect that it has none, and why', () => {
    write(
      'redis.conf',
      'daemonize yes',
      'save ""',
      'io-threads 4',
      'tls-key-file-pass secret',
      'rdbcompression yes',
      'io-threads 8',
    )
    expect(read().notices()).toEqual([
      'redis.conf:1: daemonize yes has no effect here: truedis stays in the foreground; let systemd, Docker or nohup keep it',
      'redis.conf:6: io-threads 8 has no effect here: commands run on one thread',
      'redis.conf:4: tls-key-file-pass has no effect here',
    ])
    write('redis.conf', 'save 900 1', 'appendonly yes')
    expect(read().notices()).toEqual([])
  })
})

describe('the command line', () => {
  const config = (...args: string[]): Config => {
    const { configFile, lines } = parseCommandLine(args)
    return new Config({ lines, workingDirectory: directory, ...(configFile !== undefined && { configFile }) })
  }

  test('comes after the file and standard input, and so wins', () => {
    write('redis.conf', 'port 1', 'hz 1', 'timeout 1')
    const { configFile, fromStdin, lines } = parseCommandLine(['redis.conf', '--port', '3', '-'])
    expect([configFile, fromStdin]).toEqual(['redis.conf', true])
    const { values } = new Config({
      configFile: 'redis.conf',
      workingDirectory: directory,
      lines,
      stdin: 'port 2\nhz 2',
    })
    expect([values.port, values.hz, values.timeout]).toEqual([3, 2, 1])
  })

  test.each([
    [[], []],
    [
      ['--port', '1', '--hz', '2'],
      ['port "1" ', 'hz "2" '],
    ],
    [
      ['--port 1', '--hz 2'],
      ['port 1 ', 'hz 2 '],
    ],
    [
      ['--save', '', '--hz', '2'],
      ['save "" ', 'hz "2" '],
    ],
    [
      ['--save', '--hz', '2'],
      ['save ""', 'hz "2" '],
    ],
    [
      ['--hz', '2', '--save'],
      ['hz "2" ', 'save ""'],
    ],
    [['--requirepass', '--x'], ['requirepass "--x" ']],
    [['--save', '1', '2', '3', '4'], ['save "1" "2" "3" "4" ']],
    [['-', '--hz', '2'], ['hz "2" ']],
  ])('%j', (args, lines) => {
    expect(parseCommandLine(args).lines).toEqual(lines)
  })

  test('takes an origin as words and as one quoted string', () => {
    const words = ['users', 'user:*', 'file:./o.json', 'validate', '5s']
    expect(config('--origin', ...words, '--port', '1').origins[0].words).toEqual(words)
    expect(config('--origin', 'users "user:*" file:./o.json validate 5s').origins[0].words).toEqual(words)
  })

  test.each([
    [['--prot', '1'], "command line: unknown directive 'prot'; did you mean 'port'?"],
    [['--port', '70000'], `command line: 'port "70000"': argument must be between 0 and 65535 inclusive`],
    [['--port'], "command line: 'port': wrong number of arguments"],
    [['--port', '1', '2'], `command line: 'port "1" "2"': wrong number of arguments; quote a value that has spaces`],
    [['-x'], "command line: unknown directive '-x'; see truedis --help for what there is"],
    [['no.conf'], "can't open config file 'no.conf': No such file or directory"],
  ])('%j', (args, message) => {
    expect(problem(() => config(...args))).toBe(message)
  })

  test('keeps text beyond ASCII', () => {
    const { values } = config('--logfile', 'günther.log')
    expect(values.logfile).toBe('günther.log')
  })
})

describe('options of a program', () => {
  test('are directives in camel case', () => {
    const { values } = Config.fromOptions({
      port: 0,
      maxmemory: '1mb',
      protectedMode: false,
      bind: ['::1', '127.0.0.1'],
    })
    expect([values.port, values.maxmemory, values.protectedMode, values.bind]).toEqual([
      0,
      1048576,
      false,
      ['::1', '127.0.0.1'],
    ])
  })

  test('are checked like lines of a file', () => {
    expect(problem(() => Config.fromOptions({ port: 'x' }))).toBe(
      "options: 'port x': argument couldn't be parsed into an integer",
    )
    const misspelt = { maxMemory: 1 } as object
    expect(problem(() => Config.fromOptions(misspelt))).toBe("unknown option 'maxMemory'; did you mean 'maxmemory'?")
  })
})

describe('origin lines', () => {
  test('keep their words, unexpanded, and their place', () => {
    write(
      'redis.conf',
      'port 1',
      'origin users user:* file:${HOME}/o.json header @secret',
      'origin pages page:* http://x/{1}',
    )
    const [users, pages] = read().origins
    expect(users).toEqual({
      where: 'redis.conf:2',
      file: join(directory, 'redis.conf'),
      line: 2,
      words: ['users', 'user:*', 'file:${HOME}/o.json', 'header', '@secret'],
      text: 'origin users user:* file:${HOME}/o.json header @secret',
    })
    expect(pages.words[0]).toBe('pages')
  })

  test('of the command line stand in for one of that name in the file', () => {
    write('redis.conf', 'origin a a:* file:a', 'origin b b:* file:b')
    const { lines } = parseCommandLine(['--origin', 'a', 'x:*', 'file:x'])
    const { origins } = new Config({ configFile: 'redis.conf', workingDirectory: directory, lines })
    expect(origins.map(({ words }) => words.join(' '))).toEqual(['a x:* file:x', 'b b:* file:b'])
    expect(origins[0]).toMatchObject({ where: 'command line', file: join(directory, 'redis.conf'), line: 1 })
  })

  test('of one place do not stand in for each other', () => {
    write('redis.conf', 'origin a a:* file:a')
    const { lines } = parseCommandLine(['--origin', 'a', 'x:*', 'file:x', '--origin', 'a', 'y:*', 'file:y'])
    const named = (config: Config): string[] => config.origins.map(({ words }) => words.join(' '))
    const stdin = 'origin a s:* file:s\norigin a t:* file:t\n'
    const file = { configFile: 'redis.conf', workingDirectory: directory }
    expect(named(new Config({ ...file, lines }))).toEqual(['a x:* file:x', 'a y:* file:y'])
    expect(named(new Config({ ...file, stdin }))).toEqual(['a s:* file:s', 'a t:* file:t'])
    expect(named(new Config({ lines: lines.slice(1), stdin }))).toEqual(['a y:* file:y', 'a t:* file:t'])
  })

  test('are checked together when all is read, and the fault is said with its place', () => {
    write('redis.conf', 'origin a a:* file:a', 'origin b a:* file:b')
    const checkOrigins = ([, second]: readonly Config['origins'][number][]) => ({ origin: second, reason: 'shadowed' })
    const sources = { configFile: 'redis.conf', workingDirectory: directory, checkOrigins }
    expect(problem(() => new Config(sources))).toBe('redis.conf:2: shadowed')
  })

  test('are text in UTF-8', () => {
    writeFileSync(join(directory, 'redis.conf'), toByteString('origin ü ü:* file:ü'), 'latin1')
    expect(read().origins[0].words).toEqual(['ü', 'ü:*', 'file:ü'])
  })
})
