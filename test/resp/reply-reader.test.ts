import { ReplyError } from '../../src/base/index.js'
import { Push, ReplyReader, oversized, readReply, type Reply } from '../../src/resp/index.js'

/** Every kind of reply, one behind the other, and what they are. */
const wire = Buffer.from(
  '+OK\r\n-ERR no such thing\r\n:42\r\n$3\r\na\r\n\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n*2\r\n*1\r\n:1\r\n$1\r\nx\r\n' +
    '_\r\n#t\r\n,1.5\r\n,-inf\r\n(12345678901234567890\r\n=7\r\ntxt:abc\r\n!7\r\nERR bad\r\n' +
    '%2\r\n+a\r\n:1\r\n+b\r\n%0\r\n~2\r\n+x\r\n+y\r\n>2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n' +
    '|1\r\n+ttl\r\n:5\r\n*2\r\n|1\r\n+a\r\n+b\r\n:7\r\n|0\r\n:8\r\n$12\r\nlast of all!\r\n',
)
const replies: Reply[] = [
  'OK',
  new ReplyError('ERR', 'no such thing'),
  42,
  'a\r\n',
  '',
  null,
  null,
  [],
  [[1], 'x'],
  null,
  true,
  1.5,
  -Infinity,
  12345678901234567890n,
  'abc',
  new ReplyError('ERR', 'bad'),
  new Map<Reply, Reply>([
    ['a', 1],
    ['b', new Map()],
  ]),
  new Set(['x', 'y']),
  new Push(['invalidate', ['k']]),
  [7, 8],
  'last of all!',
]

function readAll(reader: ReplyReader, chunks: Iterable<Buffer>): Reply[] {
  const read: Reply[] = []
  for (const chunk of chunks) {
    reader.feed(chunk)
    for (let reply = reader.next(); reply !== undefined; reply = reader.next()) read.push(reply)
  }
  return read
}

describe('a reader of replies', () => {
  test('reads every kind of reply of both protocols', () => {
    expect(readAll(new ReplyReader(), [wire])).toEqual(replies)
  })

  test('reads the same however the bytes are cut', () => {
    for (let cut = 1; cut < wire.length; cut++) {
      expect(readAll(new ReplyReader(), [wire.subarray(0, cut), wire.subarray(cut)])).toEqual(replies)
    }
    const single = Array.from(wire, (_, i) => wire.subarray(i, i + 1))
    expect(readAll(new ReplyReader(), single)).toEqual(replies)
  })

  test('gives bulks as bytes of their own, whole or in pieces', () => {
    const reader = new ReplyReader({ buffers: true })
    const chunk = Buffer.from('$2\r\n\xff\0\r\n$4\r\nab', 'latin1')
    const [first] = readAll(reader, [chunk])
    const second = readAll(reader, [Buffer.from('cd\r\n')])
    chunk.fill(0)
    expect(first).toEqual(Buffer.from([0xff, 0]))
    expect(second).toEqual([Buffer.from('abcd')])
  })

  test('passes over a reply of too many bytes, keeps none of them, and reads the one behind it', () => {
    const reader = new ReplyReader({ bytesMax: 4 })
    const bytes = Buffer.from('$4\r\nabcd\r\n$5\r\nabcde\r\n*3\r\n$3\r\nabc\r\n$2\r\nde\r\n$1\r\nf\r\n$1\r\nx\r\n')
    const read = [oversized, oversized]
    expect(readAll(new ReplyReader({ bytesMax: 4 }), [bytes])).toEqual(['abcd', ...read, 'x'])
    expect(
      readAll(
        reader,
        Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)),
      ),
    ).toEqual(['abcd', ...read, 'x'])
  })

  test('passes over no push, however large', () => {
    const bytes = Buffer.from('>2\r\n$10\r\ninvalidate\r\n$5\r\nabcde\r\n$5\r\nabcde\r\n')
    expect(readAll(new ReplyReader({ bytesMax: 4 }), [bytes])).toEqual([new Push(['invalidate', 'abcde']), oversized])
  })

  test('asks for no memory on the word of a length that is too large', () => {
    const reader = new ReplyReader({ bytesMax: 1000 })
    expect(readAll(reader, [Buffer.from('$999999999999999\r\nabc')])).toEqual([])
  })

  test.each(['hello\r\n', '$x\r\n', '$\r\n', '*1.5\r\n', ':\r$', `+${'x'.repeat(70_000)}`, '*1\r\n'.repeat(200)])(
    'refuses %j',
    (bytes) => {
      expect(() => readAll(new ReplyReader(), [Buffer.from(bytes)])).toThrow(Error)
    },
  )

  test('reads a long array in time that grows with its length alone', () => {
    const elements = Buffer.concat([Buffer.from('*100000\r\n'), Buffer.from('$4\r\nabcd\r\n'.repeat(100_000))])
    const chunks = Array.from({ length: 1000 }, (_, i) => elements.subarray(i * 1001, (i + 1) * 1001))
    const [array] = readAll(new ReplyReader(), chunks)
    expect(array).toHaveLength(100_000)
  })

  test('tells how far one reply went, where others follow', () => {
    expect(readReply(Buffer.from('*1\r\n:1\r\n+OK\r\n'))).toEqual({ reply: [1], length: 8 })
    expect(readReply(Buffer.from('*1\r\n:1'))).toBeNull()
  })
})
