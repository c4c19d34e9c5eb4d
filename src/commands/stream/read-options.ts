import { ReplyError, errorReply, syntaxError, type Slice } from '../../base/index.js'
import { integer, printed, type Call } from '../../command/index.js'
import type { Args } from '../../resp/index.js'
import { StreamId } from '../../values/index.js'
import { isLetter, parseId } from './ids.js'

const unbalanced = errorReply("Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.")
const groupOfXread = errorReply('The GROUP option is only supported by XREADGROUP. You called XREAD instead.')
const noAckOfXread = errorReply('The NOACK option is only supported by XREADGROUP. You called XREAD instead.')
const noGroup = errorReply('Missing GROUP option for XREADGROUP')
const dollarOfGroup = errorReply(
  'The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.',
)
const newOfXread = errorReply(
  'The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.',
)
const timeoutNotAnInteger = errorReply('timeout is not an integer or out of range')
const timeoutNegative = errorReply('timeout is negative')

/** What is asked of XREAD or XREADGROUP. */
export class ReadOptions {
  /** Milliseconds to wait; 0 is for ever, null not at all. */
  timeoutMs: number | null = null
  /** Entries of each stream at most; 0 is any number. */
  countMax = 0
  isAcknowledged = false
  /** Index of the group's name; the consumer's follows. 0 for XREAD. */
  groupAt = 0
  /** Index of the first key, and the number of keys. The IDs follow. */
  keysAt = 0
  keyCount = 0
  readonly #ids: StreamId[] = []

  /** As nobody has asked for anything. */
  reset(): this {
    this.timeoutMs = null
    this.countMax = this.groupAt = this.keysAt = this.keyCount = 0
    this.isAcknowledged = false
    return this
  }

  /** The ID behind which the stream of a key is read; for a group the last of all IDs stands for `>`: what is new. */
  id(key: number): StreamId {
    return (this.#ids[key] ??= new StreamId())
  }

  /** A copy that stays as it is. */
  copy(): ReadOptions {
    const copy = Object.assign(new ReadOptions(), this)
    for (let key = 0; key < this.keyCount; key++) copy.id(key).copy(this.id(key))
    return copy
  }
}

/** Those of the call at hand. */
const shared = new ReadOptions()

/** Reads all options up to the keys; good until the next call. @throws {ReplyError} */
export function readReadOptions(args: Args, isGroup: boolean): ReadOptions {
  const options = shared.reset()
  const { count } = args
  for (let i = 1; i < count && options.keysAt === 0; i++) {
    const option = args.at(i)
    const more = count - i - 1
    if (option.is('BLOCK') && more > 0) options.timeoutMs = readTimeout(args.at(++i))
    else if (option.is('COUNT') && more > 0) options.countMax = Math.max(0, integer(args.at(++i)))
    else if (option.is('STREAMS') && more > 0) {
      if (more % 2 !== 0) throw unbalanced
      options.keysAt = i + 1
      options.keyCount = more / 2
    } else if (option.is('GROUP') && more >= 2) {
      if (!isGroup) throw groupOfXread
      options.groupAt = i + 1
      i += 2
    } else if (option.is('NOACK')) {
      if (!isGroup) throw noAckOfXread
      options.isAcknowledged = true
    } else throw syntaxError
  }
  if (options.keysAt === 0) throw syntaxError
  if (isGroup && options.groupAt === 0) throw noGroup
  return options
}

function readTimeout(slice: Slice): number {
  const timeoutMs = integer(slice, timeoutNotAnInteger)
  if (timeoutMs < 0) throw timeoutNegative
  return timeoutMs
}

/**
 * Reads the IDs: see `ReadOptions.id`. `$` is the last ID that the stream has now. Looks every key up.
 *
 * @throws {ReplyError} no ID, no stream, or no such group
 */
export function readIds({ args, db }: Call, options: ReadOptions): void {
  const { groupAt, keysAt, keyCount } = options
  for (let i = 0; i < keyCount; i++) {
    const key = args.at(keysAt + i)
    const text = args.at(keysAt + keyCount + i)
    const stream = db.readStream(key)
    const id = options.id(i)
    if (groupAt !== 0 && (stream === null || stream.findGroup(args.at(groupAt)) === null)) {
      throw noSuchGroupToRead(key, args.at(groupAt))
    }
    if (isLetter(text, '$')) {
      if (groupAt !== 0) throw dollarOfGroup
      if (stream === null) id.setMin()
      else id.copy(stream.lastId)
    } else if (isLetter(text, '>')) {
      if (groupAt === 0) throw newOfXread
      id.setMax()
    } else parseId(text, id)
  }
}

const noSuchGroupToRead = (key: Slice, group: Slice): ReplyError =>
  new ReplyError(
    'NOGROUP',
    `No such key '${printed(key)}' or consumer group '${printed(group)}' in XREADGROUP with GROUP option`,
  )
