import { errorReply } from '../../base/index.js'
import { command, integerIn } from '../../command/index.js'
import { readKey, updatedKey } from '../key-specs.js'
import { isFarAway } from '../string/limits.js'
import { readBitOffset } from './offsets.js'

const badBit = errorReply('bit is not an integer or out of range')

export const SETBIT = command({
  name: 'SETBIT',
  group: 'bitmap',
  since: '2.2.0',
  summary: 'Sets or clears a bit of the string stored under a key, which grows with zeros as far as it must.',
  complexity: 'O(1)',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: updatedKey,
  slowFrom: 0,
  takesLong: isFarAway,
  syntax: 'key offset:integer value:integer',
  run(call) {
    const { args, db, reply } = call
    const key = args.at(1)
    const offset = readBitOffset(call, args.at(2))
    const on = integerIn(args.at(3), 0, 1, badBit)
    const byte = Math.floor(offset / 8)
    const bit = 7 - (offset & 7)
    const ref = db.findToWrite(key)
    const length = ref === 0 ? 0 : db.stringAt(ref).length
    const value = db.editStringAt(ref, key, Math.max(length, byte + 1))
    const { bytes } = value.region
    const at = value.start + byte
    const old = (bytes[at] >>> bit) & 1
    if (ref === 0 || byte >= length || old !== on) {
      bytes[at] = (bytes[at] & ~(1 << bit)) | (on << bit)
      db.changed('setbit', key)
    }
    reply.integer(old)
  },
})

export const GETBIT = command({
  name: 'GETBIT',
  group: 'bitmap',
  since: '2.2.0',
  summary: 'Returns a bit of the string stored under a key; 0 beyond its end.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: readKey,
  syntax: 'key offset:integer',
  run(call) {
    const { args, db, reply } = call
    const offset = readBitOffset(call, args.at(2))
    const value = db.readString(args.at(1))
    const byte = Math.floor(offset / 8)
    reply.integer(value !== null && byte < value.length ? (value.byte(byte) >>> (7 - (offset & 7))) & 1 : 0)
  },
})
