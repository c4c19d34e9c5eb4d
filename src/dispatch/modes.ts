import { Gate, type Call, type Client, type Command } from '../command/index.js'
import type { ReplyWriter } from '../resp/index.js'

/*
 * What a client asked for by CLIENT REPLY and CLIENT CACHING, at the end of each of its requests.
 */

/** A request is over, be it one without arguments: it was what CLIENT REPLY SKIP skips. */
export function endSkip(client: Client): void {
  if (client.replyMode !== 'skip') return
  client.replyMode = 'on'
  client.deriveGates()
}

/** CLIENT REPLY OFF and SKIP, and replicas: takes the reply back. */
export function silence(client: Client, reply: ReplyWriter, mark: number): void {
  if (client.replyMode === 'never' && reply.mark !== mark) client.replied(reply.lineAt(mark))
  if (client.replyMode === 'skip-next') {
    client.replyMode = 'skip'
    return
  }
  reply.rewind(mark)
  endSkip(client)
}

/** CLIENT CACHING holds for one request, or one transaction; further CLIENT commands may come in between. */
export function endCaching({ tracking, transaction }: Client, command: Command | null): void {
  if (tracking !== null && transaction === null && command?.name.startsWith('CLIENT|') !== true)
    tracking.caching = false
}

/**
 * Ends a call of a client whose calls are special.
 *
 * @param mark where its reply begins
 * @param closed gates that were closed for the call, and that it passed
 */
export function endSpecial({ client, command, reply, isInner }: Call, mark: number, closed: number): void {
  if (!isInner) endCaching(client, command)
  if (client.replyMode === 'on' || command.spec.repliesByPush === true) {
    if (!isInner) endSkip(client)
    return
  }
  // what EXEC had replied before CLIENT REPLY was run inside of it stays
  const wasSilent = (closed & Gate.special) !== 0 || !command.executesQueue
  if (isInner) {
    if (client.replyMode !== 'skip-next') reply.rewind(mark)
  } else if (wasSilent) silence(client, reply, mark)
  else if (client.replyMode === 'skip-next') client.replyMode = 'skip'
}
