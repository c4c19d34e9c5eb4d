import yargs, { type Argv } from 'yargs'
import { ReplyError } from '../src/base/index.js'
import type { Reply } from '../src/resp/index.js'
import { loadConfig, redisVersion, truedisVersion } from '../src/server/index.js'
import { Client, type Target } from './client.js'
import { printed } from './printing.js'
import { Mistake } from './mistake.js'

const names = ['check', 'get', 'set', 'explain']

/** Whether the arguments are for the sub-commands (and --help, --version), not for a server. */
export function wantsSubcommand(args: readonly string[]): boolean {
  if (['-h', '-v', ...names].includes(args[0])) return true
  // Right after a directive's name it would be that directive's value.
  return args.some((arg, i) => (arg === '--help' || arg === '--version') && !args[i - 1]?.startsWith('--'))
}

/**
 * Runs what yargs is in charge of.
 *
 * @returns the exit code
 * @throws {Mistake}
 */
export async function runSubcommand(args: readonly string[]): Promise<number> {
  let code = 0
  const parser = describe(yargs([...args]), (outcome) => {
    code = outcome
  })
  await parser.parseAsync()
  return code
}

function describe(parser: Argv, done: (code: number) => void): Argv {
  return parser
    .scriptName('truedis')
    .usage(usage)
    .command(
      'check <config-file>',
      'Read a configuration file and say what is wrong with it',
      (command) => command.positional('config-file', { type: 'string', demandOption: true }),
      ({ configFile }) => check(configFile as string),
    )
    .command(
      'get <key>',
      "Print a key's value, read through from its origin",
      (command) => connection(command.positional('key', { type: 'string', demandOption: true })),
      async (options) => done(await get(targetOf(options), options.key)),
    )
    .command(
      'set <key> <value>',
      "Set a key's value",
      (command) =>
        connection(
          command
            .positional('key', { type: 'string', demandOption: true })
            .positional('value', { type: 'string', demandOption: true }),
        ),
      async (options) => printReply(await ask(targetOf(options), 'SET', options.key, options.value)),
    )
    .command(
      'explain <key>',
      "Say where a key's copy comes from, how fresh it is, and what the last read did",
      (command) => connection(command.positional('key', { type: 'string', demandOption: true })),
      async (options) => printReply(await ask(targetOf(options), 'ORIGIN', 'EXPLAIN', options.key)),
    )
    .epilogue(epilogue)
    .version(`Truedis ${truedisVersion} (Redis ${redisVersion}), Node ${process.versions.node}`)
    .alias({ help: 'h', version: 'v' })
    .demandCommand(1)
    .strict()
    .exitProcess(false)
    .wrap(null)
    .fail((message: string | null, error: Error | undefined) => {
      throw error ?? new Mistake(`${(message ?? '').replace(/\s*\n\s*/g, ' ')}; see truedis --help`)
    })
}

const usage = `Usage:
  truedis [config-file] [--directive value ...]   run a server (redis.conf's directives, redis-server's command line)
  truedis <command>                               ask one, or check its configuration`

const epilogue = `Examples:
  truedis                                         listen on 127.0.0.1:6379
  truedis /etc/redis/redis.conf --port 7777       a file; what is on the command line wins
  truedis --port 7777 --save "" --requirepass x
  truedis --origin users "user:*" file:./origin.json validate 5s
                                                  keys user:* are read through from a JSON file, at most 5 s old
  truedis --origin "users user:* https://api.example.com/users/{1} validate always stale-if-error 1h"
  cat redis.conf | truedis - --port 7777          configuration on standard input
  truedis check redis.conf                        prints OK, or the first mistake with its line
  truedis get user:1 --port 7777                  TRUEDIS_PASSWORD or REDISCLI_AUTH hold the password
  truedis explain user:1

A configuration file that is named like a command is given as a path: truedis ./check`

const connection = <Options>(command: Argv<Options>) =>
  command
    .option('host', { type: 'string', default: '127.0.0.1', describe: 'Where the server listens' })
    .option('port', { type: 'number', default: 6379, describe: 'Its port' })
    .option('socket', { type: 'string', describe: 'Its unix socket, instead of host and port' })
    .option('password', {
      type: 'string',
      describe: 'Better in TRUEDIS_PASSWORD or REDISCLI_AUTH, where ps does not show it',
    })

interface Connection {
  readonly host: string
  readonly port: number
  readonly socket: string | undefined
  readonly password: string | undefined
}

function targetOf({ host, port, socket, password }: Connection): Target {
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new Mistake('--port takes a number from 1 to 65535')
  const secret = password ?? process.env.TRUEDIS_PASSWORD ?? process.env.REDISCLI_AUTH
  return { host, port, ...(socket !== undefined && { socket }), ...(secret !== undefined && { password: secret }) }
}

function check(configFile: string): void {
  const path = configFile.startsWith('-') ? `./${configFile}` : configFile
  const config = loadConfig([path])
  for (const notice of config.notices()) process.stdout.write(`${notice}\n`)
  const count = config.origins.length
  process.stdout.write(`${configFile}: OK, ${count} ${count === 1 ? 'origin' : 'origins'}\n`)
}

async function ask(target: Target, ...args: readonly string[]): Promise<Reply> {
  const client = await Client.open(target)
  try {
    return await client.call(...args)
  } finally {
    client.close()
  }
}

/** Prints a string's bytes or a hash's fields; a key that is not there is code 1. */
async function get(target: Target, key: string): Promise<number> {
  let reply = await ask(target, 'GET', key)
  if (reply instanceof ReplyError && reply.prefix === 'WRONGTYPE') reply = await ask(target, 'HGETALL', key)
  if (reply === null) {
    process.stderr.write(`truedis: no key '${key}'\n`)
    return 1
  }
  printReply(reply)
  return 0
}

function printReply(reply: Reply): void {
  process.stdout.write(printed(orMistake(reply)))
}

function orMistake(reply: Reply): Reply {
  if (!(reply instanceof ReplyError)) return reply
  const advice = reply.prefix === 'NOAUTH' ? ' Give it in TRUEDIS_PASSWORD, or with --password' : ''
  throw new Mistake(`${reply.text}${advice}`)
}
