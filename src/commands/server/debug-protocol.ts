import { errorReply, type Slice } from '../../base/index.js'
import type { Call } from '../../command/index.js'
import type { ReplyWriter } from '../../resp/index.js'

const unknownType = errorReply(
  'Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false',
)
const needsPushes = errorReply('RESP2 is not supported by this command')

const bigNumber = '1234567999999999999999999999999999999'

function integers(reply: ReplyWriter): void {
  for (let i = 0; i < 3; i++) reply.integer(i)
}

/** A reply of each type of the protocol, for tests of clients. */
const replies: Readonly<Record<string, (reply: ReplyWriter) => void>> = {
  string: (reply) => reply.bulkText('Hello World'),
  integer: (reply) => reply.integer(12345),
  double: (reply) => reply.doubleText('3.141'),
  bignum: (reply) => (reply.protocol === 3 ? reply.raw(`(${bigNumber}\r\n`) : reply.bulkText(bigNumber)),
  null: (reply) => reply.null(),
  array(reply) {
    reply.array(3)
    integers(reply)
  },
  set(reply) {
    reply.set(3)
    integers(reply)
  },
  map(reply) {
    reply.map(3)
    for (let i = 0; i < 3; i++) {
      reply.integer(i)
      reply.boolean(i === 1)
    }
  },
  attrib(reply) {
    if (reply.protocol === 3) {
      reply.raw('|1\r\n')
      reply.bulkText('key-popularity')
      reply.array(2)
      reply.bulkText('key:123')
      reply.integer(90)
    }
    reply.bulkText('Some real reply following the attribute')
  },
  push(reply) {
    if (reply.protocol < 3) throw needsPushes
    reply.push(2)
    reply.bulkText('server-cpu-usage')
    reply.integer(42)
    reply.bulkText('Some real reply following the push reply')
  },
  true: (reply) => reply.boolean(true),
  false: (reply) => reply.boolean(false),
  verbatim: (reply) => reply.verbatim('This is a verbatim\nstring'),
}

/** DEBUG PROTOCOL. @throws {ReplyError} */
export function replyOfType({ reply }: Pick<Call, 'reply'>, type: Slice): void {
  const name = type.toLatin1().toLowerCase()
  if (!Object.hasOwn(replies, name)) throw unknownType
  replies[name](reply)
}
