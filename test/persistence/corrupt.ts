import { pathToFileURL } from 'node:url'
import { Crc64, SeededRandom } from '../../src/base/index.js'
import { datasetDigest } from '../../src/commands/server/dataset-digest.js'
import type { Keyspace } from '../../src/keyspace/index.js'
import { RdbError } from '../../src/persistence/index.js'
import { CommandRunner } from '../commands/command-runner.js'
import { anySeed, programOptions } from '../support/program-options.js'
import { file, payload, value } from './builders.js'
import { fuzzAppendOnly } from './corrupt-aof.js'
import { emptyKeyspace, load } from './loading.js'
import { mutate, type CorruptTally } from './mutate.js'
import { settle } from './settle.js'
import { specimens } from './specimens.js'

/*
 * Payloads and snapshots that are broken at random, by seed. Each must be refused clearly or be a value that can be read,
 * changed, dumped and loaded again; none may crash, hang, take memory that its bytes do not account for, or leave any behind.
 *
 *   npm run corrupt -- [--mutations N] [--seed N]
 */

/** A value may take so much memory beside what its bytes account for: LZF packs 88 times at the most. */
const bytesPerByteMax = 400
const bytesBesideMax = 1 << 22

/** Commands that read and change all of a value of each type. */
const exercises: Readonly<Record<string, readonly string[]>> = {
  string: ['GET k', 'APPEND k x', 'SETRANGE k 3 yy', 'INCR k'],
  list: ['LRANGE k 0 -1', 'LPOP k', 'RPUSH k a 12', 'LINSERT k AFTER a b', 'LSET k 0 z', 'LREM k 0 a', 'RPOP k 3', 'LINDEX k -1'], // prettier-ignore
  set: ['SMEMBERS k', 'SADD k a 12 -5', 'SREM k a', 'SRANDMEMBER k 5', 'SPOP k 2', 'SISMEMBER k 12'],
  zset: ['ZRANGE k 0 -1 WITHSCORES', 'ZADD k 1 a 2 b', 'ZINCRBY k 3 a', 'ZRANGEBYSCORE k -inf inf', 'ZREM k a', 'ZPOPMIN k', 'ZRANK k b'], // prettier-ignore
  hash: ['HGETALL k', 'HSET k a 1 b 2', 'HDEL k a', 'HINCRBY k b 5', 'HPEXPIRE k 100000 FIELDS 1 b', 'HRANDFIELD k 3', 'HPERSIST k FIELDS 1 b'], // prettier-ignore
  stream: [
    ...['XRANGE k - +', 'XREVRANGE k + -', 'XINFO STREAM k FULL COUNT 0', 'XADD k * f v', 'XADD k * g w', 'XLEN k'],
    ...[
      'XREADGROUP GROUP g c STREAMS k >',
      'XPENDING k g',
      'XPENDING k g - + 10',
      'XCLAIM k g d 0 1000-1',
      'XACK k g 1000-1',
    ],
    ...['XAUTOCLAIM k g e 0 0', 'XDEL k 1000-1', 'XTRIM k MAXLEN 2', 'XGROUP DELCONSUMER k g c', 'XGROUP DESTROY k g'],
  ],
}

/** Runs every command on the value, and its payload into a value again. */
function exercise(runner: CommandRunner): void {
  const type = runner.run('TYPE k').slice(1, -2)
  const check = (): void => {
    const dumped = runner.run('DUMP k')
    if (dumped === '$-1\r\n') return
    const bytes = Buffer.from(dumped, 'latin1').subarray(dumped.indexOf('\n') + 1, -2)
    const [, before] = runner.run('DEBUG DIGEST-VALUE k').split('\r\n')
    const again = runner.run('RESTORE', 'again', '0', bytes)
    if (again !== '+OK\r\n') throw new Error(`what was loaded cannot be restored: ${again}`)
    const [, after] = runner.run('DEBUG DIGEST-VALUE again').split('\r\n')
    if (before.length !== 41 || after !== before)
      throw new Error(`what was restored is another value: ${before}, ${after}`)
    runner.run('DEL again')
  }
  check()
  for (const line of exercises[type]) runner.run(line)
  check()
}

