import { ReplyError } from '../../../base/index.js'
import type { Clock } from '../../../base/index.js'
import { oversized } from '../../../resp/index.js'
import type { Reply } from '../../../resp/index.js'
import type { CancelSignal } from '../../cancellation.js'
import type { ValueKind } from '../../options.js'
import { Unavailable } from '../../store.js'
import type { Answer, Ask, ChangeListener, Watch } from '../../store.js'
import { answerFromBytes, tooLarge, unlessHeld, valueBytes, withDigest } from '../../values.js'
import type { Command } from './connection.js'
import { Refusal, keyForbidden } from './errors.js'
import { Expirations } from './expirations.js'

/** Commands about one key, sent together to the server that holds it. */
export interface Question {
  /** The key's bytes. */
  readonly key: Buffer
  readonly commands: readonly Command[]
}

/** Replies to each question's commands; where its server failed, why. */
export type Replies = readonly (readonly Reply[] | Unavailable)[]

/** Who knows which server holds a key. */
export interface Router {
  /** @throws {Unavailable} nobody answers */
  ask(questions: readonly Question[], signal: CancelSignal): Promise<Replies>
}

export interface ReadingOptions {
  readonly as: ValueKind
  readonly valueBytesMax: number
}

/** Keys whose last value was too large, of which so many are remembered. */
const largeMax = 1000

/** What no server of this protocol replies. */
export const otherReply = new Unavailable('it replied something else than was asked', { counts: false })

/** A key as Redis has it: the name's code units are its bytes. */
export const keyBytes = (name: string): Buffer => Buffer.from(name, 'latin1')

/**
 * Reads keys and compares what came with the copies held here: a Redis has no digests.
 *
 * A value that is too large is read off the wire once without being held; from then on its size is asked for first.
 */
export class Reading {
  readonly #router: Router
  readonly #options: ReadingOptions
  readonly #large = new Set<string>()
  /** Set while changes are listened for: a key that is past its deadline is not told of in time. */
  #expirations: Expirations | null = null

  constructor(router: Router, options: ReadingOptions) {
    this.#router = router
    this.#options = options
  }

  /** @throws {Unavailable} where none of the keys can be asked for */
  async answer(asks: readonly Ask[], signal: CancelSignal): Promise<(Answer | Unavailable)[]> {
    const answers = await this.#answer(asks, signal, this.#options.as === 'string')
    const again = asks.filter((_, i) => answers[i] === null)
    const more = again.length === 0 ? [] : await this.#answer(again, signal, false)
    const all = answers.map((answer) => answer ?? more.shift() ?? otherReply)
    const [first] = all
    if (first instanceof Unavailable && all.every((answer) => answer instanceof Unavailable)) throw first
    return all
  }

  /** Begins to listen, and as long as that goes on tells of deadlines, too. */
  async watched(
    clock: Clock,
    listener: ChangeListener,
    open: (listener: ChangeListener) => Promise<Watch>,
  ): Promise<Watch> {
    const expirations = new Expirations(clock, (name) => listener.changed(name))
    const end = (): void => {
      expirations.close()
      if (this.#expirations === expirations) this.#expirations = null
    }
    const watch = await open({
      changed: (key) => listener.changed(key),
      changedAll: () => listener.changedAll(),
      lost: (reason) => {
        end()
        listener.lost(reason)
      },
    })
    this.#expirations = expirations
    return {
      prove: (signal) => watch.prove(signal),
      close: async () => {
        end()
        await watch.close()
      },
    }
  }

  /** @param bySize whether to ask for sizes where they were too large; null is answered where they are not any more */
  async #answer(asks: readonly Ask[], signal: CancelSignal, bySize: boolean): Promise<(Answer | Unavailable | null)[]> {
    const expirations = this.#expirations
    const askedAtMs = expirations?.nowMs ?? 0
    const questions = asks.map(({ key }) => this.#question(key, bySize, expirations !== null))
    const replies = await this.#router.ask(questions, signal)
    const answers: (Answer | Unavailable | null)[] = []
    for (const [i, ask] of asks.entries()) {
      const said = replies[i]
      if (said instanceof Unavailable) {
        answers.push(said)
        continue
      }
      const [reply, ttlMs] = said
      const answer = this.#understood(ask, reply)
      const found = answer instanceof Promise ? await answer : answer
      if (found instanceof Unavailable) {
        answers.push(found)
        continue
      }
      const passing = found?.kind === 'found' && expirations?.expect(ask.key, askedAtMs, ttlMs) === false
      if (passing) answers.push({ ...found, noStore: true })
      else answers.push(found === null ? null : unlessHeld(found, ask.digest))
    }
    return answers
  }

  #question(name: string, bySize: boolean, watched: boolean): Question {
    const key = keyBytes(name)
    if (bySize && this.#large.has(name)) return { key, commands: [['STRLEN', key]] }
    const read: Command = [this.#options.as === 'string' ? 'GET' : 'HGETALL', key]
    return { key, commands: watched ? [read, ['PTTL', key]] : [read] }
  }

  #understood({ key }: Ask, reply: Reply): Answer | Promise<Answer> | Unavailable | null {
    const { as, valueBytesMax } = this.#options
    if (reply === null) return { kind: 'absent' }
    if (reply === oversized) {
      this.#remember(key)
      return tooLarge(valueBytesMax)
    }
    if (typeof reply === 'number') {
      if (reply > valueBytesMax) return tooLarge(valueBytesMax)
      this.#large.delete(key)
      return null
    }
    if (reply instanceof ReplyError) return refused(reply, as)
    if (Buffer.isBuffer(reply) !== (as === 'string')) return otherReply
    if (Buffer.isBuffer(reply)) {
      if (reply.length > valueBytesMax) this.#remember(key)
      return withDigest(answerFromBytes(reply, 'string', valueBytesMax))
    }
    const fields = fieldsOf(reply)
    if (fields === null) return otherReply
    if (fields.length === 0) return { kind: 'absent' }
    const value = { kind: 'hash', fields } as const
    return valueBytes(value) > valueBytesMax ? tooLarge(valueBytesMax) : withDigest({ kind: 'found', value })
  }

  #remember(name: string): void {
    this.#large.delete(name)
    this.#large.add(name)
    if (this.#large.size <= largeMax) return
    const [oldest] = this.#large
    this.#large.delete(oldest)
  }
}

function refused(error: ReplyError, as: ValueKind): Answer | Refusal {
  if (error.prefix === 'WRONGTYPE') return { kind: 'refused', reason: `is no ${as}, as 'as ${as}' needs` }
  if (keyForbidden(error)) return { kind: 'refused', reason: 'may not be read there by this user' }
  return new Refusal(error)
}

/** What HGETALL replies, under either protocol; null where that is something else. */
export function fieldsOf(reply: Reply): (readonly [Buffer, Buffer])[] | null {
  const flat = reply instanceof Map ? [...reply].flat() : reply
  if (!Array.isArray(flat)) return null
  const fields: (readonly [Buffer, Buffer])[] = []
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [field, value] = [flat[i], flat[i + 1]]
    if (!Buffer.isBuffer(field) || !Buffer.isBuffer(value)) return null
    fields.push([field, value])
  }
  return fields
}
