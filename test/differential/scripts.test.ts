import { describeWithRedis } from '../support/servers.js'
import { Pair, type Protocol } from './pair.js'
import { scripts } from './scripts/index.js'

describeWithRedis('the same script, the same bytes', () => {
  let pair: Pair

  beforeAll(async () => {
    pair = await Pair.start(['--slowlog-log-slower-than', '-1']) // what is slow is a matter of chance
  })

  afterAll(() => pair?.stop())

  for (const [group, themes] of Object.entries(scripts)) {
    for (const protocol of [2, 3] satisfies Protocol[]) {
      describe(`${group}, RESP${protocol}`, () => {
        for (const [name, lines] of Object.entries(themes)) test(name, () => pair.same(lines, protocol))
      })
    }
  }
})
