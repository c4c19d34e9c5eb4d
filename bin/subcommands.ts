import yargs, { type Argv } from 'yargs'
import { ReplyError } from '../src/base/index.js'
import type { Reply } from '../src/resp/index.js'
import { loadConfig, redisVersion, truedisVersion } from '../src/server/index.js'
import { Client, type Target } from './client.js'
import { printed } from './printing.js'
import { Mistake } from './mistake.js'

/** What stands behind each sub-command's name. */
const syntax: ReadonlyMap<string, string> = new Map([
  ['check', '<config-file>'],
  ['get', '<key>'],
  ['set', '<key> <value>'],
  ['explain', '<key>'],
])

const written = (name: string): string => `${name} ${syntax.get(name)}`

/** Whether the arguments are for the sub-commands (and --help, --version), not for a server. */
export function wantsSubcommand(args: readonly string[]): boolean {
  if (['-h', '-v', ...syntax.keys()].includes(args[0])) return true
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
  try {
    await parser.parseAsync()
  } catch (error) {
    throw error instanceof Error && error.name === 'YError' ? new Mistake(unusable(args, error.message)) : error
  }
  return code
}

function describe(parser: Argv, done: (code: number) => void): Argv {
  return parser
    .scriptName('truedis')
    .usage(usage)
    .command(
      written('check'),
      'Read a configuration file and say what is wrong with it',
      (command) =>
        command
          .positional('config-file', { type: 'string', demandOption: true })
          .example('truedis check redis.conf', 'prints OK, or the first mistake with its line'),
      ({ configFile }) => check(configFile as string),
    )
    .command(
      written('get'),
      "Print a key's value, read through from its origin",
      (command) =>
        connection(command.positional('key', { type: 'string', demandOption: true })).example(
          'truedis get user:1 --port 7777',
          'a string as it is, a hash as lines of two columns; code 1 where there is no such key',
        ),
      async (options) => done(await get(targetOf(options), options.key)),
    )
    .command(
      written('set'),
      "Set a key's value",
      (command) =>
        connection(
          command
            .positional('key', { type: 'string', demandOption: true })
            .positional('value', { type: 'string', demandOption: true }),
        ).example('truedis set user:1 "Ada Lovelace"', 'a value that has spaces is quoted'),
      async (options) => printReply(await ask(targetOf(options), 'SET', options.key, options.value)),
    )
    .command(
      written('explain'),
      "Say where a key's copy comes from, how fresh it is, and what the last read did",
      (command) =>
        connection(command.positional('key', { type: 'string', demandOption: true })).example(
          'truedis explain user:1',
          'origin, digest, age, freshness, and why the last read asked the origin or did not',
        ),
      async (options) => printReply(await ask(targetOf(options), 'ORIGIN', 'EXPLAIN', options.key)),
    )
    .epilogue(epilogue)
    .version(`Truedis ${truedisVersion} (Redis ${redisVersion}), Node ${process.versions.node}`)
    .alias({ help: 'h', version: 'v' })
    .demandCommand(1)
    .strict()
    .exitProcess(false)
    .wrap(null)
    .detectLocale(false)
    .parserConfiguration({ 'duplicate-arguments-array': false })
    .fail((message: string | null, error: Error | undefined) => {
      throw error ?? Object.assign(new Error(message ?? ''), { name: 'YError' })
    })
}

/** A mistake in how a sub-command is written: what it is, and how to write it. @param said what yargs calls it */
function unusable(args: readonly string[], said: string): string {
  const [name] = args
  if (!syntax.has(name)) return `${said}; see truedis --help`
  const [, unknown] = /^Unknown arguments?: (.*)/.exec(said) ?? []
  const [, empty] = /^Not enough arguments following: (.*)/.exec(said) ?? []
  const problem =
    unknown !== undefined
      ? `has no use for ${unknown
          .split(', ')
          .map((word) => `'${asTyped(word, args)}'`)
          .join(', ')}`
      : empty !== undefined
        ? `--${empty} needs a value`
        : 'needs more words'
  return `${name} ${problem}; write: truedis ${written(name)}; see truedis ${name} --help`
}

/** An option as it was typed, with its dashes; other words are what they are. */
const asTyped = (word: string, args: readonly string[]): string =>
  args.map((arg) => arg.replace(/=.*/s, '')).find((arg) => arg.replace(/^-+/, '') === word) ?? word

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
    .option('host', { type: 'string', default: '127.0.0.1', describe: 'Where the server listens', requiresArg: true })
    .option('port', { type: 'number', default: 6379, describe: 'Its port', requiresArg: true })
    .option('socket', { type: 'string', describe: 'Its unix socket, instead of host and port', requiresArg: true })
    .option('password', {
      type: 'string',
      requiresArg: true,
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
