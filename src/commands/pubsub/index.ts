import type { Command } from '../../command/index.js'
import { PUBLISH, PUBSUB, SPUBLISH } from './publish.js'
import { PSUBSCRIBE, PUNSUBSCRIBE, SSUBSCRIBE, SUBSCRIBE, SUNSUBSCRIBE, UNSUBSCRIBE } from './subscribe.js'

export const pubsubCommands: readonly Command[] = [
  PSUBSCRIBE,
  PUBLISH,
  PUBSUB,
  PUNSUBSCRIBE,
  SPUBLISH,
  SSUBSCRIBE,
  SUBSCRIBE,
  SUNSUBSCRIBE,
  UNSUBSCRIBE,
]
