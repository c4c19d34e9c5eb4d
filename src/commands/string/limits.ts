import { constants } from 'node:buffer'
import type { Call } from '../../command/index.js'

/** `proto-max-bulk-len` cannot be set lower: up to here nobody need ask for it. */
const leastLimitBytes = 1 << 20

/** What one buffer of this process can hold, less the room for a record's head. */
const bufferBytesMax = Math.min(constants.MAX_LENGTH, 2 ** 32) - (1 << 16)

/** The most bytes that a string may have, asked for one of `bytes`. */
export function stringBytesMax({ services }: Call, bytes: number): number {
  if (bytes <= leastLimitBytes) return leastLimitBytes
  return Math.min(Number(services.config.value('proto-max-bulk-len')), bufferBytesMax)
}

/** Digits of an offset that is a million away or more. */
const farDigits = 7

/** Whether the offset of a SETBIT or SETRANGE is so far away that the string may have to grow by very much. */
export const isFarAway = ({ args }: Pick<Call, 'args'>): boolean => args.at(2).length >= farDigits
