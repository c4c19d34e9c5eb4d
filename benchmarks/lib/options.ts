import { parseArgs } from 'node:util'
import { splitCommand, type CommandTemplate } from './servers.js'

export interface BenchOptions {
  readonly names: readonly string[]
  readonly quick: boolean
  readonly write: boolean
  readonly help: boolean
  readonly rounds: number
  readonly redis: CommandTemplate
  readonly truedis: CommandTemplate
}

const redisDefault = 'redis-server --port {port} --bind 127.0.0.1 --save "" --appendonly no {extra}'
const truedisDefault = 'node dist/bin/truedis.js --port {port} --bind 127.0.0.1 --save "" {extra}'

export const usage = (names: readonly string[]): string => `npm run bench -- [${names.join(' | ')}]... [options]

  --rounds <n>     rounds of A B B A; default 5, with --quick 1
  --quick          small counts: shows that everything runs, not how fast
  --write          puts the tables into benchmarks/RESULTS.md
  --truedis <cmd>  default: ${truedisDefault}
  --redis <cmd>    default: ${redisDefault}

{port} is a free port; {extra} is where a question puts arguments of its own.`

/** @throws an Error that says what to change */
export function readOptions(args: readonly string[], known: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      truedis: { type: 'string', default: truedisDefault },
      redis: { type: 'string', default: redisDefault },
    },
  })
  const unknown = positionals.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Error(`no benchmark called ${unknown.join(', ')}: there are ${known.join(', ')}`)
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 5))
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number, 1 or more')
  if (values.quick && values.write) throw new Error('--quick says nothing about speed: its numbers are not written')
  return {
    names: positionals.length === 0 ? known : known.filter((name) => positionals.includes(name)),
    quick: values.quick,
    write: values.write,
    help: values.help,
    rounds,
    redis: splitCommand(values.redis),
    truedis: splitCommand(values.truedis),
  }
}
