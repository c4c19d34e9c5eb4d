import type { SeededRandom } from '../../src/base/index.js'

/** How often a broken one was still good, and how often it was refused. */
export interface CorruptTally {
  good: number
  refused: number
}

const interesting = [0, 1, 2, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xc0, 0xc3, 0xe0, 0xf0, 0xf1, 0xf4, 0xfd, 0xfe, 0xff]

/** `bytes` with one to some bytes changed, left out, repeated, put in or cut off. */
export function mutate(random: SeededRandom, bytes: Buffer): Buffer {
  let made = Buffer.from(bytes)
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const at = random.below(made.length + 1)
    const run = 1 + random.below(random.below(4) === 0 ? 40 : 4)
    switch (random.below(7)) {
      case 0:
        made[at % made.length] = interesting[random.below(interesting.length)]
        break
      case 1:
        made[at % made.length] ^= 1 << random.below(8)
        break
      case 2:
        made[at % made.length] += random.below(2) === 0 ? 1 : -1
        break
      case 3:
        made = Buffer.concat([made.subarray(0, at), made.subarray(at + run)])
        break
      case 4:
        made = Buffer.concat([made.subarray(0, at), made.subarray(Math.max(0, at - run))])
        break
      case 5:
        made = Buffer.concat([made.subarray(0, at), Buffer.alloc(run, random.below(256)), made.subarray(at)])
        break
      default:
        for (let i = 0; i < run && at + i < made.length; i++) made[at + i] = random.below(256)
    }
    if (made.length === 0) return Buffer.from([random.below(256)])
  }
  return made
}
