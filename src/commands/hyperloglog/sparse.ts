import { moveBytes, type Slice } from '../../base/index.js'
import { headerBytes, registerCount } from './layout.js'

/** The highest value of a register, and the longest runs, that a sparse sketch can say. */
export const sparseValueMax = 32
const valueRunMax = 4
const zeroRunMax = 64

const isZeros = (opcode: number): boolean => (opcode & 0xc0) === 0
const isValue = (opcode: number): boolean => (opcode & 0x80) !== 0
const valueOf = (opcode: number): number => ((opcode >>> 2) & 0x1f) + 1
const valueRunOf = (opcode: number): number => (opcode & 3) + 1
const valueOpcode = (value: number, run: number): number => 0x80 | ((value - 1) << 2) | (run - 1)

/** Registers that the run at `at` covers; one that would take a byte behind the end takes 0 for it. */
function runAt(bytes: Buffer, at: number, end: number): number {
  const opcode = bytes[at]
  if (isValue(opcode)) return valueRunOf(opcode)
  if (isZeros(opcode)) return (opcode & 0x3f) + 1
  return (((opcode & 0x3f) << 8) | (at + 1 < end ? bytes[at + 1] : 0)) + 1
}

const opcodeBytes = (opcode: number): number => (isValue(opcode) || isZeros(opcode) ? 1 : 2)

/** What a run is called by PFDEBUG DECODE: its letter, length and, where it has one, value. */
export function describeRuns({ region: { bytes }, start, length }: Slice): string {
  const words: string[] = []
  const end = start + length
  for (let at = start + headerBytes; at < end; at += opcodeBytes(bytes[at])) {
    const run = runAt(bytes, at, end)
    const opcode = bytes[at]
    if (isValue(opcode)) words.push(`v:${valueOf(opcode)},${run}`)
    else words.push(`${isZeros(opcode) ? 'z' : 'Z'}:${run}`)
  }
  return words.join(' ')
}

/**
 * Calls `visit` with each run of a sparse sketch: its first register, its length, its value. False where the sketch is
 * corrupted, which may turn out after some runs; none beyond the last register is visited.
 */
export function forEachRun(
  { region: { bytes }, start, length }: Slice,
  visit: (first: number, run: number, value: number) => void,
): boolean {
  const end = start + length
  let first = 0
  for (let at = start + headerBytes; at < end; at += opcodeBytes(bytes[at])) {
    const run = runAt(bytes, at, end)
    if (first + run > registerCount) return false
    visit(first, run, isValue(bytes[at]) ? valueOf(bytes[at]) : 0)
    first += run
  }
  return first === registerCount
}

/** What became of raising a register. */
export type Raised = 'raised' | 'same' | 'full' | 'corrupted'

const sequence = Buffer.alloc(5)

/**
 * Raises a register of a sparse sketch to `value`, in bytes with room for three more, and sets the sketch's length.
 *
 * The run that covers the register is split, and values that have become neighbours are joined: the same steps as Redis
 * takes, since other ones would lead to other bytes of the same meaning.
 *
 * @param bytesMax length beyond which it is `full`: nothing is changed, and a dense one must take its place
 */
export function raiseSparse(sketch: Slice, index: number, value: number, bytesMax: number): Raised {
  const { bytes } = sketch.region
  const start = sketch.start + headerBytes
  const end = sketch.start + sketch.length
  let at = start
  let before = start
  let first = 0
  let run = 0
  while (at < end) {
    run = runAt(bytes, at, end)
    if (index < first + run) break
    before = at
    at += opcodeBytes(bytes[at])
    first += run
  }
  if (run === 0 || at >= end) return 'corrupted'
  const opcode = bytes[at]
  const old = isValue(opcode) ? valueOf(opcode) : 0
  if (old >= value) return 'same'
  if (run === 1 && (isValue(opcode) || isZeros(opcode))) bytes[at] = valueOpcode(value, 1)
  else {
    const oldBytes = opcodeBytes(opcode)
    const newBytes = writeSplit(old, index - first, value, first + run - 1 - index)
    const added = newBytes - oldBytes
    if (added > 0 && sketch.length + added > bytesMax) return 'full'
    moveBytes(sketch.region, at + newBytes, at + oldBytes, end)
    sequence.copy(bytes, at, 0, newBytes)
    sketch.length += added
  }
  joinValues(sketch, before)
  return 'raised'
}

/** Writes a run of `old` that has one register of `value` in it, `left` before and `right` behind; returns its bytes. */
function writeSplit(old: number, left: number, value: number, right: number): number {
  let length = writeRun(0, old, left)
  sequence[length++] = valueOpcode(value, 1)
  return writeRun(length, old, right)
}

function writeRun(at: number, value: number, run: number): number {
  if (run === 0) return at
  if (value > 0) sequence[at++] = valueOpcode(value, run)
  else if (run <= zeroRunMax) sequence[at++] = run - 1
  else {
    sequence[at++] = 0x40 | ((run - 1) >>> 8)
    sequence[at++] = (run - 1) & 0xff
  }
  return at
}

/** Opcodes looked at for a join, from the one before the change on. */
const joinsMax = 5

function joinValues(sketch: Slice, from: number): void {
  const { bytes } = sketch.region
  let at = from
  let end = sketch.start + sketch.length
  for (let left = joinsMax; at < end && left > 0; left--) {
    const opcode = bytes[at]
    const next = bytes[at + 1]
    const run = valueRunOf(opcode) + valueRunOf(next)
    const isJoined =
      isValue(opcode) && at + 1 < end && isValue(next) && valueOf(opcode) === valueOf(next) && run <= valueRunMax
    if (!isJoined) {
      at += opcodeBytes(opcode)
      continue
    }
    bytes[at + 1] = valueOpcode(valueOf(opcode), run)
    moveBytes(sketch.region, at, at + 1, end)
    end--
  }
  sketch.length = end - sketch.start
}
