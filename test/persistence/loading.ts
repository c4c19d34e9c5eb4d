import { ManualClock, SeededRandom } from '../../src/base/index.js'
import { Keyspace } from '../../src/keyspace/index.js'
import { RdbLoader, type RdbLoaderOptions } from '../../src/persistence/index.js'
import { defaultLimits, type ValueLimits } from '../../src/values/index.js'

/** A keyspace at a moment that a test chooses. */
export function emptyKeyspace(limits: ValueLimits = defaultLimits(), unixMs?: number): Keyspace {
  return new Keyspace({ clock: new ManualClock(unixMs), random: new SeededRandom(1), databases: 16, limits })
}

/** Loads a snapshot that comes in pieces of at most so many bytes, drawn at random where `random` is given. */
export function load(
  keyspace: Keyspace,
  bytes: Uint8Array,
  pieceMax = bytes.length,
  random?: SeededRandom,
  options: RdbLoaderOptions = { origin: 'file' },
): RdbLoader {
  const loader = new RdbLoader(keyspace, options)
  for (let at = 0; at < bytes.length;) {
    const piece = random === undefined ? pieceMax : 1 + random.below(pieceMax)
    loader.push(bytes.subarray(at, at + piece))
    at += piece
  }
  loader.end()
  return loader
}
