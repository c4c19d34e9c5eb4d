import type { Services } from '../../../command/index.js'
import type { InfoSection } from '../../../observe/index.js'
import { clusterSection, keyspaceSection, modulesSection } from './dataset.js'
import { clientsSection, cpuSection, memorySection, serverSection } from './process.js'
import { commandStatsSection, errorStatsSection, latencyStatsSection, statsSection } from './statistics.js'

/**
 * Redis's sections of INFO, as far as the contract can tell of them. Rooms that know more of one (persistence,
 * replication) add their own under its name.
 */
export const standardInfoSections = (services: Services): InfoSection[] => [
  serverSection(services),
  clientsSection(services),
  memorySection(services),
  statsSection(services),
  cpuSection(),
  modulesSection(),
  commandStatsSection(services),
  errorStatsSection(services),
  latencyStatsSection(services),
  clusterSection(),
  keyspaceSection(services),
]
