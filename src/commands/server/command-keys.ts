import { errorReply } from '../../base/index.js'
import type { Slice } from '../../base/index.js'
import { command, findKeys, type Call, type Command, type FoundKey, type KeySpec } from '../../command/index.js'
import { Args } from '../../resp/index.js'
import { keyFlags, replySet } from './command-entries.js'

const noCommand = errorReply('Invalid command specified')
const noKeys = errorReply('The command has no key arguments')
const badArity = errorReply('Invalid number of arguments specified for command')
const badArguments = errorReply('Invalid arguments specified for command')

/** Whether a call of the command may have keys: names of channels and the like are none. */
const mayHaveKeys = ({ spec }: Command): boolean =>
  spec.findKeys !== undefined || (spec.keys ?? []).some((key) => key.marks?.includes('not_key') !== true)

/** As C's atoi: the number that the text begins with, or 0. */
const leadingNumber = (text: Slice): number => Number.parseInt(/^[\s]*[+-]?\d+/.exec(text.toLatin1())?.[0] ?? '0', 10)

/**
 * The keys of a request whose number of keys is no number: as many as that text begins with, as Redis has it where the
 * specification does not fit. What the call does with them is not known then.
 */
function keysByPrefix({ spec }: Command, request: Args): FoundKey[] {
  const counted = spec.keys?.find(({ count }) => count !== undefined)
  if (counted?.count === undefined || typeof counted.first !== 'number') return []
  const { at, keysFrom } = counted.count
  const [from, step] = [counted.first + keysFrom, counted.step ?? 1]
  const count = leadingNumber(request.at(counted.first + at))
  if (count < 1 || count > (request.count - from) / step) return []
  const unknown: KeySpec = { first: from }
  const keys = Array.from({ length: count }, (_, i) => ({ index: from + i * step, spec: unknown }))
  const others = spec.keys!.filter((key) => key !== counted && typeof key.first === 'number')
  return [...keys, ...others.map(({ first }) => ({ index: first as number, spec: unknown }))]
}

/**
 * The request behind COMMAND GETKEYS, and where its keys are.
 *
 * @throws {ReplyError}
 */
function keysOf({ args, services }: Call): { named: Command; request: Args; keys: readonly FoundKey[] } {
  const request = new Args().load(Array.from({ length: args.count - 2 }, (_, i) => args.at(i + 2)))
  const named = services.commands.resolve(request.at(0), request.count > 1 ? request.at(1) : null)
  if (named === null) throw noCommand
  if (!mayHaveKeys(named)) throw noKeys
  if (request.count < named.argumentsMin || request.count > named.argumentsMax) throw badArity
  const keys = findKeys(named, request) ?? keysByPrefix(named, request)
  if (keys.length === 0 && !named.hasFlag('no_mandatory_keys')) throw badArguments
  return { named, request, keys }
}

export const GETKEYS = command({
  name: 'COMMAND|GETKEYS',
  group: 'server',
  since: '2.8.13',
  summary: 'Returns the keys of a request.',
  complexity: 'O(N) where N is the number of its arguments.',
  arity: -4,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  run(call) {
    const { request, keys } = keysOf(call)
    call.reply.array(keys.length)
    for (const { index } of keys) call.reply.bulk(request.at(index))
  },
})

export const GETKEYSANDFLAGS = command({
  name: 'COMMAND|GETKEYSANDFLAGS',
  group: 'server',
  since: '7.0.0',
  summary: 'Returns the keys of a request, and what it does with each.',
  complexity: 'O(N) where N is the number of its arguments.',
  arity: -4,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  run(call) {
    const { named, request, keys } = keysOf(call)
    const use = named.spec.keyUse?.({ args: request })
    call.reply.array(keys.length)
    for (const { index, spec } of keys) {
      call.reply.array(2)
      call.reply.bulk(request.at(index))
      replySet(call.reply, keyFlags(use === undefined ? spec : { ...use, first: index }))
    }
  },
})
