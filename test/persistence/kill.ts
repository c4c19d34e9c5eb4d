import { SeededRandom } from '../../src/base/index.js'
import { killAndLook } from './kills.js'

/*
 * Kills a server at random moments, a thousand times, and counts what was acknowledged under `appendfsync always` and lost:
 *
 *   npm run build && node --no-warnings --loader ts-node/esm test/persistence/kill.ts [kills] [seed] [option value ...]
 */
const [kills = '1000', seed = String(Date.now() % 1_000_000), ...options] = process.argv.slice(2)
process.stdout.write(`seed ${seed}\n`)
let killed = 0
let acknowledged = 0
const lost = await killAndLook({
  kills: Number(kills),
  random: new SeededRandom(Number(seed)),
  options: ['--appendonly', 'yes', '--appendfsync', 'always', ...options],
  onKill(count) {
    acknowledged += count
    if (++killed % 50 === 0) process.stdout.write(`${killed} kills, ${acknowledged} writes acknowledged\n`)
  },
})
process.stdout.write(`${killed} kills, ${acknowledged} writes acknowledged, ${lost} lost\n`)
process.exit(lost === 0 ? 0 : 1)
