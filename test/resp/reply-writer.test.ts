import { Slice, errorReply } from '../../src/base/index.js'
import { ReplyWriter, readReply, type Protocol } from '../../src/resp/index.js'

function written(protocol: Protocol, write: (reply: ReplyWriter) => void): string {
  const reply = new ReplyWriter()
  reply.begin(protocol)
  write(reply)
  return reply.region.bytes.latin1Slice(reply.start, reply.position)
}

test.each<[string, (reply: ReplyWriter) => void, string, string]>([
  ['ok', (r) => r.ok(), '+OK\r\n', '+OK\r\n'],
  ['simple', (r) => r.simple('PONG'), '+PONG\r\n', '+PONG\r\n'],
  ['error', (r) => r.error(errorReply('no\r\nbreaks')), '-ERR no  breaks\r\n', '-ERR no  breaks\r\n'],
  [
    'integers',
    (r) => [0, 9, 10, 99, 100, -1, 2 ** 53].forEach((n) => r.integer(n)),
    ':0\r\n:9\r\n:10\r\n:99\r\n:100\r\n:-1\r\n:9007199254740992\r\n',
    ':0\r\n:9\r\n:10\r\n:99\r\n:100\r\n:-1\r\n:9007199254740992\r\n',
  ],
  ['big integer', (r) => r.bigInteger(-(2n ** 63n)), ':-9223372036854775808\r\n', ':-9223372036854775808\r\n'],
  ['bulk', (r) => r.bulk(Slice.from('a\r\nb')), '$4\r\na\r\nb\r\n', '$4\r\na\r\nb\r\n'],
  ['text', (r) => r.bulkText('é'), '$2\r\n\xc3\xa9\r\n', '$2\r\n\xc3\xa9\r\n'],
  ['bytes', (r) => r.bulkBytes(Buffer.from([0, 255])), '$2\r\n\0\xff\r\n', '$2\r\n\0\xff\r\n'],
  ['null', (r) => r.null(), '$-1\r\n', '_\r\n'],
  ['null array', (r) => r.nullArray(), '*-1\r\n', '_\r\n'],
  ['array', (r) => r.array(12), '*12\r\n', '*12\r\n'],
  ['map', (r) => r.map(2), '*4\r\n', '%2\r\n'],
  ['set', (r) => r.set(2), '*2\r\n', '~2\r\n'],
  ['push', (r) => r.push(2), '*2\r\n', '>2\r\n'],
  ['boolean', (r) => r.boolean(true), ':1\r\n', '#t\r\n'],
  ['double', (r) => r.doubleText('1.5'), '$3\r\n1.5\r\n', ',1.5\r\n'],
  ['verbatim', (r) => r.verbatim('text'), '$4\r\ntext\r\n', '=8\r\ntxt:text\r\n'],
])('%s in both versions of the protocol', (_name, write, second, third) => {
  expect(written(2, write)).toBe(second)
  expect(written(3, write)).toBe(third)
})

test('integers of every length are written digit by digit', () => {
  for (let power = 0; power <= 16; power++) {
    for (const value of [10 ** power - 1, 10 ** power, 10 ** power + 7]) {
      if (!Number.isSafeInteger(value)) continue
      expect(written(2, (r) => r.integer(value))).toBe(`:${value}\r\n`)
      expect(written(2, (r) => r.integer(-value || 0))).toBe(`:${-value || 0}\r\n`)
    }
  }
})

test.each(['short', 'é and other letters', 'x'.repeat(300), '€'.repeat(60)])(
  'text of any kind and length: %s',
  (text) => {
    expect(written(2, (r) => r.simple(text))).toBe(Buffer.from(`+${text}\r\n`).toString('latin1'))
  },
)

test('rewinding to a mark takes back all that came after it, even over a change of buffer', () => {
  const reply = new ReplyWriter()
  reply.begin(2)
  reply.ok()
  reply.begin(2)
  reply.simple('kept')
  const { mark } = reply
  for (let i = 0; i < 100; i++) reply.bulkBytes(Buffer.alloc(10_000))
  reply.rewind(mark)
  reply.simple('after')
  expect(reply.region.bytes.latin1Slice(reply.start, reply.position)).toBe('+kept\r\n+after\r\n')
})

test('the reader reads back what the writer writes, and waits for what is cut off', () => {
  const bytes = Buffer.from(
    written(3, (r) => {
      r.map(2)
      r.bulkText('list')
      r.array(3)
      r.integer(1)
      r.null()
      r.boolean(false)
      r.bulkText('set')
      r.set(2)
      r.doubleText('-inf')
      r.bigInteger(2n ** 60n)
    }),
    'latin1',
  )
  const expected = new Map<unknown, unknown>([
    ['list', [1, null, false]],
    ['set', new Set<unknown>([-Infinity, 2n ** 60n])],
  ])
  expect(readReply(bytes)).toEqual({ reply: expected, length: bytes.length })
  for (let end = 0; end < bytes.length; end++) expect(readReply(bytes.subarray(0, end))).toBe(null)
})

test('a bulk of any length says its length, and part of a region is copied as it stands', () => {
  for (let length = 0; length < 1100; length++) {
    const text = 'x'.repeat(length)
    expect(written(2, (r) => r.bulk(Slice.from(text)))).toBe(`$${length}\r\n${text}\r\n`)
  }
  const slice = Slice.from('from +1\r\n on')
  expect(written(2, (r) => r.copied(slice.region, 5, 9))).toBe('+1\r\n')
})
