import { SeededRandom } from '../../src/base/index.js'
import type { Descriptor } from '../../src/persistence/index.js'
import { FolderLoads, filled, pathOf, type Outcome } from './aof-folders.js'
import { layouts, type AofLayout } from './aof-layouts.js'
import { MemoryFiles } from './memory-files.js'
import { mutate, type CorruptTally } from './mutate.js'

/** What a refusal says: each names the file, and where in it where it is one place. */
const refusals = [
  /^Bad file format reading the append only file \S+ at offset \d+/,
  /^Unexpected end of file reading the append only file \S+\./,
  /^Unknown command '[^]*' reading the append only file \S+ at offset \d+$/,
  /^Error reading the RDB (base file|preamble of the AOF file) \S+, AOF loading aborted: ([^]* at offset \d+|unexpected end of file)/,
  /^Fatal error: the truncated file is not the last file$/,
  /^the append-only file [^]+ is named by the manifest and not there$/,
  /appendonly\.aof\.manifest:\d+: ./,
]
/** No load of such small files asks more of the system: what does goes in circles. */
const operationsMax = 20_000

/** Reads come to as little as a byte. */
class ShortReads extends MemoryFiles {
  readonly #random: SeededRandom
  readonly #most: number

  constructor(random: SeededRandom, most: number) {
    super()
    this.#random = random
    this.#most = most
  }

  override read(file: Descriptor, into: Uint8Array, position: number): number {
    if (this.operations.length > operationsMax) throw new Error('it reads on and on')
    return super.read(file, into.subarray(0, 1 + this.#random.below(this.#most)), position)
  }
}

const lengths = ['-1', '0', '1', '2', '99', '1024', '1048577', '2147483647', '2147483648', '536870913', '9'.repeat(18), '9'.repeat(30), '', '+1', '01', '-0', 'x'] // prettier-ignore

/** Puts another number where a request says how much comes. */
function mistakeLength(random: SeededRandom, bytes: Buffer): Buffer {
  const text = bytes.latin1Slice()
  const places = [...text.matchAll(/(?<=^|\r\n)[*$]\d+(?=\r\n)/g)]
  if (places.length === 0) return mutate(random, bytes)
  const { 0: found, index } = places[random.below(places.length)]
  const number = random.below(2) === 0 ? lengths[random.below(lengths.length)] : Number(found.slice(1)) - 1 + 2 * random.below(2) // prettier-ignore
  return Buffer.from(`${text.slice(0, index + 1)}${number}${text.slice(index + found.length)}`, 'latin1')
}

/** A folder one of whose files is broken. */
interface Broken {
  readonly contents: Readonly<Record<string, Buffer>>
  /** What must come of it with `aof-load-truncated`, where that is known: a digest. */
  readonly expected: string | null
  /** Whether the cut is between two units, so that nobody sees it. */
  readonly isClean: boolean
}

function breakOne(random: SeededRandom, { contents, last, boundaries }: AofLayout): Broken {
  const names = Object.keys(contents)
  const way = random.below(4)
  if (way === 0) {
    const at = random.below(contents[last].length + 1)
    // behind the snapshot that a file may begin with, which is refused where it is cut
    const before = boundaries.findLast(({ offset }) => offset <= at)
    return {
      contents: { ...contents, [last]: contents[last].subarray(0, at) },
      expected: before?.digest ?? null,
      isClean: before?.offset === at,
    }
  }
  const name = names[random.below(names.length)]
  const bytes = contents[name]
  const made = way === 1 ? mistakeLength(random, bytes) : way === 2 && random.below(3) === 0 ? bytes.subarray(0, random.below(bytes.length)) : mutate(random, bytes) // prettier-ignore
  return { contents: { ...contents, [name]: made }, expected: null, isClean: false }
}

/**
 * Tries so many broken folders of append-only files. Each is loaded, the same however its bytes come, or refused clearly;
 * a file that was only cut holds what stood before the last unit that is not whole; and what was cut off loads again.
 *
 * @throws {Error} one of them did what none may do
 */
export function fuzzAppendOnly(mutations: number, seed: number): CorruptTally {
  const random = new SeededRandom(seed)
  const rig = new FolderLoads()
  const whole = layouts(random, (contents) => rig.load(filled(new MemoryFiles(), contents), false).text)
  const tally = { good: 0, refused: 0 }
  for (let i = 0; i < mutations; i++) {
    const broken = breakOne(random, whole[random.below(whole.length)])
    const mayTruncate = random.below(3) > 0
    try {
      const outcome = tryOne(rig, random, broken, mayTruncate)
      if (outcome.isLoaded) tally.good++
      else tally.refused++
    } catch (error) {
      const shown = Object.entries(broken.contents).map(([name, bytes]) => `${name} ${bytes.toString('hex')}`)
      throw new Error(
        `seed ${seed}, mutation ${i}, aof-load-truncated ${mayTruncate}: ${(error as Error).message}\n${shown.join('\n')}`,
        { cause: error },
      )
    }
  }
  return tally
}

function tryOne(rig: FolderLoads, random: SeededRandom, broken: Broken, mayTruncate: boolean): Outcome {
  const { contents, expected, isClean } = broken
  const outcome = rig.load(filled(new MemoryFiles(), contents), mayTruncate)
  if (!outcome.isLoaded && !refusals.some((form) => form.test(outcome.text))) {
    throw new Error(`the refusal is ${outcome.text}`)
  }
  const most = random.below(4) === 0 ? 40 : 2000
  const again = rig.load(filled(new ShortReads(random, most), contents), mayTruncate)
  same('read in pieces', again, outcome)
  const changed = Object.entries(outcome.all).filter(([path, now]) => now !== contents[path.slice(pathOf('').length)].latin1Slice()) // prettier-ignore
  if (changed.length > 0 && (!mayTruncate || !outcome.isLoaded)) throw new Error('a file was changed')
  if (expected !== null) {
    if (outcome.isLoaded !== (mayTruncate || isClean)) throw new Error(`cut, it is ${outcome.text}`)
    if (outcome.isLoaded && outcome.text !== expected)
      throw new Error('what stood before the cut is not what was loaded')
  }
  if (changed.length > 0) {
    const left = Object.fromEntries(Object.entries(outcome.all).map(([path, now]) => [path.slice(pathOf('').length), Buffer.from(now, 'latin1')])) // prettier-ignore
    same('loaded once more', rig.load(filled(new MemoryFiles(), left), false), outcome)
  }
  return outcome
}

function same(what: string, found: Outcome, expected: Outcome): void {
  if (found.text !== expected.text) throw new Error(`${what} it is ${found.text}, not ${expected.text}`)
  if (JSON.stringify(found.all) !== JSON.stringify(expected.all)) throw new Error(`${what} it leaves other files`)
}
