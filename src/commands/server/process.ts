import { errorReply, syntaxError } from '../../base/index.js'
import { Gate, command, type Call, type ShutdownOptions } from '../../command/index.js'

const noShutdown = errorReply('No shutdown in progress.')

export const INFO = command({
  name: 'INFO',
  group: 'server',
  since: '1.0.0',
  summary: 'Tells of the server and its figures.',
  complexity: 'O(1)',
  arity: -1,
  flags: ['loading', 'stale'],
  categories: ['dangerous'],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  history: [['7.0.0', 'Several sections in one call.']],
  syntax: '[section...]',
  run({ args, reply, services }) {
    const sections = Array.from({ length: args.count - 1 }, (_, i) => args.at(i + 1).toLatin1())
    reply.verbatim(services.server.info(sections))
  },
})

const noMonitorInside = errorReply("MONITOR isn't allowed for DENY BLOCKING client")

export const MONITOR = command({
  name: 'MONITOR',
  group: 'server',
  since: '1.0.0',
  summary: 'Shows the connection every call that the server executes.',
  complexity: '',
  arity: 1,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ client, isInner, reply, services }) {
    if (isInner || client.deniesBlocking) throw noMonitorInside
    if (client.isMonitor) return // as in Redis, which does not even answer
    client.isMonitor = true
    client.gates |= Gate.monitor
    services.monitors.add(client)
    reply.ok()
  },
})

/** @throws {ReplyError} syntaxError */
function readShutdown({ args }: Call): ShutdownOptions | 'abort' {
  const options: { -readonly [Name in keyof ShutdownOptions]: ShutdownOptions[Name] } = {
    save: 'default',
    now: false,
    force: false,
  }
  let given = 0
  let abort = false
  for (let i = 1; i < args.count; i++) {
    const word = args.at(i)
    if (word.is('ABORT')) {
      abort = true
      continue
    }
    given++
    if (word.is('NOW')) options.now = true
    else if (word.is('FORCE')) options.force = true
    else if (word.is('SAVE') && options.save !== 'nosave') options.save = 'save'
    else if (word.is('NOSAVE') && options.save !== 'save') options.save = 'nosave'
    else throw syntaxError
  }
  if (abort && given > 0) throw syntaxError
  return abort ? 'abort' : options
}

/** Where the server ends, the connection ends without a reply. */
function shutDown(call: Call, options: ShutdownOptions): void {
  const { client, services } = call
  const later = call.later()
  services.server.shutdown(options, (refusal) => {
    if (refusal !== null) later.settle((reply) => reply.error(refusal))
    else client.close(false)
  })
}

export const SHUTDOWN = command({
  name: 'SHUTDOWN',
  group: 'server',
  since: '1.0.0',
  summary: 'Stops the server.',
  complexity: 'O(N) when it saves, where N is the number of keys, otherwise O(1).',
  arity: -1,
  flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'],
  history: [['7.0.0', 'Options `NOW`, `FORCE` and `ABORT`.']],
  syntax: '[nosave_save=<NOSAVE | SAVE>] [NOW@7.0.0] [FORCE@7.0.0] [ABORT@7.0.0]',
  run(call) {
    const { server } = call.services
    const options = readShutdown(call)
    if (options !== 'abort') return shutDown(call, options)
    if (!server.abortShutdown()) throw noShutdown
    call.reply.ok()
  },
})

export const TIME = command({
  name: 'TIME',
  group: 'server',
  since: '2.6.0',
  summary: "Returns the server's time: Unix seconds, and microseconds of the second.",
  complexity: 'O(1)',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  tips: ['nondeterministic_output'],
  run({ clock, reply }) {
    const micros = clock.unixMicros()
    const seconds = Math.floor(micros / 1e6)
    reply.array(2)
    reply.bulkText(String(seconds))
    reply.bulkText(String(micros - seconds * 1e6))
  },
})
