import type { Call } from './call.js'

/** Redis's command flags (https://redis.io/docs/latest/commands/command/#flags), written as COMMAND INFO prints them. */
export type CommandFlag =
  | 'admin'
  | 'allow_busy'
  | 'asking'
  | 'blocking'
  | 'denyoom'
  | 'fast'
  | 'loading'
  | 'may_replicate'
  | 'movablekeys'
  | 'no_async_loading'
  | 'no_auth'
  | 'no_mandatory_keys'
  | 'no_multi'
  | 'noscript'
  | 'pubsub'
  | 'readonly'
  | 'skip_monitor'
  | 'skip_slowlog'
  | 'stale'
  | 'write'

export type CommandGroup =
  | 'bitmap'
  | 'cluster'
  | 'connection'
  | 'generic'
  | 'geo'
  | 'hash'
  | 'hyperloglog'
  | 'list'
  | 'pubsub'
  | 'scripting'
  | 'server'
  | 'set'
  | 'sorted-set'
  | 'stream'
  | 'string'
  | 'transactions'

/** What a call does to a key: reads it, reads and writes it, overwrites it whole, or removes it. */
export type KeyAccess = 'RO' | 'RW' | 'OW' | 'RM'

/** What it does to the key's value: gives it out, changes it by its old content, adds to it, deletes it or part of it. */
export type KeyEffect = 'access' | 'update' | 'insert' | 'delete'

/** Where a command's keys stand, and what it does with them: one of Redis's key specifications. */
export interface KeySpec {
  /**
   * Index of the first key; or the keyword behind which it stands, looked for from index `from` on (negative: backwards);
   * or that nobody can say: the command's `findKeys` knows, or the call as it runs.
   */
  readonly first: number | { readonly keyword: string; readonly from: number } | 'unknown'
  /** Index of the last key: `first` when left out; negative counts from the end. Meant from `first` on when that is a keyword. */
  readonly last?: number
  /** Distance between keys; 1 when left out. */
  readonly step?: number
  /** Divides what is left: 2 means that keys are the first half. Only with `last: -1`. */
  readonly limit?: number
  /** The number of keys stands `count` arguments behind `first`, and the first key `keysFrom` behind it. */
  readonly count?: { readonly at: number; readonly keysFrom: number }
  /** Left out where there is no key: see `marks`. */
  readonly access?: KeyAccess
  readonly effects?: readonly KeyEffect[]
  /** Further flags of the specification: `not_key`, `incomplete`, `variable_flags`. */
  readonly marks?: readonly ('not_key' | 'incomplete' | 'variable_flags')[]
  readonly notes?: string
  /**
   * Whether a bound key is settled with its origin before the call runs. Left out: `value` for RO and RW, `none` for OW
   * and RM. Looking at the cache itself never asks.
   */
  readonly settle?: 'value' | 'none'
  /**
   * Whether a bound key's route must permit this as a write (`write local`). Left out: for every access but RO. Cache
   * control is no write: it may delete the copy or set its deadline under any route.
   */
  readonly write?: boolean
}

