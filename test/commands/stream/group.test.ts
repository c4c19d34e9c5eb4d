import { CommandRunner } from '../command-runner.js'
import { array, bulk, entry, integer, map } from './replies.js'

/** A stream of five with a group that has read none. */
function withGroup(): CommandRunner {
  const runner = new CommandRunner()
  for (let i = 1; i <= 5; i++) runner.run(`XADD s ${i}-0 f ${i}`)
  runner.run('XGROUP CREATE s g 0')
  runner.events()
  return runner
}

const read = (...numbers: readonly number[]): string =>
  array(array(bulk('s'), array(...numbers.map((i) => entry(`${i}-0`, 'f', String(i))))))

test('XGROUP CREATE makes a group once, and the stream when asked to', () => {
  const runner = new CommandRunner()
  expect(runner.run('XGROUP CREATE s g $')).toMatch(/^-ERR The XGROUP subcommand requires the key to exist\./)
  expect(runner.run('XGROUP CREATE s g $ MKSTREAM')).toBe('+OK\r\n')
  expect(runner.run('XGROUP CREATE s g $')).toBe('-BUSYGROUP Consumer Group name already exists\r\n')
  expect(runner.run('EXISTS s')).toBe(':1\r\n')
  expect(runner.events()).toEqual(['db0 xgroup-create s'])
  expect(runner.run('XGROUP DESTROY s g')).toBe(':1\r\n')
  expect(runner.run('XGROUP DESTROY s g')).toBe(':0\r\n')
  expect(runner.run('XGROUP SETID s g 0')).toBe("-NOGROUP No such consumer group 'g' for key name 's'\r\n")
})

test('what a group reads is pending until it is acknowledged', () => {
  const runner = withGroup()
  expect(runner.run('XREADGROUP GROUP g alice COUNT 2 STREAMS s >')).toBe(read(1, 2))
  expect(runner.run('XREADGROUP GROUP g bob COUNT 2 STREAMS s >')).toBe(read(3, 4))
  expect(runner.run('XPENDING s g')).toBe(
    array(integer(4), bulk('1-0'), bulk('4-0'), array(array(bulk('alice'), bulk('2')), array(bulk('bob'), bulk('2')))),
  )
  expect(runner.run('XACK s g 1-0 1-0 9-9')).toBe(':1\r\n')
  expect(runner.run('XREADGROUP GROUP g alice STREAMS s 0')).toBe(read(2))
  expect(runner.run('XREADGROUP GROUP g carol NOACK STREAMS s >')).toBe(read(5))
  expect(runner.run('XREADGROUP GROUP g carol STREAMS s >')).toBe('*-1\r\n')
  expect(runner.run('XREADGROUP GROUP g carol STREAMS s 0')).toBe(array(array(bulk('s'), '*0\r\n')))
  expect(runner.events()).toEqual(['alice', 'bob', 'carol'].map(() => 'db0 xgroup-createconsumer s'))
})

test('in RESP3 the streams read are a map', () => {
  expect(withGroup().run3('XREADGROUP GROUP g alice COUNT 1 STREAMS s >')).toBe(
    map(bulk('s'), array(entry('1-0', 'f', '1'))),
  )
})

test('an entry that is gone is pending without its fields', () => {
  const runner = withGroup()
  runner.run('XREADGROUP GROUP g alice COUNT 1 STREAMS s >')
  runner.run('XDEL s 1-0')
  expect(runner.run('XREADGROUP GROUP g alice STREAMS s 0')).toBe(
    array(array(bulk('s'), array(array(bulk('1-0'), '*-1\r\n')))),
  )
  expect(runner.run3('XREADGROUP GROUP g alice STREAMS s 0')).toBe(map(bulk('s'), array(array(bulk('1-0'), '_\r\n'))))
})

test('XPENDING tells since when and how often, by consumer and by idle time', async () => {
  const runner = withGroup()
  runner.run('XREADGROUP GROUP g alice COUNT 1 STREAMS s >')
  await runner.clock.advance(70)
  runner.run('XREADGROUP GROUP g bob COUNT 1 STREAMS s >')
  await runner.clock.advance(30)
  const ofAlice = array(bulk('1-0'), bulk('alice'), integer(100), integer(1))
  const ofBob = array(bulk('2-0'), bulk('bob'), integer(30), integer(1))
  expect(runner.run('XPENDING s g - + 10')).toBe(array(ofAlice, ofBob))
  expect(runner.run('XPENDING s g - + 1')).toBe(array(ofAlice))
  expect(runner.run('XPENDING s g - + 10 bob')).toBe(array(ofBob))
  expect(runner.run('XPENDING s g - + 10 nobody')).toBe('*0\r\n')
  expect(runner.run('XPENDING s g IDLE 31 - + 10')).toBe(array(ofAlice))
  expect(runner.run('XPENDING s g (1-0 + 10')).toBe(array(ofBob))
  expect(runner.run('XPENDING s nobody')).toBe("-NOGROUP No such key 's' or consumer group 'nobody'\r\n")
})

