import type { Services } from '../../../command/index.js'
import type { InfoLine, InfoSection } from '../../../observe/index.js'

export const modulesSection = (): InfoSection => ({ name: 'modules', title: 'Modules', lines: () => [] })

export const clusterSection = (): InfoSection => ({
  name: 'cluster',
  title: 'Cluster',
  lines: () => [['cluster_enabled', 0]],
})

export function keyspaceSection({ keyspace }: Services): InfoSection {
  return {
    name: 'keyspace',
    title: 'Keyspace',
    lines: () =>
      keyspace.databases
        .filter(({ size }) => size > 0)
        .map(({ index, size, volatileSize, averageTtlMs }): InfoLine => {
          return [`db${index}`, `keys=${size},expires=${volatileSize},avg_ttl=${averageTtlMs}`]
        }),
  }
}
