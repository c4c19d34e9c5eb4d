import { categoriesOf, type Command, type CommandFlag, type KeySpec } from '../../command/index.js'
import type { ReplyWriter } from '../../resp/index.js'

/** Flags in the order in which Redis prints them; `may_replicate` is for the server alone. */
const shownFlags: readonly CommandFlag[] = [
  'write',
  'readonly',
  'denyoom',
  'admin',
  'pubsub',
  'noscript',
  'blocking',
  'loading',
  'stale',
  'skip_monitor',
  'skip_slowlog',
  'asking',
  'fast',
  'no_auth',
  'no_mandatory_keys',
  'no_async_loading',
  'no_multi',
  'movablekeys',
  'allow_busy',
]

const effects = ['access', 'update', 'insert', 'delete'] as const
const marks = ['not_key', 'incomplete', 'variable_flags'] as const

/** What a specification says of its keys, in Redis's order. */
export const keyFlags = (spec: KeySpec): string[] => [
  ...(spec.access === undefined ? [] : [spec.access]),
  ...effects.filter((effect) => spec.effects?.includes(effect)),
  ...marks.filter((mark) => spec.marks?.includes(mark)),
]

export function replySet(reply: ReplyWriter, names: readonly string[]): void {
  reply.set(names.length)
  for (const name of names) reply.simple(name)
}

/** One entry of COMMAND and COMMAND INFO. @see https://redis.io/docs/latest/commands/command/ */
export function replyEntry(reply: ReplyWriter, command: Command): void {
  const { spec } = command
  const tips = spec.tips ?? []
  const keys = spec.keys ?? []
  const [first, last, step] = legacyRange(keys)
  reply.array(10)
  reply.bulkText(command.fullName)
  reply.integer(spec.arity)
  replySet(reply, shownFlags.filter((flag) => command.hasFlag(flag))) // prettier-ignore
  reply.integer(first)
  reply.integer(last)
  reply.integer(step)
  replySet(reply, categoriesOf(command).map((category) => `@${category}`)) // prettier-ignore
  reply.set(tips.length)
  for (const tip of tips) reply.bulkText(tip)
  reply.set(keys.length)
  for (const key of keys) replyKeySpec(reply, key)
  const subcommands = [...(command.subcommands?.values() ?? [])]
  // Redis opens a set only where a command has no subcommands
  if (command.subcommands === null) reply.set(0)
  else reply.array(subcommands.length)
  for (const subcommand of subcommands) replyEntry(reply, subcommand)
}

/** The last key of a range, counted from the first where it is not counted from the end. */
function lastOf({ first, last }: KeySpec): number {
  if (last === undefined) return 0
  return typeof first === 'number' && last >= 0 ? last - first : last
}

const isPlainRange = ({ first, count }: KeySpec): boolean => typeof first === 'number' && count === undefined

/**
 * First key, last key and step, as COMMAND told before there were specifications: those of the only range, or from the
 * first to the last of ranges that follow each other.
 */
function legacyRange(keys: readonly KeySpec[]): [first: number, last: number, step: number] {
  const [only] = keys
  if (keys.length === 0) return [0, 0, 0]
  if (keys.length === 1 && isPlainRange(only)) return [only.first as number, absoluteLast(only), only.step ?? 1]
  let first = 0
  let last = 0
  for (const key of keys) {
    if (!isPlainRange(key) || (key.step ?? 1) !== 1 || (last !== 0 && last !== (key.first as number) - 1)) continue
    if (first === 0) first = key.first as number
    last = absoluteLast(key)
  }
  return first === 0 ? [0, 0, 0] : [first, last, 1]
}

const absoluteLast = (key: KeySpec): number => {
  const last = lastOf(key)
  return last >= 0 ? last + (key.first as number) : last
}

function replyKeySpec(reply: ReplyWriter, spec: KeySpec): void {
  reply.map(spec.notes === undefined ? 3 : 4)
  if (spec.notes !== undefined) {
    reply.bulkText('notes')
    reply.bulkText(spec.notes)
  }
  reply.bulkText('flags')
  replySet(reply, keyFlags(spec))
  reply.bulkText('begin_search')
  const { first } = spec
  if (first === 'unknown') {
    replyTyped(reply, 'unknown', [])
    reply.bulkText('find_keys')
    replyTyped(reply, 'unknown', [])
    return
  }
  if (typeof first === 'number') replyTyped(reply, 'index', [['index', first]])
  else replyTyped(reply, 'keyword', [['keyword', first.keyword], ['startfrom', first.from]]) // prettier-ignore
  reply.bulkText('find_keys')
  const step = spec.step ?? 1
  if (spec.count === undefined) {
    replyTyped(reply, 'range', [['lastkey', lastOf(spec)], ['keystep', step], ['limit', spec.limit ?? 0]]) // prettier-ignore
  } else {
    const { at, keysFrom } = spec.count
    replyTyped(reply, 'keynum', [['keynumidx', at], ['firstkey', keysFrom], ['keystep', step]]) // prettier-ignore
  }
}

function replyTyped(reply: ReplyWriter, type: string, fields: readonly (readonly [string, number | string])[]): void {
  reply.map(2)
  reply.bulkText('type')
  reply.bulkText(type)
  reply.bulkText('spec')
  reply.map(fields.length)
  for (const [name, value] of fields) {
    reply.bulkText(name)
    if (typeof value === 'number') reply.integer(value)
    else reply.bulkText(value)
  }
}
