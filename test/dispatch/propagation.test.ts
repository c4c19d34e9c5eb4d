import { ManualClock, SeededRandom, type Clock } from '../../src/base/index.js'
import type { Reply } from '../../src/resp/index.js'
import type { Server } from '../../src/server/index.js'
import { forms } from '../differential/fuzz/coverage.js'
import { databases } from '../differential/fuzz/material.js'
import type { Context } from '../differential/fuzz/phrase.js'
import { Expiry } from '../../src/keyspace/index.js'
import { Follower, Units, quietServer } from './follower.js'

const nowMs = 1_700_000_000_000

/** Runs commands, each a line of words, and tells what followers heard of them. */
async function told(lines: readonly string[], units: Units, server: Server): Promise<string[]> {
  const session = server.connect()
  for (const line of lines) await session.call(line.split(' '), {}).catch(() => null)
  session.close()
  return units.take()
}

const deadline = nowMs + 10_000

// each: what was done before, what is done, what is told of it
test.each<[string, string[], string[], string[]]>([
  ['a write as it is', [], ['SET k v', 'APPEND k w'], ['SET k v', 'APPEND k w']],
  ['nothing of what changes nothing', ['SET k v'], ['GET k', 'SET k w NX', 'DEL none', 'LPOP none', 'SPOP none'], []],
  ['nothing of what is refused', ['SET k v'], ['LPUSH k x', 'INCR k', 'NOSUCH'], []],
  ['deadlines as moments', [], ['SET k v EX 10', 'SETEX k 10 v', 'PSETEX k 10000 v'], Array<string>(3).fill(`SET k v PXAT ${deadline}`)], // prettier-ignore
  ['EXPIRE as a moment', ['SET k v'], ['EXPIRE k 10', 'PEXPIRE k 10000 XX'], Array<string>(2).fill(`PEXPIREAT k ${deadline}`)], // prettier-ignore
  ['a deadline that has passed as a deletion', ['SET k v', 'SET l v'], ['EXPIRE k -1', 'GETEX l PXAT 1'], ['DEL k', 'DEL l']], // prettier-ignore
  ['GETEX by what it does', ['SET k v'], ['GETEX k', 'GETEX k EX 10', 'GETEX k PERSIST'], [`PEXPIREAT k ${deadline}`, 'PERSIST k']], // prettier-ignore
  ['KEEPTTL', ['SET k v EX 10'], ['SET k w KEEPTTL', 'SET k x XX GET'], ['SET k w KEEPTTL', 'SET k x']],
  ['sums of fractions', ['SET k 1.5', 'HSET h f 1.5'], ['INCRBYFLOAT k 1', 'HINCRBYFLOAT h f 1', 'HINCRBY h g 2'], ['SET k 2.5 KEEPTTL', 'HSET h f 2.5', 'HSET h g 2']], // prettier-ignore
  ['comparisons by what they do', ['SET k v'], ['SET k w IFEQ v', 'SET k x IFEQ v', 'DELEX k IFEQ w'], ['SET k w', 'DEL k']], // prettier-ignore
  ['MSETEX in one transaction', [], ['MSETEX 2 a 1 b 2 EX 10'], [`MULTI | SET a 1 PXAT ${deadline} | SET b 2 PXAT ${deadline} | EXEC`]], // prettier-ignore
  ['GETSET as a SET', ['SET k v EX 10'], ['GETSET k w'], ['SET k w']],
  ['what was drawn', ['SADD s a'], ['SPOP s'], ['SREM s a']],
  ['a set that was drawn whole', ['SADD s a b'], ['SPOP s 3'], ['DEL s']],
  ['pops of several keys by the one popped', ['RPUSH l a b c', 'ZADD z 1 a 2 b'], ['LMPOP 2 none l RIGHT COUNT 2', 'ZMPOP 2 none z MIN COUNT 5'], ['RPOP l 2', 'ZPOPMIN z 2']], // prettier-ignore
  ['blocking commands as what they did', ['RPUSH l a b c d', 'ZADD z 1 a 2 b'], ['BLPOP none l 0', 'BLMOVE l m LEFT RIGHT 0', 'BRPOPLPUSH l m 0', 'BZPOPMAX z 0'], ['LPOP l', 'LMOVE l m LEFT RIGHT', 'RPOPLPUSH l m', 'ZPOPMAX z 1']], // prettier-ignore
  ['IDs that were chosen', [], ['XADD x * f v', 'XADD x NOMKSTREAM MAXLEN 1 * f v'], [`XADD x ${nowMs}-0 f v`, `XADD x MAXLEN = 1 ${nowMs}-1 f v`]], // prettier-ignore
  ['approximate trims as what they left', ['XADD x 1-1 f v', 'XADD x 2-1 f v'], ['XADD x MAXLEN ~ 1 3-1 f v', 'XTRIM x MINID 3'], ['XADD x MAXLEN = 3 3-1 f v', 'XTRIM x MINID = 3-0']], // prettier-ignore
  ['trims to more than there is', [], ['XADD x MAXLEN 9223372036854775807 1-1 f v'], ['XADD x MAXLEN = 1 1-1 f v']],
  ['deliveries as claims', ['XADD x 1-1 f v', 'XGROUP CREATE x g 0'], ['XREADGROUP GROUP g c STREAMS x >'], [`MULTI | XGROUP CREATECONSUMER x g c | XCLAIM x g c 0 1-1 TIME ${nowMs} RETRYCOUNT 1 FORCE JUSTID LASTID 1-1 | XGROUP SETID x g 1-1 ENTRIESREAD 1 | EXEC`]], // prettier-ignore
  ['deliveries that need no answer', ['XADD x 1-1 f v', 'XGROUP CREATE x g 0', 'XGROUP CREATECONSUMER x g c'], ['XREADGROUP GROUP g c NOACK STREAMS x >'], ['XGROUP SETID x g 1-1 ENTRIESREAD 1']], // prettier-ignore
  ['XDELEX in older words', ['XADD x 1-1 f v', 'XGROUP CREATE x g 0'], ['XDELEX x DELREF IDS 2 1-1 9-9'], ['MULTI | XACK x g 1-1 | XDEL x 1-1 | EXEC']], // prettier-ignore
  ['XACKDEL in older words', ['XADD x 1-1 f v', 'XGROUP CREATE x g 0', 'XREADGROUP GROUP g c STREAMS x >'], ['XACKDEL x g IDS 1 1-1'], ['MULTI | XDEL x 1-1 | XACK x g 1-1 | EXEC']], // prettier-ignore
  ['deadlines of fields', ['HSET h f v g w'], ['HEXPIRE h 10 FIELDS 1 f', 'HGETEX h PERSIST FIELDS 2 f g', 'HSETEX h EX 10 FIELDS 1 f x', 'HGETDEL h FIELDS 1 g'], [`HPEXPIREAT h ${deadline} FIELDS 1 f`, 'HPERSIST h FIELDS 1 f', `MULTI | HSET h f x | HPEXPIREAT h ${deadline} FIELDS 1 f | EXEC`, 'HDEL h g']], // prettier-ignore
  ['a string that was only made longer', [], ['BITFIELD k OVERFLOW FAIL SET u1 8 2', 'BITFIELD k OVERFLOW FAIL SET u1 8 2'], ['BITFIELD k OVERFLOW FAIL SET u1 8 2']], // prettier-ignore
  ['a transaction as one', [], ['MULTI', 'SET k v', 'GET k', 'SELECT 1', 'SET l w', 'EXEC'], ['MULTI | SET k v | SELECT 1 | SET l w | EXEC']], // prettier-ignore
  [
    'where a transaction is, before it',
    [],
    ['SELECT 3', 'MULTI', 'SET k v', 'SET l w', 'EXEC'],
    ['SELECT 3 | MULTI | SET k v | SET l w | EXEC'],
  ],
  ['a transaction of one write as that', [], ['MULTI', 'SET k v', 'GET k', 'EXEC'], ['SET k v']],
  ['nothing of one that was given up', [], ['MULTI', 'SET k v', 'DISCARD'], []],
  ['whole databases', ['SET k v'], ['SWAPDB 0 1', 'FLUSHDB', 'FLUSHALL'], ['SWAPDB 0 1', 'FLUSHDB', 'FLUSHALL']],
])('followers are told %s', async (_what, before, done, expected) => {
  const server = quietServer(new ManualClock(nowMs))
  const units = new Units(server)
  await told(before, units, server)
  expect(await told(done, units, server)).toEqual(expected)
})

