import { command, type Call, type Command } from '../../command/index.js'
import { oneKey } from '../key-specs.js'

interface Shown {
  /** Milliseconds in the reply's unit. */
  readonly unitMs: 1 | 1000
  /** What is left of the key's life, or the moment of its end. */
  readonly left: boolean
}

/** Replies -2 for a missing key and -1 for one without a deadline; seconds are rounded to nearest. */
function replyDeadline({ args, db, reply, nowMs }: Call, { unitMs, left }: Shown): void {
  const ref = db.look(args.at(1))
  const atMs = ref === 0 ? 0 : db.deadline(ref)
  if (atMs === 0) {
    reply.integer(ref === 0 ? -2 : -1)
  } else if (Number.isSafeInteger(atMs)) {
    const ms = left ? Math.max(atMs - nowMs, 0) : atMs
    reply.integer(unitMs === 1 ? ms : Math.floor((ms + 500) / 1000))
  } else {
    const ms = db.exactDeadline(ref) - (left ? BigInt(nowMs) : 0n)
    reply.bigInteger(unitMs === 1 ? ms : (ms + 500n) / 1000n)
  }
}

interface Told {
  readonly name: string
  readonly since: string
  readonly summary: string
  readonly shown: Shown
}

const ttlCommand = (
  { name, since, summary, shown }: Told,
  more: { tips?: readonly string[]; history?: readonly (readonly [string, string])[] } = {},
): Command =>
  command({
    name,
    group: 'generic',
    since,
    summary,
    complexity: 'O(1)',
    arity: 2,
    flags: ['readonly', 'fast'],
    keys: oneKey('RO', ['access'], { settle: 'none' }),
    syntax: 'key',
    run: (call) => replyDeadline(call, shown),
    ...more,
  })

const changing = {
  tips: ['nondeterministic_output'],
  history: [['2.8.0', 'Replies -2 for a missing key.']],
} as const

export const TTL = ttlCommand(
  {
    name: 'TTL',
    since: '1.0.0',
    summary: 'Returns in how many seconds a key expires.',
    shown: { unitMs: 1000, left: true },
  },
  changing,
)

export const PTTL = ttlCommand(
  {
    name: 'PTTL',
    since: '2.6.0',
    summary: 'Returns in how many milliseconds a key expires.',
    shown: { unitMs: 1, left: true },
  },
  changing,
)

export const EXPIRETIME = ttlCommand({
  name: 'EXPIRETIME',
  since: '7.0.0',
  summary: 'Returns the Unix time in seconds at which a key expires.',
  shown: { unitMs: 1000, left: false },
})

export const PEXPIRETIME = ttlCommand({
  name: 'PEXPIRETIME',
  since: '7.0.0',
  summary: 'Returns the Unix time in milliseconds at which a key expires.',
  shown: { unitMs: 1, left: false },
})
