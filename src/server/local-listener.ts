import type { Message, Subscriber, Subscriptions } from '../pubsub/index.js'

/** Called with each message and its channel; of a pattern also with the pattern. */
export type MessageListener = (message: string, channel: string, pattern?: string) => void
/** The same for messages of any bytes. */
export type BytesListener = (message: Buffer, channel: string, pattern?: string) => void

/** A listener to channels in the same process. */
export class LocalListener implements Subscriber {
  subscriptions: Subscriptions | null = null
  readonly #tell: (message: Message) => void
  #isOver = false

  constructor(tell: (message: Message) => void) {
    this.#tell = tell
  }

  /** Tells it when the call at hand is over: the listener may make calls of its own. */
  hear(message: Message): void {
    message.keep()
    queueMicrotask(() => {
      if (!this.#isOver) this.#tell(message)
    })
  }

  /** Nothing is told any more, not even what was said already. */
  end(): void {
    this.#isOver = true
  }
}
