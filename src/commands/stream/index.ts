import type { Command } from '../../command/index.js'
import { XADD } from './add.js'
import { XAUTOCLAIM, XCLAIM } from './claim.js'
import { XACKDEL, XDELEX } from './delete-extended.js'
import { XGROUP } from './group.js'
import { XINFO } from './info.js'
import { XACK, XPENDING } from './pending.js'
import { XRANGE, XREVRANGE } from './range.js'
import { XREAD, XREADGROUP } from './read.js'
import { XDEL, XLEN, XSETID, XTRIM } from './trim.js'

export const streamCommands: readonly Command[] = [
  XACK,
  XACKDEL,
  XADD,
  XAUTOCLAIM,
  XCLAIM,
  XDEL,
  XDELEX,
  XGROUP,
  XINFO,
  XLEN,
  XPENDING,
  XRANGE,
  XREAD,
  XREADGROUP,
  XREVRANGE,
  XSETID,
  XTRIM,
]
