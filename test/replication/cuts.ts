import { redisMissing, type ServerKind } from '../support/servers.js'
import { anySeed, programOptions } from '../support/program-options.js'
import { cutLinks } from './support/cuts.js'

const chains: readonly (readonly ServerKind[])[] = [
  ['truedis', 'truedis'],
  ['truedis', 'redis'],
  ['redis', 'truedis'],
  ['truedis', 'truedis', 'redis', 'truedis'],
]
const named = Object.fromEntries(chains.map((chain) => [chain.join('-'), chain]))

const usage = `npm run cuts -- [--writes N] [--cuts N] [--seed N] [--chain C]

Writes to a primary by chance, in every type, and cuts the links to its replicas after any byte meanwhile: the data must be
the same at the end, and have come as a whole once.

  --writes  how many (default 1000000)
  --cuts    how many at least (default 100)
  --seed    of both; printed where none is given
  --chain   all (default), or one of ${Object.keys(named).join(', ')}`

const options = programOptions(
  usage,
  { writes: 1_000_000, cuts: 100, seed: anySeed(), chain: 'all' },
  { chain: ['all', ...Object.keys(named)] },
)
const missing = redisMissing()
let isWell = true
for (const [name, chain] of Object.entries(named)) {
  if (options.chain !== 'all' && options.chain !== name) continue
  if (missing !== null && chain.includes('redis')) {
    process.stderr.write(`${name}: ${missing}\n`)
    isWell = false
    continue
  }
  const startMs = performance.now()
  const { digests, fullResyncs, partialResyncs, cuts } = await cutLinks({ ...options, chain })
  const isSame = digests.every((digest) => digest === digests[0])
  const cameOnce = fullResyncs.every((count) => count <= 1)
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0)
  process.stdout.write(
    `${name}: ${options.writes} writes, ${cuts} cuts, seed ${options.seed}, ${seconds} s: ` +
      `${isSame ? 'the data are the same' : `THE DATA DIFFER: ${digests.join(' ')}`}; ` +
      `full resyncs given ${fullResyncs.join(', ')}, partial ones ${partialResyncs.join(', ')}\n`,
  )
  isWell &&= isSame && cameOnce
}
process.exit(isWell ? 0 : 1)
