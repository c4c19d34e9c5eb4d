import { words } from '../../support/templates.js'
import { countsOf, form, plain, restore, type Form, type Step } from './forms.js'
import { anyKey, databases, numberKey } from './material.js'
import {
  Phrase,
  all,
  anyCase,
  anyOrder,
  literal,
  maybe,
  oneOf,
  piece,
  repeat,
  token,
  word,
  type Context,
  type Piece,
} from './phrase.js'

/** A number of a client that never was. */
const nobody = literal('999999999')

const clientName = piece((phrase) => phrase.push(phrase.pick(['me', 'you', '', 'a-name-with-no-space', 'two words'])))

/** A form whose requests or replies are not one and one. */
function special(name: string, weight: number, tokens: readonly string[], make: (context: Context) => Step): Form {
  return { name, weight, tokens, make }
}

/** All requests of a step, each with its reply. */
const answered = (requests: readonly (readonly Buffer[])[], name: string, tokens: readonly string[] = []): Step => ({
  requests,
  replies: requests.map((_, i) => i),
  counts: countsOf(name, tokens),
})

const draw = (context: Context, part: Piece): Buffer[] => {
  const phrase = new Phrase(context)
  part.write(phrase)
  return phrase.args
}

const select = special('SELECT', 10, [], (context) => {
  context.database = context.random.below(databases)
  return answered([plain('SELECT', context.database)], 'SELECT')
})

const reset = special('RESET', 3, [], (context) => answered([plain('RESET'), ...restore(context)], 'RESET'))

const quit = special('QUIT', 2, [], (context) => ({
  requests: [plain('QUIT')],
  replies: [0],
  counts: ['QUIT'],
  reopen: restore(context),
}))

const monitor = special('MONITOR', 2, [], (context) =>
  answered([plain('MONITOR'), plain('RESET'), ...restore(context)], 'MONITOR'),
)

const hello = special('HELLO', 8, ['AUTH', 'SETNAME'], (context) => {
  const phrase = new Phrase(context)
  phrase.push(anyCase(phrase, 'HELLO'))
  const options = anyOrder(
    maybe(all(token('AUTH'), literal('default'), literal('any password'))),
    maybe(all(token('SETNAME'), clientName)),
  )
  if (phrase.chance(80)) {
    phrase.push(String(context.protocol))
    options.write(phrase)
  }
  return answered([phrase.args], 'HELLO', phrase.tokens)
})

/** Between OFF and ON nothing is answered, though everything is done. */
const replyOff = special('CLIENT REPLY', 3, ['OFF', 'ON'], (context) => ({
  requests: [
    plain('CLIENT', 'REPLY', 'OFF'),
    [...plain('INCR'), ...draw(context, numberKey)],
    plain('CLIENT', 'REPLY', 'ON'),
  ],
  replies: [2],
  counts: countsOf('CLIENT REPLY', ['OFF', 'ON']),
}))

const replySkip = special('CLIENT REPLY', 3, ['SKIP'], (context) => ({
  requests: [
    plain('CLIENT', 'REPLY', 'SKIP'),
    [...plain('INCR'), ...draw(context, numberKey)],
    plain('ECHO', 'answered'),
  ],
  replies: [2],
  counts: countsOf('CLIENT REPLY', ['SKIP']),
}))

/** Its own connection waits as well, so that ALL lasts no longer than the server's next look at the clock. */
const pauseAll = special('CLIENT PAUSE', 2, ['ALL'], () =>
  answered([plain('CLIENT', 'PAUSE', 0, 'ALL'), plain('CLIENT', 'UNPAUSE')], 'CLIENT PAUSE', ['ALL']),
)

const pauseWrite = special('CLIENT PAUSE', 2, ['WRITE'], (context) =>
  answered(
    [plain('CLIENT', 'PAUSE', 5000, 'WRITE'), [...plain('GET'), ...draw(context, anyKey)], plain('CLIENT', 'UNPAUSE')],
    'CLIENT PAUSE',
    ['WRITE'],
  ),
)

/** What may be done to a key that has just expired. */
const looks = words`GET TYPE TTL STRLEN HGETALL HLEN PERSIST INCR GETDEL EXISTS DEL TOUCH GETEX DECR HVALS UNLINK SMEMBERS SCARD LLEN LPOP RPOP`

/**
 * A deadline that passes while nothing else can happen, so that for both servers the next look comes after it. The key
 * is looked at once more in the same step: left lying, it would count in DBSIZE until RANDOMKEY met it by chance.
 */
const passingDeadline = special('DEBUG SLEEP', 4, [], (context) => {
  const [key] = draw(context, anyKey)
  const look = looks[context.random.below(looks.length)]
  const requests = [plain('DEBUG', 'SLEEP', 0), [...plain('PEXPIRE'), key, ...plain(1)], plain('DEBUG', 'SLEEP', 0.002)]
  return answered([...requests, [...plain(look), key], [...plain('EXISTS'), key]], 'DEBUG SLEEP')
})

