import { ManualClock, OutOfMemory, SeededRandom, Slice } from '../../src/base/index.js'
import { Copies, Keyspace, type Confirmation } from '../../src/keyspace/index.js'

const s = (text: string): Slice => Slice.from(text)
const digest = Buffer.alloc(32, 7)

function setup() {
  const keyspace = new Keyspace({ clock: new ManualClock(), random: new SeededRandom(1), databases: 2 })
  const copies = new Copies(keyspace)
  const db = keyspace.databases[0]
  const known: Confirmation = { known: false, askedAtMs: 0, answeredAtMs: 0, invalidated: false }
  const confirmation = (key = 'k'): Confirmation | null => (copies.confirmation(0, s(key), known) ? { ...known } : null)
  const text = (value: string) => ({ kind: 'string' as const, bytes: Buffer.from(value) })
  return { keyspace, copies, db, confirmation, text }
}

test('a fill is confirmed with its times, digest and validator', () => {
  const { copies, confirmation, text } = setup()
  expect(confirmation()).toBe(null)
  copies.fill(0, s('k'), text('value'), 0)
  expect(confirmation()).toEqual({ known: false, askedAtMs: -Infinity, answeredAtMs: -Infinity, invalidated: false })
  copies.confirm(0, s('k'), 1000.25, 1010.5, digest, '"etag"')
  expect(confirmation()).toEqual({ known: true, askedAtMs: 1000.25, answeredAtMs: 1010.5, invalidated: false })
  expect(copies.knownDigest(0, s('k'))).toEqual(digest)
  expect(copies.validator(0, s('k'))).toBe('"etag"')
})

test('an answer never looks younger than it is', () => {
  const { copies, confirmation, text } = setup()
  copies.fill(0, s('k'), text('value'), 0)
  const random = new SeededRandom(3)
  for (let i = 0; i < 2000; i++) {
    const asked = random.below(1e9) + random.below(1000) / 1000
    const answered = asked + random.below(1e6) / 997
    copies.confirm(0, s('k'), asked, answered, null, null)
    const { answeredAtMs } = confirmation()!
    expect(answeredAtMs).toBeLessThanOrEqual(answered)
    expect(answered - answeredAtMs).toBeLessThan(0.001)
  }
})

test.each<[string, (setup: ReturnType<typeof setup_>) => void]>([
  ['SET', ({ db }) => db.setString(s('k'), s('value'))],
  ['an edit', ({ db }) => void db.editString(s('k'), 10)],
  ['a rename there and back', ({ db }) => (db.rename(s('k'), s('other')), db.rename(s('other'), s('k')))],
  [
    'a move there and back',
    ({ db, keyspace }) => (db.moveTo(keyspace.databases[1], s('k')), keyspace.databases[1].moveTo(db, s('k'))),
  ],
])('%s leaves neither confirmation nor validator', (_name, change) => {
  const made = setup_()
  made.copies.fill(0, s('k'), made.text('value'), 0)
  made.copies.confirm(0, s('k'), 1, 2, digest, 'v1')
  change(made)
  expect(made.confirmation()?.answeredAtMs).toBe(-Infinity)
  expect(made.copies.validator(0, s('k'))).toBe(null)
  expect(made.copies.knownDigest(0, s('k'))).toBe(null)
})
const setup_ = setup

test('changing a field of a hash drops its confirmation, setting its deadline does not', () => {
  const { copies, db, confirmation } = setup()
  copies.fill(0, s('k'), { kind: 'hash', fields: [[Buffer.from('f'), Buffer.from('v')]] }, 0)
  copies.confirm(0, s('k'), 1, 2, digest, 'v1')
  db.setDeadline(s('k'), 9e12)
  expect(confirmation()?.answeredAtMs).toBe(2)
  expect(copies.validator(0, s('k'))).toBe('v1')
  db.hashForWrite(s('k'))!.set(s('f'), s('w'))
  expect(confirmation()?.answeredAtMs).toBe(-Infinity)
  expect(copies.validator(0, s('k'))).toBe(null)
})