test('XCLAIM gives pending entries to another, after a time', async () => {
  const runner = withGroup()
  runner.run('XREADGROUP GROUP g alice COUNT 3 STREAMS s >')
  await runner.clock.advance(50)
  expect(runner.run('XCLAIM s g bob 51 1-0')).toBe('*0\r\n')
  expect(runner.run('XCLAIM s g bob 50 1-0 2-0')).toBe(array(entry('1-0', 'f', '1'), entry('2-0', 'f', '2')))
  expect(runner.run('XCLAIM s g bob 0 3-0 JUSTID')).toBe(array(bulk('3-0')))
  expect(runner.run('XCLAIM s g bob 0 4-0')).toBe('*0\r\n')
  expect(runner.run('XCLAIM s g bob 0 4-0 FORCE IDLE 10 RETRYCOUNT 7')).toBe(array(entry('4-0', 'f', '4')))
  const rows = [1, 2, 3].map((i) => array(bulk(`${i}-0`), bulk('bob'), integer(0), integer(i === 3 ? 1 : 2)))
  const forced = array(bulk('4-0'), bulk('bob'), integer(10), integer(7))
  expect(runner.run('XPENDING s g - + 10')).toBe(array(...rows, forced))
  expect(runner.run('XCLAIM s g bob 0 1-0 NONSENSE')).toBe("-ERR Unrecognized XCLAIM option 'NONSENSE'\r\n")
})

test('XAUTOCLAIM goes from page to page, and tells what is gone', () => {
  const runner = withGroup()
  runner.run('XREADGROUP GROUP g alice STREAMS s >')
  runner.run('XDEL s 2-0')
  const first = array(bulk('3-0'), array(entry('1-0', 'f', '1')), array(bulk('2-0')))
  expect(runner.run('XAUTOCLAIM s g bob 0 0 COUNT 2')).toBe(first)
  const rest = array(bulk('0-0'), array(bulk('3-0'), bulk('4-0'), bulk('5-0')), '*0\r\n')
  expect(runner.run('XAUTOCLAIM s g bob 0 3-0 JUSTID')).toBe(rest)
  expect(runner.run('XPENDING s g - + 10 alice')).toBe('*0\r\n')
  expect(runner.run('XAUTOCLAIM s g bob 0 0 COUNT 0')).toBe('-ERR COUNT must be > 0\r\n')
})

test('a consumer is deleted with what it has pending', () => {
  const runner = withGroup()
  runner.run('XREADGROUP GROUP g alice COUNT 3 STREAMS s >')
  runner.run('XREADGROUP GROUP g bob STREAMS s >')
  expect(runner.run('XGROUP DELCONSUMER s g alice')).toBe(':3\r\n')
  expect(runner.run('XGROUP DELCONSUMER s g alice')).toBe(':0\r\n')
  expect(runner.run('XPENDING s g - + 10')).toContain('4-0')
  expect(runner.run('XGROUP CREATECONSUMER s g bob')).toBe(':0\r\n')
  expect(runner.run('XGROUP CREATECONSUMER s g carol')).toBe(':1\r\n')
})

test('XINFO tells of groups how far they are, as maps in RESP3', async () => {
  const runner = withGroup()
  runner.run('XREADGROUP GROUP g alice COUNT 2 STREAMS s >')
  await runner.clock.advance(40)
  const facts = (read: string, lag: string): string[] => [
    ...[bulk('name'), bulk('g'), bulk('consumers'), integer(1), bulk('pending'), integer(2)],
    ...[bulk('last-delivered-id'), bulk('2-0'), bulk('entries-read'), read, bulk('lag'), lag],
  ]
  expect(runner.run('XINFO GROUPS s')).toBe(array(array(...facts(integer(2), integer(3)))))
  expect(runner.run3('XINFO GROUPS s')).toBe(array(map(...facts(integer(2), integer(3)))))
  runner.run('XDEL s 4-0')
  expect(runner.run3('XINFO GROUPS s')).toBe(array(map(...facts(integer(2), '_\r\n'))))
  expect(runner.run3('XINFO CONSUMERS s g')).toBe(
    array(map(bulk('name'), bulk('alice'), bulk('pending'), integer(2), bulk('idle'), integer(40))),
  )
})

test('groups are counted as changes, and are nothing to whoever watches the key', () => {
  const runner = withGroup()
  const watched: string[] = []
  runner.keyspace.setInterest(
    {
      keyChanged: (_db, key, event) => watched.push(`${event} ${key.toLatin1()}`),
      flushed: () => {},
      swapped: () => {},
    },
    1,
  )
  const { changes } = runner
  runner.run('XREADGROUP GROUP g alice COUNT 2 STREAMS s >')
  runner.run('XACK s g 1-0')
  runner.run('XGROUP SETID s g 0')
  expect(runner.changes).toBe(changes + 4)
  expect(watched).toEqual([])
  runner.run('XDEL s 1-0')
  expect(watched).toEqual(['xdel s'])
})
