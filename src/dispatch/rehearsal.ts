import { ReplyError, type Slice } from '../base/index.js'
import { Call, findKeys, type Client, type Command, type Services } from '../command/index.js'
import { Copies, Keyspace, type OriginValue } from '../keyspace/index.js'
import { ReplyWriter, type Args } from '../resp/index.js'

/** What a call would do. */
export interface Rehearsed {
  /** What it would leave under the key: 'other' is a value that is no string and no hash. */
  readonly value: OriginValue | null | 'other'
  /** The deadline that it gives the key, in Unix milliseconds; null: it takes any from it; undefined: it leaves it as it is. */
  readonly expireAtMs: number | null | undefined
  readonly isChanged: boolean
  /** What it would reply, in its client's protocol. */
  readonly reply: Buffer
}

/** Stands for the key's deadline, whatever that is at its origin: who leaves it leaves this. No call can ask for it. */
const itsDeadline = Number.MAX_SAFE_INTEGER

/** Of all calls that overwrite a value unseen, SET alone can leave its deadline: it does so though nothing is held. */
const keepsUnseen = 'SET'
const anyValue: OriginValue = { kind: 'string', bytes: Buffer.alloc(0) }

/**
 * Runs calls on copies of their keys, in a keyspace that nobody watches: to know what they would leave, and reply, before
 * they are run.
 */
export class Rehearsal {
  readonly #keyspace: Keyspace
  readonly #copies: Copies
  readonly #scene: Keyspace
  readonly #sceneCopies: Copies
  readonly #call: Call
  readonly #reply = new ReplyWriter()

  constructor(services: Services) {
    const { keyspace, clock, random } = services
    this.#keyspace = keyspace
    this.#copies = new Copies(keyspace)
    this.#scene = new Keyspace({ clock, random, limits: keyspace.limits, databases: keyspace.databases.length })
    this.#sceneCopies = new Copies(this.#scene)
    const scene = this.#scene
    const onScene = Object.create(services, {
      keyspace: { value: scene },
      restorer: { get: () => services.restorer.elsewhere(scene) },
    }) as Services
    this.#call = new Call(onScene, {
      makeLater: () => {
        throw new Error('a call that replies later cannot be rehearsed')
      },
      isUsable: () => true,
      followers: { isActive: false, add: () => undefined, addMessage: () => undefined },
    })
  }

  /**
   * @param at index of the key whose value is wanted
   * @param isSettled whether the call goes by what is held of it
   * @returns 'fails' where it will be an error when it is run; 'unfit' where one of its keys is no string and no hash
   * @throws {OutOfMemory} there is no room for the copies
   */
  run(client: Client, command: Command, args: Args, at: number, isSettled: boolean): Rehearsed | 'fails' | 'unfit' {
    const call = this.#call
    const reply = this.#reply
    reply.reset(false)
    reply.begin(client.protocol)
    this.#scene.tick()
    this.#scene.nowMs = this.#keyspace.nowMs
    try {
      for (const { index } of findKeys(command, args) ?? []) {
        if (!this.#set(client.database, args, index, at)) return 'unfit'
      }
      const { database } = client
      if (!isSettled && command.name === keepsUnseen) this.#put(database, args.at(at), anyValue, itsDeadline)
      const wasThere = this.#scene.databases[database].find(args.at(at)) !== 0
      const { changes } = this.#scene
      Object.assign(call, { command, args, db: this.#scene.databases[client.database], reply, client })
      call.wish = call.wokenBy = null
      command.run(call)
      return {
        value: this.#left(client.database, args, at),
        expireAtMs: this.#deadlineLeft(client.database, args.at(at), isSettled && !wasThere),
        isChanged: this.#scene.changes !== changes,
        reply: Buffer.from(reply.region.bytes.subarray(reply.start, reply.position)),
      }
    } catch (error) {
      if (error instanceof ReplyError) return 'fails'
      throw error
    } finally {
      this.#scene.flushAll()
    }
  }

  /** Puts a copy of what is held under a key onto the scene; false where it has no such copy. */
  #set(db: number, args: Args, index: number, written: number): boolean {
    const key = args.at(index)
    const database = this.#keyspace.databases[db]
    database.forget()
    const ref = database.find(key)
    if (ref === 0) return true
    const value = this.#copies.read(db, key)
    if (value === null) return false
    this.#put(db, key, value, index === written ? itsDeadline : database.deadline(database.find(key)))
    return true
  }

  #put(db: number, key: Slice, value: OriginValue, deadlineMs: number): void {
    this.#sceneCopies.fill(db, key, value, deadlineMs)
  }

  #deadlineLeft(db: number, key: Slice, isNew: boolean): number | null | undefined {
    const database = this.#scene.databases[db]
    const ref = database.find(key)
    const deadlineMs = ref === 0 ? 0 : database.deadline(ref)
    if (deadlineMs !== 0) return deadlineMs === itsDeadline ? undefined : deadlineMs
    return isNew ? undefined : null // there is none to be taken from a new one
  }

  #left(db: number, args: Args, index: number): OriginValue | null | 'other' {
    const key = args.at(index)
    const database = this.#scene.databases[db]
    database.forget()
    if (database.find(key) === 0) return null
    return this.#sceneCopies.read(db, key) ?? 'other'
  }
}
