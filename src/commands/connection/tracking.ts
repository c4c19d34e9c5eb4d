import { errorReply, syntaxError } from '../../base/index.js'
import { command, int64, type Call, type Client, type TrackingOptions } from '../../command/index.js'

const oneRedirect = errorReply('A client can only redirect to a single other client')
const noSuchRedirect = errorReply('The client ID you want redirect to does not exist')
const prefixNeedsBroadcast = errorReply('PREFIX option requires BCAST mode to be enabled')
const broadcastStays = errorReply(
  "You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.",
)
const broadcastAlone = errorReply('OPTIN and OPTOUT are not compatible with BCAST')
const notBoth = errorReply("You can't specify both OPTIN mode and OPTOUT mode")
const optStays = errorReply(
  "You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.",
)
const cachingNeedsTracking = errorReply(
  'CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
)
const yesNeedsOptIn = errorReply('CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.')
const noNeedsOptOut = errorReply('CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.')

interface Asked extends TrackingOptions {
  readonly prefixes: readonly string[]
}

/** @throws {ReplyError} */
function readOptions({ args, services }: Call): Asked {
  let redirect = 0
  const asked = { isBroadcast: false, optIn: false, optOut: false, noLoop: false }
  const prefixes: string[] = []
  for (let i = 3; i < args.count; i++) {
    const option = args.at(i)
    const hasMore = i + 1 < args.count
    if (option.is('REDIRECT') && hasMore) {
      if (redirect !== 0) throw oneRedirect
      redirect = Number(int64(args.at(++i)))
      if (services.clients.byId(redirect) === undefined) throw noSuchRedirect
    } else if (option.is('BCAST')) asked.isBroadcast = true
    else if (option.is('OPTIN')) asked.optIn = true
    else if (option.is('OPTOUT')) asked.optOut = true
    else if (option.is('NOLOOP')) asked.noLoop = true
    else if (option.is('PREFIX') && hasMore) prefixes.push(args.at(++i).toLatin1())
    else throw syntaxError
  }
  return { redirect, ...asked, prefixes }
}

/** Whether the options go together, and with what the client asked for before. @throws {ReplyError} */
function check({ tracking }: Client, { isBroadcast, optIn, optOut, prefixes }: Asked): void {
  if (!isBroadcast && prefixes.length > 0) throw prefixNeedsBroadcast
  if (tracking !== null && tracking.isBroadcast !== isBroadcast) throw broadcastStays
  if (isBroadcast && (optIn || optOut)) throw broadcastAlone
  if (optIn && optOut) throw notBoth
  if (tracking !== null && ((optIn && tracking.optOut) || (optOut && tracking.optIn))) throw optStays
  if (isBroadcast) checkPrefixes(tracking?.prefixes ?? [], prefixes)
}

const shown = (prefix: string): string => prefix.split('\0', 1)[0]

/** No key may lie under two prefixes of one client. @throws {ReplyError} */
function checkPrefixes(old: readonly string[], added: readonly string[]): void {
  const overlap = (one: string, other: string): boolean => one.startsWith(other) || other.startsWith(one)
  const refuse = (one: string, which: string, other: string): never => {
    throw errorReply(
      `Prefix '${shown(one)}' overlaps with ${which} prefix '${shown(other)}'. Prefixes for a single client must not overlap.`,
    )
  }
  added.forEach((prefix, i) => {
    for (const other of old) if (overlap(other, prefix)) refuse(prefix, 'an existing', other)
    for (const other of added.slice(i + 1)) if (overlap(prefix, other)) refuse(prefix, 'another provided', other)
  })
}

export const TRACKING = command({
  name: 'CLIENT|TRACKING',
  group: 'connection',
  since: '6.0.0',
  summary: 'Asks to be told when keys change that this connection has read and may hold copies of.',
  complexity: 'O(1). Some options may introduce additional complexity.',
  arity: -3,
  flags: ['noscript', 'loading', 'stale'],
  syntax: `status=<ON | OFF> [REDIRECT client-id:integer] [PREFIX prefix]... [BCAST] [OPTIN] [OPTOUT] [NOLOOP]`,
  run(call) {
    const { args, client, reply, services } = call
    const asked = readOptions(call)
    if (args.at(2).is('ON')) {
      check(client, asked)
      services.tracking.enable(client, asked, asked.prefixes)
    } else if (args.at(2).is('OFF')) services.tracking.disable(client)
    else throw syntaxError
    reply.ok()
  },
})

export const CACHING = command({
  name: 'CLIENT|CACHING',
  group: 'connection',
  since: '6.0.0',
  summary: 'Says whether the keys of the next request are to be tracked, under OPTIN or OPTOUT.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  syntax: 'mode=<YES | NO>',
  run({ args, client: { tracking }, reply }) {
    if (tracking === null) throw cachingNeedsTracking
    if (args.at(2).is('YES')) {
      if (!tracking.optIn) throw yesNeedsOptIn
    } else if (!args.at(2).is('NO')) throw syntaxError
    else if (!tracking.optOut) throw noNeedsOptOut
    tracking.caching = true
    reply.ok()
  },
})

export const GETREDIR = command({
  name: 'CLIENT|GETREDIR',
  group: 'connection',
  since: '6.0.0',
  summary: 'Returns the connection to which tracking messages go: 0, this one; -1, none.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  run({ client, reply }) {
    reply.integer(client.tracking?.redirect ?? -1)
  },
})

/** What is on, in the words of CLIENT TRACKINGINFO. */
function flagsOf({ tracking }: Client): string[] {
  if (tracking === null) return ['off']
  const { caching, isBroadcast, isBroken, noLoop, optIn, optOut } = tracking
  return [
    'on',
    ...(isBroadcast ? ['bcast'] : []),
    ...(optIn ? ['optin', ...(caching ? ['caching-yes'] : [])] : []),
    ...(optOut ? ['optout', ...(caching ? ['caching-no'] : [])] : []),
    ...(noLoop ? ['noloop'] : []),
    ...(isBroken ? ['broken_redirect'] : []),
  ]
}

export const TRACKINGINFO = command({
  name: 'CLIENT|TRACKINGINFO',
  group: 'connection',
  since: '6.2.0',
  summary: 'Tells what this connection asked for by CLIENT TRACKING.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  run({ client, reply }) {
    const flags = flagsOf(client)
    const prefixes = client.tracking?.prefixes ?? []
    reply.map(3)
    reply.bulkText('flags')
    reply.set(flags.length)
    for (const flag of flags) reply.bulkText(flag)
    reply.bulkText('redirect')
    reply.integer(client.tracking?.redirect ?? -1)
    reply.bulkText('prefixes')
    reply.array(prefixes.length)
    for (const prefix of prefixes) reply.bulkBytes(Buffer.from(prefix, 'latin1'))
  },
})
