import { SeededRandom, Slice, borrowed } from '../../../src/base/index.js'
import { Arena, Records } from '../../../src/memory/index.js'
import { StreamId, StreamValue, type TrimRule } from '../../../src/values/index.js'
import { StreamModel } from './model.js'

const max = '18446744073709551615-18446744073709551615'

function idOf(text: string): StreamId {
  const [ms, sequence] = text.split('-').map(BigInt)
  const word = (value: bigint): number => Number(BigInt.asIntN(32, value))
  return new StreamId().set(word(ms >> 32n), word(ms), word(sequence >> 32n), word(sequence))
}

const textsOf = (pairs: readonly string[]): { at: (i: number) => Slice } => {
  const slices = pairs.map((text) => Slice.from(text))
  return { at: (i) => slices[i] }
}

function setup(nodeBytesMax = 4096, nodeEntriesMax = 100) {
  const arena = new Arena()
  const records = new Records(arena)
  const stream = new StreamValue(records, { nodeBytesMax, nodeEntriesMax })
  const ref = stream.create(Slice.from('the stream'), 0)
  stream.open(ref, null)
  const add = (id: string, ...pairs: string[]): boolean => stream.append(idOf(id), textsOf(pairs), 0, pairs.length)
  const range = (from = '0-0', to = max, isReverse = false, of = stream): string[] => {
    const cursor = of.walk(idOf(from), idOf(to), isReverse)
    const found: string[] = []
    while (cursor.next()) {
      const { entry } = cursor
      const texts: string[] = []
      for (let left = entry.fieldCount; left > 0; left--) {
        entry.readPair()
        texts.push(entry.field.toLatin1(), entry.value.toLatin1())
      }
      found.push([entry.id.toString(), ...texts].join(' '))
    }
    return found
  }
  const free = (): void => {
    const remains = stream.open(ref, null).release()
    records.free(ref)
    while (remains.dropPiece());
  }
  return { arena, records, stream, ref, add, range, free }
}

const byLength = (lengthMax: number): TrimRule => ({
  lengthMax,
  minId: new StreamId(),
  isApproximate: false,
  limit: 0,
  references: 'keep',
})

test.each([
  [4096, 100],
  [4096, 3],
  [200, 100],
  [0, 0],
  [1, 1],
])('a stream answers as a list does, in chunks of %i bytes and %i entries', (bytes, entries) => {
  const { arena, stream, add, range, free } = setup(bytes, entries)
  const random = new SeededRandom(bytes + entries)
  const model = new StreamModel()
  const values = [
    '',
    '7',
    '-1',
    '300',
    '-70000',
    '9223372036854775807',
    'text',
    '007',
    'x'.repeat(70),
    'y'.repeat(5000),
  ]
  let ms = 1n
  const wrong: string[] = []
  for (let i = 0; i < 3000; i++) {
    const kind = random.below(10)
    if (kind < 6) {
      ms += BigInt(random.below(3) === 0 ? random.below(2 ** 26) ** 2 : 1)
      const id = `${ms}-${random.below(5)}`
      const fields = random.below(8) === 0 ? 1 + random.below(5) : 2
      const pairs = Array.from({ length: fields }, (_, f) => [
        `f${f}`,
        values[random.below(i % 50 === 0 ? 10 : 9)],
      ]).flat()
      add(id, ...pairs)
      model.add(id, pairs)
    } else if (kind < 8 && model.entries.length > 0) {
      const { id } = model.entries[random.below(model.entries.length)]
      if (!stream.delete(idOf(id))) wrong.push(`delete ${id}`)
      model.delete(id)
      stream.renewFirst()
      if (stream.delete(idOf(id))) wrong.push(`delete ${id} again`)
    } else if (kind === 8 && random.below(8) === 0) {
      const length = random.below(model.entries.length + 5)
      const trimmed = stream.trim(byLength(length))
      if (trimmed !== Math.max(0, model.entries.length - length)) wrong.push(`trim to ${length}: ${trimmed}`)
      model.entries.splice(0, trimmed)
    } else if (model.entries.length > 1) {
      const one = random.below(model.entries.length)
      const other = Math.min(model.entries.length - 1, one + random.below(12))
      const [from, to] = [model.entries[one].id, model.entries[other].id]
      const wanted = model.lines(one, other + 1)
      if (range(from, to).join() !== wanted.join()) wrong.push(`range ${from} ${to}`)
      if (range(from, to, true).reverse().join() !== wanted.join()) wrong.push(`range back ${from} ${to}`)
    }
    if (stream.length !== model.entries.length) wrong.push(`length ${i}`)
    if (stream.firstId.toString() !== (model.entries[0]?.id ?? '0-0')) wrong.push(`first ${i}`)
  }
  expect(wrong).toEqual([])
  expect(range()).toEqual(model.lines())
  expect([stream.lastId.toString(), stream.maxDeletedId.toString()]).toEqual([model.lastId, model.maxDeleted])
  expect(stream.entriesAdded).toBe(model.added)
  free()
  expect(arena.usedBytes).toBe(0)
})