/** Data of a command: everything that COMMAND, ACL, dispatch and the gateway need to know of it. */
export interface CommandSpec {
  /** In upper case. A subcommand is named with its container: `CLIENT|ID`. */
  readonly name: string
  readonly group: CommandGroup
  /** Version of Redis that brought it. */
  readonly since: string
  readonly summary: string
  readonly complexity: string
  /** Number of arguments with the name; negative for at least that many. */
  readonly arity: number
  readonly flags: readonly CommandFlag[]
  readonly keys?: readonly KeySpec[]
  /** ACL categories beside those that follow from group and flags. */
  readonly categories?: readonly string[]
  /** Command tips (https://redis.io/docs/latest/develop/reference/command-tips/). */
  readonly tips?: readonly string[]
  /** What changed in which version, for COMMAND DOCS. */
  readonly history?: readonly (readonly [version: string, change: string])[]
  /** Deprecation, for COMMAND DOCS. */
  readonly deprecated?: { readonly since: string; readonly replacedBy: string }
  /**
   * Number of arguments from which on a call may take long, of a command that takes no longer than a few lookups with
   * fewer: SPOP with a count; `manyArguments` where it takes as long as it has arguments. Left out: O(1) never takes long
   * with fewer than those, anything else may always.
   */
  readonly slowFrom?: number
  /** Whether this very call may take long, where the number of its arguments does not tell. */
  readonly takesLong?: (call: Pick<Call, 'args' | 'services'>) => boolean
  /** Arguments in the notation of `syntax.ts`, for COMMAND DOCS. */
  readonly syntax?: string
  readonly subcommands?: readonly Command[]
  /** Keys of this very call where no KeySpec can say it: indexes into the arguments. For COMMAND GETKEYS and settling. */
  readonly findKeys?: (call: Pick<Call, 'args'>) => readonly FoundKey[]
  /**
   * Whether this very call settles its keys: SET asks its origin only under GET, NX, XX. Left out: always, as the keys say.
   */
  readonly settles?: (call: Pick<Call, 'args'>) => boolean
  /** What this very call does with its keys, where their KeySpec says `variable_flags`. For COMMAND GETKEYSANDFLAGS. */
  readonly keyUse?: (call: Pick<Call, 'args'>) => Pick<KeySpec, 'access' | 'effects'>
  /** Indexes of the arguments of this very call that nobody but the server may see: passwords. */
  readonly secrets?: (call: Pick<Call, 'args' | 'services'>) => readonly number[]
  /**
   * What becomes of it behind MULTI: it is queued when left out, `runs` to be refused by its handler, `ends` the
   * transaction or the connection, or `executes` what is queued.
   */
  readonly inTransaction?: 'runs' | 'ends' | 'executes'
  /** Whether it may be called on a RESP2 connection that is subscribed to something. */
  readonly whileSubscribed?: boolean
  /** It meets keys that nobody named: what expires under it has nothing to do with each other. */
  readonly meetsAnyKey?: boolean
  /** Its replies are messages out of band, which CLIENT REPLY does not silence. */
  readonly repliesByPush?: boolean
  /** The directive that says from where it may be called: nowhere (`no`), from this machine (`local`), anywhere (`yes`). */
  readonly permission?: string
  /** For the server's own use and for tests, not for applications: `syscmd` in COMMAND DOCS. */
  readonly system?: boolean
  /**
   * Executes one call: reads `call.args`, changes `call.db`, writes one reply. Never waits: see `Call.later` and
   * `Call.block` for replies that come later.
   *
   * @throws {ReplyError} replied in place of whatever was written
   */
  readonly run?: (call: Call) => void
}

export interface FoundKey {
  readonly index: number
  readonly spec: KeySpec
}

/** Bits that may stand between a command and its execution. Tested all at once; see dispatch/admission.ts. */
export const Gate = {
  /** The client has not authenticated. */
  auth: 1,
  /** `maxmemory` is reached: commands that may need memory are refused. */
  memory: 2,
  /** CLIENT PAUSE: writes wait (`pausedWrites`) or everything does. */
  pausedWrites: 4,
  pausedAll: 8,
  /** The client's calls run in a special way: CLIENT REPLY, CLIENT NO-TOUCH, CLIENT TRACKING. */
  special: 16,
  /** The client watches by MONITOR, or is a replica: it may neither read nor write keys. */
  monitor: 32,
  /** The client is behind MULTI: what it sends is queued. */
  transaction: 64,
  /** The client is subscribed and speaks RESP2, which cannot tell messages from replies. */
  subscribed: 128,
  /** Files cannot be written: writes would be lost, and PING tells. */
  diskError: 256,
  /** Fewer replicas than `min-replicas-to-write` follow. */
  fewReplicas: 512,
  /** A replica that is only read. */
  replica: 1024,
  /** A replica that has lost its primary, and may not show what it has. */
  stale: 2048,
  /** A snapshot or an append-only file is being loaded. */
  loading: 4096,
  /** Another dataset is being loaded beside the one that is served. */
  loadingAside: 8192,
  /** Always closed: a command behind it needs its directive's permission. */
  permission: 16384,
} as const

const never = (call: Call): void => {
  throw new Error(`${call.command.name} has no handler`)
}

let commandsMade = 0

/** Arguments from which a call may take long whatever its command. */
export const manyArguments = 33

