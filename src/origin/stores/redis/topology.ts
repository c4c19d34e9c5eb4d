import type { RedisAddress } from './connection.js'

/** A server as one of a cluster sees it. */
export interface ClusterNode {
  readonly id: string
  /** `host:port`. */
  readonly name: string
  readonly address: RedisAddress
  /** The one that was asked. */
  readonly isMyself: boolean
  readonly isPrimary: boolean
  readonly slots: readonly (readonly [first: number, last: number])[]
  /** Ids of the servers that slots of its own are moving to; said by itself only. */
  readonly movingTo: readonly string[]
}

export const nameOf = ({ host, port }: RedisAddress): string => `${host}:${port}`

/** An address as MOVED, ASK and CLUSTER NODES write it; no host is the one that said so. Null where it is none. */
export function readNodeAddress(text: string, saidBy: RedisAddress): RedisAddress | null {
  const parts = /^(.*):(\d{1,5})$/.exec(text)
  if (parts === null) return null
  return { host: parts[1] === '' ? saidBy.host : parts[1], port: Number(parts[2]) }
}

/**
 * Reads what CLUSTER NODES replies: the cluster as the one that was asked sees it.
 *
 * @see https://redis.io/docs/latest/commands/cluster-nodes/
 */
export function readClusterNodes(text: string, saidBy: RedisAddress): ClusterNode[] {
  const nodes: ClusterNode[] = []
  for (const line of text.split('\n')) {
    const [id, place, flags = '', , , , , , ...slots] = line.trim().split(' ')
    if (place === undefined) continue
    const marks = flags.split(',')
    const isMyself = marks.includes('myself')
    const address = readNodeAddress(place.split('@')[0], saidBy)
    if (address === null || marks.includes('noaddr')) continue
    nodes.push({
      id,
      name: nameOf(address),
      address,
      isMyself,
      isPrimary: marks.includes('master'),
      slots: slots.flatMap(readRange),
      movingTo: slots.flatMap((slot) => /^\[\d+->-(\w+)\]$/.exec(slot)?.[1] ?? []),
    })
  }
  return nodes
}

/** `5` or `5-10`; what moves (`[5->-id]`) is no range. */
function readRange(text: string): (readonly [number, number])[] {
  const parts = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text)
  return parts === null ? [] : [[Number(parts[1]), Number(parts[2] ?? parts[1])]]
}

/**
 * Why those who are listened to are not all that may change a key; null where they are. Each of them was asked for its
 * view: who owns a slot says so itself at once, others hear of it later.
 *
 * @param views one of each that is listened to
 */
export function uncovered(views: readonly (readonly ClusterNode[])[]): string | null {
  const ids = new Set<string>()
  const owned = new Set<number>()
  for (const nodes of views) {
    const myself = nodes.find(({ isMyself }) => isMyself)
    if (myself === undefined || !myself.isPrimary) return 'a primary has become a replica'
    ids.add(myself.id)
    for (const slot of slotsOf(myself.slots)) owned.add(slot)
  }
  for (const nodes of views) {
    for (const { isPrimary, id, slots, movingTo } of nodes) {
      if (movingTo.some((target) => !ids.has(target))) return 'slots move to a new primary'
      if (!isPrimary || slots.length === 0) continue
      if (!ids.has(id)) return 'there is a new primary'
      if (!slotsOf(slots).every((slot) => owned.has(slot))) return 'slots have moved'
    }
  }
  return null
}

export const slotsOf = (ranges: ClusterNode['slots']): number[] =>
  ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i))
