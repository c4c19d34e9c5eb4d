import { describeWithRedis } from '../support/servers.js'
import { converse } from './conversation.js'
import { conversations } from './conversations/index.js'
import { Pair } from './pair.js'

describeWithRedis('several connections, each told the same', () => {
  let pair: Pair

  beforeAll(async () => {
    pair = await Pair.start()
  })

  afterAll(() => pair?.stop())

  for (const [theme, all] of Object.entries(conversations)) {
    for (const protocol of [2, 3] as const) {
      describe(`${theme}, RESP${protocol}`, () => {
        test.each(Object.entries(all))('%s', async (_, conversation) => {
          const [redis, subject] = await Promise.all(
            [pair.redis, pair.subject].map(({ port }) => converse(port, conversation, protocol)),
          )
          expect(subject).toEqual(redis)
        })
      })
    }
  }
})
