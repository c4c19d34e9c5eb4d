import type { Conversation } from '../conversation.js'
import { blockingConversations } from './blocking.js'
import { pubsubConversations } from './pubsub.js'
import { streamConversations } from './streams.js'
import { trackingConversations } from './tracking.js'
import { transactionConversations } from './transactions.js'

/** Every conversation, by its theme. */
export const conversations: Readonly<Record<string, Readonly<Record<string, Conversation>>>> = {
  blocking: blockingConversations,
  streams: streamConversations,
  transactions: transactionConversations,
  'pub/sub': pubsubConversations,
  tracking: trackingConversations,
}
