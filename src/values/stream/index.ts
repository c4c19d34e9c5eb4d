export { Chunk, type Texts } from './chunk.js'
export type { StreamLimits } from './entries.js'
export type { StreamConsumer, StreamGroup } from './group.js'
export * from './stream.js'
export type { StreamCursor } from './stream-cursor.js'
export * from './stream-id.js'
export type { References, TrimRule } from './trimming.js'
export {
  backLengthBytes,
  createListpack,
  digitsRegion,
  endListpack,
  integerBytesMax,
  listpackEmptyBytes,
  listpackHeaderBytes,
  readIntegerWords,
  readText,
  textBytesMax,
  writeIntegerWords,
  writeText,
  type Int64,
} from './listpack.js'
