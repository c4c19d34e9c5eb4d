import { ReplyError } from '../base/index.js'
import { Call, findKeys, type Client, type Command, type Services } from '../command/index.js'
import { Copies, Keyspace, type OriginValue } from '../keyspace/index.js'
import { ReplyWriter, type Args } from '../resp/index.js'

/** What a call would do. */
export interface Rehearsed {
  /** What it would leave under the key: 'other' is a value that is no string and no hash. */
  readonly value: OriginValue | null | 'other'
  readonly isChanged: boolean
  /** What it would reply, in its client's protocol. */
  readonly reply: Buffer
}

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

  constructor(services: Services) {
    const { keyspace, clock, random } = services
    this.#keyspace = keyspace
    this.#copies = new Copies(keyspace)
    this.#scene = new Keyspace({ clock, random, limits: keyspace.limits, databases: keyspace.databases.length })
    this.#sceneCopies = new Copies(this.#scene)
    const onScene = Object.create(services, { keyspace: { value: this.#scene } }) as Services
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
   * @returns 'fails' where it will be an error when it is run; 'unfit' where one of its keys is no string and no hash
   * @throws {OutOfMemory} there is no room for the copies
   */
  run(client: Client, command: Command, args: Args, at: number): Rehearsed | 'fails' | 'unfit' {
    const call = this.#call
    const reply = new ReplyWriter()
    reply.begin(client.protocol)
    this.#scene.tick()
    this.#scene.nowMs = this.#keyspace.nowMs
    try {
      for (const { index } of findKeys(command, args) ?? []) {
        if (!this.#set(client.database, args, index)) return 'unfit'
      }
      const { changes } = this.#scene
      Object.assign(call, { command, args, db: this.#scene.databases[client.database], reply, client })
      call.wish = call.wokenBy = null
      command.run(call)
      return {
        value: this.#left(client.database, args, at),
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
  #set(db: number, args: Args, index: number): boolean {
    const key = args.at(index)
    const database = this.#keyspace.databases[db]
    database.forget()
    const ref = database.find(key)
    if (ref === 0) return true
    const value = this.#copies.read(db, key)
    if (value === null) return false
    this.#sceneCopies.fill(db, key, value, database.deadline(database.find(key)))
    return true
  }

  #left(db: number, args: Args, index: number): OriginValue | null | 'other' {
    const key = args.at(index)
    const database = this.#scene.databases[db]
    database.forget()
    if (database.find(key) === 0) return null
    return this.#sceneCopies.read(db, key) ?? 'other'
  }
}