test('an invalidated copy keeps its bytes until it is confirmed again', () => {
  const { copies, db, confirmation, text } = setup()
  expect(copies.invalidate(0, s('k'))).toBe(false)
  copies.fill(0, s('k'), text('value'), 0)
  copies.confirm(0, s('k'), 1, 2, digest, null)
  expect(copies.invalidate(0, s('k'))).toBe(true)
  expect(confirmation()).toMatchObject({ invalidated: true, askedAtMs: -Infinity })
  expect(db.string(s('k'))?.toLatin1()).toBe('value')
  copies.confirm(0, s('k'), 5, 6, digest, null)
  expect(confirmation()).toMatchObject({ invalidated: false, askedAtMs: 5 })
  db.setString(s('local'), s('v'))
  expect(copies.invalidate(0, s('local'))).toBe(true)
  expect(confirmation('local')).toMatchObject({ invalidated: true })
})

test('what a call writes to a value put in place for it stays, and what was held is gone', () => {
  const { copies, db, keyspace, confirmation, text } = setup()
  const bytes = keyspace.arena.usedBytes
  copies.fill(0, s('k'), text('held'), 0)
  copies.confirm(0, s('k'), 1, 2, digest, 'v1')
  const undo = copies.substitute(0, s('k'), text('passing'))
  const undoOther = copies.substitute(0, s('other'), text('passing'))
  db.editString(s('k'), 8) // as APPEND does
  db.changed('append', s('k'))
  undoOther()
  undo()
  expect(db.string(s('k'))?.toLatin1()).toBe('passing\0')
  expect(db.string(s('other'))).toBe(null)
  expect(confirmation()).toMatchObject({ known: false })
  expect(keyspace.isWatched).toBe(false)
  db.delete(s('k'))
  expect(keyspace.arena.usedBytes).toBe(bytes)
})

test('who repeats a call that writes to a value in passing is told of that value first', () => {
  const { copies, db, keyspace, text } = setup()
  const told: string[] = []
  keyspace.effects = {
    deleted: (_db, key) => void told.push(`DEL ${key.toUtf8()}`),
    add: (_db, words) =>
      void told.push(words.map((word) => (word instanceof Slice ? word.toUtf8() : String(word))).join(' ')),
    begin: () => undefined,
    end: () => undefined,
  }
  const undo = copies.substitute(0, s('k'), text('passing'))
  const undoAbsence = copies.substitute(0, s('absent'), null)
  const undoUnused = copies.substitute(0, s('unused'), text('passing'))
  expect(told).toEqual([])
  db.editString(s('k'), 8)
  db.changed('append', s('k'))
  db.changed('append', s('k'))
  db.setString(s('absent'), s('v'))
  db.changed('append', s('absent'))
  undoUnused()
  undoAbsence()
  undo()
  expect(told).toEqual(['SET k passing', 'DEL absent'])
})

test('a flush, and databases that change places, while a value stands in place', () => {
  const { copies, db, keyspace, text } = setup()
  copies.fill(0, s('k'), text('held'), 0)
  const undo = copies.substitute(0, s('k'), text('passing'))
  keyspace.swap(0, 1)
  undo()
  expect(keyspace.databases[1].string(s('k'))?.toLatin1()).toBe('held')
  expect(db.size).toBe(0)
  const undoAll = copies.substitute(1, s('k'), text('passing'))
  keyspace.flushAll()
  undoAll()
  expect(keyspace.databases[1].size).toBe(0)
  db.setString(s('of a database that is not flushed'), s('v'))
  const bytes = keyspace.arena.usedBytes
  copies.fill(1, s('k'), text('held'), 0)
  const undoOne = copies.substitute(1, s('k'), text('passing'))
  keyspace.databases[1].flush()
  undoOne()
  while (keyspace.freeSlice());
  expect(keyspace.databases[1].size).toBe(0)
  expect(keyspace.arena.usedBytes).toBe(bytes)
})

