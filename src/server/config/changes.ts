import { errorReply, type ReplyError } from '../../base/index.js'
import { loading } from '../../dispatch/index.js'
import { camelCase } from './directives/index.js'
import { BadValue } from './problem.js'
import type { ByteString } from './quoting.js'
import { type Entry, Settings } from './settings.js'

export type ChangeListener<Value> = (value: Value, previous: Value) => void | Promise<void>

type Pairs = readonly (readonly [name: ByteString, value: ByteString])[]

interface Change {
  readonly entry: Entry
  readonly before: unknown
  readonly after: unknown
}

/** CONFIG SET: several directives change together, or none does, and what applies them has a say. */
export class Changes {
  /** A dataset is being loaded: some directives cannot change. */
  isLoading = false
  readonly #settings: Settings
  readonly #listeners = new Map<string, ChangeListener<unknown>[]>()
  #running: Promise<unknown> | undefined

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** @param name in camel case */
  on(name: string, listener: ChangeListener<unknown>): void {
    const listeners = this.#listeners.get(name)
    if (listeners === undefined) this.#listeners.set(name, [listener])
    else listeners.push(listener)
  }

  set(pairs: Pairs, client: { readonly local: boolean }): ReplyError | undefined | Promise<ReplyError | undefined> {
    const now = () => this.#setNow(pairs, client)
    if (this.#running !== undefined) return this.#inTurn(this.#running.then(now, now))
    const outcome = now()
    return outcome instanceof Promise ? this.#inTurn(outcome) : outcome
  }

  #inTurn<Outcome>(outcome: Promise<Outcome>): Promise<Outcome> {
    const settled = outcome.finally(() => {
      if (this.#running === settled) this.#running = undefined
    })
    this.#running = settled
    return settled
  }

  #setNow(pairs: Pairs, client: { readonly local: boolean }): ReplyError | undefined | Promise<ReplyError | undefined> {
    const entries = this.#admit(pairs, client)
    if (!Array.isArray(entries)) return entries
    const changes: Change[] = []
    for (const [index, entry] of entries.entries()) {
      try {
        const after = this.#settings.parse(entry, wordsOf(entry, pairs[index][1]), false)
        changes.push({ entry, before: this.#settings.state(entry.primary), after })
        this.#settings.put(entry.primary, after)
      } catch (error) {
        this.#putBack(changes)
        return refusal(entry.name, error)
      }
    }
    return this.#apply(changes)
  }

  /** Every pair is known, may be changed by this client, and comes once; or the refusal. */
  #admit(pairs: Pairs, client: { readonly local: boolean }): Entry[] | ReplyError {
    const { enableProtectedConfigs: allowed } = this.#settings.values
    const mayProtected = allowed === 'yes' || (allowed === 'local' && client.local)
    const entries: Entry[] = []
    for (const [name] of pairs) {
      const entry = Settings.lookup(name)
      if (entry === undefined)
        return errorReply(`Unknown option or number of arguments for CONFIG SET - '${asPrinted(name)}'`)
      const { immutable, protected: isProtected, notWhileLoading } = entry.directive
      if (notWhileLoading === true && this.isLoading) return loading
      if (immutable) return refusal(name, new BadValue("can't set immutable config"))
      if (isProtected && !mayProtected) return refusal(name, new BadValue("can't set protected config"))
      if (entries.includes(entry)) return refusal(name, new BadValue('duplicate parameter'))
      entries.push(entry)
    }
    return entries
  }

  #putBack(changes: readonly Change[]): void {
    for (const { entry, before } of changes.toReversed()) this.#settings.put(entry.primary, before)
  }

  /** Tells the listeners, one after the other; goes on in a promise from the first one that answers with a promise. */
  #apply(changes: readonly Change[], from = 0): ReplyError | undefined | Promise<ReplyError | undefined> {
    for (let i = from; i < changes.length; i++) {
      const undone = (error: unknown) => this.#undo(changes, i, error)
      try {
        const waiting = this.#tell(changes[i])
        if (waiting !== undefined) return waiting.then(() => this.#apply(changes, i + 1), undone)
      } catch (error) {
        return undone(error)
      }
    }
    return undefined
  }

  /** Puts all back and tells those who had been told, the one that refused too. */
  async #undo(changes: readonly Change[], refusedAt: number, reason: unknown): Promise<ReplyError> {
    this.#putBack(changes)
    for (const { entry, before, after } of changes.slice(0, refusedAt + 1)) {
      try {
        await this.#tell({ entry, before: after, after: before })
      } catch (error) {
        if (!(error instanceof BadValue)) throw error // what cannot be undone either is left: the refusal is said anyway
      }
    }
    return refusal(changes[refusedAt].entry.name, reason)
  }

  #tell({ entry, before, after }: Change): Promise<void> | undefined {
    const { kind } = entry.directive
    if (kind.show(before) === kind.show(after)) return undefined
    const value = kind.live(after)
    const previous = kind.live(before)
    const waiting = (this.#listeners.get(camelCase(entry.primary)) ?? [])
      .map((listener) => listener(value, previous))
      .filter((answer) => answer instanceof Promise)
    return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => undefined)
  }
}

/** C prints bytes up to the first NUL. */
const asPrinted = (name: string): string => name.split('\0', 1)[0]

/** CONFIG SET gives many words as one argument, split at every space. */
const wordsOf = (entry: Entry, value: ByteString): readonly ByteString[] =>
  !entry.directive.kind.manyWords ? [value] : value === '' ? [] : value.split(' ')

function refusal(name: string, error: unknown): ReplyError {
  if (!(error instanceof BadValue)) throw error
  return errorReply(`CONFIG SET failed (possibly related to argument '${asPrinted(name)}') - ${error.reason}`)
}
