import { categoriesOf, command } from '../../../src/command/index.js'
import { allCommands } from '../../../src/commands/index.js'
import { createServer, type EmbeddedServer, type Reply } from '../../../src/index.js'
import { replyEntry } from '../../../src/commands/server/command-entries.js'
import { ReplyWriter, readReply } from '../../../src/resp/index.js'
import { perform, type Dialogue } from '../stage.js'

const syntax = '-ERR syntax error\r\n'

const entry = (colon: string, tilde: string): string =>
  `${colon}10\r\n$3\r\nget\r\n:2\r\n${tilde}2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n${tilde}3\r\n+@read\r\n+@string\r\n+@fast\r\n${tilde}0\r\n` +
  `${tilde}1\r\n${tilde === '~' ? '%3' : '*6'}\r\n$5\r\nflags\r\n${tilde}2\r\n+RO\r\n+access\r\n`

const dialogues: Record<string, Dialogue> = {
  'COMMAND LIST with a filter': [
    ['COMMAND LIST FILTERBY PATTERN HGET', '*1\r\n$4\r\nhget\r\n'],
    ['command list filterby pattern config|rew*', '*1\r\n$14\r\nconfig|rewrite\r\n'],
    ['COMMAND LIST FILTERBY PATTERN nothing', '*0\r\n'],
    ['COMMAND LIST FILTERBY ACLCAT nothing', '*0\r\n'],
    ['COMMAND LIST FILTERBY MODULE any', '*0\r\n'],
    ['COMMAND LIST FILTERBY FOO any', syntax],
    ['COMMAND LIST FILTERBY PATTERN', syntax],
    ['COMMAND LIST FILTERBY PATTERN a b', syntax],
    ['COMMAND LIST FOO', syntax],
  ],
  'COMMAND INFO and DOCS of what is not there': [
    ['COMMAND INFO nothing', '*1\r\n$-1\r\n', '*1\r\n_\r\n'],
    ['COMMAND INFO get|x', '*1\r\n$-1\r\n', '*1\r\n_\r\n'],
    ['COMMAND INFO client|', '*1\r\n$-1\r\n', '*1\r\n_\r\n'],
    ['COMMAND INFO client|id|x', '*1\r\n$-1\r\n', '*1\r\n_\r\n'],
    ['COMMAND INFO ""', '*1\r\n$-1\r\n', '*1\r\n_\r\n'],
    ['COMMAND DOCS nothing', '*0\r\n', '%0\r\n'],
  ],
  'COMMAND GETKEYS finds the keys of a request': [
    ['COMMAND GETKEYS GET k', '*1\r\n$1\r\nk\r\n'],
    ['COMMAND GETKEYS mset a 1 b 2', '*2\r\n$1\r\na\r\n$1\r\nb\r\n'],
    ['COMMAND GETKEYS COPY a b DB 1', '*2\r\n$1\r\na\r\n$1\r\nb\r\n'],
    ['COMMAND GETKEYS MEMORY USAGE k', '*1\r\n$1\r\nk\r\n'],
    ['COMMAND GETKEYS nothing k', '-ERR Invalid command specified\r\n'],
    ['COMMAND GETKEYS client nothing', '-ERR Invalid command specified\r\n'],
    ['COMMAND GETKEYS PING k', '-ERR The command has no key arguments\r\n'],
    ['COMMAND GETKEYS GET a b', '-ERR Invalid number of arguments specified for command\r\n'],
    ['COMMAND GETKEYS GET', "-ERR wrong number of arguments for 'command|getkeys' command\r\n"],
  ],
  'COMMAND GETKEYSANDFLAGS says what is done to each': [
    ['COMMAND GETKEYSANDFLAGS GET k', '*1\r\n*2\r\n$1\r\nk\r\n*2\r\n+RO\r\n+access\r\n', '*1\r\n*2\r\n$1\r\nk\r\n~2\r\n+RO\r\n+access\r\n'], // prettier-ignore
    ['COMMAND GETKEYSANDFLAGS SET k v', '*1\r\n*2\r\n$1\r\nk\r\n*2\r\n+OW\r\n+update\r\n', '*1\r\n*2\r\n$1\r\nk\r\n~2\r\n+OW\r\n+update\r\n'], // prettier-ignore
    ['COMMAND GETKEYSANDFLAGS SET k v GET', '*1\r\n*2\r\n$1\r\nk\r\n*3\r\n+RW\r\n+access\r\n+update\r\n', '*1\r\n*2\r\n$1\r\nk\r\n~3\r\n+RW\r\n+access\r\n+update\r\n'], // prettier-ignore
  ],
  'COMMAND has subcommands and no others': [
    ['COMMAND FOO', "-ERR unknown subcommand 'FOO'. Try COMMAND HELP.\r\n"],
    ['COMMAND COUNT x', "-ERR wrong number of arguments for 'command|count' command\r\n"],
    ['COMMAND COUNT', `:${allCommands.length}\r\n`],
  ],
}

