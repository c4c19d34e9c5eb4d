import { describeWithRedis, type ServerKind } from '../support/servers.js'
import { cutLinks } from './support/cuts.js'

const chains: readonly (readonly ServerKind[])[] = [
  ['redis', 'truedis'],
  ['truedis', 'redis'],
  ['truedis', 'truedis'],
  ['redis', 'truedis', 'redis'],
  ['truedis', 'truedis', 'redis', 'truedis'],
]

describeWithRedis('links that are cut after any byte', () => {
  test.each(chains.map((chain) => [chain.join(' → '), chain] as const))(
    '%s: the data are the same at the end, and came once',
    async (_name, chain) => {
      const seed = 20_261 + chain.length
      const result = await cutLinks({ seed, chain, writes: 6000, cuts: 12 })
      const [digest] = result.digests
      expect([seed, result.digests]).toEqual([seed, chain.map(() => digest)])
      expect([seed, result.fullResyncs]).toEqual([seed, chain.map((_, i) => (i < chain.length - 1 ? 1 : 0))])
      expect(result.cuts).toBeGreaterThanOrEqual(12)
    },
    120_000,
  )
})
