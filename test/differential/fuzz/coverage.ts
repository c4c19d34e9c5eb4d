import { dataForms } from './grammar-data.js'
import { durabilityForms } from './grammar-durability.js'
import { geoForms } from './grammar-geo.js'
import { sortedSetForms } from './grammar-sorted-sets.js'
import { serverForms } from './grammar-server.js'
import { transactionForms } from './grammar-transactions.js'
import type { Form } from './forms.js'

/** Commands that are refused most of the time, or whose options are many: how many times more often they are drawn. */
const drawnMore: Readonly<Record<string, number>> = {
  BITPOS: 3,
  FLUSHALL: 2,
  FLUSHDB: 2,
  GETEX: 2,
  LSET: 2,
  PFDEBUG: 4,
  PFSELFTEST: 4,
  XAUTOCLAIM: 3,
  XCLAIM: 3,
  'XGROUP CREATECONSUMER': 3,
  'XGROUP DELCONSUMER': 3,
  'XGROUP SETID': 4,
  'XINFO CONSUMERS': 3,
  XPENDING: 3,
  XREADGROUP: 3,
}

export const forms: readonly Form[] = [
  ...dataForms,
  ...sortedSetForms,
  ...geoForms,
  ...durabilityForms,
  ...serverForms,
  ...transactionForms,
].map((form) => ({ ...form, weight: form.weight * (drawnMore[form.name] ?? 1) }))

/** A run of `fullRun` commands and more must have shown everything so often, with a reply that is no error. */
export const fullRun = 320_000
export const shownAtLeast = 50

/** Commands without a reply that is no error, so that no count can be asked of them. */
const alwaysRefused: Readonly<Record<string, string>> = {
  'LATENCY GRAPH': 'nothing is watched in a run, and without a spike there is no graph (scripts)',
  'MODULE LOAD': 'no module can be loaded (scripts)',
  'MODULE LOADEX': 'no module can be loaded (scripts)',
  'MODULE UNLOAD': 'no module is loaded (scripts)',
  'DEBUG ERROR': 'replies what it was given as an error',
  'SHUTDOWN ABORT':
    'there is no shutdown under way to abort; the one that succeeds ends the server (scripts and server tests)',
}

/** Commands that lead the way to their subcommands and do nothing themselves. */
const containers = new Set([
  'CLIENT',
  'CONFIG',
  'LATENCY',
  'MEMORY',
  'MODULE',
  'OBJECT',
  'PUBSUB',
  'SLOWLOG',
  'XGROUP',
  'XINFO',
])

/** Commands that are not drawn, and where they are shown instead. */
const notDrawn: Readonly<Record<string, string>> = {
  SHUTDOWN: 'ends the server: connections.test.ts',
  ...Object.fromEntries(
    ['SAVE', 'BGSAVE', 'BGREWRITEAOF'].map((name) => [name, 'writes files: tests of persistence, and Redis’s own']),
  ),
  ...Object.fromEntries(
    ['FAILOVER', 'PSYNC', 'REPLCONF', 'REPLICAOF', 'SLAVEOF', 'SYNC'].map((name) => [
      name,
      'changes what the server or the connection is: tests of replication, and Redis’s own',
    ]),
  ),
  MIGRATE: 'needs another server: tests of replication',
  DEBUG: 'has no subcommands in COMMAND LIST; those implemented are drawn by name',
}

/** Which of `names`, as COMMAND LIST gives them, no form can write. */
export function undrawn(names: readonly string[]): string[] {
  const drawn = new Set(forms.map(({ name }) => name))
  return names
    .map((name) => name.replace('|', ' ').toUpperCase())
    .filter((name) => !drawn.has(name) && !containers.has(name) && !(name in notDrawn))
}

/** How often each command and each option token was answered by something other than an error. */
export class Coverage {
  readonly #counts = new Map<string, number>()

  constructor() {
    for (const { name, tokens } of forms) {
      for (const item of [name, ...tokens.map((text) => `${name} ${text}`)]) {
        if (!(name in alwaysRefused)) this.#counts.set(item, 0)
      }
    }
  }

  add(names: readonly string[]): void {
    for (const name of names) {
      const count = this.#counts.get(name)
      if (count !== undefined) this.#counts.set(name, count + 1)
    }
  }

  merge(other: Coverage): void {
    for (const [name, count] of other.#counts) this.#counts.set(name, (this.#counts.get(name) ?? 0) + count)
  }

  /** What was shown less often than it must be in a full run. */
  missing(): string[] {
    return [...this.#counts].filter(([, count]) => count < shownAtLeast).map(([name, count]) => `${name} (${count})`)
  }

  table(): string {
    const width = Math.max(...[...this.#counts.keys()].map((name) => name.length))
    return [...this.#counts].map(([name, count]) => `${name.padEnd(width)}  ${count}`).join('\n')
  }

  summary(): string {
    const counts = [...this.#counts.values()]
    const commands = new Set(forms.map(({ name }) => name)).size
    return `${commands} commands and ${counts.length - commands + Object.keys(alwaysRefused).length} option tokens, each answered without error at least ${Math.min(...counts)} times`
  }
}
