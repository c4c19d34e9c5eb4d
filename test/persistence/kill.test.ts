import { SeededRandom } from '../../src/base/index.js'
import { killReplica } from './kill-resync.js'
import { killAndLook, moments, type Moment } from './kills.js'

const seed = Number(process.env['SEED'] ?? 20_261_126)
const usual: readonly Moment[] = moments.filter((moment) => moment !== 'switch-on')

/** Many more are tried by `npm run kill`. */
test.each([
  ['always', 30, usual],
  ['everysec', 8, usual],
  ['no', 4, usual],
  ['always', 6, ['switch-on']],
] as const)(
  `under \`appendfsync %s\` nothing that was acknowledged is lost by kill -9, %d times over, amidst %j (seed ${seed})`,
  async (policy, kills, amidst) => {
    const counts: number[] = []
    const lost = await killAndLook({
      kills,
      random: new SeededRandom(seed),
      policy,
      moments: amidst,
      onKill: (acknowledged) => counts.push(acknowledged),
    })
    expect(lost).toBe(0)
    expect(counts.length).toBe(kills)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(10 * kills)
  },
  300_000,
)

test(`a replica killed amidst a full resync has one state of its primary, and follows it again (seed ${seed})`, async () => {
  const [primary, replica] = await killReplica({ kills: 4, random: new SeededRandom(seed), policy: 'everysec' })
  expect(replica).toBe(primary)
}, 300_000)
