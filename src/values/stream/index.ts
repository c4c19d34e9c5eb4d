export type { Chunk, Texts } from './chunk.js'
export type { StreamLimits } from './entries.js'
export type { StreamConsumer, StreamGroup } from './group.js'
export * from './stream.js'
export type { StreamCursor } from './stream-cursor.js'
export * from './stream-id.js'
export type { References, TrimRule } from './trimming.js'
export {
  createListpack,
  endListpack,
  integerBytesMax,
  listpackEmptyBytes,
  listpackHeaderBytes,
  textBytesMax,
  writeIntegerWords,
  writeText,
} from './listpack.js'
