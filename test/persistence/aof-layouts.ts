import type { SeededRandom } from '../../src/base/index.js'
import { RandomWrites, encodedAll } from '../replication/support/random-writes.js'
import { file, string, value } from './builders.js'
import { specimens } from './specimens.js'

/** A folder of append-only files that is good. */
export interface AofLayout {
  readonly contents: Readonly<Record<string, Buffer>>
  /** The file that is appended to. */
  readonly last: string
  /** Offsets in it behind which a cut leaves whole units only, in order, and the digest of what is loaded then. */
  readonly boundaries: readonly { readonly offset: number; readonly digest: string }[]
}

/** A unit of an append-only file: requests that hold together, or a line of annotation. */
function units(random: SeededRandom, count: number): Buffer[] {
  const writes = new RandomWrites(random)
  const made = [encodedAll([['SELECT', random.below(3)]])]
  while (made.length < count) {
    // what chance decides is not in such files
    const unit = writes.next().filter(([name]) => name !== 'SPOP')
    if (unit[0]?.[0] === 'SELECT') made.push(...unit.map((words) => encodedAll([words])))
    else if (unit.length > 0) made.push(encodedAll(unit))
    if (random.below(6) === 0) made.push(Buffer.from(`#TS:${1_700_000_000 + made.length}\r\n`))
  }
  return made
}

function snapshot(random: SeededRandom): Buffer {
  const usable = specimens().filter(({ version }) => version <= 10)
  const chosen = Array.from({ length: 4 }, () => usable[random.below(usable.length)])
  const isBase = [0xfa, string('aof-base'), string('1')]
  return file(10, isBase, ...chosen.map(({ type, parts }, i) => value(type, `base${i}`, ...parts)))
}

const manifest = (...lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `file ${line}\n`).join(''))
const name = 'appendonly.aof'

/**
 * Folders of each kind: a snapshot or commands as the base, several increments, history, the one file of old versions.
 *
 * @param digestOf loads a folder
 */
export function layouts(
  random: SeededRandom,
  digestOf: (contents: Readonly<Record<string, Buffer>>) => string,
): AofLayout[] {
  const commands = (count: number): Buffer => Buffer.concat(units(random, count))
  const kinds: { readonly contents: Record<string, Buffer>; readonly last: string; readonly before: Buffer }[] = [
    {
      contents: {
        [`${name}.1.base.rdb`]: snapshot(random),
        [`${name}.3.incr.aof`]: commands(12),
        [`${name}.manifest`]: manifest(
          `${name}.1.base.rdb seq 1 type b`,
          `${name}.2.incr.aof seq 2 type h`,
          `${name}.3.incr.aof seq 3 type i`,
          `${name}.4.incr.aof seq 4 type i`,
        ),
      },
      last: `${name}.4.incr.aof`,
      before: Buffer.alloc(0),
    },
    {
      contents: {
        [`${name}.2.base.aof`]: commands(15),
        [`${name}.manifest`]: manifest(`${name}.2.base.aof seq 2 type b`, `${name}.1.incr.aof seq 1 type i`),
      },
      last: `${name}.1.incr.aof`,
      before: Buffer.alloc(0),
    },
    {
      contents: { [`${name}.manifest`]: manifest(`${name} seq 1 type b`) },
      last: name,
      before: snapshot(random),
    },
    {
      contents: { [`${name}.manifest`]: manifest(`${name}.1.incr.aof seq 1 type i`) },
      last: `${name}.1.incr.aof`,
      before: Buffer.alloc(0),
    },
  ]
  return kinds.map(({ contents, last, before }) => {
    const made = [before, ...units(random, 25)]
    const boundaries = made.map((_, i) => {
      const bytes = Buffer.concat(made.slice(0, i + 1))
      return { offset: bytes.length, digest: digestOf({ ...contents, [last]: bytes }) }
    })
    return { contents: { ...contents, [last]: Buffer.concat(made) }, last, boundaries }
  })
}
