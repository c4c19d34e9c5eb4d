import { keyspaceDirectives } from './keyspace.js'
import { networkDirectives } from './network.js'
import { persistenceDirectives } from './persistence.js'
import { processDirectives } from './process.js'
import { clusterDirectives, replicationDirectives, tlsDirectives } from './replication.js'

export type { Directive, Status } from './directive.js'

/** Every directive that has one value, by its name. CONFIG REWRITE appends new lines in this order. */
export const directives = {
  ...networkDirectives,
  ...processDirectives,
  ...keyspaceDirectives,
  ...persistenceDirectives,
  ...replicationDirectives,
  ...clusterDirectives,
  ...tlsDirectives,
}

export type Directives = typeof directives
export type DirectiveName = keyof Directives

/** Names that old files still hold and Redis 7.0 skips in silence. */
export const skippedDirectives: ReadonlySet<string> = new Set([
  'list-max-ziplist-entries',
  'list-max-ziplist-value',
  'lua-replicate-commands',
])

/** Directives of a file that have no single value, and whose feature is still to come. */
export const refusedStatements: Readonly<Record<string, string>> = {
  user: 'users and their rules come with ACL; requirepass sets the one password there is',
  'rename-command': 'commands keep their names',
  loadmodule: 'there are no modules',
  sentinel: 'this is no Sentinel',
}

type CamelCase<Name extends string> = Name extends `${infer Head}${'-' | '_'}${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name

/** Every directive's value as the server works with it: `proto-max-bulk-len` is `protoMaxBulkLen`, a number of bytes. */
export type Values = {
  readonly [Name in DirectiveName as CamelCase<Name>]: ReturnType<Directives[Name]['kind']['live']>
}

/** `proto-max-bulk-len` to `protoMaxBulkLen`. */
export const camelCase = (name: string): string =>
  name.replace(/[-_](.)/g, (_match, letter: string) => letter.toUpperCase())
