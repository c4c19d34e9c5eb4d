import { SeededRandom } from '../../src/base/index.js'
import { anySeed, programOptions } from '../support/program-options.js'
import { killReplica } from './kill-resync.js'
import { killAndLook, moments, type Moment } from './kills.js'

const usage = `npm run kill -- [--kills N] [--seed N] [--appendfsync always|everysec|no] [--moment M]

Kills a server by SIGKILL at random moments while it is written to, and counts what was acknowledged and is lost.

  --kills        how often (default 1000)
  --seed         of the moments; printed where none is given
  --appendfsync  the policy (default always)
  --moment       what it is at when it is killed: ${moments.join(', ')},
                 resync (a replica that receives the whole dataset); or any, but for the last two (default any)`

const policies = ['always', 'everysec', 'no']
const defaults = { kills: 1000, seed: anySeed(), appendfsync: 'always', moment: 'any' }
const choices = { appendfsync: policies, moment: ['any', 'resync', ...moments] }
const { kills, seed, appendfsync: policy, moment } = programOptions(usage, defaults, choices)
const random = new SeededRandom(seed)
const say = (text: string): void => void process.stdout.write(`${text}\n`)
say(`seed ${seed}`)

async function killWriters(): Promise<boolean> {
  let killed = 0
  let acknowledged = 0
  let atIt = 0
  const lost = await killAndLook({
    kills,
    random,
    policy,
    moments: moment === 'any' ? moments.filter((one) => one !== 'switch-on') : [moment as Moment],
    onKill(count, isAtIt) {
      acknowledged += count
      if (isAtIt) atIt++
      if (++killed % 50 === 0) say(`${killed} kills, ${acknowledged} writes acknowledged`)
    },
  })
  say(`${policy}, ${moment}: ${killed} kills, ${atIt} of them in the midst of it; ${acknowledged} writes acknowledged, ${lost} lost`) // prettier-ignore
  return lost === 0
}

async function killReplicas(): Promise<boolean> {
  const counts = new Map<string, number>()
  const onKill = (sign: string): void => void counts.set(sign, (counts.get(sign) ?? 0) + 1)
  const [primary, replica] = await killReplica({ kills, random, policy, onKill })
  say(`${policy}, resync: ${kills} kills, the last word before them: ${JSON.stringify(Object.fromEntries(counts))}`)
  say(primary === replica ? 'the data are the same at the end' : 'the data differ at the end')
  return primary === replica
}

process.exit((await (moment === 'resync' ? killReplicas() : killWriters())) ? 0 : 1)