test('a command that finds its key expired is told behind the deletion, as one', async () => {
  const clock = new ManualClock(nowMs)
  const server = quietServer(clock)
  const units = new Units(server)
  await told(['SET k v PX 10', 'SET l v PX 10', 'HSET h f 1 g 2', 'HPEXPIRE h 10 FIELDS 1 f'], units, server)
  clock.advance(20)
  expect(await told(['GET k', 'APPEND l w', 'HINCRBY h f 5'], units, server)).toEqual([
    'DEL k',
    'MULTI | DEL l | APPEND l w | EXEC',
    'HSET h f 5',
  ])
})

test('what expires under a look at any key is told one by one', async () => {
  const clock = new ManualClock(nowMs)
  const server = quietServer(clock)
  const units = new Units(server)
  const volatile = ['SET k v PX 10', 'SET l v PX 10']
  await told(volatile, units, server)
  clock.advance(20)
  expect((await told(['SCAN 0'], units, server)).toSorted()).toEqual(['DEL k', 'DEL l'])
  await told(volatile, units, server)
  clock.advance(20)
  expect((await told(['RANDOMKEY'], units, server)).toSorted()).toEqual(['DEL k', 'DEL l'])
  await told(volatile, units, server)
  clock.advance(20)
  const [unit, ...others] = await told(['MULTI', 'SCAN 0', 'EXEC'], units, server)
  expect([unit.split(' | ').length, others]).toEqual([4, []])
})