describe('COMMAND', () => perform(dialogues))

describe('what COMMAND tells', () => {
  let server: EmbeddedServer

  beforeAll(async () => {
    server = await createServer({ port: 0 })
  })

  afterAll(() => server.close())

  const names = (reply: Reply): unknown[] => (reply as Reply[][]).map(([name]) => name)

  test('COMMAND, COMMAND INFO and COMMAND DOCS without names tell of every command', async () => {
    const all = allCommands.map(({ fullName }) => fullName)
    expect(names(await server.call('COMMAND'))).toEqual(all)
    expect(names(await server.call('COMMAND', 'INFO'))).toEqual(all)
    expect([...((await server.call('COMMAND', 'DOCS')) as Map<string, unknown>).keys()]).toEqual(all)
  })

  test('COMMAND LIST tells of subcommands too', async () => {
    const list = (await server.call('COMMAND', 'LIST')) as string[]
    expect(list).toEqual(expect.arrayContaining(['get', 'client', 'client|id', 'config|get']))
    expect(new Set(list).size).toBe(list.length)
  })

  test('COMMAND LIST by category has all of a group, and no container', async () => {
    const list = (await server.call('COMMAND', 'LIST', 'FILTERBY', 'ACLCAT', 'Connection')) as string[]
    expect(list).toEqual(expect.arrayContaining(['auth', 'client|id', 'command', 'command|docs']))
    expect(list).not.toContain('client')
  })

  test('COMMAND DOCS is a map of maps', async () => {
    const docs = (await server.call('COMMAND', 'DOCS', 'select', 'nothing', 'debug', 'substr')) as Map<
      string,
      Map<string, Reply>
    >
    expect([...docs.keys()]).toEqual(['select', 'debug', 'substr'])
    expect(docs.get('select')?.get('arguments')).toEqual([
      new Map<string, Reply>([
        ['name', 'index'],
        ['type', 'integer'],
      ]),
    ])
    expect(docs.get('select')?.get('group')).toBe('connection')
    expect(docs.get('debug')?.get('doc_flags')).toEqual(new Set(['syscmd']))
    expect(docs.get('substr')?.get('doc_flags')).toEqual(new Set(['deprecated']))
    expect(docs.get('substr')?.get('deprecated_since')).toBe('2.0.0')
  })

  test('subcommands are told inside their container', async () => {
    const docs = (await server.call('COMMAND', 'DOCS', 'config')) as Map<string, Map<string, Map<string, unknown>>>
    expect([...(docs.get('config')?.get('subcommands')?.keys() ?? [])]).toContain('config|get')
    const [config] = (await server.call('COMMAND', 'INFO', 'config')) as Reply[][]
    expect(names(config[9])).toContain('config|get')
  })
})

