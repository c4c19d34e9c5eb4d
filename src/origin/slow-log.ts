import { errorReply, syntaxError } from '../base/index.js'
import { integerIn, replySlowCalls, type Call } from '../command/index.js'
import type { OriginEngine } from './engine.js'

const badCount = errorReply('count should be greater than or equal to -1')
const countDefault = 10

/** ORIGIN SLOWLOG: as SLOWLOG, of the requests to origins. @throws {ReplyError} */
export function slowLog({ resolver: { slow } }: OriginEngine, { args, reply }: Call): void {
  const action = args.at(2)
  if (action.is('GET') && args.count <= 4) {
    const count = args.count === 3 ? countDefault : integerIn(args.at(3), -1, Infinity, badCount)
    return replySlowCalls(reply, slow.log.latest(count === -1 ? Infinity : count))
  }
  if (args.count !== 3) throw syntaxError
  if (action.is('LEN')) return reply.integer(slow.log.length)
  if (!action.is('RESET')) throw syntaxError
  slow.log.reset()
  reply.ok()
}
