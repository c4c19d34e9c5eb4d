import { ReplyError } from '../../../base/index.js'
import type { CancelSignal } from '../../cancellation.js'
import type { ValueKind } from '../../options.js'
import { Unavailable } from '../../store.js'
import type { NamePage } from '../../store.js'
import { namesAPage } from '../listing.js'
import type { Cluster } from './cluster.js'
import { viewIn } from './cluster.js'
import type { RedisAddress } from './connection.js'
import { Refusal } from './errors.js'
import type { RedisNode } from './node.js'
import { keyBytes, otherReply } from './reading.js'

export interface ServerPage {
  readonly names: readonly string[]
  /** Null at the end. */
  readonly next: string | null
}

/** A page of one server's keys of the type that is asked for. @throws {Unavailable} */
export async function scanServer(
  node: RedisNode,
  { as, prefix, cursor }: { as: ValueKind; prefix: string; cursor: string },
  signal: CancelSignal,
): Promise<ServerPage> {
  const match = keyBytes(`${prefix.replace(/[*?[\]\\^]/g, '\\$&')}*`)
  const [reply] = await node.read([['SCAN', cursor, 'MATCH', match, 'COUNT', String(namesAPage), 'TYPE', as]], signal)
  if (reply instanceof ReplyError) throw new Refusal(reply)
  if (!Array.isArray(reply) || !Array.isArray(reply[1])) throw otherReply
  const next = String(reply[0])
  const names = reply[1].filter((name) => Buffer.isBuffer(name)).map((name) => name.latin1Slice())
  return { names, next: next === '0' ? null : next }
}

/** Who owned what at some moment, by what each primary says of itself. */
interface Shape {
  readonly text: string
  readonly primaries: readonly RedisAddress[]
  readonly isMoving: boolean
}

export interface ClusterPlace {
  readonly shape: Shape
  /** Which primary is read, and how far. */
  readonly at: number
  readonly cursor: string
}

const startOf = (shape: Shape): ClusterPlace => ({ shape, at: 0, cursor: '0' })

/**
 * A page of a cluster's keys: of one primary after the other.
 *
 * A key that moves meanwhile may go from one that was not read yet to one that was. So owners are compared at the end: if
 * they changed all is read again, and while slots are on their way the end is not said to be one.
 *
 * @throws {Unavailable}
 */
export async function scanCluster(
  cluster: Cluster,
  { as, prefix, place }: { as: ValueKind; prefix: string; place: ClusterPlace | null },
  signal: CancelSignal,
): Promise<NamePage> {
  const { shape, at, cursor } = place ?? startOf(await shapeOf(cluster, signal))
  if (at === shape.primaries.length) {
    const now = await shapeOf(cluster, signal)
    if (now.isMoving) throw new Unavailable('its slots are moving', { counts: false })
    return { names: [], next: now.text === shape.text ? null : startOf(now) }
  }
  try {
    const page = await scanServer(cluster.node(shape.primaries[at]), { as, prefix, cursor }, signal)
    const next = page.next === null ? { shape, at: at + 1, cursor: '0' } : { shape, at, cursor: page.next }
    return { names: page.names, next }
  } catch (error) {
    const now = await shapeOf(cluster, signal) // another may have taken its place
    if (now.text === shape.text) throw error
    return { names: [], next: startOf(now) }
  }
}

async function shapeOf(cluster: Cluster, signal: CancelSignal): Promise<Shape> {
  const view = await cluster.look(signal)
  const primaries = view.filter(({ isPrimary, slots }) => isPrimary && slots.length > 0).map(({ address }) => address)
  const selves = await Promise.all(
    primaries.map(async (address) => {
      const node = cluster.node(address)
      const [reply] = await node.read([['CLUSTER', 'NODES']], signal)
      const self = viewIn(reply, address).find(({ isMyself }) => isMyself)
      if (self?.isPrimary !== true) throw new Unavailable('a primary has become a replica', { counts: false })
      return self
    }),
  )
  const lines = selves.map(({ id, slots }) => `${id} ${slots.join()}`).sort()
  return { text: lines.join('\n'), primaries, isMoving: selves.some(({ movingTo }) => movingTo.length > 0) }
}
