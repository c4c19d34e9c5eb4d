import { Slice } from '../../src/base/index.js'
import { ReplyWriter } from '../../src/resp/index.js'
import { PubSub, type Message, type Subscriber, type Subscriptions } from '../../src/pubsub/index.js'

class Listener implements Subscriber {
  subscriptions: Subscriptions | null = null
  readonly heard: string[] = []
  readonly messages: Message[] = []
  readonly frames: string[] = []

  hear(message: Message): void {
    this.heard.push(`${message.kind} ${message.pattern ?? '-'} ${message.channel} ${message.payload.toString()}`)
    this.messages.push(message)
    const reply = new ReplyWriter()
    reply.protocol = 3
    message.write(reply)
    this.frames.push(reply.region.bytes.latin1Slice(0, reply.position))
  }
}

const slice = (text: string): Slice => Slice.from(Buffer.from(text, 'latin1'))

test('a message goes to its channel, then to the patterns that match it, in the order of subscribing', () => {
  const hub = new PubSub()
  const [a, b] = [new Listener(), new Listener()]
  hub.subscribe('pattern', a, 'n*')
  hub.subscribe('channel', a, 'news')
  hub.subscribe('channel', b, 'news')
  hub.subscribe('pattern', b, 'x*')
  expect(hub.publish(slice('news'), slice('hi'))).toBe(3)
  expect(a.heard).toEqual(['message - news hi', 'pmessage n* news hi'])
  expect(b.heard).toEqual(['message - news hi'])
})

test('all who hear a message by one name are told the same one', () => {
  const hub = new PubSub()
  const listeners = Array.from({ length: 3 }, () => new Listener())
  for (const listener of listeners) hub.subscribe('channel', listener, 'a')
  hub.subscribe('pattern', listeners[0], '?')
  hub.publish(slice('a'), slice('\x00\xff'))
  const [first] = listeners[0].messages
  for (const { messages } of listeners) expect(messages[0]).toBe(first)
  expect(listeners[0].frames).toEqual([
    '>3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\n\x00\xff\r\n',
    '>4\r\n$8\r\npmessage\r\n$1\r\n?\r\n$1\r\na\r\n$2\r\n\x00\xff\r\n',
  ])
})

test('a message that is kept says the same when the bytes it was made of are others', () => {
  const hub = new PubSub()
  const payload = slice('first')
  const kept: Message[] = []
  hub.subscribe('channel', { subscriptions: null, hear: (message) => void (message.keep(), kept.push(message)) }, 'a')
  hub.publish(slice('a'), payload)
  payload.region.bytes.write('other')
  expect(kept[0].payload.toString()).toBe('first')
})

test('one who has left everything is known to nobody, and has no subscriptions', () => {
  const hub = new PubSub()
  const a = new Listener()
  hub.subscribe('channel', a, 'a')
  hub.subscribe('pattern', a, 'b*')
  hub.subscribe('shard', a, 'c')
  expect([hub.count('channel'), hub.count('pattern'), hub.count('shard')]).toEqual([1, 1, 1])
  hub.leave(a)
  expect([hub.count('channel'), hub.count('pattern'), hub.count('shard')]).toEqual([0, 0, 0])
  expect(a.subscriptions).toBeNull()
  expect(hub.isSilent).toBe(true)
  expect(hub.publish(slice('a'), slice('x'))).toBe(0)
})

test('shard channels are a world of their own', () => {
  const hub = new PubSub()
  const [a, b] = [new Listener(), new Listener()]
  hub.subscribe('shard', a, 'x')
  hub.subscribe('pattern', b, '*')
  expect([hub.publish(slice('x'), slice('1')), hub.publishToShard(slice('x'), slice('2'))]).toEqual([1, 1])
  expect([a.heard, b.heard]).toEqual([['smessage - x 2'], ['pmessage * x 1']])
})

test('a second subscription to the same name is none', () => {
  const hub = new PubSub()
  const a = new Listener()
  expect([hub.subscribe('channel', a, 'a'), hub.subscribe('channel', a, 'a')]).toEqual([true, false])
  expect([hub.unsubscribe('channel', a, 'a'), hub.unsubscribe('channel', a, 'a')]).toEqual([true, false])
})
