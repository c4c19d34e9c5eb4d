import type { Slice } from '../base/index.js'
import type { Command, Commands } from '../command/index.js'

/** Case of ASCII letters folded away, four at a time. */
const fold = 0xdfdfdfdf | 0
const masks = [0, 0xff, 0xffff, 0xffffff, -1]
const slots = 1024

/**
 * Commands by name: two words of its first eight bytes, folded, and its length say where to look. Folding is exact for
 * letters, so only longer names and those with a digit or a sign are compared byte by byte.
 */
export class CommandTable implements Commands {
  readonly all: readonly Command[]
  readonly #keys = new Int32Array(slots * 2)
  readonly #commands: (Command | null)[] = new Array<Command | null>(slots).fill(null)
  readonly #exact: boolean[] = new Array<boolean>(slots).fill(false)

  constructor(commands: readonly Command[]) {
    this.all = commands
    for (const command of commands) this.#add(command)
  }

  find(name: Slice): Command | null {
    const { length, start } = name
    const { view } = name.region
    const low = view.getInt32(start, true) & masks[length < 4 ? length : 4] & fold
    const high = length > 4 ? view.getInt32(start + 4, true) & masks[length < 8 ? length - 4 : 4] & fold : 0
    for (let i = place(low, high, length); ; i = (i + 1) & (slots - 1)) {
      const command = this.#commands[i]
      if (command === null) return null
      if (this.#keys[i * 2] !== low || this.#keys[i * 2 + 1] !== high || command.name.length !== length) continue
      if (this.#exact[i] || name.is(command.name)) return command
    }
  }

  resolve(name: Slice, sub: Slice | null): Command | null {
    const command = this.find(name)
    if (command === null || command.subcommands === null || sub === null) return command
    return command.subcommands.get(sub.toLatin1().toUpperCase()) ?? null
  }

  #add(command: Command): void {
    const name = Buffer.alloc(Math.max(8, command.name.length))
    name.latin1Write(command.name, 0)
    const low = name.readInt32LE(0) & fold
    const high = name.readInt32LE(4) & fold
    let i = place(low, high, command.name.length)
    while (this.#commands[i] !== null) i = (i + 1) & (slots - 1)
    this.#commands[i] = command
    this.#keys[i * 2] = low
    this.#keys[i * 2 + 1] = high
    this.#exact[i] = command.name.length <= 8 && /^[A-Z]+$/.test(command.name)
  }
}

const place = (low: number, high: number, length: number): number =>
  (Math.imul(low ^ Math.imul(high, 0x9e3779b1) ^ length, 0x85ebca6b) >>> 22) & (slots - 1)