/** Tries so many broken payloads. @throws {Error} one of them did what none may do; its hexadecimal digits are in the message */
export function fuzzPayloads(mutations: number, seed: number): CorruptTally {
  const random = new SeededRandom(seed)
  const runner = new CommandRunner()
  runner.config.set('enable-debug-command', 'yes')
  const { arena } = runner.keyspace
  const bodies = specimens().map(({ version, type, parts }) => ({ version, body: payload(version, type, ...parts).subarray(0, -10) })) // prettier-ignore
  const tally = { good: 0, refused: 0 }
  runner.run('SET warm up')
  runner.run('DEL warm')
  let baseline = arena.usedBytes
  for (let i = 0; i < mutations; i++) {
    const { version, body } = bodies[random.below(bodies.length)]
    const bytes = payload(version, i < bodies.length ? bodies[i].body : mutate(random, body))
    try {
      const reply = runner.run('RESTORE', 'k', '0', bytes, 'REPLACE')
      if (reply === '+OK\r\n') {
        tally.good++
        if (arena.usedBytes - baseline > bytes.length * bytesPerByteMax + bytesBesideMax) {
          throw new Error(`it takes ${arena.usedBytes - baseline} bytes`)
        }
        exercise(runner)
        runner.run('DEL k')
      } else if (reply === '-ERR Bad data format\r\n') tally.refused++
      else throw new Error(`the refusal is ${reply}`)
      runner.events()
      settle(runner.keyspace)
      if (i === 0) baseline = arena.usedBytes
      if (arena.usedBytes !== baseline) throw new Error(`${arena.usedBytes - baseline} bytes are left behind`)
    } catch (error) {
      throw new Error(`seed ${seed}, mutation ${i}: payload ${bytes.toString('hex')}: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }
  return tally
}

/** Tries so many broken snapshots, each in one piece and cut at random, which must come to the same. @throws {Error} */
export function fuzzSnapshots(mutations: number, seed: number): CorruptTally {
  const random = new SeededRandom(seed)
  const all = specimens()
  const tally = { good: 0, refused: 0 }
  const keyspace = emptyKeyspace()
  for (let i = 0; i < mutations; i++) {
    const chosen = Array.from({ length: 3 }, () => all[random.below(all.length)])
    const version = chosen.some((one) => one.version === 80) ? 80 : 12
    const usable = chosen.filter((one) => version === 12 || one.version === 80 || one.type !== 22)
    const whole = file(version, ...usable.map(({ type, parts }, n) => value(type, `key${n}`, ...parts)))
    const body = mutate(random, whole.subarray(0, -8))
    const bytes = Buffer.concat([body, Buffer.alloc(8)])
    if (random.below(2) === 0) new Crc64().update(body).writeTo(bytes, body.length)
    try {
      const outcomes = [bytes.length, 1 + random.below(50)].map((piece) => outcome(keyspace, bytes, piece))
      if (outcomes[0] !== outcomes[1]) throw new Error(`whole it is ${outcomes[0]}, in pieces ${outcomes[1]}`)
      if (outcomes[0].startsWith('loaded')) tally.good++
      else tally.refused++
    } catch (error) {
      throw new Error(`seed ${seed}, mutation ${i}: snapshot ${bytes.toString('hex')}: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }
  return tally
}

/** The digest of what was loaded, or why it was not. */
function outcome(keyspace: Keyspace, bytes: Buffer, piece: number): string {
  try {
    load(keyspace, bytes, piece)
    return `loaded: ${datasetDigest(keyspace)}`
  } catch (error) {
    if (!(error instanceof RdbError)) throw error
    return error.message
  } finally {
    keyspace.flushAll()
  }
}

const usage = `npm run corrupt -- [--mutations N] [--seed N]

  --mutations  how many payloads are broken, a quarter as many snapshots, and as many append-only files (default 100000)
  --seed       of what is broken, and how; printed where none is given`

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { mutations, seed } = programOptions(usage, { mutations: 100_000, seed: anySeed() })
  const tell = (what: string, tally: CorruptTally): void =>
    void process.stdout.write(`${what}: ${JSON.stringify(tally)}\n`)
  process.stdout.write(`seed ${seed}\n`)
  tell('payloads', fuzzPayloads(mutations, seed))
  tell('snapshots', fuzzSnapshots(mutations >> 2, seed))
  tell('append-only files', fuzzAppendOnly(mutations, seed))
}
