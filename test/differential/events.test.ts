import { argumentsOf } from '../support/command-line.js'
import { RawConnection } from '../support/raw-connection.js'
import { decodeReply, encodeRequest } from '../support/resp-frames.js'
import { describeWithRedis } from '../support/servers.js'
import { Pair } from './pair.js'
import { scripts } from './scripts/index.js'

const marker = Buffer.from('the end of the script')

/** Runs the lines on one server and returns the keyspace events that a subscriber heard of: `expire k`, each in its database. */
async function eventsOf(port: number, lines: readonly (readonly Buffer[])[]): Promise<string[]> {
  const [subscriber, actor] = [await RawConnection.open(port), await RawConnection.open(port)]
  actor.send('CONFIG SET notify-keyspace-events ""\r\nFLUSHALL\r\nCONFIG SET notify-keyspace-events AEmn\r\n')
  await actor.read(3)
  subscriber.send('SUBSCRIBE end\r\nPSUBSCRIBE __keyevent@*\r\n')
  await subscriber.read(2)
  actor.send(Buffer.concat(lines.map(encodeRequest)))
  await actor.read(lines.length)
  const publisher = await RawConnection.open(port)
  publisher.send(encodeRequest(['PUBLISH', 'end', marker]))
  const events: string[] = []
  for (;;) {
    const [, , channel, payload] = decodeReply((await subscriber.read(1))[0]).items!
    if (payload === undefined) break
    events.push(`${channel.text!.slice('__keyevent@'.length)} ${payload.text}`)
  }
  for (const connection of [subscriber, actor, publisher]) connection.destroy()
  return events
}

/** What a script does to its connection or its server would keep the events from being heard. */
const isHarmless = (line: readonly Buffer[]): boolean =>
  !/^(quit|reset|monitor|shutdown|client kill)\b/i.test(line.map((argument) => argument.latin1Slice()).join(' ')) &&
  !line.some((argument) => argument.includes('notify-keyspace-events'))

describeWithRedis('keyspace events are those of Redis, in its order', () => {
  let pair: Pair

  beforeAll(async () => {
    pair = await Pair.start(['--slowlog-log-slower-than', '-1'])
  })

  afterAll(() => pair?.stop())

  for (const [group, themes] of Object.entries(scripts)) {
    test.each(Object.entries(themes))(`${group}: %s`, async (_, script) => {
      const lines = script.map(argumentsOf).filter(isHarmless)
      const [redis, subject] = await Promise.all([pair.redis, pair.subject].map(({ port }) => eventsOf(port, lines)))
      expect(subject).toEqual(redis)
    })
  }
})
