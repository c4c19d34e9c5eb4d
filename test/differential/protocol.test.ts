import { encodeRequest, printable } from '../support/resp-frames.js'
import { describeWithRedis } from '../support/servers.js'
import { Pair, type PairConnection } from './pair.js'

const text = (bytes: string): Buffer => Buffer.from(bytes, 'latin1')
const ping = '*1\r\n$4\r\nPING\r\n'

/** Sent behind a stream of requests: its reply is the last, unless the connection was closed before. */
const markerRequest = '\r\n*2\r\n$4\r\nECHO\r\n$10\r\nthe-marker\r\n'
const markerReply = text('$10\r\nthe-marker\r\n')

/** Streams after which the server reads on, or closes the connection with all of it read. */
const streams: Readonly<Record<string, readonly string[]>> = {
  'inline requests': [
    'PING\r\n',
    'PING\n',
    'ping hello\r\n',
    '   PING   hello   \r\n',
    '\tPING\t\r\n',
    '\r\n\r\nPING\r\n',
    '\n\n\nPING\n',
    ' \r\n',
    '\r\r\nPING\r\n',
    'SET k "a b"\r\nGET k\r\n',
    'SET k "\\x00\\xff\\n\\r\\t\\a\\b\\q\\\\\\""\r\nGET k\r\n',
    'SET k "\\xZZ\\x1"\r\nGET k\r\n',
    "SET k 'it\\'s \\n \\x41'\r\nGET k\r\n",
    'SET k ""\r\nGET k\r\n',
    '""\r\n',
    'SET k "a\r\n',
    "SET k 'a\r\nPING\r\n",
    'SET k "a"b\r\n',
    "SET k 'a'b\r\n",
    'SET k a"b"c\r\nGET k\r\n',
    'SET k "a" "b\r\n',
    'ECHO "\\"\r\n',
    'GET\r\n',
    'FOO bar\r\n',
    'ECHO \xff\xfe\r\n',
    '+PING\r\n',
    '$4\r\n',
    ':1\r\n',
    '-ERR\r\n',
    `ECHO ${'x'.repeat(60_000)}\r\n`,
    `${'a '.repeat(20_000)}\r\n`,
  ],
  'requests as arrays': [
    ping,
    '*2\r\n$4\r\nECHO\r\n$0\r\n\r\n',
    '*2\r\n$4\r\nECHO\r\n$4\r\n\r\n\r\n\r\n',
    '*0\r\n',
    '*-1\r\n',
    '*-10\r\n',
    '*00001\r\n$0004\r\nPING\r\n',
    '*+1\r\n$4\r\nPING\r\n',
    '*1\r\n$+4\r\nPING\r\n',
    '* 1\r\n$4\r\nPING\r\n',
    '*1 \r\n$4\r\nPING\r\n',
    '*\r\n',
    '*abc\r\n',
    '*1.5\r\n',
    '*1\r\n$\r\n',
    '*1\r\n$abc\r\n',
    '*1\r\n$-1\r\n',
    '*1\r\n$-5\r\n' + ping,
    '*1\r\n$0\r\n\r\n',
    '*2\r\n$0\r\n\r\n$1\r\nx\r\n',
    '*1\r\n:5\r\n',
    '*1\r\nPING\r\n',
    '*1\r\n+PING\r\n',
    '*1\r\n\r\n',
    '*1\r\n*1\r\n$4\r\nPING\r\n',
    '*2\r\n$4\r\nECHO\r\nx\r\n',
    '*1\r\n$536870913\r\n',
    '*1\r\n$9223372036854775808\r\n',
    '*1048577\r\n$x\r\n',
    '*2147483647\r\n$x\r\n',
    '*2147483648\r\n',
    '*9223372036854775807\r\n',
    '*9223372036854775808\r\n',
    '*-9223372036854775808\r\n',
    '*-9223372036854775809\r\n',
    '*1\r\n$4\r\nPINGxx' + ping,
    '*1\r\n$4\r\nPI\r\nxx' + ping,
    '*1\n$4\nPING\n\r\n',
    '*1\rx$4\rxPING\r\n',
    ping.repeat(1000),
    'PING\r\n' + ping + 'PING inline\r\n' + ping,
    ping + '*1\r\n$-5\r\n' + ping,
    ping + 'GET "\r\n' + ping,
    '*1\r\n$4\r\nQUIT\r\n' + ping,
    'QUIT\r\nPING\r\n',
  ],
  'requests of a browser': [
    'POST / HTTP/1.1\r\nHost: example\r\n\r\n',
    'post /\r\n',
    'GET / HTTP/1.1\r\nHost: example\r\n\r\n',
    'Host: example\r\n',
    'host: example\r\nPING\r\n',
    'HOST:\r\n',
    '*2\r\n$4\r\nPOST\r\n$1\r\n/\r\n' + ping,
    '*2\r\n$5\r\nHost:\r\n$1\r\nx\r\n' + ping,
    'PING\r\nPOST / HTTP/1.1\r\n',
  ],
  'CLIENT REPLY': [
    'CLIENT REPLY OFF\r\nSET k off\r\nGET k\r\nFOO\r\nCLIENT REPLY ON\r\nGET k\r\n',
    'CLIENT REPLY SKIP\r\nSET k skip\r\nGET k\r\n',
    'CLIENT REPLY SKIP\r\nCLIENT REPLY SKIP\r\nPING a\r\nPING b\r\nPING c\r\n',
    'CLIENT REPLY SKIP\r\nFOO\r\nPING\r\n',
    'CLIENT REPLY OFF\r\nCLIENT REPLY SKIP\r\nPING\r\nCLIENT REPLY ON\r\nPING\r\n',
    'CLIENT REPLY OFF\r\nRESET\r\nPING\r\n',
    'CLIENT REPLY SKIP\r\n*0\r\n\r\nPING a\r\nPING b\r\n',
    'CLIENT REPLY SKIP\r\nCLIENT REPLY ON\r\nPING\r\n',
    'CLIENT REPLY SKIP\r\nCLIENT REPLY FOO\r\nPING\r\n',
    'CLIENT REPLY SKIP\r\nGET\r\nPING\r\n',
    'CLIENT REPLY OFF\r\nHELLO 3\r\nCLIENT REPLY ON\r\nHGETALL none\r\n',
  ],
}

