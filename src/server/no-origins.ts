import { errorReply } from '../base/index.js'
import type { OriginService, Settling } from '../command/index.js'

/** A server without the origin engine: nothing is bound. */
export function noOrigins(): { settling: Settling; origin: OriginService } {
  return {
    settling: {
      routeCount: 0,
      isBound: () => false,
      usable: () => true,
      settle: () => {
        throw new Error('nothing is bound')
      },
    },
    origin: {
      routeCount: 0,
      refuseWrite: () => null,
      execute: () => {
        throw errorReply('origins are not available')
      },
    },
  }
}