/** One command. All declarations pass through this constructor, so that dispatch sees one hidden class. */
export class Command {
  readonly id: number
  readonly name: string
  /** The name as Redis's errors and COMMAND print it: lower case, `client|id`. */
  readonly fullName: string
  readonly argumentsMin: number
  readonly argumentsMax: number
  readonly isWrite: boolean
  readonly isReadOnly: boolean
  /** Whether it may name keys, or runs what does. */
  readonly hasKeys: boolean
  /** Whether followers repeat a call that changed something and does not say what they should do. */
  readonly isRepeated: boolean
  /** Whether what it does is one unit for followers. */
  readonly isUnit: boolean
  /** Whether it is EXEC. */
  readonly executesQueue: boolean
  /** Index of its one key, where it has just one at a fixed place; 0 otherwise. */
  readonly singleKey: number
  /** The same where the key is only read, and settled: all there is to know of it. */
  readonly onlyKey: number
  /** Whether a call may write to a key that its route forbids. */
  readonly writesKeys: boolean
  /** Number of arguments from which on a call may take long, so that it is worth reading the clock for it. */
  readonly timedFrom: number
  /** Whether such a call may take long: always, where it is null. */
  readonly takesLong: ((call: Pick<Call, 'args' | 'services'>) => boolean) | null
  /** Any of its keys may be settled: what dispatch tests when there are routes. */
  readonly settlesKeys: boolean
  readonly gates: number
  readonly run: (call: Call) => void
  readonly subcommands: ReadonlyMap<string, Command> | null
  readonly spec: CommandSpec

  constructor(spec: CommandSpec) {
    const has = (flag: CommandFlag): boolean => spec.flags.includes(flag)
    this.id = commandsMade++
    this.spec = spec
    this.name = spec.name
    this.fullName = spec.name.toLowerCase()
    this.argumentsMin = Math.abs(spec.arity)
    this.argumentsMax = spec.arity < 0 ? 0x7fffffff : spec.arity
    this.isWrite = has('write')
    this.isReadOnly = has('readonly')
    this.isUnit = spec.meetsAnyKey !== true
    this.isRepeated = has('write') || has('may_replicate')
    const keys = (spec.keys ?? []).filter((key) => key.marks?.includes('not_key') !== true)
    this.executesQueue = spec.inTransaction === 'executes'
    this.hasKeys = keys.length > 0 || spec.findKeys !== undefined || this.executesQueue
    this.settlesKeys = keys.some((key) => settlesValue(key))
    this.singleKey = singleKey(spec, keys)
    this.onlyKey = this.singleKey !== 0 && isSettledRead(spec) ? this.singleKey : 0
    this.writesKeys = keys.some((key) => writesKey(key))
    const isShort = spec.complexity.startsWith('O(1)') && !has('blocking')
    this.timedFrom = spec.slowFrom ?? (isShort ? manyArguments : 0)
    this.takesLong = spec.takesLong ?? null
    this.gates =
      (has('no_auth') ? 0 : Gate.auth) |
      (has('denyoom') ? Gate.memory : 0) |
      (has('write') || has('may_replicate') ? Gate.pausedWrites : 0) |
      (has('write') || has('readonly') || has('may_replicate') ? Gate.monitor : 0) |
      (spec.whileSubscribed === true ? 0 : Gate.subscribed) |
      (has('write') ? Gate.diskError | Gate.fewReplicas | Gate.replica : 0) |
      (spec.name === 'PING' ? Gate.diskError : 0) |
      (has('stale') ? 0 : Gate.stale) |
      (has('loading') ? 0 : Gate.loading) |
      (has('no_async_loading') ? Gate.loadingAside : 0) |
      (spec.permission !== undefined ? Gate.permission : 0) |
      Gate.pausedAll |
      Gate.special |
      Gate.transaction
    this.run = spec.run ?? never
    this.subcommands =
      spec.subcommands === undefined
        ? null
        : new Map(spec.subcommands.map((sub) => [sub.name.slice(sub.name.indexOf('|') + 1), sub]))
  }

  hasFlag(flag: CommandFlag): boolean {
    return this.spec.flags.includes(flag)
  }
}

export const settlesValue = (key: KeySpec): boolean =>
  (key.settle ?? (key.access === 'RO' || key.access === 'RW' ? 'value' : 'none')) === 'value'

/** Whether a call writes to this key in the sense of its route. */
export const writesKey = (key: KeySpec): boolean => key.write ?? (key.access !== undefined && key.access !== 'RO')

function singleKey(spec: CommandSpec, keys: readonly KeySpec[]): number {
  const [key] = keys
  if (spec.findKeys !== undefined || keys.length !== 1) return 0
  const plain = typeof key.first === 'number' && (key.last ?? key.first) === key.first && key.count === undefined
  return plain ? (key.first as number) : 0
}

function isSettledRead({ keys, settles }: CommandSpec): boolean {
  return settles === undefined && settlesValue(keys![0]) && !writesKey(keys![0])
}

/** Declares a command. */
export const command = (spec: CommandSpec): Command => new Command(spec)
