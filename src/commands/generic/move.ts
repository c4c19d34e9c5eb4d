import { noSuchKey, syntaxError, type Slice } from '../../base/index.js'
import { command, type Call } from '../../command/index.js'
import type { Database } from '../../keyspace/index.js'
import { databaseIndex, sameObject } from '../refusals.js'

/** Moves the value to its new name. False where that is taken and `onlyIfFree`, or where the names are the same. */
function rename({ args, db }: Call, onlyIfFree: boolean): boolean {
  const from = args.at(1)
  const to = args.at(2)
  if (db.findToWrite(from) === 0) throw noSuchKey
  if (from.equals(to) || (onlyIfFree && db.findToWrite(to) !== 0)) return false
  db.rename(from, to)
  db.changed('rename_from', from)
  db.alsoChanged('rename_to', to)
  return true
}

export const RENAME = command({
  name: 'RENAME',
  group: 'generic',
  since: '1.0.0',
  summary: 'Gives a key another name; what has that name is deleted.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write'],
  keys: [
    { first: 1, access: 'RW', effects: ['access', 'delete'], write: false },
    { first: 2, access: 'OW', effects: ['update'] },
  ],
  syntax: 'key newkey:key#1',
  run(call) {
    rename(call, false)
    call.reply.ok()
  },
})

export const RENAMENX = command({
  name: 'RENAMENX',
  group: 'generic',
  since: '1.0.0',
  summary: 'Gives a key another name that is free.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'fast'],
  keys: [
    { first: 1, access: 'RW', effects: ['access', 'delete'], write: false },
    { first: 2, access: 'OW', effects: ['insert'] },
  ],
  history: [['3.2.0', 'Two equal names are no error any more.']],
  syntax: 'key newkey:key#1',
  run: (call) => call.reply.integer(rename(call, true) ? 1 : 0),
})

/**
 * Asks the route of a key in another database whether it may be written there; not for what a file or a primary says, which
 * was decided where it was first run.
 *
 * @throws {ReplyError}
 */
function checkRoute({ client, services: { origin } }: Call, db: Database, key: Slice): void {
  if (origin.routeCount === 0 || client.isReplay) return
  const refusal = origin.refuseWrite(db.index, key)
  if (refusal !== null) throw refusal
}

export const MOVE = command({
  name: 'MOVE',
  group: 'generic',
  since: '1.0.0',
  summary: 'Moves a key to another database where it is missing.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'fast'],
  keys: [{ first: 1, access: 'RW', effects: ['access', 'update'], write: false }],
  syntax: 'key db:integer',
  run(call) {
    const { args, db, reply, keyspace } = call
    const key = args.at(1)
    const target = keyspace.databases[databaseIndex(call, 2)]
    if (target === db) throw sameObject
    checkRoute(call, target, key)
    if (db.findToWrite(key) === 0 || target.findToWrite(key) !== 0) {
      reply.integer(0)
      return
    }
    db.moveTo(target, key)
    db.changed('move_from', key)
    target.alsoChanged('move_to', key)
    reply.integer(1)
  },
})

export const COPY = command({
  name: 'COPY',
  group: 'generic',
  since: '6.2.0',
  summary: 'Copies the value of a key, with its deadline, to another key.',
  complexity: 'O(N) where N is the number of elements; O(1) for strings.',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: [
    { first: 1, access: 'RO', effects: ['access'] },
    { first: 2, access: 'OW', effects: ['update'], write: false }, // its database is an option: asked below
  ],
  syntax: 'source:key#0 destination:key#1 [DB destination-db:integer] [REPLACE]',
  run(call) {
    const { args, db, reply } = call
    const from = args.at(1)
    const to = args.at(2)
    const { target, replace } = readCopyOptions(call)
    if (target === db && from.equals(to)) throw sameObject
    checkRoute(call, target, to)
    if (db.read(from) === 0 || (target.findToWrite(to) !== 0 && !replace)) {
      reply.integer(0)
      return
    }
    db.copyTo(target, from, to)
    target.changed('copy_to', to)
    reply.integer(1)
  },
})

function readCopyOptions(call: Call): { target: Database; replace: boolean } {
  const { args, keyspace } = call
  let target = call.db
  let replace = false
  for (let i = 3; i < args.count; i++) {
    const option = args.at(i)
    if (option.is('REPLACE')) replace = true
    else if (option.is('DB') && i + 1 < args.count) target = keyspace.databases[databaseIndex(call, ++i)]
    else throw syntaxError
  }
  return { target, replace }
}