const killFilter = oneOf(
  all(token('ADDR'), literal('127.0.0.1:1')),
  all(token('LADDR'), literal('127.0.0.1:1')),
  all(token('USER'), literal('default')),
  all(token('TYPE'), oneOf(...['normal', 'master', 'replica', 'slave', 'pubsub'].map(word))),
  all(token('SKIPME'), oneOf(word('yes'), word('no'))),
)

const connection: readonly Form[] = [
  form('AUTH', [
    oneOf(all(literal('default'), literal('any')), literal('wrong'), all(literal('nobody'), literal('any'))),
  ]),
  form('ECHO', [anyKey]),
  form('PING', [maybe(anyKey)]),
  form('CLIENT GETNAME'),
  form('CLIENT SETNAME', [clientName]),
  form('CLIENT ID'),
  form('CLIENT INFO'),
  form('CLIENT GETREDIR'),
  form('CLIENT HELP', [], { weight: 2 }),
  form('CLIENT UNBLOCK', [nobody, maybe(oneOf(token('TIMEOUT'), token('ERROR')), 60)]),
  form('CLIENT UNPAUSE'),
  form('CLIENT NO-EVICT', [oneOf(token('ON'), token('OFF'))]),
  form('CLIENT LIST', [], { weight: 3 }),
  form('CLIENT LIST', [token('TYPE'), oneOf(...['normal', 'master', 'replica', 'slave', 'pubsub'].map(word))]),
  form('CLIENT LIST', [token('ID'), repeat(nobody, 1, 3)], { exact: true }),
  form('CLIENT KILL', [anyOrder(all(token('ID'), nobody), maybe(killFilter), maybe(killFilter))], {
    exact: true,
    weight: 20,
  }),
  form('CLIENT KILL', [literal('127.0.0.1:1')], { exact: true, weight: 2 }),
  select,
  reset,
  quit,
  monitor,
  hello,
  replyOff,
  replySkip,
  pauseAll,
  pauseWrite,
]

const commandName = piece((phrase) =>
  phrase.push(
    anyCase(
      phrase,
      phrase.pick([
        'get',
        'set',
        'mget',
        'mset',
        'hset',
        'hgetall',
        'lpush',
        'blmpop',
        'lpos',
        'brpoplpush',
        'client|unblock',
        'copy',
        'expire',
        'config|get',
        'object|encoding',
        'memory|usage',
        'nonsense',
      ]),
    ),
  ),
)

/** A request that names keys, for COMMAND GETKEYS. */
const keyedRequest = oneOf(
  all(word('get'), anyKey),
  all(word('set'), anyKey, literal('v'), maybe(literal('get'))),
  all(word('mset'), repeat(all(anyKey, literal('v')), 1, 3)),
  all(word('del'), repeat(anyKey, 1, 3)),
  all(word('rename'), anyKey, anyKey),
  all(word('object'), word('encoding'), anyKey),
  all(word('hset'), anyKey, literal('f'), literal('v')),
  all(word('lcs'), anyKey, anyKey),
  all(word('lmpop'), literal('2'), anyKey, anyKey, word('left')),
  all(word('blmpop'), literal('0'), literal('1'), anyKey, word('left')),
  all(word('blpop'), anyKey, anyKey, literal('0')),
  all(word('lmove'), anyKey, anyKey, word('left'), word('right')),
)

/** Directives that change nothing but what is compared, with their defaults first: a replay begins with those. */
export const directives: Readonly<Record<string, readonly string[]>> = {
  'hash-max-listpack-entries': ['512', '4', '16', '128'],
  'hash-max-listpack-value': ['64', '8', '32', '100'],
  'zset-max-listpack-entries': ['128', '4', '16'],
  'zset-max-listpack-value': ['64', '8', '100'],
  'list-max-listpack-size': ['-2', '-1', '-5', '3', '128'],
  'list-compress-depth': ['0', '1'],
  'lazyfree-lazy-user-del': ['no', 'yes'],
  'lazyfree-lazy-user-flush': ['no', 'yes'],
  'stream-node-max-bytes': ['4096', '0', '200', '1000'],
  'stream-node-max-entries': ['100', '0', '3', '10'],
  'slowlog-max-len': ['128', '64', '1'],
  maxclients: ['10000', '5000'],
}

const setting = piece((phrase) => {
  const name = phrase.pick(Object.keys(directives))
  phrase.push(anyCase(phrase, name))
  phrase.push(phrase.pick(directives[name]))
})

const directiveGlob = piece((phrase) =>
  phrase.push(
    phrase.pick([
      ...Object.keys(directives),
      'hash-*',
      'timeout',
      'maxmemory',
      'databases',
      'lazyfree-*',
      'nonsense',
      'slowlog-*',
    ]),
  ),
)

const section = oneOf(
  ...['server', 'clients', 'memory', 'stats', 'keyspace', 'replication', 'cpu', 'default', 'all', 'nonsense'].map(word),
)

