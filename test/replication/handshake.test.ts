import { Handshake, type HandshakeOptions, type HandshakeResult } from '../../src/replication/handshake.js'
import type { ReplicationSettings } from '../../src/replication/index.js'

interface Stage {
  readonly handshake: Handshake
  readonly said: string[]
  readonly logged: string[]
  /** Gives it lines, and returns what the last one led to. */
  hear(...lines: string[]): HandshakeResult
}

const id = 'c'.repeat(40)

function begin(settings: Partial<ReplicationSettings> = {}, options: Partial<HandshakeOptions> = {}): Stage {
  const said: string[] = []
  const logged: string[] = []
  const note = (text: string): void => void logged.push(text)
  const handshake = new Handshake({
    log: { debug: note, verbose: note, notice: note, warning: note },
    settings: {
      masterauth: Buffer.alloc(0),
      masteruser: '',
      replicaAnnounceIp: '',
      replicaAnnouncePort: 0,
      ...settings,
    } as ReplicationSettings,
    port: 7001,
    position: null,
    isFailover: false,
    send: (words) => void said.push(words.join(' ')),
    ...options,
  })
  handshake.begin()
  return {
    handshake,
    said,
    logged,
    hear: (...lines) => lines.map((line) => handshake.take(line)).at(-1)!,
  }
}

test('a replica introduces itself and asks for the dataset', () => {
  const { said, hear, logged } = begin()
  expect(hear('+PONG', '+OK', '+OK', '-ERR Unrecognized REPLCONF option: version', '', '')).toEqual({ kind: 'waiting' })
  expect(said).toEqual([
    'PING',
    'REPLCONF listening-port 7001',
    'REPLCONF capa eof capa psync2 capa rdb12',
    'REPLCONF version 9.0.0',
    'PSYNC ? -1',
  ])
  expect(hear(`+FULLRESYNC ${id} 42`)).toEqual({ kind: 'full', position: { id, offset: 42 } })
  expect(logged).toContain(`Full resync from master: ${id}:42`)
  expect(logged.join()).not.toMatch(/version/)
})

test('it gives its name, password and announced address', () => {
  const { said, hear } = begin({
    masteruser: 'me',
    masterauth: Buffer.from('secret'),
    replicaAnnounceIp: '10.0.0.1',
    replicaAnnouncePort: 9,
  })
  hear('-NOAUTH Authentication required.', '+OK', '+OK', '+OK', '+OK', '+OK')
  expect(said).toEqual([
    'PING',
    'AUTH me secret',
    'REPLCONF listening-port 9',
    'REPLCONF ip-address 10.0.0.1',
    'REPLCONF capa eof capa psync2 capa rdb12',
    'REPLCONF version 9.0.0',
    'PSYNC ? -1',
  ])
})

test('it goes on where it was, under the id that the primary names', () => {
  const other = 'd'.repeat(40)
  const { said, hear } = begin({}, { position: { id, offset: 100 } })
  hear('+PONG', '+OK', '+OK', '+OK')
  expect(said.at(-1)).toBe(`PSYNC ${id} 101`)
  expect(hear(`+CONTINUE ${other}`)).toEqual({ kind: 'partial', id: other })
})

test('a primary that hands over its role says so', () => {
  const { said, hear } = begin({}, { position: { id, offset: 1 }, isFailover: true })
  hear('+PONG', '+OK', '+OK', '+OK')
  expect(said.at(-1)).toBe(`PSYNC ${id} 2 FAILOVER`)
})

test('an old primary is asked by SYNC', () => {
  const { said, hear } = begin()
  expect(hear('+PONG', '-ERR no', '-ERR no', '-ERR no', "-ERR unknown command 'PSYNC'")).toEqual({
    kind: 'full',
    position: null,
  })
  expect(said.at(-1)).toBe('SYNC')
})

test.each([
  ['a refusal of its PING', ['-ERR max number of clients reached']],
  ['a wrong password', ['+PONG', '-WRONGPASS invalid']],
  [
    'a primary that is loading',
    ['+PONG', '+OK', '+OK', '+OK', '+OK', '-LOADING Redis is loading the dataset in memory'],
  ],
  ['a primary without a primary', ['+PONG', '+OK', '+OK', '+OK', '+OK', "-NOMASTERLINK Can't SYNC"]],
  ['a reply that is none', ['+PONG', '+OK', '+OK', '+OK', '+OK', 'HTTP/1.1 400 Bad Request']],
  ['a continuation that was not asked for', ['+PONG', '+OK', '+OK', '+OK', '+OK', `+CONTINUE ${id}`]],
])('it gives up at %s, with a line in the log', (_what, lines) => {
  const { hear, logged } = begin({ masterauth: Buffer.from('x') })
  const before = logged.length
  expect(hear(...lines)).toEqual({ kind: 'failed' })
  expect(logged.length).toBeGreaterThan(before)
})

test('a primary that cannot spell gives no offset', () => {
  for (const reply of ['+FULLRESYNC', '+FULLRESYNC abc 1', `+FULLRESYNC ${id} x`, `+FULLRESYNC ${id} 1e300`]) {
    const { hear } = begin()
    expect(hear('+PONG', '+OK', '+OK', '+OK', reply)).toEqual({ kind: 'full', position: null })
  }
})
