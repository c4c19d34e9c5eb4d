import { SeededRandom } from '../../src/base/index.js'
import { killAndLook } from './kills.js'

const seed = Number(process.env['KILL_SEED'] ?? 20_261_126)

test('under `appendfsync always` nothing that was acknowledged is lost by kill -9, 30 times over', async () => {
  process.stderr.write(`seed ${seed}\n`)
  const counts: number[] = []
  const lost = await killAndLook({
    kills: 30,
    random: new SeededRandom(seed),
    options: ['--appendonly', 'yes', '--appendfsync', 'always'],
    onKill: (acknowledged) => counts.push(acknowledged),
  })
  expect(lost).toBe(0)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(300)
}, 300_000)
