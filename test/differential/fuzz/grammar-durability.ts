import { Crc64 } from '../../../src/base/index.js'
import { form, type Form } from './forms.js'
import { anyKey, milliseconds, stringKey } from './material.js'
import { all, anyOrder, literal, maybe, piece, token } from './phrase.js'

/** Type, version of the format, checksum: what stands around the bytes of a value. */
const footer = Buffer.from([10, 0])

/** A string as DUMP has it: its length in one byte, or an integer. */
function dumped(value: Buffer): Buffer {
  const payload = Buffer.concat([Buffer.from([0]), value, footer])
  const { low, high } = new Crc64().update(payload)
  const sum = Buffer.alloc(8)
  sum.writeInt32LE(low, 0)
  sum.writeInt32LE(high, 4)
  return Buffer.concat([payload, sum])
}

const payload = piece((phrase) => {
  const isNumber = phrase.chance(30)
  const text = Buffer.from('abc'.repeat(phrase.between(0, 20)))
  const value = isNumber ? Buffer.from([0xc0, phrase.random.below(256)]) : Buffer.from([text.length, ...text])
  const bytes = dumped(value)
  if (phrase.chance(10)) bytes[phrase.random.below(bytes.length)] ^= 1 << phrase.random.below(8)
  phrase.push(bytes)
})

const restoreOptions = anyOrder(
  maybe(token('REPLACE'), 70),
  maybe(
    all(
      token('IDLETIME'),
      piece((phrase) => phrase.push(String(phrase.between(-1, 1000)))),
    ),
    10,
  ),
  maybe(
    all(
      token('FREQ'),
      piece((phrase) => phrase.push(String(phrase.between(-1, 300)))),
    ),
    10,
  ),
)

/** What takes data out and in, and what is told of files and replicas where there are none. */
export const durabilityForms: readonly Form[] = [
  form('DUMP', [anyKey], { weight: 20 }),
  form('RESTORE', [stringKey, literal('0'), payload, restoreOptions], { weight: 15 }),
  form('RESTORE', [stringKey, milliseconds, payload, restoreOptions], { weight: 10 }),
  form('RESTORE', [stringKey, literal('4000000000000'), payload, token('ABSTTL'), restoreOptions], { weight: 5 }),
  form('RESTORE-ASKING', [stringKey, literal('0'), payload, literal('REPLACE')]),
  form('LASTSAVE', [], { weight: 3 }),
  form('ROLE', [], { weight: 3 }),
  form('WAIT', [literal('0'), piece((phrase) => phrase.push(String(phrase.between(-1, 50))))], {
    exact: true,
    weight: 3,
  }),
]
