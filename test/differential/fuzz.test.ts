import { decodeReply } from '../support/resp-frames.js'
import { describeWithRedis, subjectKind } from '../support/servers.js'
import { Coverage, fullRun, undrawn } from './fuzz/coverage.js'
import { run } from './fuzz/run.js'
import { SceneCoverage, runScenes } from './fuzz/scene-run.js'
import { Pair, type Protocol } from './pair.js'

/** Another seed than the usual one: `FUZZ_SEED=7 npm test`. */
const seed = Number(process.env['FUZZ_SEED'] ?? 20_231_120)

describeWithRedis('random commands', () => {
  let pair: Pair

  beforeAll(async () => {
    pair = await Pair.start(['--slowlog-log-slower-than', '-1'])
  })

  afterAll(() => pair?.stop())

  test(`${fullRun} of them are answered as Redis answers them`, async () => {
    const coverage = new Coverage()
    for (const protocol of [2, 3] satisfies Protocol[]) {
      const result = await run({ pair, seed, commands: fullRun / 2, protocol })
      expect(result.difference).toBeNull()
      coverage.merge(result.coverage)
    }
    process.stdout.write(`fuzz: seed ${seed}, ${fullRun} commands, 0 differences; ${coverage.summary()}\n`)
    expect(coverage.missing()).toEqual([])
  }, 400_000)

  test('clients that wait for each other, and transactions among them, are served as Redis serves them', async () => {
    const shown = new SceneCoverage()
    for (const protocol of [2, 3] satisfies Protocol[]) {
      const { coverage, difference } = await runScenes({ pair, seed, moves: fullRun / 40, protocol })
      expect(difference).toBeNull()
      shown.merge(coverage)
    }
    process.stdout.write(`scenes: seed ${seed}, ${fullRun / 20} moves, 0 differences; ${shown.summary()}\n`)
    expect(shown.missing()).toEqual([])
  }, 400_000)

  const testSubject = subjectKind === 'truedis' ? test : test.skip

  testSubject('every command that both know is among them', async () => {
    const connection = await pair.connect()
    const [known, shown] = (await connection.ask('COMMAND LIST')).map((reply) =>
      (decodeReply(reply).items ?? []).map(({ text }) => text ?? ''),
    )
    connection.destroy()
    expect(undrawn(shown.filter((name) => known.includes(name)))).toEqual([])
  })
})