describe('an entry of COMMAND', () => {
  const told = (protocol: 2 | 3, spec: Partial<Parameters<typeof command>[0]>): string => {
    const reply = new ReplyWriter()
    reply.begin(protocol)
    const made = command({
      name: 'GET',
      group: 'string',
      since: '1.0.0',
      summary: '',
      complexity: '',
      arity: 2,
      flags: ['fast', 'readonly'],
      run: () => {},
      ...spec,
    })
    replyEntry(reply, made)
    return reply.region.bytes.latin1Slice(0, reply.position)
  }

  const read = (spec: Partial<Parameters<typeof command>[0]>): Reply[] =>
    readReply(Buffer.from(told(2, spec), 'latin1'), {})!.reply as Reply[]

  test('has flags and categories as sets, in Redis’s order', () => {
    const keys = [{ first: 1, access: 'RO', effects: ['access'] }] as const
    expect(told(2, { keys }).startsWith(entry('*', '*'))).toBe(true)
    expect(told(3, { keys }).startsWith(entry('*', '~'))).toBe(true)
  })

  test.each([
    ['no keys', [], [0, 0, 0]],
    ['one key', [{ first: 2, access: 'RO' }], [2, 2, 1]],
    ['all the rest', [{ first: 1, last: -1, access: 'RO' }], [1, -1, 1]],
    ['every second', [{ first: 1, last: -1, step: 2, access: 'OW' }], [1, -1, 2]],
    [
      'two specifications that follow',
      [
        { first: 1, access: 'RO' },
        { first: 2, access: 'OW' },
      ],
      [1, 2, 1],
    ],
    [
      'two apart',
      [
        { first: 1, access: 'RO' },
        { first: 4, access: 'OW' },
      ],
      [1, 1, 1],
    ],
    ['counted', [{ first: 2, count: { at: 0, keysFrom: 1 }, access: 'RO' }], [0, 0, 0]],
    ['behind a keyword', [{ first: { keyword: 'STREAMS', from: 1 }, last: -1, limit: 2, access: 'RO' }], [0, 0, 0]],
  ] as const)('tells the range of %s as older clients read it', (_, keys, range) => {
    expect(read({ keys }).slice(3, 6)).toEqual(range)
  })

  test('tells keys behind a keyword and keys that are counted', () => {
    const [, , , , , , , , specs] = read({
      keys: [
        { first: { keyword: 'STREAMS', from: 1 }, last: -1, limit: 2, access: 'RO', notes: 'why' },
        { first: 2, count: { at: 0, keysFrom: 1 }, access: 'RW', marks: ['incomplete'] },
      ],
    })
    expect(specs).toEqual([
      ['notes', 'why', 'flags', ['RO'], 'begin_search', ['type', 'keyword', 'spec', ['keyword', 'STREAMS', 'startfrom', 1]], 'find_keys', ['type', 'range', 'spec', ['lastkey', -1, 'keystep', 1, 'limit', 2]]],
      ['flags', ['RW', 'incomplete'], 'begin_search', ['type', 'index', 'spec', ['index', 2]], 'find_keys', ['type', 'keynum', 'spec', ['keynumidx', 0, 'firstkey', 1, 'keystep', 1]]],
    ]) // prettier-ignore
  })
})

describe('ACL categories', () => {
  const of = (name: string): readonly string[] => {
    const [container, sub] = name.split('|')
    const found = allCommands.find((each) => each.name === container)
    return categoriesOf(sub === undefined ? found! : found!.subcommands!.get(sub)!)
  }

  test.each([
    ['GET', ['read', 'string', 'fast']],
    ['SET', ['write', 'string', 'slow']],
    ['HSCAN', ['read', 'hash', 'slow']],
    ['KEYS', ['keyspace', 'read', 'slow', 'dangerous']],
    ['FLUSHALL', ['keyspace', 'write', 'slow', 'dangerous']],
    ['CONFIG|SET', ['admin', 'slow', 'dangerous']],
    ['CONFIG', ['slow']],
    ['CLIENT|KILL', ['admin', 'slow', 'dangerous', 'connection']],
    ['CLIENT', ['slow']],
    ['COMMAND', ['slow', 'connection']],
    ['AUTH', ['fast', 'connection']],
    ['OBJECT|ENCODING', ['keyspace', 'read', 'slow']],
    ['OBJECT', ['slow']],
  ])('of %s follow from its group and its flags', (name, categories) => {
    expect(of(name)).toEqual(categories)
  })
})
