import { words } from '../../support/templates.js'
import { ruleFor } from '../rules.js'
import { countsOf, form, plain, type Form, type Step } from './forms.js'
import { dataForms } from './grammar-data.js'
import { anyKey } from './material.js'
import { Phrase, literal, maybe, oneOf, repeat, type Context } from './phrase.js'

/**
 * What may be queued: one request, one reply, compared by its bytes as part of EXEC's. Not OBJECT REFCOUNT: what a queued
 * request stores has a second reference in Redis until EXEC is over.
 */
const queueable = dataForms.filter(({ name }) => ruleFor(name) === undefined && name !== 'OBJECT REFCOUNT')

function queued(context: Context, most: number): (readonly Buffer[])[] {
  const requests: (readonly Buffer[])[] = []
  for (let left = context.random.below(most + 1); left > 0;) {
    const step = queueable[context.random.below(queueable.length)].make(context)
    if (step.requests.length !== 1 || step.replies.length !== 1 || step.reopen !== undefined) continue
    requests.push(step.requests[0])
    left--
  }
  return requests
}

const draw = (context: Context): Buffer => {
  const phrase = new Phrase(context)
  anyKey.write(phrase)
  return phrase.args[0]
}

/** Requests with a reply each; all of `names` are counted when the first of them is answered. */
const answered = (requests: readonly (readonly Buffer[])[], ...names: readonly string[]): Step => ({
  requests,
  replies: requests.map((_, i) => i),
  counts: names.flatMap((name) => countsOf(name, [])),
})

const exec: Form = {
  name: 'EXEC',
  weight: 40,
  tokens: [],
  make: (context) => answered([plain('MULTI'), ...queued(context, 5), plain('EXEC')], 'EXEC', 'MULTI'),
}

const multi: Form = { ...exec, name: 'MULTI', weight: 2 }

const discard: Form = {
  name: 'DISCARD',
  weight: 4,
  tokens: [],
  make: (context) => answered([plain('MULTI'), ...queued(context, 2), plain('DISCARD')], 'DISCARD'),
}

/** Changes of a watched key, or none. */
const meddling = words`GET TTL DEL INCR PERSIST TYPE EXISTS UNLINK STRLEN`

const watch: Form = {
  name: 'WATCH',
  weight: 15,
  tokens: [],
  make(context) {
    const key = draw(context)
    const change = plain(meddling[context.random.below(meddling.length)])
    const other = context.random.below(3) === 0 ? draw(context) : key
    return answered(
      [
        [...plain('WATCH'), key, draw(context)],
        [...change, other],
        plain('MULTI'),
        ...queued(context, 2),
        plain('EXEC'),
      ],
      'WATCH',
    )
  },
}

const channel = oneOf(...words`news news.art news.music other a`.map(literal))
const pattern = oneOf(...words`news.* * n?ws [a-z] nothing`.map(literal))

function names(context: Context, part: typeof channel): Buffer[] {
  const phrase = new Phrase(context)
  repeat(part, 1, 3).write(phrase)
  return phrase.args
}

/** Subscribes, is told as many times, listens to itself where the protocol lets it, and leaves one by one. */
function listening(subscribe: string, unsubscribe: string, publish: string, part: typeof channel): Form {
  return {
    name: subscribe,
    weight: 5,
    tokens: [],
    make(context) {
      const chosen = names(context, part)
      const requests: (readonly Buffer[])[] = [[...plain(subscribe), ...chosen], plain('PING')]
      const replies = [...chosen.map(() => 0), 1]
      if (context.protocol === 3 && subscribe !== 'PSUBSCRIBE') {
        requests.push([...plain(publish), chosen[0], ...plain('a message')])
        replies.push(2, 2) // the message, and how many heard it
      }
      for (const name of new Set(chosen.map(String))) {
        replies.push(requests.length)
        requests.push(plain(unsubscribe, name))
      }
      replies.push(requests.length)
      requests.push(plain(unsubscribe))
      return { requests, replies, counts: [subscribe, unsubscribe] }
    },
  }
}

const channels = listening('SUBSCRIBE', 'UNSUBSCRIBE', 'PUBLISH', channel)
const patterns = listening('PSUBSCRIBE', 'PUNSUBSCRIBE', 'PUBLISH', pattern)
const shards = listening('SSUBSCRIBE', 'SUNSUBSCRIBE', 'SPUBLISH', channel)

/** The same step under the name of what ends it, so that both are known to be drawn. */
const leaving = (form: Form, name: string): Form => ({ ...form, name, weight: 2 })

/** Options of CLIENT TRACKING that go together. */
const trackingModes: readonly (readonly [options: string, caching: string])[] = [
  ['', ''],
  ['NOLOOP', ''],
  ['OPTIN', 'YES'],
  ['OPTIN NOLOOP', 'YES'],
  ['OPTOUT', 'NO'],
  ['BCAST', ''],
  ['BCAST PREFIX a PREFIX b', ''],
  ['BCAST NOLOOP PREFIX a', ''],
]

/** On, looked at, and off again before a key is read or changed: what is told of those has no place in a pipeline. */
const tracking: Form = {
  name: 'CLIENT TRACKING',
  weight: 12,
  tokens: ['ON', 'OFF', 'NOLOOP', 'OPTIN', 'OPTOUT', 'BCAST', 'PREFIX'],
  make({ random }) {
    const [options, caching] = trackingModes[random.below(trackingModes.length)]
    const chosen = options.split(' ').filter((text) => text !== '')
    const requests = [
      plain('CLIENT', 'TRACKING', 'ON', ...chosen),
      plain('CLIENT', 'TRACKINGINFO'),
      plain('CLIENT', 'CACHING', caching === '' ? 'YES' : caching),
      plain('CLIENT', 'TRACKINGINFO'),
      plain('CLIENT', 'GETREDIR'),
      plain('CLIENT', 'TRACKING', 'OFF'),
    ]
    const used = ['ON', 'OFF', ...chosen.filter((text) => text === text.toUpperCase())]
    const counted = caching === '' ? [] : countsOf('CLIENT CACHING', [caching])
    return {
      requests,
      replies: requests.map((_, i) => i),
      counts: [...countsOf('CLIENT TRACKING', [...new Set(used)]), ...counted],
    }
  },
}

const caching: Form = { ...tracking, name: 'CLIENT CACHING', tokens: ['YES', 'NO'], weight: 12 }

export const transactionForms: readonly Form[] = [
  exec,
  multi,
  discard,
  watch,
  form('UNWATCH'),
  tracking,
  caching,
  form('CLIENT TRACKINGINFO'),
  channels,
  patterns,
  shards,
  leaving(channels, 'UNSUBSCRIBE'),
  leaving(patterns, 'PUNSUBSCRIBE'),
  leaving(shards, 'SUNSUBSCRIBE'),
  form('PUBLISH', [channel, literal('unheard')]),
  form('SPUBLISH', [channel, literal('unheard')]),
  form('PUBSUB CHANNELS', [maybe(pattern)]),
  form('PUBSUB HELP', [], { weight: 2 }),
  form('PUBSUB NUMPAT'),
  form('PUBSUB NUMSUB', [repeat(channel, 0, 3)]),
  form('PUBSUB SHARDCHANNELS', [maybe(pattern)]),
  form('PUBSUB SHARDNUMSUB', [repeat(channel, 0, 3)]),
]
