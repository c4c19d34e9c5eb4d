export type { Clock, Log, Random } from './base/index.js'
export type { Reply } from './resp/index.js'
export {
  CommandError,
  createServer,
  type BytesListener,
  type CallFormat,
  type ConfigOptions,
  type CreateServerOptions,
  type EmbeddedClient,
  type EmbeddedServer,
  type MessageListener,
  type SubscribeOptions,
} from './server/index.js'
export {
  dictionaryStore,
  type OriginOptions,
  type UserChanges,
  type UserPage,
  type UserStore,
  type UserValue,
} from './origin/index.js'
