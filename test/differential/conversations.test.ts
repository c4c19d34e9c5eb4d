import { describeWithRedis } from '../support/servers.js'
import { converse } from './conversation.js'
import { conversations } from './conversations/index.js'
import { randomConversation } from './conversations/random.js'
import { Pair } from './pair.js'

/** Random conversations in each of four tests: `CONVERSATIONS=150 npm test` looks further. */
const made = Number(process.env['CONVERSATIONS'] ?? 20)

describeWithRedis('several connections, each told the same', () => {
  let pair: Pair

  beforeAll(async () => {
    pair = await Pair.start()
  })

  afterAll(() => pair?.stop())

  test.each([1, 2, 3, 4])('made up at random, %i', async (part) => {
    for (let seed = part * 1000; seed < part * 1000 + made; seed++) {
      const conversation = randomConversation(seed, 40)
      const [redis, subject] = await Promise.all(
        [pair.redis, pair.subject].map(({ port }) => converse(port, conversation, 2)),
      )
      expect({ seed, conversation, ...subject }).toEqual({ seed, conversation, ...redis })
    }
  })

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