/** Streams that end in the middle of something, exactly at the byte that is one too many. */
const tooMuch: Readonly<Record<string, string>> = {
  'an inline request without an end': 'x'.repeat(65_537),
  'an array header without an end': '*' + '1'.repeat(65_537),
  'a bulk header without an end': '*1\r\n$' + '1'.repeat(65_537),
}

describeWithRedis('bytes on the wire', () => {
  let pair: Pair

  beforeAll(async () => {
    pair = await Pair.start()
  })

  afterAll(() => pair?.stop())

  async function withConnection<T>(use: (connection: PairConnection) => Promise<T>): Promise<T> {
    const connection = await pair.connect()
    try {
      return await use(connection)
    } finally {
      connection.destroy()
    }
  }

  for (const [theme, all] of Object.entries(streams)) {
    for (const opening of ['', 'HELLO 3\r\n']) {
      test.each(all.map((bytes) => [printable(text(bytes), 60), bytes]))(
        `${theme}${opening === '' ? '' : ' under RESP3'}: %s`,
        (_, bytes) =>
          withConnection(async (connection) => {
            if (opening !== '') {
              connection.send(opening)
              await connection.read(1)
            }
            connection.send(text(bytes + markerRequest))
            const [redis, subject] = await Promise.all([
              connection.redis.readUntil(markerReply),
              connection.subject.readUntil(markerReply),
            ])
            expect(subject.map(String)).toEqual(redis.map(String))
            expect(connection.subject.closed).toBe(connection.redis.closed)
          }),
      )
    }
  }

  test.each(Object.entries(tooMuch))('%s is refused at its limit', (_, bytes) =>
    withConnection(async ({ redis, subject }) => {
      for (const side of [redis, subject]) side.send(text(bytes))
      const [expected, shown] = await Promise.all([redis.readToEnd(), subject.readToEnd()])
      expect(String(shown)).toBe(String(expected))
      expect(String(expected)).toMatch(/^-ERR Protocol error: too big /)
    }),
  )

  test('before AUTH, requests are small', async () => {
    const setUp = await pair.connect()
    await setUp.ask('CONFIG SET requirepass secret')
    try {
      for (const bytes of ['*11\r\n', '*10\r\n$x\r\n', '*1\r\n$16385\r\n', '*1\r\n$16384\r\n', '*2147483648\r\n']) {
        await withConnection(async (connection) => {
          connection.send(text(bytes))
          if (bytes.includes('16384')) connection.send('x'.repeat(16_384) + '\r\n' + 'QUIT\r\n')
          const [redis, subject] = await Promise.all([connection.redis.readToEnd(), connection.subject.readToEnd()])
          expect(String(subject)).toBe(String(redis))
        })
      }
    } finally {
      await setUp.ask(['CONFIG', 'SET', 'requirepass', ''])
      setUp.destroy()
    }
  })

  test('one byte at a time is as good as all at once', () =>
    withConnection(async (connection) => {
      const stream =
        'SET k "a b"\r\n' + ping + '*2\r\n$3\r\nGET\r\n$1\r\nk\r\n' + '*1\r\n$3\r\nFOO\r\n' + '\r\nQUIT\r\n'
      for (const byte of text(stream)) connection.send(Buffer.from([byte]))
      const [redis, subject] = await Promise.all([connection.redis.readToEnd(), connection.subject.readToEnd()])
      expect(String(subject)).toBe(String(redis))
      expect(String(redis)).toMatch(/^\+OK\r\n\+PONG\r\n\$3\r\na b\r\n-ERR unknown command 'FOO'.*\r\n\+OK\r\n$/)
    }))

  test('a client that says no more is answered what it asked, then closed', () =>
    withConnection(async (connection) => {
      connection.send(text(ping.repeat(500)))
      for (const side of [connection.redis, connection.subject]) side.end()
      const [redis, subject] = await Promise.all([connection.redis.readToEnd(), connection.subject.readToEnd()])
      // Redis may see the end before it has answered; what counts is that neither hangs and no reply is half.
      for (const replies of [redis, subject]) expect(String(replies)).toMatch(/^(\+PONG\r\n)*$/)
    }))

  test('a value of many megabytes comes back as it was sent', () =>
    withConnection(async (connection) => {
      const value = Buffer.alloc(9_000_001, 'abcdefghijk')
      connection.send(encodeRequest(['SET', 'huge', value]))
      connection.send(encodeRequest(['GET', 'huge']))
      const [redis, subject] = await connection.read(2)
      expect(subject[0].equals(redis[0])).toBe(true)
      expect(subject[1].equals(redis[1])).toBe(true)
    }))
})