test('messages are told to replicas and not to files', async () => {
  const server = quietServer()
  const [file, replica] = [new Units(server), new Units(server, 'replicas')]
  await server.call(['PUBLISH', 'c', 'm'])
  await server.call(['SPUBLISH', 'c', 'm'])
  expect([file.take(), replica.take()]).toEqual([[], ['PUBLISH c m', 'SPUBLISH c m']])
  const session = server.connect()
  for (const line of ['SELECT 2', 'PUBLISH c m', 'SET k v']) await session.call(line.split(' '), {})
  expect(file.units).toEqual([['SELECT 2', 'SET k v']]) // of which database the message was it has not heard
  expect(replica.units).toEqual([
    ['SELECT 2', 'PUBLISH c m'],
    ['SELECT 2', 'SET k v'],
  ])
})

test('a client knows how much had been fed when its last write was', async () => {
  const server = quietServer()
  const units = new Units(server)
  const session = server.connect()
  await session.call(['SET', 'k', 'v'], {})
  const [client] = [...server.services.clients.all()]
  expect(client.fedBytes).toBe(server.services.feed.bytes)
  await server.call(['SET', 'k', 'w'])
  expect(client.fedBytes).toBeLessThan(server.services.feed.bytes)
  expect(units.take()).toEqual(['SET k v', 'SET k w'])
})

test('nothing is told while a file is loaded, and a database is chosen anew behind it', async () => {
  const server = quietServer()
  const units = new Units(server)
  await server.call(['SET', 'k', 'v'])
  server.dispatcher.propagation.suspend(true)
  await server.call(['SET', 'k', 'w'])
  server.dispatcher.propagation.suspend(false)
  await server.call(['SET', 'k', 'x'])
  expect(units.units).toEqual([
    ['SELECT 0', 'SET k v'],
    ['SELECT 0', 'SET k x'],
  ])
})

/** A clock that passes with the number of times it is asked, so that deadlines come near and pass in a run. */
class DriftingClock extends ManualClock {
  isStopped = false

  override unixMs(): number {
    if (!this.isStopped) this.advance(0.2)
    return super.unixMs()
  }
}

/** A clock that goes wrong until it is told to be right. */
class WrongClock extends ManualClock {
  isRight = false
  readonly #right: Clock

  constructor(right: Clock) {
    super()
    this.#right = right
  }

  override unixMs(): number {
    return this.#right.unixMs() + (this.isRight ? 0 : 3_600_000)
  }
}

const left = new Set(['SHUTDOWN', 'FLUSHALL', 'DEBUG', 'CLIENT', 'CONFIG', 'MONITOR', 'SUBSCRIBE', 'PSUBSCRIBE', 'RESET', 'QUIT', 'HELLO']) // prettier-ignore
const blocking = /^(?:BLPOP|BRPOP|BLMOVE|BRPOPLPUSH|BLMPOP|BZPOPMIN|BZPOPMAX|BZMPOP|SSUBSCRIBE)$/
const chosen = forms.filter(({ name }) => !left.has(name.split(' ')[0]) && !blocking.test(name))

