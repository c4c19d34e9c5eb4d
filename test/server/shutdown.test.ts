import { connect, type Socket } from 'node:net'
import { ManualClock, type Log, type ReplyError } from '../../src/base/index.js'
import type { ShutdownOptions } from '../../src/command/index.js'
import { createServer, type EmbeddedServer } from '../../src/server/index.js'
import { Shutdown } from '../../src/server/shutdown.js'
import { Asker, until } from '../replication/support/asking.js'

const plain: ShutdownOptions = { save: 'default', now: false, force: false }

/** A server that notes what is asked of it, and replicas that are as far as the test says. */
class Stage {
  readonly clock = new ManualClock()
  readonly events: string[] = []
  readonly told: (string | null)[] = []
  timeoutMs = 10_000
  offset = 100
  acknowledged = 100
  saves = true
  drained: () => void = () => {}
  readonly shutdown: Shutdown

  constructor() {
    const { clock, events } = this
    const say = (text: string): void => void events.push(text)
    const log: Log = { debug: say, verbose: say, notice: say, warning: say }
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- a getter has a `this` of its own
    const stage = this
    this.shutdown = new Shutdown({
      clock,
      log,
      timeoutMs: () => this.timeoutMs,
      laggards: {
        get offset() {
          return stage.offset
        },
        areNone: (offset) => this.acknowledged >= offset,
        ask: () => void events.push('(asked)'),
        report: (offset) => void events.push(`(reported ${offset})`),
      },
      holdWrites: () => {
        events.push('(writes wait)')
        return () => void events.push('(writes go on)')
      },
      files: {
        drain: () => new Promise((resolve) => (this.drained = resolve)),
        saveAtEnd: () => {
          events.push('(saved)')
          return this.saves
        },
      },
      close: () => void events.push('(closed)'),
    })
  }

  begin(options: Partial<ShutdownOptions> = {}): void {
    this.shutdown.begin({ ...plain, ...options }, (refusal: ReplyError | null) => {
      this.told.push(refusal?.message ?? null)
    })
  }

  /** The disk has all. */
  async drain(): Promise<void> {
    this.drained()
    await Promise.resolve()
    await Promise.resolve()
  }
}

let stage: Stage

beforeEach(() => (stage = new Stage()))

const begun = ['(writes wait)', 'User requested shutdown...']
const waiting = [...begun, '(asked)', 'Waiting for replicas before shutting down.']
const refused = 'Errors trying to SHUTDOWN. Check logs.'

test('without a replica that is behind the server saves when the disk has what was appended, and closes', async () => {
  stage.begin()
  expect([stage.events, stage.told]).toEqual([[...begun, '(reported 100)'], []])
  await stage.drain()
  expect([stage.events, stage.told]).toEqual([[...begun, '(reported 100)', '(saved)', '(closed)'], [null]])
})

test('it closes when a replica has what was written before, whatever the stream says afterwards', async () => {
  stage.acknowledged = 99
  stage.begin()
  stage.offset = 137 // the question itself
  stage.clock.advance(9_999)
  stage.shutdown.consider()
  expect([stage.events, stage.shutdown.remainingMs]).toEqual([waiting, 1])
  stage.acknowledged = 100
  stage.shutdown.consider()
  stage.shutdown.consider()
  await stage.drain()
  expect(stage.events).toEqual([...waiting, '(reported 100)', '(saved)', '(closed)'])
  expect([stage.told, stage.shutdown.remainingMs]).toEqual([[null], null])
})

test('it closes when the time is up', async () => {
  stage.acknowledged = 0
  stage.begin()
  stage.clock.advance(10_000)
  await stage.drain()
  expect(stage.events).toEqual([...waiting, '(reported 100)', '(saved)', '(closed)'])
})

test.each([
  ['NOW', { now: true }, 10_000],
  ['shutdown-timeout 0', {}, 0],
])('%s waits for no replica', async (_name, options, timeoutMs) => {
  stage.acknowledged = 0
  stage.timeoutMs = timeoutMs
  stage.begin(options)
  await stage.drain()
  expect(stage.events).toEqual([...begun, '(reported 100)', '(saved)', '(closed)'])
})

