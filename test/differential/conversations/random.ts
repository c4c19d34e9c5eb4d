import { SeededRandom } from '../../../src/base/index.js'
import { words } from '../../support/templates.js'
import type { Conversation } from '../conversation.js'

const names = ['x', 'y', 'z'] as const
const keys = words`a b aa`

/** What a connection is in the midst of, as far as its next line depends on it. */
interface State {
  inTransaction: boolean
  tracks: 'no' | 'reads' | 'prefixes'
}

/**
 * A conversation made up from a seed: transactions, watched keys, tracking and messages of three connections among each
 * other. Every line has one answer, whatever came before.
 */
export function randomConversation(seed: number, length: number): Conversation {
  const random = new SeededRandom(seed)
  const pick = <T>(from: readonly T[]): T => from[random.below(from.length)]
  const states = new Map(names.map((name) => [name, { inTransaction: false, tracks: 'no' } as State]))
  const key = (): string => pick(keys)

  const onKeys = (): string =>
    pick([
      () => `GET ${key()}`,
      () => `MGET ${key()} ${key()}`,
      () => `EXISTS ${key()}`,
      () => `SET ${key()} ${random.below(100)}`,
      () => `INCR ${key()}`,
      () => `DEL ${key()}`,
      () => `EXPIRE ${key()} 1000`,
      () => `PERSIST ${key()}`,
      () => `RENAME ${key()} ${key()}`,
      () => `APPEND ${key()} 1`,
      () => `COPY ${key()} ${key()} REPLACE`,
      () => `GETDEL ${key()}`,
    ])()

  const tracking = (state: State): string => {
    if (state.tracks !== 'no') {
      state.tracks = 'no'
      return 'CLIENT TRACKING off'
    }
    state.tracks = pick(['reads', 'prefixes'])
    if (state.tracks === 'prefixes')
      return `CLIENT TRACKING on BCAST${pick(['', ' PREFIX a', ' PREFIX aa PREFIX b', ' NOLOOP'])}`
    return `CLIENT TRACKING on${pick(['', ' NOLOOP', ' OPTOUT'])}`
  }

  const aside = (state: State): string =>
    pick([
      () => `WATCH ${key()} ${key()}`,
      () => 'UNWATCH',
      () => tracking(state),
      () => 'CLIENT TRACKINGINFO',
      () => `PUBLISH ${pick(keys)} message`,
      () => 'PUBSUB NUMPAT',
      () => `SELECT ${random.below(2)}`,
      () => pick(['FLUSHDB', 'FLUSHALL', 'SWAPDB 0 1', 'NOSUCH', 'GET', 'PING']),
    ])()

  const line = (name: (typeof names)[number]): string => {
    const state = states.get(name)!
    const chance = random.below(100)
    if (state.inTransaction) {
      if (chance < 25) {
        state.inTransaction = false
        return pick(['EXEC', 'EXEC', 'EXEC', 'EXEC', 'DISCARD'])
      }
      if (chance < 32)
        return pick([`WATCH ${key()}`, 'MULTI', 'NOSUCH', 'UNWATCH', `PUBLISH ${key()} inside`, 'FLUSHALL'])
      return onKeys()
    }
    if (chance < 15) {
      state.inTransaction = true
      return 'MULTI'
    }
    return chance < 45 ? aside(state) : onKeys()
  }

  return [
    'x HELLO 3',
    'y HELLO 3',
    'listener SUBSCRIBE a',
    'listener PSUBSCRIBE b*',
    ...Array.from({ length }, () => pick(names)).map((name) => `${name} ${line(name)}`),
  ]
}
