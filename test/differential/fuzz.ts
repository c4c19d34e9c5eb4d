import { parseArgs } from 'node:util'
import { redisMissing } from '../support/servers.js'
import { Coverage, fullRun } from './fuzz/coverage.js'
import { run } from './fuzz/run.js'
import { runScenes } from './fuzz/scene-run.js'
import { Pair, type Protocol } from './pair.js'

/**
 * `npm run fuzz -- [--seed N] [--commands M] [--resp 2|3] [--scenes]`: random commands against redis-server and Truedis.
 *
 * Half of the commands run under each protocol unless one is named. One in twenty is a move of a scene, in which several
 * clients wait for each other; with `--scenes` all are. Exits with 1 at the first difference, or when a full run has not
 * shown every command and option often enough.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
      commands: { type: 'string', default: String(fullRun) },
      resp: { type: 'string' },
      scenes: { type: 'boolean', default: false },
    },
  })
  const [seed, commands] = [Number(values.seed), Number(values.commands)]
  if (!Number.isInteger(seed) || !Number.isInteger(commands) || !['2', '3', undefined].includes(values.resp)) {
    console.error('usage: npm run fuzz -- [--seed <integer>] [--commands <integer>] [--resp 2|3] [--scenes]')
    return 1
  }
  const missing = redisMissing()
  if (missing !== null) {
    console.error(`cannot compare: ${missing}`)
    return 1
  }
  const protocols: Protocol[] = values.resp === undefined ? [2, 3] : [values.resp === '2' ? 2 : 3]
  const coverage = new Coverage()
  const pair = await Pair.start(['--slowlog-log-slower-than', '-1'])
  try {
    for (const protocol of protocols) {
      const share = Math.ceil(commands / protocols.length)
      const moves = values.scenes ? share : Math.ceil(share / 20)
      const common = { pair, seed, protocol, progress: (line: string) => console.log(line) }
      const scenes = await runScenes({ ...common, moves })
      const result = values.scenes ? scenes : await run({ ...common, commands: share - moves })
      const difference = scenes.difference ?? result.difference
      if (difference !== null) {
        console.error(difference)
        return 1
      }
      if (result.coverage instanceof Coverage) coverage.merge(result.coverage)
      console.log(
        `seed ${seed}, RESP${protocol}: ${moves} moves in scenes, 0 differences; ${scenes.coverage.summary()}`,
      )
    }
  } finally {
    await pair.stop()
  }
  if (values.scenes) return 0
  console.log(coverage.table())
  console.log(`seed ${seed}: ${commands} commands, 0 differences; ${coverage.summary()}`)
  const short = commands >= fullRun ? coverage.missing() : []
  if (short.length > 0) console.error(`shown too rarely: ${short.join(', ')}`)
  return short.length > 0 ? 1 : 0
}

process.exitCode = await main()
