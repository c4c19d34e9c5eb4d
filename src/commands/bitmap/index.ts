import type { Command } from '../../command/index.js'
import { BITFIELD, BITFIELD_RO } from './bitfield.js'
import { BITOP } from './bitop.js'
import { GETBIT, SETBIT } from './bits.js'
import { BITCOUNT, BITPOS } from './counting.js'

export const bitmapCommands: readonly Command[] = [BITCOUNT, BITFIELD, BITFIELD_RO, BITOP, BITPOS, GETBIT, SETBIT]
