import type { Command, CommandGroup } from './command.js'

/** ACL categories in the order in which Redis prints them. */
export const aclCategories = [
  'keyspace',
  'read',
  'write',
  'set',
  'sortedset',
  'list',
  'hash',
  'string',
  'bitmap',
  'hyperloglog',
  'geo',
  'stream',
  'pubsub',
  'admin',
  'fast',
  'slow',
  'blocking',
  'dangerous',
  'connection',
  'transaction',
  'scripting',
] as const

export type AclCategory = (typeof aclCategories)[number]

const ofGroup: Partial<Record<CommandGroup, AclCategory>> = {
  bitmap: 'bitmap',
  connection: 'connection',
  generic: 'keyspace',
  geo: 'geo',
  hash: 'hash',
  hyperloglog: 'hyperloglog',
  list: 'list',
  scripting: 'scripting',
  set: 'set',
  'sorted-set': 'sortedset',
  stream: 'stream',
  string: 'string',
  transactions: 'transaction',
}

/** Who declares one of these is of no category by being generic: SORT and WAIT. */
const notOfKeys: readonly AclCategory[] = ['set', 'sortedset', 'list', 'connection']

const cache = new WeakMap<Command, readonly AclCategory[]>()

/**
 * The ACL categories of a command, in Redis's order: its declared ones, those of its flags, and that of its group. A
 * container, which does nothing by itself, has none by its group; nor has what declares the types of values it is for, or that it is about connections.
 */
export function categoriesOf(command: Command): readonly AclCategory[] {
  let categories = cache.get(command)
  if (categories === undefined) cache.set(command, (categories = derive(command)))
  return categories
}

function derive(command: Command): readonly AclCategory[] {
  const { spec } = command
  const found = new Set<string>(spec.categories)
  const group = ofGroup[spec.group]
  const isOther = group === 'keyspace' && notOfKeys.some((category) => found.has(category))
  if (group !== undefined && spec.run !== undefined && !isOther) found.add(group)
  if (command.isWrite) found.add('write')
  if (command.isReadOnly && !found.has('scripting')) found.add('read')
  if (command.hasFlag('admin')) found.add('admin').add('dangerous')
  if (command.hasFlag('pubsub')) found.add('pubsub')
  if (command.hasFlag('blocking')) found.add('blocking')
  found.add(command.hasFlag('fast') ? 'fast' : 'slow')
  return aclCategories.filter((category) => found.has(category))
}
