import { ManualClock, ReplyError, SeededRandom, Slice } from '../../src/base/index.js'
import { Call, type Client, type Command, type OriginService, type Services, type Word as FollowerWord } from '../../src/command/index.js' // prettier-ignore
import { allCommands } from '../../src/commands/index.js'
import { Keyspace } from '../../src/keyspace/index.js'
import { LatencyMonitor, SlowLog } from '../../src/observe/index.js'
import { ValueDumper, ValueRestorer } from '../../src/persistence/index.js'
import { Args, ReplyWriter, type Protocol } from '../../src/resp/index.js'

type Word = string | Buffer

function printedWord(word: FollowerWord): string {
  if (word instanceof Slice) return word.toLatin1()
  return word instanceof Uint8Array ? Buffer.from(word).toString('latin1') : String(word)
}

/** Runs commands as dispatch does, on a keyspace and a clock of their own, and returns the bytes of their replies. */
export class CommandRunner {
  readonly clock = new ManualClock()
  readonly keyspace: Keyspace
  /** The route of a key, as the commands ask it: there are no routes unless a test says so. */
  readonly origin: { routeCount: number; refuseWrite: OriginService['refuseWrite'] } = {
    routeCount: 0,
    refuseWrite: () => null,
  }
  readonly latency = new LatencyMonitor(this.clock)
  readonly slowLog = new SlowLog()
  readonly config = new Map([['proto-max-bulk-len', '536870912']])
  /** What `changed` and `alsoChanged` told since the last look: `db0 set k`. */
  readonly #told: string[] = []
  readonly #commands = new Map<string, Command>()
  readonly #reply = new ReplyWriter()
  readonly #services: Services
  /** Whether anybody follows, and what they were told in place of calls: words as Latin-1, separated by spaces. */
  isFollowed = false
  readonly propagated: string[] = []
  database = 0
  protocol: Protocol = 2

  constructor() {
    const random = new SeededRandom(1)
    this.keyspace = new Keyspace({ clock: this.clock, random, seed: { low: 1, high: 2 } })
    for (const command of allCommands) this.#commands.set(command.name, command)
    for (const database of this.keyspace.databases) this.#listen(database.index)
    this.#services = {
      keyspace: this.keyspace,
      clock: this.clock,
      random,
      config: { value: (name: string) => this.config.get(name) ?? '' },
      origin: this.origin,
      durability: { flushed: () => {} },
      latency: this.latency,
      slowLog: this.slowLog,
      dumper: new ValueDumper(this.keyspace, () => true),
      restorer: new ValueRestorer(this.keyspace),
      replication: { isReplica: false, refusesFieldDeadlines: false },
    } as unknown as Services
  }

  /** Runs one command; its words as they are, or in one string, separated by spaces. */
  run(first: string, ...rest: Word[]): string {
    const words: Word[] = rest.length === 0 ? first.split(' ') : [first, ...rest]
    const args = new Args().load(words.map((word) => Slice.from(word)))
    const command = this.#find(args)
    const call = new Call(this.#services, {
      makeLater: () => {
        throw new Error('no reply comes later here')
      },
      isUsable: () => true,
      followers: {
        isActive: this.isFollowed,
        add: (_db, words) => this.propagated.push(words.map(printedWord).join(' ')),
        addMessage: () => {},
      },
    })
    this.keyspace.tick()
    Object.assign(call, { command, args, db: this.keyspace.databases[this.database], reply: this.#reply })
    call.client = { database: this.database } as Client
    this.#reply.reset(false)
    this.#reply.begin(this.protocol)
    try {
      command.run(call)
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error
      this.#reply.rewind(0)
      this.#reply.error(error)
    }
    return this.#reply.region.bytes.latin1Slice(0, this.#reply.position)
  }

  /** As `run` in RESP3. */
  run3(first: string, ...rest: Word[]): string {
    this.protocol = 3
    try {
      return this.run(first, ...rest)
    } finally {
      this.protocol = 2
    }
  }

  /** The events told since the last look, in order. */
  events(): string[] {
    return this.#told.splice(0)
  }

  /** Changes that were counted so far. */
  get changes(): number {
    return this.keyspace.changes
  }

  #find(args: Args): Command {
    const command = this.#commands.get(args.at(0).toLatin1().toUpperCase())
    if (command === undefined) throw new Error(`no command ${args.at(0).toLatin1()}`)
    return command.subcommands?.get(args.at(1).toLatin1().toUpperCase()) ?? command
  }

  #listen(index: number): void {
    const database = this.keyspace.databases[index]
    const { changed, changedBeside, alsoChanged } = database
    database.changed = (event, key, count = 1) => {
      if (count !== 0) this.#told.push(`db${index} ${event} ${key.toLatin1()}`)
      changed.call(database, event, key, count)
    }
    database.changedBeside = (event, key, count = 1) => {
      if (event !== null && count !== 0) this.#told.push(`db${index} ${event} ${key.toLatin1()}`)
      changedBeside.call(database, event, key, count)
    }
    database.alsoChanged = (event, key) => {
      this.#told.push(`db${index} ${event} ${key.toLatin1()}`)
      alsoChanged.call(database, event, key)
    }
  }
}