test('a copy holds the same, groups and pending entries too, and is its own', () => {
  const { arena, records, stream, ref, add, range, free } = setup(4096, 4)
  for (let i = 1; i <= 10; i++) add(`${i}-1`, 'field', `${i}`)
  const group = stream.addGroup(Slice.from('group'))
  group.setLastId(idOf('5-1'))
  group.entriesRead = 5n
  const consumer = stream.consumer.open(group.addConsumer(Slice.from('consumer'), 123))
  for (let i = 1; i <= 5; i++) {
    group.assign(idOf(`${i}-1`), consumer)
    group.deliveredMs = 1000 + i
    group.deliveries = BigInt(i)
  }
  const copy = stream.copyUnder(Slice.from('copy'), 0)
  stream.delete(idOf('2-1'))
  stream.findGroup(Slice.from('group'))!.acknowledge(idOf('3-1'))
  const other = new StreamValue(records, { nodeBytesMax: 4096, nodeEntriesMax: 4 }).open(copy, null)
  expect(range('0-0', max, false, other)).toHaveLength(10)
  const copied = other.findGroup(Slice.from('group'))!
  expect([copied.pending.size, copied.lastId.toString(), copied.entriesRead]).toEqual([5, '5-1', 5n])
  copied.pending.find(idOf('3-1'))
  expect([copied.deliveredMs, copied.deliveries]).toEqual([1003, 3n])
  const owner = other.consumer.open(copied.owner)
  expect([owner.name.toLatin1(), owner.seenMs, owner.pending.size]).toEqual(['consumer', 123, 5])
  const remains = other.release()
  records.free(copy)
  while (remains.dropPiece());
  stream.open(ref, null)
  expect(range()).toHaveLength(9)
  free()
  expect(arena.usedBytes).toBe(0)
})

test('a large stream is given back in many small pieces', () => {
  const { arena, records, stream, ref, add } = setup(4096, 2)
  for (let i = 1; i <= 4000; i++) add(`${i}-0`, 'f', 'v')
  const group = stream.addGroup(Slice.from('group'))
  for (let c = 0; c < 20; c++) {
    const consumer = stream.consumer.open(group.addConsumer(Slice.from(`consumer ${c}`), 0))
    for (let i = 1; i <= 100; i++) group.assign(idOf(`${c * 100 + i}-0`), consumer)
  }
  const remains = stream.release()
  records.free(ref)
  let pieces = 1
  let largest = 0
  for (let used = arena.usedBytes; remains.dropPiece(); used = arena.usedBytes) {
    largest = Math.max(largest, used - arena.usedBytes)
    pieces++
  }
  expect(pieces).toBeGreaterThan(100)
  expect(largest).toBeLessThan(16_384)
  expect(arena.usedBytes).toBe(0)
})

test('pending entries stay with their owners whatever happens to them', () => {
  const { arena, stream, free } = setup()
  const group = stream.addGroup(Slice.from('g'))
  const names = ['a', 'b', 'c']
  const owners = names.map((name) => group.addConsumer(Slice.from(name), 0))
  const model = new Map<number, number>()
  const random = new SeededRandom(5)
  for (let i = 0; i < 20_000; i++) {
    const number = random.below(3000)
    const id = idOf(`${number}-7`)
    if (random.below(5) < 2) {
      expect(group.acknowledge(id)).toBe(model.delete(number))
    } else {
      const owner = random.below(3)
      group.assign(id, stream.consumer.open(owners[owner]))
      model.set(number, owner)
    }
  }
  expect(group.pending.size).toBe(model.size)
  const seen: number[] = []
  for (let more = group.pending.first(); more; more = group.pending.next()) {
    const number = Number(group.pending.readId(new StreamId()).toString().split('-')[0])
    seen.push(number)
    expect(owners[model.get(number)!]).toBe(group.owner)
  }
  expect(seen).toEqual([...model.keys()].sort((a, b) => a - b))
  owners.forEach((ref, owner) => {
    const own = stream.consumer.open(ref).pending
    expect(own.size).toBe([...model.values()].filter((one) => one === owner).length)
  })
  const ofB = [...model.values()].filter((owner) => owner === 1).length
  expect(group.deleteConsumer(owners[1])).toBe(ofB)
  expect(group.pending.size).toBe(model.size - ofB)
  expect(group.consumers.find(Slice.from('b'))).toBe(0)
  free()
  expect(arena.usedBytes).toBe(0)
})

test('groups stand in the order of their names', () => {
  const { stream } = setup()
  const random = new SeededRandom(3)
  const names = new Set(Array.from({ length: 300 }, () => `g${random.below(1000)}`))
  for (const name of names) stream.addGroup(Slice.from(name))
  const listed = (): string[] => Array.from({ length: stream.groupCount }, (_, i) => stream.groupAt(i).name.toLatin1())
  expect(listed()).toEqual([...names].sort())
  for (const name of [...names].slice(0, 150)) {
    const remains = stream.removeGroup(stream.findGroup(Slice.from(name))!)
    while (remains.dropPiece());
    names.delete(name)
  }
  expect(listed()).toEqual([...names].sort())
})

test('chunks are told of as they are stored, for snapshots', () => {
  const { stream, add } = setup(4096, 2)
  for (let i = 1; i <= 3; i++) add(`${i}-5`, 'a', '1')
  const chunks: string[] = []
  stream.forEachChunk((id, listpack) => chunks.push(`${id.toString()} ${listpack.toBuffer().toString('hex')}`))
  const master = '0201' + '0001' + '0101' + '816102' + '0001'
  const first = '0201' + '0001' + '0001' + '0101' + '0401'
  const second = '0201' + '0101' + '0001' + '0101' + '0401'
  expect(chunks).toEqual([
    `1-5 260000000f00${master}${first}${second}ff`,
    `3-5 1c0000000a00${master.replace('0201', '0101')}${first}ff`,
  ])
})

test('texts of more than a gigabyte are refused', () => {
  const { stream } = setup()
  const huge = borrowed()
  huge.length = 600 * 2 ** 20
  expect(stream.append(idOf('1-1'), { at: () => huge }, 0, 2)).toBe(false)
  expect(stream.length).toBe(0)
})
