import { Slice, borrowed } from '../../src/base/index.js'
import { Arena, Flag, Records, confirmationBytes, pieceBytesMax } from '../../src/memory/index.js'

const lengths = [0, 1, 3, 4, 7, 8, 63, 300, 65_533, 65_534, 65_535, 65_536, pieceBytesMax, pieceBytesMax + 1, 3_000_000]

function filled(length: number, byte: number): Buffer {
  return Buffer.alloc(length, byte)
}

test.each(lengths)('a key and a value of %i bytes come back as they went in, and all memory with them', (length) => {
  const arena = new Arena()
  const records = new Records(arena)
  for (const flags of [0, Flag.deadline, Flag.copy, Flag.deadline | Flag.copy]) {
    const key = Slice.from(filled(length, 97))
    const ref = records.create(key, length, flags, 12345)
    const value = records.value(ref, borrowed())
    value.region.bytes.fill(98, value.start, value.start + length)
    if (flags & Flag.deadline) records.writeDeadline(ref, 1e12 + 5)
    expect(records.hasKey(ref, key)).toBe(true)
    expect(records.hasKey(ref, Slice.from(filled(length + 1, 97)))).toBe(false)
    expect(records.key(ref, borrowed()).toBuffer().equals(filled(length, 97))).toBe(true)
    expect(records.value(ref, borrowed()).toBuffer().equals(filled(length, 98))).toBe(true)
    expect(records.valueLength(ref)).toBe(length)
    expect(records.flags(ref)).toBe(flags)
    expect(records.access(ref)).toBe(12345)
    expect(records.deadline(ref)).toBe(flags & Flag.deadline ? 1e12 + 5 : 0)
    records.free(ref)
    expect(arena.usedBytes).toBe(0)
  }
})

test('resizing keeps key, deadline, confirmation and the first bytes, whatever the two lengths', () => {
  const arena = new Arena()
  const records = new Records(arena)
  const key = Slice.from('the-key')
  for (const from of lengths) {
    for (const to of lengths) {
      for (const slack of [false, true]) {
        let ref = records.create(key, from, Flag.deadline | Flag.copy | 3, 7)
        records.writeDeadline(ref, 99)
        arena.regions[ref >>> 20].bytes.fill(
          0xcc,
          records.confirmationAt(ref),
          records.confirmationAt(ref) + confirmationBytes,
        )
        const value = records.value(ref, borrowed())
        value.region.bytes.fill(120, value.start, value.start + from)
        ref = records.resize(ref, to, slack)
        expect(records.valueLength(ref)).toBe(to)
        const kept = Math.min(from, to)
        expect(records.value(ref, borrowed()).toBuffer().subarray(0, kept).equals(filled(kept, 120))).toBe(true)
        expect(records.hasKey(ref, key)).toBe(true)
        expect(records.deadline(ref)).toBe(99)
        expect(records.flags(ref)).toBe(Flag.deadline | Flag.copy | 3)
        const at = records.confirmationAt(ref)
        const confirmation = arena.regions[ref >>> 20].bytes.subarray(at, at + confirmationBytes)
        expect(confirmation.equals(filled(confirmationBytes, 0xcc))).toBe(true)
        records.free(ref)
        expect(arena.usedBytes).toBe(0)
      }
    }
  }
})

test.each([0, Flag.deadline])('a confirmation is before, at or after a moment, with flags %i', (deadline) => {
  const records = new Records(new Arena())
  const plain = records.create(Slice.from('k'), 4, deadline, 0)
  const copy = records.create(Slice.from('k'), 4, Flag.copy | deadline, 0)
  if (deadline !== 0) for (const ref of [plain, copy]) records.writeDeadline(ref, 1e12)
  records.arena.regions[copy >>> 20].view.setFloat64(records.confirmationAt(copy), 5.5, true)
  expect([5.4, 5.5, 5.6].map((afterMs) => records.isConfirmedAfter(copy, { afterMs }))).toEqual([true, false, false])
  expect(records.isConfirmedAfter(plain, { afterMs: -Infinity })).toBe(false)
})

test('giving and taking a deadline keeps the value', () => {
  const records = new Records(new Arena())
  const key = Slice.from('k')
  let ref = records.create(key, 5, 1, 0)
  const value = records.value(ref, borrowed())
  value.region.bytes.write('hello', value.start)
  ref = records.reshape(ref, 1 | Flag.deadline)
  records.writeDeadline(ref, 5)
  expect(records.value(ref, borrowed()).toUtf8()).toBe('hello')
  ref = records.reshape(ref, 2)
  expect(records.deadline(ref)).toBe(0)
  expect(records.flags(ref)).toBe(2)
  expect(records.value(ref, borrowed()).toUtf8()).toBe('hello')
  expect(records.hasKey(ref, key)).toBe(true)
})
