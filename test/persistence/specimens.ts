import {
  double,
  int32,
  int64,
  intset,
  length,
  listpack,
  rawId,
  streamChunk,
  string,
  ziplist,
  zipmap,
  type Piece,
} from './builders.js'

/** A value in one form: the version of the format that has it, its type, and what follows. */
export interface Specimen {
  readonly version: number
  readonly type: number
  readonly parts: readonly Piece[]
}

const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `item ${i * 7919}`)
const pairs = (count: number): (string | number)[] => many(count).flatMap((item, i) => [item, i * 1001])
const atMs = 1_700_000_100_000

/** A value of each form, small and not so small. */
export function specimens(): Specimen[] {
  const made: Specimen[] = []
  const add = (version: number, type: number, ...parts: readonly Piece[]): void => {
    made.push({ version, type, parts })
  }
  addStrings(add)
  addLists(add)
  addSets(add)
  addHashes(add)
  addStreams(add)
  return made
}

type Add = (version: number, type: number, ...parts: readonly Piece[]) => void

function addStrings(add: Add): void {
  add(10, 0, string('text'))
  add(10, 0, 0xc1, 0x39, 0x30)
  add(10, 0, 0xc3, length(7), length(30), 2, 'abc', 0xe0, 27 - 9, 2)
}

function addLists(add: Add): void {
  add(1, 1, length(4), string('a'), [0xc0, 7], string(''), [0xc2, int32(-70_000)])
  const items = ['a', 1, -1, 300, 70_000, 5_000_000_000, 'b'.repeat(100), 12, 13]
  add(6, 10, string(ziplist(...items)))
  add(7, 14, length(2), string(ziplist('x', ...many(40))), string(ziplist(...items)))
  add(10, 18, length(3), [length(2), string(listpack(...items)), length(1), string('plain')], [length(2), string(listpack(...many(70)))]) // prettier-ignore
  const small = listpack('a', 'b', 'c')
  add(10, 18, length(1), length(2), [0xc3, length(small.length + 1), length(small.length), small.length - 1, small])
}

function addSets(add: Add): void {
  add(10, 2, length(3), string('b'), string('a'), string('7'))
  add(10, 2, length(80), ...many(80).map(string))
  add(10, 11, string(intset(2, -5, 3, 400)))
  add(10, 11, string(intset(8, -(2n ** 63n), 0, 12, 2n ** 63n - 1n)))
  add(11, 20, string(listpack('b', 'a', 7, ...many(20))))
  add(1, 3, length(3), string('a'), string('1.5'), string('b'), 254, string('c'), string('-2e3'))
  add(10, 5, length(150), ...many(150).flatMap((item, i) => [string(item), double(i / 3)]))
  add(10, 5, length(3), string('a'), double(-0), string('b'), double(-Infinity), string('c'), double(1))
  add(6, 12, string(ziplist('b', '1.5', 'a', 2)))
  add(10, 17, string(listpack('b', '1.5', 'a', 'inf', ...pairs(20))))
}

function addHashes(add: Add): void {
  const [field, other] = [
    [string('f'), string('v')],
    [string('g'), string('7')],
  ]
  add(10, 4, length(2), ...field, ...other)
  add(10, 4, length(520), ...many(520).flatMap((item) => [string(item), string('v')]))
  add(2, 9, string(zipmap({ f: 'v', g: '7', h: 'x'.repeat(300) }, 2)))
  add(6, 13, string(ziplist('f', 'v', 'g', 7, ...pairs(20))))
  add(10, 16, string(listpack('f', 'v', 'g', 7, ...pairs(20))))
  add(12, 22, length(2), length(atMs), ...field, length(0), ...other)
  add(12, 23, string(listpack('f', 'v', atMs, 'g', '7', 0)))
  add(12, 24, int64(atMs - 5000), length(2), length(5001), ...field, length(0), ...other)
  add(12, 25, int64(atMs), string(listpack('f', 'v', atMs, 'g', 7, 0)))
  add(80, 22, length(2), ...field, int64(atMs), ...other, int64(-1))
}

function addStreams(add: Add): void {
  const chunks = [streamChunk(1000, 'f', 'a', 'b', 'c'), streamChunk(2000, 'other', 'd', '12')]
  const state = [length(5), length(2000), length(1)]
  const more = [length(1000), length(0), length(999), length(5), length(17)]
  const entry = (ms: number, sequence: number): Piece => [rawId(ms, sequence), int64(1_700_000_000_000), length(7)]
  const group = [string('g'), length(1000), length(2)]
  const pending = [length(3), entry(1000, 0), entry(1000, 1), entry(1000, 2)]
  const consumers = (active: Piece): Piece => [
    length(2),
    [string('c'), int64(5), active, length(2), rawId(1000, 0), rawId(1000, 2)],
    [string('d'), int64(6), active, length(1), rawId(1000, 1)],
  ]
  add(9, 15, length(2), chunks, state, length(1), group, pending, consumers([]))
  add(10, 19, length(2), chunks, state, more, length(1), group, length(3), pending, consumers([]))
  add(11, 21, length(2), chunks, state, more, length(1), group, length(3), pending, consumers(int64(9)))
  // entries of different fields, one of them deleted
  const mixed = [1, 1, 2, 'f', 'g', 0, 2, 0, 0, 'v', 'w', 5, 1, 5, -3, 1, 'h', 'x', 6]
  add(10, 19, length(1), [string(rawId(7, 9)), string(listpack(...mixed))], [length(1), length(12), length(9)], [length(7), length(9), length(12), length(6), length(2)], length(0)) // prettier-ignore
}
