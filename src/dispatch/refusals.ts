import { ReplyError, errorReply, type Slice } from '../base/index.js'
import { printed, type Command } from '../command/index.js'
import type { Args } from '../resp/index.js'

export const noAuth = new ReplyError('NOAUTH', 'Authentication required.')
export const outOfMemory = new ReplyError('OOM', "command not allowed when used memory > 'maxmemory'.")
/** Redis would end here. */
export const noMemory = new ReplyError('OOM', 'the system has no memory left for this command.')
/** Of replicas, as which Redis counts a client that said MONITOR. */
export const monitorsOnlyWatch = errorReply("Replica can't interact with the keyspace")

/** Replied to writes, and to PING, while a file that they should be in cannot be written. The first is of snapshots. */
export const snapshotFailed = new ReplyError(
  'MISCONF',
  "Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.",
)
/** @param reason the system's words */
export const fileFailed = (reason: string): ReplyError =>
  new ReplyError('MISCONF', `Errors writing to the AOF file: ${reason}`)
export const noReplicas = new ReplyError('NOREPLICAS', 'Not enough good replicas to write.')
export const readOnlyReplica = new ReplyError('READONLY', "You can't write against a read only replica.")
export const primaryDown = new ReplyError(
  'MASTERDOWN',
  "Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
)
export const loading = new ReplyError('LOADING', 'Redis is loading the dataset in memory')

/** Replied to whoever waits for keys when the server becomes a replica; its connection ends. */
export const instanceChanged = new ReplyError(
  'UNBLOCKED',
  'force unblock from blocking operation, instance state changed (master -> replica?)',
)
export const unblocked = new ReplyError('UNBLOCKED', 'client unblocked via CLIENT UNBLOCK')

export const notInTransaction = errorReply('Command not allowed inside a transaction')

/** @param directive names who may call it */
export function notPermitted({ name }: Command, directive: string): ReplyError {
  const [container] = name.split('|')
  return errorReply(
    `${container} command not allowed. If the ${directive} option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.`,
  )
}

/** RESP2 has no messages out of band: a subscribed connection can tell only its own. */
export const subscribersOnlyListen = (command: Command): ReplyError =>
  errorReply(
    `Can't execute '${command.fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
  )

/** Bound keys that became known only as a call ran which cannot be run again. */
export function keysUnknown([key]: readonly Buffer[]): ReplyError {
  const text = key
    .subarray(0, 128)
    .latin1Slice()
    .replace(/[^ -~]|['\\]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`)
  return new ReplyError('ORIGINKEYS', `declare '${text}' in KEYS`)
}

/** Bytes of arguments that an unknown command's error repeats. */
const echoedBytesMax = 128

/** Redis repeats the name and the first arguments, 128 bytes of each kind. */
export function unknownCommand(args: Args): ReplyError {
  let echoed = ''
  for (let i = 1; i < args.count && echoed.length < echoedBytesMax; i++) {
    echoed += `'${printed(args.at(i), echoedBytesMax - echoed.length)}' `
  }
  return errorReply(`unknown command '${printed(args.at(0), 128)}', with args beginning with: ${echoed}`)
}

export function unknownSubcommand(command: Command, sub: Slice): ReplyError {
  return errorReply(`unknown subcommand '${printed(sub, 128)}'. Try ${command.name} HELP.`)
}

export function wrongArity(command: Command): ReplyError {
  return errorReply(`wrong number of arguments for '${command.fullName}' command`)
}
