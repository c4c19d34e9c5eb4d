import { errorReply, syntaxError } from '../../base/index.js'
import { command, printed, type Call, type Client, type ReplyMode } from '../../command/index.js'
import { isClientText, setClientName } from './credentials.js'

/** Sets what CLIENT REPLY asks for, and the gate by which dispatch notices whatever is special about a client's calls. */
export function watchReplies(client: Client, mode: ReplyMode): void {
  if (client.replyMode !== 'never') client.replyMode = mode
  client.deriveGates()
}

/** @throws {ReplyError} syntaxError */
function onOrOff({ args }: Call): boolean {
  if (args.at(2).is('ON')) return true
  if (args.at(2).is('OFF')) return false
  throw syntaxError
}

export const SETNAME = command({
  name: 'CLIENT|SETNAME',
  group: 'connection',
  since: '2.6.9',
  summary: 'Names the connection.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  syntax: 'connection-name',
  run(call) {
    setClientName(call, call.args.at(2))
    call.reply.ok()
  },
})

export const SETINFO = command({
  name: 'CLIENT|SETINFO',
  group: 'connection',
  since: '7.2.0',
  summary: 'Tells which client library is behind the connection.',
  complexity: 'O(1)',
  arity: 4,
  flags: ['noscript', 'loading', 'stale'],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  syntax: 'attr=<LIB-NAME libname | LIB-VER libver>',
  run({ args, client, reply }) {
    const attribute = args.at(2)
    const isName = attribute.is('LIB-NAME')
    if (!isName && !attribute.is('LIB-VER')) throw errorReply(`Unrecognized option '${printed(attribute)}'`)
    const text = args.at(3).toLatin1()
    if (!isClientText(text)) {
      throw errorReply(`${printed(attribute)} cannot contain spaces, newlines or special characters.`)
    }
    if (isName) client.libraryName = text
    else client.libraryVersion = text
    reply.ok()
  },
})

export const REPLY = command({
  name: 'CLIENT|REPLY',
  group: 'connection',
  since: '3.2.0',
  summary: 'Switches the replies to this connection off and on.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  syntax: 'on_off_skip=<ON | OFF | SKIP>',
  run({ args, client, reply }) {
    const mode = args.at(2)
    if (mode.is('ON')) {
      watchReplies(client, 'on')
      reply.ok()
    } else if (mode.is('OFF')) watchReplies(client, 'off')
    else if (!mode.is('SKIP')) throw syntaxError
    else if (client.replyMode !== 'off') watchReplies(client, 'skip-next')
  },
})

export const NO_EVICT = command({
  name: 'CLIENT|NO-EVICT',
  group: 'connection',
  since: '7.0.0',
  summary: 'Exempts the connection from client eviction.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  syntax: 'enabled=<ON | OFF>',
  run(call) {
    call.client.noEvict = onOrOff(call)
    call.reply.ok()
  },
})

export const NO_TOUCH = command({
  name: 'CLIENT|NO-TOUCH',
  group: 'connection',
  since: '7.2.0',
  summary: "Keeps this connection's reads from renewing the time of last access.",
  complexity: 'O(1)',
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  syntax: 'enabled=<ON | OFF>',
  run(call) {
    call.client.noTouch = onOrOff(call)
    watchReplies(call.client, call.client.replyMode)
    call.reply.ok()
  },
})

export const NO_ORIGIN = command({
  name: 'CLIENT|NO-ORIGIN',
  group: 'connection',
  since: '7.0.0',
  summary: "Keeps this connection's reads from asking origins: it sees what the cache holds.",
  complexity: 'O(1)',
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  syntax: 'enabled=<ON | OFF>',
  run(call) {
    call.client.noOrigin = onOrOff(call)
    call.reply.ok()
  },
})

const needsAttributes = errorReply('ORIGIN-STATUS is told in attributes, which RESP3 has; HELLO 3 chooses it')

export const ORIGIN_STATUS = command({
  name: 'CLIENT|ORIGIN-STATUS',
  group: 'connection',
  since: '7.0.0',
  summary:
    'Has replies that come of bound keys say how fresh these are: a RESP3 attribute, in the words of Cache-Status.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  syntax: 'enabled=<ON | OFF>',
  run(call) {
    const isOn = onOrOff(call)
    if (isOn && call.client.protocol !== 3) throw needsAttributes
    call.client.showsOrigin = isOn
    call.reply.ok()
  },
})
