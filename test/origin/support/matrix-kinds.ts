import type { OriginValue } from '../../../src/keyspace/index.js'

export type WritePolicy = 'reject' | 'local' | 'through' | 'behind'
/** What a command ran on: the value held here, the one that the origin has had since, or that there is none. */
export type Ran = 'old' | 'new' | 'none'

/**
 * What ORIGIN.md says of a command on `k1`:
 * 'settles': its key is settled; 'settles, then writes': and what it makes is sent to the origin; 'writes': it is sent
 * without a look at the origin; 'looks': nothing is asked or sent before the reply.
 */
export type Way = 'settles' | 'settles, then writes' | 'writes' | 'looks'

export interface Kind {
  readonly title: string
  readonly write: WritePolicy
  readonly way: Way
  readonly requests: readonly (readonly string[])[]
  /** Replies to all of them. */
  readonly replies: (ran: Ran) => unknown[]
  /** Replies where `k1` fails. */
  readonly failed: (error: unknown) => unknown[]
  readonly isHash: boolean
  /** Where there is no value it blocks. */
  readonly waitsForKey: boolean
  /** A look at what it left, without asking. */
  readonly left?: { readonly request: readonly string[]; readonly reply: (ran: Ran) => unknown }
  /** The bound key that it names first. */
  readonly first: 'k1' | 'k2'
  /** Where a failure is told by another error than of the key itself. */
  readonly failsAs: 'itself' | 'EXECABORT'
}

const texts = { old: '10', new: '200', none: null } as const

/** The values of `k1` as the origin has them. */
export const valueOf = (ran: 'old' | 'new', isHash: boolean): OriginValue =>
  isHash
    ? { kind: 'hash', fields: [[Buffer.from('f'), Buffer.from(texts[ran])]] }
    : { kind: 'string', bytes: Buffer.from(texts[ran]) }

const text = (ran: Ran): string | null => texts[ran]
const number = (ran: Ran): number => Number(texts[ran] ?? 0)
/** A reply where there is a value, and where there is none. */
const there =
  <T>(is: T, isNot: T): ((ran: Ran) => T) =>
  (ran) =>
    ran === 'none' ? isNot : is
const wrongType = expect.stringMatching(/^WRONGTYPE/)

type More = Partial<Omit<Kind, 'requests' | 'replies'>>

const kind = (requests: string, replies: (ran: Ran) => unknown[], more: More = {}): Kind => ({
  write: 'reject',
  way: 'settles',
  failed: (error) => [error],
  isHash: false,
  waitsForKey: false,
  first: 'k1',
  failsAs: 'itself',
  title: requests,
  ...more,
  requests: requests.split('; ').map((request) => request.split(' ')),
  replies,
})

const reads: Kind[] = [
  kind('GET k1', (ran) => [text(ran)]),
  kind('MGET k1 k2', (ran) => [[text(ran), 'good']]),
  kind('MGET k2 plain k1', (ran) => [['good', 'plain', text(ran)]], { first: 'k2' }),
  kind('EXISTS k1', there([1], [0])),
  kind('STRLEN k1', (ran) => [text(ran)?.length ?? 0]),
  kind('GETRANGE k1 0 0', (ran) => [text(ran)?.[0] ?? '']),
  kind('HGETALL k1', (ran) => [ran === 'none' ? [] : ['f', text(ran)]], { isHash: true }),
  kind('HGET k1 f', (ran) => [text(ran)], { isHash: true }),
  kind('SORT list BY nosort GET k*', (ran) => [[text(ran)]]),
  kind('SORT list BY k*', () => [['1']]),
  kind('XREAD BLOCK 0 STREAMS k1 0', () => [wrongType], { waitsForKey: true }),
  kind('BLPOP k1 0', () => [wrongType], { write: 'local', waitsForKey: true }),
  kind('WATCH k1', () => ['OK']),
  kind('MULTI; GET k1; EXEC', (ran) => ['OK', 'QUEUED', [text(ran)]], {
    failed: (error) => ['OK', 'QUEUED', error],
    failsAs: 'EXECABORT',
  }),
  kind('GET plain; GET k1; STRLEN plain', (ran) => ['plain', text(ran), 5], {
    title: 'a pipeline GET plain, GET k1, STRLEN plain',
    failed: (error) => ['plain', error, 5],
  }),
  kind('COPY k1 plain2', there([1], [0]), { left: { request: ['GET', 'plain2'], reply: text } }),
  kind('RENAME k1 plain2', there<unknown[]>(['OK'], ['ERR no such key']), {
    write: 'local',
    left: { request: ['GET', 'plain2'], reply: text },
  }),
]

const looks: Kind[] = [
  kind('TYPE k1', there(['string'], ['none']), { way: 'looks' }),
  kind('TTL k1; PTTL k1; EXPIRETIME k1', there([-1, -1, -1], [-2, -2, -2]), { way: 'looks' }),
  kind('EXPIRE k1 100; PERSIST k1', there([1, 1], [0, 0]), { way: 'looks' }),
  kind(
    'TOUCH k1; OBJECT ENCODING k1; RANDOMKEY',
    there<unknown[]>([1, 'int', expect.any(String)], [0, null, expect.any(String)]),
    { way: 'looks' },
  ),
  kind('SCAN 0 MATCH k1 COUNT 1000; KEYS k1', there<unknown[]>([['0', ['k1']], ['k1']], [['0', []], []]), {
    way: 'looks',
  }),
  kind('CLIENT NO-ORIGIN ON; GET k1', (ran) => ['OK', text(ran)], { way: 'looks' }),
]

const sets = (write: WritePolicy, settles: Way, overwrites: Way): Kind[] => [
  kind('SET k1 30 GET', (ran) => [text(ran)], {
    write,
    way: settles,
    left: { request: ['GET', 'k1'], reply: () => '30' },
  }),
  kind('INCR k1', (ran) => [number(ran) + 1], {
    write,
    way: settles,
    left: { request: ['GET', 'k1'], reply: (ran) => String(number(ran) + 1) },
  }),
  kind('SET k1 30', () => ['OK'], { write, way: overwrites, left: { request: ['GET', 'k1'], reply: () => '30' } }),
  kind('DEL k1', there([1], [0]), { write, way: overwrites, left: { request: ['EXISTS', 'k1'], reply: () => 0 } }),
]

/** Every kind of command, under every write policy that makes a difference to it. */
export const kinds: readonly Kind[] = [
  ...reads,
  ...looks,
  kind('DEL k1', there([1], [0]), { way: 'looks', left: { request: ['EXISTS', 'k1'], reply: () => 0 } }),
  ...sets('local', 'settles', 'looks'),
  ...sets('through', 'settles, then writes', 'writes'),
  ...sets('behind', 'settles', 'looks'),
]