const event = oneOf(literal('command'), literal('fast-command'), literal('nonsense'))

const replyType = oneOf(
  ...words`string integer double bignum null array set map attrib true false verbatim nonsense`.map(literal),
)

/** Under RESP3 the push is a reply of its own. */
const push = special('DEBUG PROTOCOL', 2, [], ({ protocol }) => ({
  requests: [plain('DEBUG', 'PROTOCOL', 'push')],
  replies: protocol === 3 ? [0, 0] : [0],
  counts: protocol === 3 ? ['DEBUG PROTOCOL'] : [],
}))

const server: readonly Form[] = [
  form('COMMAND', [], { weight: 2, exact: true }),
  form('COMMAND COUNT'),
  form('COMMAND HELP', [], { weight: 2 }),
  form('COMMAND LIST', [], { weight: 2 }),
  form('COMMAND LIST', [
    token('FILTERBY'),
    oneOf(
      all(token('PATTERN'), oneOf(...['hget*', 'hset*', 'incr*', 'expire*', 'nothing'].map(literal))),
      all(token('ACLCAT'), oneOf(word('hash'), word('string'), literal('nonsense'))),
      all(token('MODULE'), literal('nonsense')),
    ),
  ]),
  form('COMMAND INFO', [repeat(commandName, 1, 3)]),
  form('COMMAND DOCS', [repeat(commandName, 1, 3)]),
  form('COMMAND GETKEYS', [keyedRequest]),
  form('COMMAND GETKEYSANDFLAGS', [keyedRequest]),
  form('CONFIG GET', [repeat(directiveGlob, 1, 3)]),
  form('CONFIG SET', [setting], { exact: true }),
  form('CONFIG HELP', [], { weight: 2 }),
  form('CONFIG RESETSTAT', [], { weight: 3 }),
  form('CONFIG REWRITE', [], { weight: 2 }),
  form('INFO', [maybe(repeat(section, 1, 3), 90)], { weight: 4 }),
  form('TIME'),
  form('LOLWUT', [maybe(all(token('VERSION'), oneOf(literal('5'), literal('6'), literal('99'))), 80)], {
    exact: true,
    weight: 3,
  }),
  form('MEMORY USAGE', [anyKey, maybe(all(token('SAMPLES'), oneOf(literal('0'), literal('5'), literal('-1'))))]),
  form('MEMORY HELP', [], { weight: 2 }),
  form('MEMORY DOCTOR', [], { weight: 2 }),
  form('MEMORY STATS', [], { weight: 2 }),
  form('MEMORY MALLOC-STATS', [], { weight: 2 }),
  form('MEMORY PURGE', [], { weight: 2 }),
  form('MODULE LIST', [], { weight: 2 }),
  form('MODULE HELP', [], { weight: 2 }),
  form('MODULE LOAD', [literal('/module.so'), maybe(literal('argument'))], { weight: 1 }),
  form('MODULE LOADEX', [literal('/module.so'), maybe(all(token('CONFIG'), literal('a'), literal('b')))], {
    weight: 1,
  }),
  form('MODULE UNLOAD', [literal('name')], { weight: 1 }),
  form('LATENCY DOCTOR', [], { weight: 2 }),
  form('LATENCY GRAPH', [event], { weight: 2 }),
  form('LATENCY HELP', [], { weight: 2 }),
  form('LATENCY HISTOGRAM', [repeat(commandName, 0, 3)], { weight: 4 }),
  form('LATENCY HISTORY', [event], { weight: 2 }),
  form('LATENCY LATEST', [], { weight: 2 }),
  form('LATENCY RESET', [repeat(event, 0, 2)], { weight: 2 }),
  form('SLOWLOG GET', [maybe(oneOf(literal('10'), literal('-1'), literal('0')))]),
  form('SLOWLOG LEN'),
  form('SLOWLOG RESET'),
  form('SLOWLOG HELP', [], { weight: 2 }),
  passingDeadline,
  form('DEBUG OBJECT', [anyKey], { exact: true }),
  form('DEBUG SET-ACTIVE-EXPIRE', [literal('0')], { exact: true, weight: 2 }),
  form('DEBUG DIGEST', [], { exact: true, weight: 2 }),
  form('DEBUG DIGEST-VALUE', [repeat(anyKey, 1, 3)]),
  form('DEBUG ERROR', [oneOf(literal('MYERR text'), literal('a\r\nb'))], { exact: true, weight: 2 }),
  form('DEBUG LOG', [literal('a line of the log')], { exact: true, weight: 2 }),
  form('DEBUG POPULATE', [oneOf(literal('0'), literal('3')), literal('s'), maybe(oneOf(literal('0'), literal('50')))], {
    exact: true,
    weight: 2,
  }),
  form('DEBUG PROTOCOL', [replyType], { exact: true, weight: 4 }),
  push,
  form('SHUTDOWN ABORT', [], { exact: true, weight: 2 }),
]

export const serverForms: readonly Form[] = [...connection, ...server]