test('whoever asks meanwhile waits for the same end', async () => {
  stage.acknowledged = 0
  stage.begin()
  stage.begin({ now: true })
  expect(stage.events).toEqual(waiting)
  stage.clock.advance(10_000)
  await stage.drain()
  expect(stage.told).toEqual([null, null])
})

test('ABORT tells all who wait, after its own call, and writes go on', async () => {
  stage.acknowledged = 0
  stage.begin()
  stage.begin()
  expect(stage.shutdown.abort()).toBe(true)
  expect([stage.events, stage.told]).toEqual([[...waiting, '(writes go on)', 'Shutdown manually aborted.'], []])
  stage.clock.advance(0)
  expect([stage.told, stage.shutdown.remainingMs, stage.shutdown.abort()]).toEqual([[refused, refused], null, false])
  stage.clock.advance(20_000)
  expect(stage.events).not.toContain('(saved)')
})

test('ABORT comes in time while the disk is waited for, too; another end may be asked for then', async () => {
  stage.begin()
  const drained = stage.drained
  expect(stage.shutdown.abort()).toBe(true)
  stage.begin()
  drained()
  await Promise.resolve()
  expect(stage.events).not.toContain('(saved)')
  await stage.drain()
  expect(stage.events.slice(-2)).toEqual(['(saved)', '(closed)'])
})

test('where something cannot be saved the server goes on', async () => {
  stage.saves = false
  stage.begin()
  await stage.drain()
  expect(stage.events.slice(-3)).toEqual([
    '(saved)',
    'Errors trying to shut down the server. Check the logs for more information.',
    '(writes go on)',
  ])
  expect([stage.told, stage.shutdown.abort()]).toEqual([[refused], false])
})

describe('a primary', () => {
  let server: EmbeddedServer
  let replica: Socket
  let askers: Asker[]

  /** A replica that says only what the test lets it say. */
  beforeEach(async () => {
    server = await createServer({ port: 0, replDisklessSyncDelay: 0, shutdownTimeout: 600 })
    askers = await Promise.all(Array.from({ length: 3 }, () => Asker.open(server.port)))
    replica = connect(server.port, '127.0.0.1')
    replica.on('error', () => {}).resume()
    replica.write('REPLCONF listening-port 7 capa eof capa psync2\r\nPSYNC ? -1\r\n')
    await askers[0].ask('SET', 'first', 1)
    await until('the replica is online', async () =>
      (await askers[0].info('replication', 'slave0')).includes('state=online'),
    )
    await askers[0].ask('SET', 'later', 1)
  })

  afterEach(async () => {
    for (const asker of askers) asker.close()
    replica.destroy()
    await server.close()
  })

  const waits = (): Promise<void> =>
    until('the end is waited for', async () => (await askers[0].info('server', 'shutdown_in_milliseconds')) !== '')

  test('waits for its replica; SHUTDOWN ABORT lets it go on', async () => {
    const [asker, ending, writing] = askers
    const end = ending.ask('SHUTDOWN')
    await waits()
    const remaining = Number(await asker.info('server', 'shutdown_in_milliseconds'))
    expect(remaining > 0 && remaining <= 600_000).toBe(true)
    const write = writing.ask('SET', 'k', 'v')
    await until('both wait', async () => (await asker.info('clients', 'blocked_clients')) === '2')
    expect(await asker.ask('GET', 'k')).toBe('$-1\r\n')
    expect(await asker.ask('SHUTDOWN', 'ABORT')).toBe('+OK\r\n')
    expect([await end, await write]).toEqual([`-ERR ${refused}\r\n`, '+OK\r\n'])
    expect(await asker.info('server', 'shutdown_in_milliseconds')).toBe('')
  })

  test('ends when its replica has what was written; a write that came later is not acknowledged', async () => {
    const [asker, ending, writing] = askers
    await asker.ask('SET', 'k', 1)
    const offset = await asker.info('replication', 'master_repl_offset')
    const end = ending.ask('SHUTDOWN').catch((error: Error) => error.message)
    await waits()
    const write = writing.ask('SET', 'k', 2).catch((error: Error) => error.message)
    await until('both wait', async () => (await asker.info('clients', 'blocked_clients')) === '2')
    replica.write(`REPLCONF ACK ${offset}\r\n`)
    await server.closed
    expect([await end, await write]).toEqual([
      'SHUTDOWN: the connection was closed',
      'SET k 2: the connection was closed',
    ])
  })
})
