import { classOf, EventClass, eventClasses } from '../../src/pubsub/index.js'
import { Stage, type Actor } from '../commands/stage.js'

let stage: Stage
let subscriber: Actor
let actor: Actor

beforeEach(async () => {
  stage = await Stage.open()
  subscriber = await stage.enter()
  actor = await stage.enter()
  await subscriber.ask('PSUBSCRIBE __key*')
})

afterEach(() => stage.close())

/** What the subscriber hears of some requests: channel and payload. */
async function heard(...lines: readonly string[]): Promise<string[]> {
  for (const line of lines) await actor.ask(line)
  await actor.ask('PUBLISH __key:end end')
  const events: string[] = []
  for (;;) {
    const [, channel, payload] = (await subscriber.heard()).match(/__key\S*|\$\d+\r\n([^\r]*)\r\n$/g) ?? []
    if (channel === '__key:end') return events
    events.push(`${channel} ${payload.split('\r\n')[1]}`)
  }
}

test('off, nothing is told; on, where K and E ask for it', async () => {
  expect(await heard('SET k v')).toEqual([])
  await actor.ask('CONFIG SET notify-keyspace-events KEA')
  expect(await heard('SET k v', 'SELECT 3', 'HSET h f v')).toEqual([
    '__keyspace@0__:k set',
    '__keyevent@0__:set k',
    '__keyspace@3__:h hset',
    '__keyevent@3__:hset h',
  ])
  await actor.ask('CONFIG SET notify-keyspace-events A')
  expect(await heard('SET k v')).toEqual([])
  await actor.ask('CONFIG SET notify-keyspace-events ""')
  expect(await heard('SET k v')).toEqual([])
})

test('only the classes that were asked for', async () => {
  await actor.ask('CONFIG SET notify-keyspace-events E$x')
  expect(await heard('SET k v PX 5', 'HSET h f v', 'DEL h')).toEqual(['__keyevent@0__:set k'])
  stage.clock.advance(6)
  expect(await heard('GET k')).toEqual(['__keyevent@0__:expired k'])
})

test('misses and new keys, each before the event of its key', async () => {
  await actor.ask('CONFIG SET notify-keyspace-events KEAmn')
  const events = await heard('GET k', 'OBJECT ENCODING k', 'MSET k 1 l 2', 'SET k 3', 'RENAME l m', 'MOVE m 2')
  expect(events.filter((event) => event.startsWith('__keyevent'))).toEqual([
    '__keyevent@0__:keymiss k',
    '__keyevent@0__:new k',
    '__keyevent@0__:set k',
    '__keyevent@0__:new l',
    '__keyevent@0__:set l',
    '__keyevent@0__:set k',
    '__keyevent@0__:new m',
    '__keyevent@0__:rename_from l',
    '__keyevent@0__:rename_to m',
    '__keyevent@2__:new m',
    '__keyevent@0__:move_from m',
    '__keyevent@2__:move_to m',
  ])
})

test('keys that are swept are told of as those that are met', async () => {
  await actor.ask('CONFIG SET notify-keyspace-events Ex')
  await actor.ask('SET swept v PX 5')
  stage.clock.advance(200)
  while ((await actor.ask('DBSIZE')) !== ':0\r\n');
  expect(await heard()).toEqual(['__keyevent@0__:expired swept'])
})

test('letters and classes', () => {
  expect(eventClasses('KEA')).toBe(
    EventClass.keyspace | EventClass.keyevent | (eventClasses('g$lshzxetd') satisfies number),
  )
  expect(eventClasses('')).toBe(0)
  expect([classOf('set'), classOf('sortstore'), classOf('xadd'), classOf('rename_to')]).toEqual([
    EventClass.string,
    EventClass.list,
    EventClass.stream,
    EventClass.generic,
  ])
})
