import { syntaxError, type Slice } from '../../base/index.js'
import type { Call } from '../../command/index.js'
import type { Args } from '../../resp/index.js'
import {
  atMilliseconds,
  atSeconds,
  inMilliseconds,
  inSeconds,
  readDeadline,
  type DeadlineUnit,
  type UnixMs,
} from '../deadlines.js'
import { comparisonNamed, type Comparison } from './comparisons.js'

/**
 * The options of SET, GETEX and MSETEX, in any order. An option may be repeated, the last deadline counting; two different
 * ones about the deadline, or two conditions, are a syntax error.
 */
export class SetOptions {
  ifMissing = false
  ifPresent = false
  get = false
  keepDeadline = false
  persist = false
  unit: DeadlineUnit | null = null
  comparison: Comparison | null = null
  /** What the comparison is with. */
  operand: Slice | null = null
  #number: Slice | null = null

  /** Reads the options from argument `from` on. @throws {ReplyError} */
  constructor(args: Args, from: number, command: 'SET' | 'GETEX' | 'MSETEX') {
    const isSet = command !== 'GETEX'
    const isPlainSet = command === 'SET'
    for (let i = from; i < args.count; i++) {
      const option = args.at(i)
      const unit = unitOf(option)
      if (unit !== null) {
        if (this.keepDeadline || this.persist || (this.unit ?? unit) !== unit || ++i === args.count) throw syntaxError
        this.unit = unit
        this.#number = args.at(i)
      } else if (isSet && !this.ifPresent && this.comparison === null && option.is('NX')) this.ifMissing = true
      else if (isSet && !this.ifMissing && this.comparison === null && option.is('XX')) this.ifPresent = true
      else if (isPlainSet && option.is('GET')) this.get = true
      else if (isSet && this.unit === null && option.is('KEEPTTL')) this.keepDeadline = true
      else if (!isSet && this.unit === null && option.is('PERSIST')) this.persist = true
      else if (isPlainSet && this.#readComparison(option, i + 1 < args.count ? args.at(i + 1) : null)) i++
      else throw syntaxError
    }
  }

  /** Takes an option that compares, with what it compares with; whether it was one. */
  #readComparison(option: Slice, operand: Slice | null): boolean {
    const comparison = comparisonNamed(option)
    if (comparison === undefined || operand === null || this.ifMissing || this.ifPresent) return false
    if ((this.comparison ?? comparison) !== comparison) return false
    this.comparison = comparison
    this.operand = operand
    return true
  }

  /** Whether the key's state lets it be set, but for what its string is compared with. */
  permits(isThere: boolean): boolean {
    if (isThere) return !this.ifMissing
    return !this.ifPresent && this.comparison !== 'IFEQ' && this.comparison !== 'IFDEQ'
  }

  /** The deadline asked for, or 0 where none is. @throws {ReplyError} */
  deadline({ nowMs, command }: Call): UnixMs {
    return this.unit === null ? 0 : readDeadline(this.#number!, this.unit, nowMs, command, 1)
  }
}

function unitOf(option: Slice): DeadlineUnit | null {
  if (option.is('EX')) return inSeconds
  if (option.is('PX')) return inMilliseconds
  if (option.is('EXAT')) return atSeconds
  if (option.is('PXAT')) return atMilliseconds
  return null
}