/** Commands that later versions have, which the generator leaves out, since Redis 7.0 is what it compares with. */
const later: readonly string[] = [
  'HSETEX h:0 PX 40 FIELDS 2 f:1 1 f:2 2', 'HSETEX h:1 KEEPTTL FIELDS 1 f:1 7', 'HPEXPIRE h:0 30 FIELDS 2 f:1 f:2',
  'HGETEX h:0 PX 50 FIELDS 1 f:1', 'HPERSIST h:0 FIELDS 1 f:1', 'HGETDEL h:0 FIELDS 1 f:2', 'HINCRBY h:0 f:1 3',
  'HSETNX h:0 f:2 1', 'HINCRBYFLOAT h:0 f:1 1.5', 'MSETEX 2 s:0 1 n:1 2 PX 30', 'DELEX s:1', 'SET s:2 v IFNE w',
  'XDELEX y:0 DELREF IDS 1 5-5', 'XADD y:0 DELREF MAXLEN 2 * f v', 'XTRIM y:1 ACKED MAXLEN 1', 'XTRIM y:2 MAXLEN ~ 1',
] // prettier-ignore

/** What is stored, in words: whatever a client could find out but when things were last done. */
async function contents(server: Server): Promise<Record<string, Reply>> {
  const found: Record<string, Reply> = {}
  const session = server.connect()
  const ask = (...words: (string | Buffer)[]): Promise<Reply> => session.call(words, {})
  for (let db = 0; db < databases; db++) {
    await ask('SELECT', String(db))
    const keys = (await session.call(['KEYS', '*'], { buffers: true })) as Buffer[]
    for (const key of keys.sort(Buffer.compare)) {
      const name = `${db}:${key.toString('latin1')}`
      found[name] = [await ask('DEBUG', 'DIGEST-VALUE', key), await ask('PEXPIRETIME', key)]
      const type = await ask('TYPE', key)
      if (type === 'stream') found[`${name} stream`] = await streamOf(ask, key)
      if (type !== 'hash') continue
      const fields = (await session.call(['HKEYS', key], { buffers: true })) as Buffer[]
      const sorted = fields.sort(Buffer.compare)
      if (sorted.length > 0) found[`${name} fields`] = await ask('HPEXPIRETIME', key, 'FIELDS', String(sorted.length), ...sorted) // prettier-ignore
    }
  }
  session.close()
  return found
}

async function streamOf(ask: (...words: (string | Buffer)[]) => Promise<Reply>, key: Buffer): Promise<Reply> {
  const info = (await ask('XINFO', 'STREAM', key, 'FULL', 'COUNT', '0')) as Map<string, Reply>
  const groups = (info.get('groups') as Map<string, Reply>[]).map((group) => [
    group.get('name')!,
    group.get('last-delivered-id')!,
    (group.get('pending') as Reply[][]).map((pending) => pending.slice(0, 2)),
  ])
  return [info.get('length')!, info.get('last-generated-id')!, groups]
}

const seeds = [1, 2, 3]
/** A moment that is the same in every run, so that a seed replays it. */
const runStartMs = 1_800_000_000_000
const commandsPerSeed = 3000
const commandsPerLook = 1000

test.each(seeds)('whatever is done at random, a follower comes to hold the same (seed %i)', async (seed) => {
  const clock = new DriftingClock(runStartMs)
  const leader = quietServer(clock, { hashMaxListpackEntries: '8', setMaxIntsetEntries: '8' })
  const ahead = new WrongClock(clock)
  const follower = new Follower(leader, ahead, { listMaxListpackSize: '8', streamNodeMaxEntries: '5' })
  const random = new SeededRandom(seed)
  const context: Context = { random, protocol: 3, database: 0 }
  const total = chosen.reduce((sum, { weight }) => sum + weight, 0)
  const session = leader.connect()
  for (let i = 1; i <= commandsPerSeed; i++) {
    let at = random.below(total)
    const form = chosen.find(({ weight }) => (at -= weight) < 0)!
    const requests =
      random.below(12) === 0 ? [later[random.below(later.length)].split(' ')] : form.make(context).requests
    for (const request of requests) {
      // nobody would end the wait
      if (request.some((word) => /^block$/i.test(String(word)))) continue
      await session.call(request as Buffer[], {}).catch(() => null)
    }
    if (i % commandsPerLook !== 0) continue
    clock.isStopped = ahead.isRight = true
    follower.server.keyspace.expiryOfClients = Expiry.hides
    const [ours, theirs] = [await contents(leader), await contents(follower.server)]
    clock.isStopped = ahead.isRight = false
    expect(theirs).toEqual(ours)
    expect(follower.refused).toEqual([])
  }
  session.close()
})
