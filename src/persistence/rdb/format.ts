/*
 * Numbers of Redis's snapshot format, RDB, and of DUMP payloads.
 *
 *   file      "REDIS", four digits of version, records, Opcode.end, eight bytes of CRC-64 (from version 5 on)
 *   record    an opcode with what belongs to it, or a value's type, its key and the value
 *   payload   a type, the value, two bytes of version, eight bytes of CRC-64
 *
 * Sources, by what they alone have:
 *   https://github.com/redis/redis/blob/7.0.15/src/rdb.h      versions 1 to 10
 *   https://github.com/redis/redis/blob/7.2.0/src/rdb.h       version 11: SetListpack, StreamListpacks3
 *   https://github.com/redis/redis/blob/7.4.0/src/rdb.h       version 12: deadlines of hash fields, SlotInfo
 *   https://github.com/valkey-io/valkey/blob/9.0.0/src/rdb.h  version 80: Hash2, SlotImport
 *   https://rdb.fnordig.de/file_format.html                   what older versions looked like
 */

export const rdbMagic = 'REDIS'
/** What Valkey begins its files by from version 80 on. */
export const valkeyMagic = 'VALKEY'
/** Bytes of magic and version, of either. */
export const headerBytes = 9

/** Versions that are read: 1 to this, and Valkey's. */
export const rdbVersionMax = 12
export const valkeyVersion = 80
/** The version that Redis 7.0 writes and reads. */
export const redis70Version = 10
/** The version that says deadlines of hash fields. */
export const fieldDeadlinesVersion = 12

/** From this version on a file ends in its checksum, which is zero where none was computed. */
export const checksumVersion = 5
/** From this version on times in milliseconds are little-endian; before, as the machine had them. */
export const littleEndianTimesVersion = 9
export const checksumBytes = 8
/** What a DUMP payload ends in: version and checksum. */
export const payloadTrailerBytes = 10

export const isReadVersion = (version: number): boolean =>
  (version >= 1 && version <= rdbVersionMax) || version === valkeyVersion

/** What a record is, where it is no value. */
export const Opcode = {
  /** Valkey: a slot is being imported. */
  slotImport: 243,
  /** Slot number, keys in it, keys with a deadline: a hint. */
  slotInfo: 244,
  /** The code of a function library. */
  function2: 245,
  /** As release candidates of Redis 7.0 wrote it. */
  functionPreGa: 246,
  moduleAux: 247,
  /** Seconds since the last access of the value that follows. */
  idle: 248,
  /** Its frequency of accesses, one byte. */
  frequency: 249,
  /** A name and a value of text. */
  aux: 250,
  /** Numbers of keys and of keys with a deadline: a hint. */
  resizeDb: 251,
  /** The deadline of the value that follows: Unix milliseconds, 8 bytes. */
  expireTimeMs: 252,
  /** Unix seconds, 4 bytes. */
  expireTime: 253,
  selectDb: 254,
  end: 255,
} as const

/** How a value is written. */
export const ValueType = {
  string: 0,
  list: 1,
  set: 2,
  /** Scores as text. */
  sortedSet: 3,
  hash: 4,
  /** Scores as doubles. */
  sortedSet2: 5,
  modulePreGa: 6,
  module2: 7,
  hashZipmap: 9,
  listZiplist: 10,
  setIntset: 11,
  sortedSetZiplist: 12,
  hashZiplist: 13,
  /** Nodes that are ziplists. */
  listQuicklist: 14,
  streamListpacks: 15,
  hashListpack: 16,
  sortedSetListpack: 17,
  /** Nodes that are listpacks, or one element each. */
  listQuicklist2: 18,
  /** First ID, largest deleted ID and number of entries ever added; numbers of entries read by groups. */
  streamListpacks2: 19,
  setListpack: 20,
  /** Times at which consumers were last active. */
  streamListpacks3: 21,
  /** Fields with deadlines, as release candidates of Redis 7.4 wrote them. In Valkey's version this is `hash2`. */
  hashMetadataPreGa: 22,
  hashListpackExPreGa: 23,
  /** The nearest deadline, then fields with their distance from it. */
  hashMetadata: 24,
  /** The nearest deadline, then a listpack of fields, values and deadlines. */
  hashListpackEx: 25,
} as const

/** Valkey's, from version 80 on: fields, values and deadlines (-1: none), 8 bytes each. */
export const valkeyHash2 = 22

/** The two highest bits of a length's first byte: how it is written. Redis calls them RDB_6BITLEN and so on. */
export const LengthForm = {
  /** The other six bits are the length. */
  bits6: 0,
  /** They and another byte, big-endian. */
  bits14: 1,
  /** The whole byte says more: `length32`, `length64`. */
  wide: 2,
  /** No length but a string, written as `StringForm` of the other six bits says. */
  encoded: 3,
} as const

/** First bytes of lengths of 32 and 64 bits, big-endian. */
export const length32 = 0x80
export const length64 = 0x81

/** Strings that are no plain bytes: the first byte is 0xc0 and one of these. */
export const StringForm = {
  int8: 0,
  int16: 1,
  int32: 2,
  /** Length compressed, length, LZF. */
  lzf: 3,
} as const

export const encodedString = 0xc0

/** A score of the old text form is behind a byte of length; these lengths are no lengths. */
export const ScoreText = { nan: 253, positiveInfinity: 254, negativeInfinity: 255 } as const

/** What stands before each node of a list under `listQuicklist2`. */
export const QuicklistNode = { plain: 1, packed: 2 } as const

/** What stands before each piece of a module's value. */
export const ModuleOpcode = { end: 0, signed: 1, unsigned: 2, float: 3, double: 4, string: 5 } as const

/** Names of aux fields that mean something to a reader. */
export const Aux = {
  version: 'redis-ver',
  bits: 'redis-bits',
  createdUnixSeconds: 'ctime',
  usedMemory: 'used-mem',
  aofBase: 'aof-base',
  aofPreamble: 'aof-preamble',
  replicationDb: 'repl-stream-db',
  replicationId: 'repl-id',
  replicationOffset: 'repl-offset',
  lua: 'lua',
} as const

/** What stands for "no deadline" behind a field of `hash2`. */
export const noDeadline = -1n

/** What Redis calls the forms of values that it looks through as a whole, when they are broken. */
const formNames: Readonly<Record<number, string>> = {
  [ValueType.hashZipmap]: 'Zipmap',
  [ValueType.listZiplist]: 'List ziplist',
  [ValueType.setIntset]: 'Intset',
  [ValueType.sortedSetZiplist]: 'Zset ziplist',
  [ValueType.hashZiplist]: 'Hash ziplist',
  [ValueType.listQuicklist]: 'Ziplist',
  [ValueType.streamListpacks]: 'Stream listpack',
  [ValueType.hashListpack]: 'Hash listpack',
  [ValueType.sortedSetListpack]: 'Zset listpack',
  [ValueType.listQuicklist2]: 'Listpack',
  [ValueType.streamListpacks2]: 'Stream listpack',
  [ValueType.setListpack]: 'Set listpack',
  [ValueType.streamListpacks3]: 'Stream listpack',
}

/** Says that a value is broken, as Redis does: monitors of logs look for it. */
export const brokenForm = (type: number, reason: string): string =>
  `${formNames[type] ?? 'Value'} integrity check failed: ${reason}`
