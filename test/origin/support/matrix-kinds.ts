import type { OriginValue } from '../../../src/keyspace/index.js'

export type WritePolicy = 'reject' | 'local' | 'through' | 'behind'
/** Which of the two values a command ran on: the one held here, or the one that the origin has had since. */
export type Ran = 'old' | 'new'

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
  /** A look at what it left, without asking. */
  readonly left?: { readonly request: readonly string[]; readonly reply: (ran: Ran) => unknown }
  /** The bound key that it names first. */
  readonly first: 'k1' | 'k2'
  /** Where a failure is told by another error than of the key itself. */
  readonly failsAs: 'itself' | 'EXECABORT'
}

const texts = { old: '10', new: '200' } as const

/** The values of `k1` as the origin has them. */
export const valueOf = (ran: Ran, isHash: boolean): OriginValue =>
  isHash
    ? { kind: 'hash', fields: [[Buffer.from('f'), Buffer.from(texts[ran])]] }
    : { kind: 'string', bytes: Buffer.from(texts[ran]) }

const text = (ran: Ran): string => texts[ran]
const wrongType = expect.stringMatching(/^WRONGTYPE/)

type More = Partial<Omit<Kind, 'requests' | 'replies'>>

const kind = (requests: string, replies: (ran: Ran) => unknown[], more: More = {}): Kind => ({
  write: 'reject',
  way: 'settles',
  failed: (error) => [error],
  isHash: false,
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
  kind('EXISTS k1', () => [1]),
  kind('STRLEN k1', (ran) => [text(ran).length]),
  kind('GETRANGE k1 0 0', (ran) => [text(ran)[0]]),
  kind('HGETALL k1', (ran) => [['f', text(ran)]], { isHash: true }),
  kind('HGET k1 f', (ran) => [text(ran)], { isHash: true }),
  kind('SORT list BY nosort GET k*', (ran) => [[text(ran)]]),
  kind('SORT list BY k*', () => [['1']]),
  kind('XREAD BLOCK 0 STREAMS k1 0', () => [wrongType]),
  kind('BLPOP k1 0', () => [wrongType], { write: 'local' }),
  kind('WATCH k1', () => ['OK']),
  kind('MULTI; GET k1; EXEC', (ran) => ['OK', 'QUEUED', [text(ran)]], {
    failed: (error) => ['OK', 'QUEUED', error],
    failsAs: 'EXECABORT',
  }),
  kind('GET plain; GET k1; STRLEN plain', (ran) => ['plain', text(ran), 5], {
    title: 'a pipeline GET plain, GET k1, STRLEN plain',
    failed: (error) => ['plain', error, 5],
  }),
  kind('COPY k1 plain2', () => [1], { left: { request: ['GET', 'plain2'], reply: text } }),
  kind('RENAME k1 plain2', () => ['OK'], { write: 'local', left: { request: ['GET', 'plain2'], reply: text } }),
]

const looks: Kind[] = [
  kind('TYPE k1', () => ['string'], { way: 'looks' }),
  kind('TTL k1; PTTL k1; EXPIRETIME k1', () => [-1, -1, -1], { way: 'looks' }),
  kind('EXPIRE k1 100; PERSIST k1', () => [1, 1], { way: 'looks' }),
  kind('TOUCH k1; OBJECT ENCODING k1; RANDOMKEY', () => [1, 'int', expect.any(String)], { way: 'looks' }),
  kind('SCAN 0 MATCH k1 COUNT 1000; KEYS k1', () => [['0', ['k1']], ['k1']], { way: 'looks' }),
  kind('CLIENT NO-ORIGIN ON; GET k1', () => ['OK', '10'], { way: 'looks' }),
]

const sets = (write: WritePolicy, settles: Way, overwrites: Way): Kind[] => [
  kind('SET k1 30 GET', (ran) => [text(ran)], {
    write,
    way: settles,
    left: { request: ['GET', 'k1'], reply: () => '30' },
  }),
  kind('INCR k1', (ran) => [Number(text(ran)) + 1], {
    write,
    way: settles,
    left: { request: ['GET', 'k1'], reply: (ran) => String(Number(text(ran)) + 1) },
  }),
  kind('SET k1 30', () => ['OK'], { write, way: overwrites, left: { request: ['GET', 'k1'], reply: () => '30' } }),
  kind('DEL k1', () => [1], { write, way: overwrites, left: { request: ['EXISTS', 'k1'], reply: () => 0 } }),
]

/** Every kind of command, under every write policy that makes a difference to it. */
export const kinds: readonly Kind[] = [
  ...reads,
  ...looks,
  kind('DEL k1', () => [1], { way: 'looks', left: { request: ['EXISTS', 'k1'], reply: () => 0 } }),
  ...sets('local', 'settles', 'looks'),
  ...sets('through', 'settles, then writes', 'writes'),
  ...sets('behind', 'settles', 'looks'),
]
