import type { Command } from '../../command/index.js'
import { PFADD, PFCOUNT } from './elements.js'
import { PFMERGE } from './merging.js'
import { PFDEBUG, PFSELFTEST } from './testing.js'

export const hyperloglogCommands: readonly Command[] = [PFADD, PFCOUNT, PFDEBUG, PFMERGE, PFSELFTEST]
