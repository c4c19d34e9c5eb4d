import { ManualClock, SeededRandom, Slice } from '../../../src/base/index.js'
import type { Settlement } from '../../../src/command/index.js'
import { Copies, Keyspace } from '../../../src/keyspace/index.js'
import { readOptions, splitOptions } from '../../../src/origin/options.js'
import { Resolver } from '../../../src/origin/resolver.js'
import { Route } from '../../../src/origin/route.js'
import type { Rules } from '../../../src/origin/rules.js'
import type { OriginStore } from '../../../src/origin/store.js'
import { Template } from '../../../src/origin/template.js'
import { ControlledStore } from './controlled-store.js'

/** How a read ended: 'nil', a value in quotes, a hash as JSON, or the text of an error; undefined while it waits. */
export interface Read {
  reply: string | undefined
  cancel(): void
}

export interface EngineOptions {
  readonly store?: OriginStore
  readonly pattern?: string
  /** As in a directive: `validate 5s ttl 1h`. */
  readonly options?: string
  readonly rules?: Rules
  readonly negativesMax?: number
  readonly mayStore?: () => boolean
}

export function makeRoute(options: EngineOptions & { name?: string }): Route {
  const tokens = (options.options ?? '').split(' ').filter((token) => token !== '')
  return new Route({
    name: options.name ?? 'o',
    pattern: Buffer.from(options.pattern ?? 'k*'),
    options: readOptions(splitOptions(tokens), (value) => value),
    store: options.store ?? new ControlledStore(),
    template: new Template('{key}', 'text'),
    written: [options.name ?? 'o', options.pattern ?? 'k*', 'object', ...tokens],
  })
}

/** The engine on a real keyspace with a clock that stands, and a dispatch that does what ORIGIN.md asks of one. */
export class Engine {
  readonly clock = new ManualClock()
  readonly keyspace = new Keyspace({ clock: this.clock, random: new SeededRandom(1), databases: 4 })
  readonly copies = new Copies(this.keyspace)
  readonly log: string[] = []
  readonly resolver: Resolver
  readonly route: Route
  readonly store: ControlledStore
  #deferred: (() => void)[] = []

  constructor(options: EngineOptions = {}) {
    this.resolver = new Resolver({
      keyspace: this.keyspace,
      copies: this.copies,
      clock: this.clock,
      random: new SeededRandom(2),
      log: { notice: (text) => this.log.push(text), warning: (text) => this.log.push(text) },
      defer: (job) => this.#deferred.push(job),
      ...(options.rules === undefined ? {} : { rules: options.rules }),
      ...(options.mayStore === undefined ? {} : { mayStore: options.mayStore }),
      ...(options.negativesMax === undefined ? {} : { negativesMax: options.negativesMax }),
    })
    this.route = makeRoute(options)
    this.store = this.route.store as ControlledStore
    this.resolver.addRoute(this.route)
  }

  /** Lets everything happen that needs no time: ends of loop turns, and promises. */
  async turn(): Promise<void> {
    for (let i = 0; i < 8; i++) {
      await Promise.resolve()
      for (const job of this.#deferred.splice(0)) job()
    }
    await new Promise((resolve) => setImmediate(resolve))
    for (const job of this.#deferred.splice(0)) job()
  }

  async advance(ms: number): Promise<void> {
    await this.turn()
    this.clock.advance(ms)
    this.keyspace.tick()
    await this.turn()
  }

  now(): number {
    return this.clock.monotonicMs()
  }

  slice(key: string): Slice {
    return Slice.from(key)
  }

  /** A read of keys by one call, that arrives now. */
  read(...keys: string[]): Read {
    return this.readIn(0, ...keys)
  }

  readIn(db: number, ...keys: string[]): Read {
    const arrivedAtMs = this.now()
    const read: Read = { reply: undefined, cancel: () => settlement?.cancel() }
    let settlement: Settlement | undefined
    const slices = keys.map((key) => Slice.from(key))
    const attempt = (): void => {
      const current = settlement
      if (current !== undefined && current.refusal !== null) {
        read.reply = current.refusal.text
        return
      }
      this.keyspace.tick()
      const blocked = slices.some(
        (key) => !this.resolver.usable(db, key, { arrivedAtMs }) && current?.permits(db, key) !== true,
      )
      const run = (): void => {
        read.reply = slices.map((key) => this.show(db, key)).join(' ')
      }
      if (!blocked) {
        if (current === undefined) run()
        else current.run(run)
        return
      }
      const wanted = slices.map((key) => ({ db, key: key.toBuffer() }))
      settlement = this.resolver.settle(wanted, arrivedAtMs, attempt, current)
    }
    attempt()
    return read
  }

  /** What the keyspace holds, without asking. */
  show(db: number, key: Slice): string {
    const database = this.keyspace.databases[db]
    database.forget()
    const ref = database.find(key)
    if (ref === 0) return 'nil'
    if (database.typeName(ref) === 'string') return `'${database.string(key)?.toUtf8()}'`
    const fields: Record<string, string> = {}
    this.copies.visitValue(db, key, (field, value) => {
      fields[field?.toUtf8() ?? ''] = value.toUtf8()
    })
    return JSON.stringify(fields)
  }

  held(key: string): string {
    return this.show(0, Slice.from(key))
  }

  /** A local SET. */
  write(key: string, value: string, db = 0): void {
    const slice = Slice.from(key)
    const database = this.keyspace.databases[db]
    database.setString(slice, Slice.from(value))
    database.changed('set', slice)
  }

  /** A local DEL. */
  remove(key: string): void {
    const slice = Slice.from(key)
    if (this.keyspace.databases[0].delete(slice)) this.keyspace.databases[0].changed('del', slice)
  }

  /** Reads a key and answers its one request with a value. */
  async fill(key: string, answer: Parameters<ControlledStore['last']['answer']>[0]): Promise<Read> {
    const read = this.read(key)
    await this.turn()
    this.store.last.answer(answer)
    await this.turn()
    return read
  }
}