test('a value put in place for the length of a call leaves no trace', () => {
  const { copies, db, keyspace, confirmation, text } = setup()
  copies.fill(0, s('k'), text('held'), 9e12)
  copies.confirm(0, s('k'), 1, 2, digest, 'v1')
  const { changes } = keyspace
  const bytes = keyspace.arena.usedBytes
  const undo = copies.substitute(0, s('k'), text('passing'))
  expect(db.string(s('k'))?.toLatin1()).toBe('passing')
  undo()
  const undoAbsence = copies.substitute(0, s('k'), null)
  expect(db.string(s('k'))).toBe(null)
  expect(db.size).toBe(0)
  undoAbsence()
  const undoNew = copies.substitute(0, s('absent'), { kind: 'hash', fields: [[Buffer.from('f'), Buffer.from('v')]] })
  expect(db.readHash(s('absent'))?.length).toBe(1)
  undoNew()
  expect(db.string(s('k'))?.toLatin1()).toBe('held')
  expect(db.deadline(db.find(s('k')))).toBe(9e12)
  expect(db.volatileSize).toBe(1)
  expect(db.size).toBe(1)
  expect(confirmation()).toMatchObject({ answeredAtMs: 2 })
  expect(keyspace.changes).toBe(changes)
  expect(keyspace.arena.usedBytes).toBe(bytes)
})

test('a digest that is computed later joins the validator, and is gone with the value', () => {
  const { copies, db, text } = setup()
  copies.keepDigest(0, s('k'), digest) // of nothing
  copies.fill(0, s('k'), text('value'), 0)
  copies.confirm(0, s('k'), 1, 2, null, '"etag"')
  expect([copies.knownDigest(0, s('k')), copies.validator(0, s('k'))]).toEqual([null, '"etag"'])
  copies.keepDigest(0, s('k'), digest)
  expect([copies.knownDigest(0, s('k')), copies.validator(0, s('k'))]).toEqual([digest, '"etag"'])
  db.setString(s('k'), s('other'))
  expect([copies.knownDigest(0, s('k')), copies.validator(0, s('k'))]).toEqual([null, null])
})

test('where there is no room a confirmation changes nothing, and a digest is computed again', () => {
  const { copies, confirmation, keyspace, text } = setup()
  copies.fill(0, s('k'), text('value'), 0)
  copies.confirm(0, s('k'), 1, 2, null, null)
  keyspace.arena.allocateApart = () => {
    throw new OutOfMemory('no room')
  }
  copies.keepDigest(0, s('k'), digest)
  expect(copies.knownDigest(0, s('k'))).toBe(null)
  expect(() => copies.confirm(0, s('k'), 5, 6, digest, null)).toThrow(OutOfMemory)
  expect(confirmation()).toMatchObject({ askedAtMs: 1, answeredAtMs: 2 })
})

test('what a copy takes counts its digest and validator', () => {
  const { copies, db, keyspace, text } = setup()
  copies.fill(0, s('k'), text('value'), 0)
  copies.confirm(0, s('k'), 1, 2, null, null)
  const bare = keyspace.arena.usedBytes
  const bytes = keyspace.recordBytes(db.find(s('k')))
  copies.confirm(0, s('k'), 1, 2, digest, '"etag"')
  expect(keyspace.recordBytes(db.find(s('k'))) - bytes).toBe(keyspace.arena.usedBytes - bare)
  expect(keyspace.arena.usedBytes - bare).toBe(40)
})

test('the memory of digests and validators comes back with their copies', () => {
  const { copies, db, keyspace, text } = setup()
  keyspace.databases[1].setString(s('stays'), s('v'))
  const base = keyspace.arena.usedBytes
  for (let i = 0; i < 500; i++) {
    copies.fill(0, s(`k${i}`), text('value'), 0)
    copies.confirm(0, s(`k${i}`), 1, 2, digest, `"validator ${i}"`)
    copies.confirm(0, s(`k${i}`), 3, 4, digest, `"another validator ${i}"`)
    if (i % 2 === 0) db.delete(s(`k${i}`))
  }
  db.flush()
  while (keyspace.freeSlice());
  expect(keyspace.arena.usedBytes).toBe(base)
})
